"""Whatever stands in catalog.toml and shop.toml: it is named in a sentence before the shop opens, or does no
harm. No page answers 500 for what a person wrote into a file."""

import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from tests.conftest import ADDRESS, make_config, site_of
from tests.mutations import document, mutations
from tests.pictures.studios import studio
from tests.shopper import Shopper
from webshop import shop
from webshop.app import create_app
from webshop.catalog.file.reading import read_catalog
from webshop.toml_files import FileError

# What only a programmer says; and a place that is a number where it could be a name.
JARGON = r"Input should|String should|Field required|not permitted|valid |pattern|\[key\]|None|literal\["

CATALOG = {
    "products": [
        {
            "slug": "mug",
            "title": "Blue mug",
            "category": "Mugs",
            "summary": "A mug.",
            "description": "Holds tea.",
            "picture": "harbour-mug.svg",
            "picture_alt": "A blue mug.",
            "tax": "reduced",
            "tax_code": "txcd_20030000",
            "variants": [
                {"sku": "MUG-S", "title": "Small", "price": Decimal("12.00"), "stock": 9, "weight": 300},
                {"sku": "MUG-L", "title": "Large", "price": Decimal("24.00"), "weight": 500},
            ],
        },
    ]
}
SHOP = {
    "name": "Test Pottery",
    "tagline": "For tests.",
    "imprint": ["Test Pottery", "Kiln Street 1"],
    "currency": "EUR",
    "language": "en",
    "timezone": "Europe/Berlin",
    "phone": "optional",
    "prices_include_tax": True,
    "carriers": {"DHL": "https://dhl.example/{tracking}"},
    "tax": {"DE": {"name": "VAT", "standard": 19, "reduced": 7, "low": 5, "shipping": "main"}},
    "tax_parts": [
        {"name": "An island", "country": "DE", "postcodes": ["27498"], "tax": "none"},
        {"name": "A state", "country": "US", "regions": ["CA"], "tax": {"standard": Decimal("7.25")}},
    ],
    "shipping": {
        "zones": [
            {"name": "An island", "countries": ["DE"], "postcodes": ["27498"]},
            {
                "name": "Home",
                "countries": ["DE", "US"],
                "methods": [
                    {
                        "key": "parcel",
                        "title": "Parcel",
                        "delivery": "soon",
                        "rates": [{"up_to_weight": 5000, "up_to_value": 900, "price": Decimal("4.90")}],
                        "free_from": 150,
                    },
                    {"key": "express", "title": "Express", "price": 9},
                ],
            },
        ]
    },
}


def told(catalog: dict[str, Any], store: dict[str, Any], folder: Path) -> list[str]:
    """What `catalog check` says of these files; nothing if they are fine."""
    for name, content in (("catalog", catalog), ("shop", store)):
        (folder / f"{name}.toml").write_text(document(content), encoding="utf-8")
    try:
        read = shop.load(folder / "shop.toml")
        read_catalog(
            folder / "catalog.toml",
            read.currency,
            tax_by_stripe=read.tax_by_stripe,
            pictures=studio(folder / "pictures"),
        )
    except FileError as error:
        assert error.problems
        return error.problems
    return []


def unclear(problems: list[str]) -> list[str]:
    return [line for line in problems if re.search(JARGON, line) or len(line) > 400]


def broken_pages(folder: Path) -> list[str]:
    """Pages and partials of a shop with these files that did not work, a purchase among them."""
    for old in folder.glob("*.sqlite3*"):
        old.unlink()
    config = make_config(
        folder, shop_file=folder / "shop.toml", catalog_file=folder / "catalog.toml", database_url=""
    )
    client = TestClient(create_app(config), base_url=ADDRESS, raise_server_exceptions=False)
    try:
        pages = [client.get(path) for path in ("/", "/products/mug", "/nothing")]
        pages += [
            client.post("/cart/lines", data={"sku": sku, "quantity": "1"}) for sku in ("MUG-S", "MUG-L")
        ]
        pages += [client.get(path) for path in ("/", "/cart", "/checkout")]
        pages.append(client.get("/checkout/quote?country=DE&postal_code=10115"))
        pages.append(client.get("/checkout/quote?country=US&region=CA&postal_code=90210"))
        pages.append(_buy(client))
        return [f"{page.status_code} {page.url}" for page in pages if page.status_code >= 500]
    finally:
        site_of(client).db.engine.dispose()


def _buy(client: TestClient) -> Any:
    """As far as it goes: a shop may sell nothing, or not here."""
    shopper = Shopper(client).visit("/checkout")
    if shopper.page.select("#country option[value=DE]"):
        shopper.ask_for_quote().submit("main form")
        if "/sandbox/" in str(shopper.response.url):
            shopper.pay()
    return shopper.response


def test_the_files_of_this_test_are_right(tmp_path: Path) -> None:
    assert told(CATALOG, SHOP, tmp_path) == []
    assert broken_pages(tmp_path) == []


def _cases(file: str) -> list[tuple[str, dict[str, Any], dict[str, Any]]]:
    if file == "catalog.toml":
        return [(name, wrong, SHOP) for name, wrong in mutations(CATALOG)]
    return [(name, CATALOG, wrong) for name, wrong in mutations(SHOP)]


@pytest.mark.parametrize(("file", "number"), [("catalog.toml", 718), ("shop.toml", 1851)])
def test_every_mistake_is_named_in_plain_words(tmp_path: Path, file: str, number: int) -> None:
    """What is not named is tried on all pages, in `make slow`."""
    said = {name: told(catalog, store, tmp_path) for name, catalog, store in _cases(file)}
    assert len(said) == number
    assert {name: unclear(problems) for name, problems in said.items() if unclear(problems)} == {}


# Six parts, which need not wait for each other.
@pytest.mark.slow
@pytest.mark.parametrize("part", range(3))
@pytest.mark.parametrize("file", ["catalog.toml", "shop.toml"])
def test_what_is_not_named_does_no_harm(tmp_path: Path, file: str, part: int) -> None:
    broken = {}
    for name, catalog, store in _cases(file)[part::3]:
        if not told(catalog, store, tmp_path) and (pages := broken_pages(tmp_path)):
            broken[name] = pages
    assert broken == {}
