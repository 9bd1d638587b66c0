"""What a shopper asks for looks into no table that grows from end to end."""

from collections.abc import Sequence

import pytest
from starlette.testclient import TestClient

from tests.conftest import both_databases, site_of
from tests.plans import explained, statements
from tests.scale import made
from webshop.catalog import load as catalogue

pytestmark = both_databases

PRODUCTS = 1000
SAME_SITE = {"Sec-Fetch-Site": "same-origin"}
GROWING = {
    "products",
    "variants",
    "listings",
    "facets",
    "price_history",
    "moved_addresses",
    "search_documents",
    "search_index",
    "search_words",
    "search_spellings",
    "carts",
    "cart_lines",
}
FIRST = made.make(PRODUCTS).products[0]
CATEGORY = "/c/" + "mugs"
PAGES = {
    "index": ["/"],
    "category": [CATEGORY, "/c/gifts", f"{CATEGORY}?after={FIRST.slug}", f"{CATEGORY}?before={FIRST.slug}"],
    "sorted": [f"{CATEGORY}?sort={sort}" for sort in ("price", "-price", "new")],
    "filtered": [
        f"{CATEGORY}?brand=Harbour+%26+Sons",
        f"{CATEGORY}?option.Glaze=Blue&option.Size=Small",
        f"{CATEGORY}?tag=linen&sort=price",
        f"{CATEGORY}?from=10&to=40",
        f"{CATEGORY}?stock=yes",
    ],
    "search": [
        f"/search?q={words}" for words in (made.COMMON, made.RARE, made.BEGUN, made.MISTYPED, "SKU-7")
    ],
    "product": [f"/products/{FIRST.slug}", "/products/no-such-thing"],
    "cart": ["/cart"],
    "machines": ["/sitemap.xml", "/robots.txt"],
}


@pytest.fixture
def large(client: TestClient) -> TestClient:
    """The shop with a catalogue that is worth an index, known to the planner."""
    with site_of(client).db.write() as connection:
        catalogue.load(connection, made.make(PRODUCTS))
        connection.exec_driver_sql("ANALYZE")
    return client


def scanned_by(client: TestClient, paths: Sequence[str]) -> dict[str, list[str]]:
    """By statement."""
    with statements(site_of(client).db) as found:
        for path in paths:
            assert client.get(path).status_code in (200, 404), path
    return explained(site_of(client).db, found, GROWING)


def test_nothing_that_a_shopper_does_scans_a_growing_table(large: TestClient) -> None:
    wrong = {name: scanned for name, paths in PAGES.items() if (scanned := scanned_by(large, paths))}
    db, form = site_of(large).db, {"sku": FIRST.variants[0].sku, "quantity": "2"}
    with statements(db) as found:
        for path in ("/cart/lines", "/cart/lines/change"):
            answer = large.post(path, data=form, headers=SAME_SITE, follow_redirects=False)
            assert answer.status_code == 303, path
        assert large.get("/cart").status_code == 200
    wrong |= {"adding": scanned} if (scanned := explained(db, found, GROWING)) else {}
    assert len(found) > 5
    assert wrong == {}


def test_control_without_their_index_a_products_variants_are_looked_for_in_all_of_them(
    client: TestClient,
) -> None:
    with site_of(client).db.write() as connection:
        connection.exec_driver_sql("DROP INDEX ix_variants_product")
    [tables] = scanned_by(client, ["/products/bowl"]).values()
    assert tables == ["variants"]
