"""What one can do on an order's page, in each of its states."""

import pytest
from sqlalchemy import delete, update
from starlette.testclient import TestClient

from tests.conftest import site_of
from tests.shopper import Shopper
from webshop.db.tables import cart_lines, orders, variants
from webshop.orders import stock


@pytest.fixture
def link(shopper: Shopper) -> str:
    """The path of a paid order for two mugs and a vase, of which there is one."""
    shopper.add("blue-mug", "2").add("tiles").check_out().pay()
    return str(shopper.response.url.path)


def in_cart(client: TestClient) -> dict[str, int]:
    with site_of(client).db.read() as connection:
        return {row.sku: row.quantity for row in connection.execute(cart_lines.select())}


def test_ordering_again_fills_the_cart_and_twice_is_as_good_as_once(shopper: Shopper, link: str) -> None:
    for _time in range(2):
        shopper.visit(link).submit("form[action$=again]")
        assert shopper.message == "Your order is in your cart again."
    assert in_cart(shopper.client) == {"MUG-BLUE": 2, "TILES": 1}  # type: ignore[arg-type]


def test_what_is_in_the_cart_stays_as_it_is(shopper: Shopper, link: str) -> None:
    shopper.add("blue-mug", "1").visit(link).submit("form[action$=again]")
    assert in_cart(shopper.client) == {"MUG-BLUE": 1, "TILES": 1}  # type: ignore[arg-type]


def test_somebody_without_a_cookie_gets_a_cart(client: TestClient, shopper: Shopper, link: str) -> None:
    client.cookies.clear()
    shopper.visit(link).submit("form[action$=again]")
    assert "Blue mug" in shopper.text


def test_what_cannot_be_bought_any_more_is_said(client: TestClient, shopper: Shopper, link: str) -> None:
    def again(*withdrawn: str) -> str:
        with site_of(client).db.write() as connection:
            connection.execute(delete(cart_lines))
            connection.execute(update(variants).where(variants.c.sku.in_(withdrawn)).values(active=False))
        return shopper.visit(link).submit("form[action$=again]").message

    assert again() == "Your order is in your cart again."
    assert again("TILES") == "What can still be bought of your order is in your cart again."
    assert again("MUG-BLUE") == "Nothing of this order can be bought any more."
    shopper.add("bowl", sku="BOWL-S").visit(link).submit("form[action$=again]")
    assert shopper.message == "Nothing of this order can be bought any more."
    assert in_cart(client) == {"BOWL-S": 1}
    assert shopper.visit("/cart?again=abc").message == ""


def test_somebody_without_a_cookie_gets_what_is_left_of_everything(
    client: TestClient, shopper: Shopper, link: str
) -> None:
    with site_of(client).db.write() as connection:
        stock.count(connection, "MUG-BLUE", 1)
        stock.count(connection, "TILES", 0)
    client.cookies.clear()
    shopper.visit(link).submit("form[action$=again]")
    assert shopper.message == "What can still be bought of your order is in your cart again."
    assert in_cart(client) == {"MUG-BLUE": 1}
    assert "Blue mug" in shopper.visit("/cart").text


def test_somebody_for_whom_nothing_is_left_gets_no_cookie(
    client: TestClient, shopper: Shopper, link: str
) -> None:
    """Of a cart that there is not."""
    with site_of(client).db.write() as connection:
        connection.execute(update(variants).values(active=False))
    client.cookies.clear()
    answer = client.post(f"{link}/again", follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/cart?again=none")
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize(
    ("state", "actions"),
    [
        ("pending", ["Pay now", "Ask us about it", "Back to the shop"]),
        ("processing", ["Ask us about it", "Back to the shop"]),
        ("paid", ["Order again", "Print", "Ask us about it", "Back to the shop"]),
        ("shipped", ["Follow your parcel", "Order again", "Print", "Ask us about it", "Back to the shop"]),
        ("cancelled", ["Order again", "Ask us about it", "Back to the shop"]),
        ("failed", ["Order again", "Ask us about it", "Back to the shop"]),
        ("refunded", ["Order again", "Print", "Ask us about it", "Back to the shop"]),
    ],
)
def test_no_state_is_a_dead_end(
    client: TestClient, shopper: Shopper, link: str, state: str, actions: list[str]
) -> None:
    paid = {} if state in ("paid", "shipped", "refunded") else {"invoice": None, "paid_at": None}
    with site_of(client).db.write() as connection:
        connection.execute(update(orders).values(state=state, carrier="DHL", tracking="1", **paid))
    found = shopper.visit(link).page.select("#order :is(.button)")
    assert [each.get_text().strip() for each in found] == actions


@pytest.mark.parametrize("state", ["cancelled", "failed", "expired", "refunded", "refund_due"])
def test_where_nothing_comes_nothing_is_said_of_a_delivery(
    client: TestClient, shopper: Shopper, link: str, state: str
) -> None:
    with site_of(client).db.write() as connection:
        connection.execute(update(orders).values(state=state, delivery="2 to 3 working days"))
    shown = shopper.visit(link).text
    assert not [words for words in ("Delivery address", "working days", "pack") if words in shown]


def test_the_pictures_of_what_was_bought_are_there(shopper: Shopper, link: str) -> None:
    assert len(shopper.visit(link).page.select("#order .order__line img")) == 2
