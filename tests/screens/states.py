"""The states of tests/pages.py, in the demo's catalogue; and the mails and papers of the gallery."""

from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

from bs4 import BeautifulSoup
from httpx2 import get

from tests.pages import PAGES, PageState
from webshop.catalog.model import mark_of

# The demo's goods that are to it what those of the tests are to theirs.
SLUGS = {"blue-mug": "harbour-mug", "bowl": "pebble-bowl", "last-vase": "moor-vase", "tiles": "glaze-tiles"}
SKUS = {
    "TILES": "GLAZE-TILES-6",
    "VASE": "MOOR-VASE-1",
    "MUG-BLUE": "HARBOUR-MUG-BLUE",
    "BOWL-S": "PEBBLE-CELADON-S",
    "BOWL-L": "FERN-BOWL-CELADON",
}
PAPERS = ("/gallery/mail/", "/gallery/orders/packing")


def demo_states() -> list[PageState]:
    return [_of_demo(state) for state in PAGES]


def _of_demo(state: PageState) -> PageState:
    path = state.path
    for slug, here in SLUGS.items():
        path = path.replace(f"/products/{slug}", f"/products/{here}")
    for sku, here in SKUS.items():
        path = path.replace(mark_of(sku), mark_of(here))
    form = {name: SKUS.get(value, value) for name, value in state.form.items()}
    cart = {SKUS[sku]: min(number, 2) for sku, number in (state.cart or {"TILES": 1}).items()}
    return replace(state, path=path, form=form, cart=cart)


def paper_states(url: str) -> Iterator[PageState]:
    """What leaves the shop, as the gallery at `url` draws it: "mail/receipt.html: paid"."""
    for template in _addresses(url, "/gallery", "a", "href"):
        if template.startswith(PAPERS) and template.endswith(".html"):
            for drawn in dict.fromkeys(_addresses(url, template, "iframe", "src")):
                asked = parse_qs(urlsplit(drawn).query)
                yield PageState(f"{asked['template'][0]}: {asked['state'][0]}", drawn)


def _addresses(url: str, path: str, tag: str, attribute: str) -> list[str]:
    page = BeautifulSoup(get(url + path).text, "html.parser")
    return [str(each[attribute]) for each in page.find_all(tag, attrs={attribute: True})]
