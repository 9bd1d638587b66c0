"""Old addresses lead to where their page is now."""

from dataclasses import replace

import pytest
from starlette.testclient import TestClient

from tests.catalog.feeds.goods import CHART, DRAFT, MUG, OIL, sell
from tests.conftest import both_databases, site_of
from webshop.catalog import load as catalogue
from webshop.catalog.feeds.moved import comparable
from webshop.catalog.model import Catalogue, WrittenCategory
from webshop.db.tables import categories
from webshop.errors import Unavailable

OLD = (
    "cup", "/product/Old-Mug/", "/index.php?route=product&product_id=7", "https://old.example/shop/t%C3%A4sse.html?x=1",
    "/oil", "mug", "/products/oil", "/collections/gifts/products/beaker",
)  # fmt: skip
GONE = "/products/mug"

# What is asked for, and where it leads: None is the page that there is none.
ASKED = {
    "/products/cup": GONE,
    "/products/CUP": GONE,
    "/products/cup/": GONE,
    "/products/cup?variant=123&utm_source=mail": GONE,
    "/products/%63up": GONE,
    "/product/old-mug": GONE,
    "/product/old-mug/": GONE,
    "/PRODUCT/OLD-MUG/?add-to-cart=5": GONE,
    "//product//old-mug": None,
    "/index.php?route=product&product_id=7": GONE,
    "/index.php?route=product&product_id=8": None,
    "/index.php": None,
    "/shop/t%C3%A4sse.html?x=1": GONE,
    "/shop/ta%CC%88sse.html?X=1": GONE,
    "/shop/t%C3%A4sse.html": None,
    "/oil": GONE,
    "/collections/gifts/products/beaker": GONE,
    "/products/mug/": GONE,
    "/Products/Mug": GONE,
    "/product/mug": GONE,
    "/de/products/mug": GONE,
    "/collections/all/products/mug": GONE,
    "/produkt/oil/": "/products/oil",
    "/products/draft": None,
    "/product/draft": None,
    "/products/soon": None,
    "/collections/mugs": "/c/mugs",
    "/product-category/tableware/mugs/": "/c/mugs",
    "/C/Mugs": "/c/mugs",
    "/collections/empty": None,
    "/collections/nothing": None,
    "/products/a%00b": None,
    "/%FF": None,
    "/" + "x" * 3000: None,
    "/products/": None,
}


@both_databases
def test_an_old_address_leads_to_the_product(client: TestClient) -> None:
    sell(client, replace(MUG, moved_from=OLD), OIL, CHART, replace(DRAFT, moved_from=("soon",)))
    rows = [
        {
            "slug": slug,
            "path": slug,
            "title": slug,
            "parent": "",
            "position": 0,
            "description": "",
            "products": count,
        }
        for slug, count in (("mugs", 1), ("empty", 0))
    ]
    with site_of(client).db.write() as connection:
        connection.execute(categories.delete())
        connection.execute(categories.insert(), rows)
    wrong = {}
    for asked, expected in ASKED.items():
        answer = client.get(asked, follow_redirects=False)
        found = (answer.status_code, answer.headers.get("location"))
        if found != ((301, expected) if expected else (404, None)):
            wrong[asked] = found
    assert wrong == {}
    for page in {place for place in ASKED.values() if place and place.startswith("/products/")}:
        assert client.get(page, follow_redirects=False).status_code == 200
    assert client.post("/product/old-mug", follow_redirects=False).status_code == 404


def test_a_category_leads_on_from_its_old_addresses(client: TestClient) -> None:
    written = WrittenCategory("Tableware > Mugs", "cups", "", ("mugs", "/kategorie/becher/"))
    with site_of(client).db.write() as connection:
        catalogue.load(connection, Catalogue((MUG,), (written,), "EUR"))
    for asked in ("/c/mugs", "/c/MUGS/", "/kategorie/becher", "/collections/cups"):
        answer = client.get(asked, follow_redirects=False)
        assert (answer.status_code, answer.headers.get("location")) == (301, "/c/cups"), asked
    assert client.get("/c/cups", follow_redirects=False).status_code == 200


def test_old_addresses_are_no_use_while_the_database_is_away(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails() -> None:
        raise Unavailable("away")

    monkeypatch.setattr(site_of(client).db, "read", fails)
    assert (
        client.get("/nothing", headers={"HX-Request": "true", "HX-Request-Type": "partial"}).status_code
        == 404
    )


def test_addresses_are_compared_without_what_shops_write_differently() -> None:
    assert comparable("old-slug") == "/products/old-slug"
    assert comparable("/A/B/") == comparable("https://x.example/a/b#top") == "/a/b"
    assert comparable("/a?B=%C3%84") == "/a?b=ä"
    assert len(comparable("/" + "x" * 900)) == 400
