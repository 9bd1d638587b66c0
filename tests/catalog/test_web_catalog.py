"""The catalogue: all products, and one product."""

import pytest
from sqlalchemy import update
from starlette.testclient import TestClient

from tests.conftest import site_of
from tests.shopper import Shopper
from tests.web.questions import BOTH, element, has_vary, is_page, soup, words
from webshop.db.tables import products
from webshop.orders import stock


def test_all_products_are_shown_by_category_in_the_catalogues_order(client: TestClient) -> None:
    page = soup(client.get("/"))

    assert [h2.get_text() for h2 in page.select(".shelf h2")] == ["Mugs", "Bowls", "Vases", "Studio"]
    assert [a["href"] for a in page.select("a.card__link")] == [
        "/products/blue-mug",
        "/products/bowl",
        "/products/last-vase",
        "/products/tiles",
    ]


@pytest.mark.parametrize("headers", BOTH)
@pytest.mark.parametrize("path", ["/"])
def test_a_catalogue_page_is_whole_however_it_is_asked_for(
    client: TestClient, path: str, headers: dict[str, str]
) -> None:
    response = client.get(path, headers=headers)

    assert response.status_code == 200
    assert is_page(response)
    assert has_vary(response)


def test_a_product_is_shown_with_its_price_and_description(client: TestClient) -> None:
    response = client.get("/products/blue-mug")

    assert words(response, "h1") == "Blue mug"
    assert "€12.00" in words(response, ".product__price")
    assert [p.get_text() for p in soup(response).select(".product__text p")] == [
        "Holds tea.",
        "Also coffee.",
    ]


def test_a_variant_that_is_sold_out_cannot_be_chosen_and_the_first_that_is_there_is(
    client: TestClient,
) -> None:
    choices = soup(client.get("/products/bowl")).select("input[name=sku]")

    assert [(i["value"], i.has_attr("disabled"), i.has_attr("checked")) for i in choices] == [
        ("BOWL-S", False, True),
        ("BOWL-L", False, False),
        ("BOWL-XL", True, False),
    ]


def test_the_last_piece_is_said_to_be_the_last(client: TestClient) -> None:
    assert "Only 1 left" in words(client.get("/products/last-vase"), "form.buy")
    assert "left" not in words(client.get("/products/blue-mug"), "form.buy")


def test_a_product_that_is_sold_out_cannot_be_put_into_the_cart(client: TestClient) -> None:
    with site_of(client).db.write() as connection:
        stock.count(connection, "VASE", 0)

    assert "Sold out" in words(client.get("/products/last-vase"), "form.buy")
    assert soup(client.get("/products/last-vase")).select("form.buy button") == []


@pytest.mark.parametrize("name", ["nope.jpg", "..", "", "a\0b", "../../../pyproject.toml", "x" * 300])
def test_a_picture_that_is_not_there_is_a_placeholder_on_every_page(
    client: TestClient, shopper: Shopper, name: str
) -> None:
    """Whatever the database holds: a release may have loaded what the next one's folder does not have."""
    with site_of(client).db.write() as connection:
        mug = update(products).where(products.c.slug == "blue-mug")
        connection.execute(mug.values(pictures=[{"file": name, "alt": "", "name": ""}]))
    shopper.add("blue-mug")
    for path in ("/", "/products/blue-mug", "/cart", "/checkout"):
        response = client.get(path)
        assert response.status_code == 200
        if path != "/checkout":
            assert "/static/img/placeholder.svg?v=" in response.text
    assert client.get("/static/img/placeholder.svg").headers["content-type"].startswith("image/svg+xml")


@pytest.mark.parametrize("headers", BOTH)
@pytest.mark.parametrize("path", ["/products/no-such-thing", "/products/a%00b", "/nothing"])
def test_what_is_not_there_is_404_with_a_sentence(
    client: TestClient, path: str, headers: dict[str, str]
) -> None:
    response = client.get(path, headers=headers)

    assert response.status_code == 404
    assert is_page(response) == (not headers)
    assert any(s in response.text for s in ("We do not have this product.", "It may have moved"))
    assert has_vary(response)


@pytest.mark.parametrize("path", ["/", "/products/bowl"])
def test_a_catalogue_page_takes_no_post(client: TestClient, path: str) -> None:
    response = client.post(path)

    assert response.status_code == 405
    assert "GET" in response.headers["allow"]


@pytest.mark.parametrize("path", ["/", "/products/bowl"])
def test_looking_around_sets_no_cookie(client: TestClient, path: str) -> None:
    assert "set-cookie" not in client.get(path).headers
    assert element(client.get(path), "#cart-mirror")["data-known"] == "no"


def test_the_first_page_with_all_it_needs_is_small(client: TestClient) -> None:
    """HTML, style and scripts as they travel, compressed; pictures come later."""

    def weight(path: str) -> int:
        with client.stream("GET", path, headers={"Accept-Encoding": "gzip"}) as response:
            assert response.status_code == 200
            return sum(len(chunk) for chunk in response.iter_raw())

    page = soup(client.get("/"))
    linked = [str(tag["href"]) for tag in page.select('link[rel="stylesheet"]')]
    scripts = [str(tag["src"]) for tag in page.select("script[src]")]
    assert (len(linked), len(scripts)) == (1, 2)
    assert sum(map(weight, ["/", *linked, *scripts])) <= 30_000
    assert weight(next(path for path in scripts if "shop.js" in path)) <= 2_000


def test_what_a_page_links_to_exists(client: TestClient) -> None:
    for path in ("/", "/products/bowl", "/cart"):
        page = soup(client.get(path))
        links = {str(tag["href"]) for tag in page.select("a[href], link[href]")}
        links |= {str(tag["src"]) for tag in page.select("[src]")}
        for link in (each for each in links if each.startswith("/")):
            assert client.get(link).status_code == 200, link
