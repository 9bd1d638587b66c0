"""A line of the cart that was refused says so where it stands: in the dropdown and on the page."""

import pytest
from httpx2 import Response
from sqlalchemy import update
from starlette.testclient import TestClient

from tests.conftest import site_of
from tests.web.questions import BOTH, HTMX, element, said, soup, words
from webshop.catalog.model import mark_of
from webshop.db.tables import variants

PLACES = ["panel", "page"]
VASE = mark_of("VASE")
RANGE = "Please choose a quantity from 1 to 99."


def change(client: TestClient, quantity: str, headers: dict[str, str]) -> Response:
    typed = {"sku": "VASE", "quantity": quantity}
    return client.post("/cart/lines/change", data=typed, headers=headers, follow_redirects=False)


@pytest.fixture
def buyer(client: TestClient) -> TestClient:
    for sku in ("VASE", "TILES"):
        client.post("/cart/lines", data={"sku": sku, "quantity": "1"})
    return client


@pytest.mark.parametrize("headers", BOTH)
@pytest.mark.parametrize(
    ("quantity", "status", "sentence"),
    [
        ("50", 409, "Sorry, only 1 left."),
        ("99", 409, "Sorry, only 1 left."),
        ("100", 422, RANGE),
        ("-1", 422, RANGE),
        ("", 422, RANGE),
        ("many", 422, RANGE),
    ],
)
def test_a_refused_quantity_is_told_at_its_line_with_what_is_in_the_cart(
    buyer: TestClient, quantity: str, status: int, sentence: str, headers: dict[str, str]
) -> None:
    response = change(buyer, quantity, headers)
    assert response.status_code == status
    assert said(response) == sentence
    for place in PLACES:
        field = element(response, f"#{place}-{VASE}-quantity")
        assert (field["value"], field["aria-invalid"]) == ("1", "true")
        assert words(response, f"#{field['aria-describedby']}") == sentence
        other = element(response, f"#{place}-{mark_of('TILES')}-quantity")
        assert not other.has_attr("aria-invalid")
        assert not other.has_attr("aria-describedby")
    assert "€95.00" in words(response, f"#page-{VASE}")


def test_the_next_change_forgets_it(buyer: TestClient) -> None:
    change(buyer, "50", HTMX)
    for response in (change(buyer, "1", HTMX), buyer.get("/cart")):
        assert soup(response).select("[aria-invalid]") == []


def test_a_line_that_cannot_be_bought_says_so_in_the_same_way(buyer: TestClient) -> None:
    with site_of(buyer).db.write() as connection:
        connection.execute(update(variants).where(variants.c.sku == "VASE").values(stock=0))
    for headers in BOTH:
        response = buyer.get("/cart", headers=headers)
        for place in PLACES:
            field = element(response, f"#{place}-{VASE}-quantity")
            assert field["aria-invalid"] == "true"
            assert words(response, f"#{field['aria-describedby']}") == "Sold out. Please remove it."


def test_what_is_no_longer_in_the_cart_is_told_without_a_line(buyer: TestClient) -> None:
    buyer.post("/cart/lines/change", data={"sku": "VASE", "quantity": "0"})
    for headers in BOTH:
        response = change(buyer, "1", headers)
        assert (response.status_code, said(response)) == (404, "This is not in your cart any more.")
        assert soup(response).select("[aria-invalid]") == []
