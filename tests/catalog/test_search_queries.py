"""What people type into the demo shop's search box, and what they must find first."""

from collections.abc import Iterator

import pytest
from bs4 import BeautifulSoup
from starlette.testclient import TestClient

from tests.conftest import both_databases, site_of
from webshop.catalog import load as catalogue
from webshop.catalog.file.reading import read_catalog
from webshop.settings.model import ROOT

pytestmark = both_databases

MUGS = "harbour-mug moor-mug wren-mug"

# The slugs that come first, in any order among themselves; "" where nothing may be found.
QUERIES = {
    # a word, or words, of the title
    "harbour mug": "harbour-mug",
    "teapot": "celadon-teapot",
    "salt pig": "salt-pig",
    "clay": "studio-clay",
    "chamberstick": "candle-holder",
    "pasta": "estuary-pasta-bowl",
    "noodle bowl": "noodle-bowl",
    "butter dish": "butter-dish",
    "dish butter": "butter-dish",
    # begun
    "tum": "brook-tumbler",
    "plant": "windowsill-planter hill-planter",
    "caraf": "bedside-carafe",
    "lant": "tealight-lantern",
    "espr": "tide-espresso-cups",
    "harb ju": "harbour-jug",
    # mistyped
    "teepot": "celadon-teapot",
    "plattr": "ridge-platter",
    "tumblr": "brook-tumbler",
    "mugg": MUGS,
    "storge jar": "storage-jar",
    "linnen": "linen-towel",
    "expresso": "tide-espresso-cups",
    "celedon teapot": "celadon-teapot",
    # accents and case
    "cafe au lait": "latte-bowl",
    "CAFÉ": "latte-bowl",
    "TeaPot": "celadon-teapot",
    "tochter": "linen-towel",
    # skus, whole and begun
    "HARBOUR-MUG-BLUE": "harbour-mug",
    "harbour-mug-oat": "harbour-mug",
    "clay-12.5": "studio-clay",
    "holm-spoon-26": "ash-spoon",
    "WHEEL-SATURDAY": "throwing-morning",
    # brand, category, option
    "Holm": "ash-spoon",
    "muller": "linen-towel",
    "Fernhill Press": "notes-from-the-kiln",
    "baking": "pie-dish dairy-bowl",
    "workshop": "glaze-tiles brush-on-glaze studio-clay throwing-morning notes-from-the-kiln",
    "blue mug": "harbour-mug",
    "celadon bowl": "fern-bowl pebble-bowl estuary-pasta-bowl",
    # several of what is one, one of what is several
    "mugs": MUGS,
    "tumblers": "brook-tumbler",
    "teapots": "celadon-teapot",
    "egg cup": "egg-cups",
    "bowls": "fern-bowl harvest-bowl pebble-bowl noodle-bowl estuary-pasta-bowl",
    # in the text only
    "hedgerow": "harbour-jug",
    "Quimper": "latte-bowl",
    "chopsticks": "noodle-bowl",
    "supermarket": "windowsill-planter",
    "rancid": "oil-bottle",
    # nothing: not ours, no words, and a draft
    "bicycle": "",
    "xyzzy": "",
    "%": "",
    '"': "",
    "solstice": "",
}


@pytest.fixture
def demo(client: TestClient) -> Iterator[TestClient]:
    """The shop with its demo catalogue."""
    with site_of(client).db.write() as connection:
        catalogue.load(connection, read_catalog(ROOT / "catalog.toml", "EUR"))
    yield client


def found(client: TestClient, query: str) -> list[str]:
    """Slugs, as the page lists them."""
    answer = client.get("/search", params={"q": query})
    assert answer.status_code == 200, query
    links = BeautifulSoup(answer.text, "html.parser").select('main a[href^="/products/"]')
    return [*dict.fromkeys(str(link["href"]).partition("?")[0].removeprefix("/products/") for link in links)]


def test_what_is_looked_for_comes_first(demo: TestClient) -> None:
    wrong = {}
    for query, first in QUERIES.items():
        slugs = found(demo, query)
        if set(slugs[: len(first.split()) or None]) != set(first.split()):
            wrong[query] = slugs[:6]
    assert wrong == {}
