"""Steps, the way back for a line that was taken out, and the sheet that says what was put in."""

import pytest
from starlette.testclient import TestClient

from tests.cart.test_web_cart import add, change, contents
from tests.conftest import both_databases, site_of
from tests.till import at_once
from tests.web.questions import BOTH, HTMX, PLAIN, element, said, soup, words
from webshop.catalog.model import mark_of
from webshop.orders import stock

pytestmark = both_databases


def step(client: TestClient, sku: str, by: str, headers: dict[str, str] = HTMX) -> int:
    form = {"sku": sku, "quantity": "7", "step": by}  # the field beside it, too
    return client.post("/cart/lines/change", data=form, headers=headers, follow_redirects=False).status_code


def undo(client: TestClient, headers: dict[str, str], sku: str) -> int:
    return client.post("/cart/lines/undo", data={"sku": sku}, headers=headers).status_code


def fill(client: TestClient) -> None:
    for sku, quantity in (("TILES", "3"), ("MUG-BLUE", "2"), ("BOWL-S", "1")):
        add(client, sku, quantity)


@pytest.mark.parametrize("headers", BOTH)
def test_a_line_goes_back_to_where_it_was(client: TestClient, headers: dict[str, str]) -> None:
    fill(client)
    answer = change(client, "MUG-BLUE", "0", headers)
    page = answer if headers else client.get(answer.headers["location"])
    rows = [" ".join(row.get_text(" ").split()) for row in soup(page).select("#cart-page .cart-lines > li")]
    assert rows[1] == "Blue mug removed. Undo Blue mug"
    assert [rows[0][:11], rows[2][:11]] == ["Glaze tiles", "Bowl Small "]
    assert undo(client, headers, "mug-blue") == 200
    assert list(contents(client).items()) == [("TILES", 3), ("MUG-BLUE", 2), ("BOWL-S", 1)]
    assert undo(client, headers, "MUG-BLUE") == 404  # once
    assert contents(client) == {"TILES": 3, "MUG-BLUE": 2, "BOWL-S": 1}


def test_the_last_line_can_come_back_too_and_a_link_makes_up_nothing(client: TestClient) -> None:
    add(client, "TILES", "2")
    page = client.get(change(client, "TILES", "0").headers["location"])
    assert "Your cart is empty." in words(page, "#cart-page")
    assert "Undo" in words(page, "#cart-page")
    assert "Undo" not in words(client.get(f"/cart?removed={mark_of('VASE')}"), "#cart-page")
    add(client, "TILES", "1")
    assert "Undo" not in words(client.get(f"/cart?removed={mark_of('TILES')}"), "#cart-page")
    assert undo(client, HTMX, "TILES") == 200  # it was added again meanwhile: that stays
    assert contents(client) == {"TILES": 1}


def test_what_was_sold_meanwhile_does_not_come_back(client: TestClient) -> None:
    add(client, "BOWL-S", "3")
    change(client, "BOWL-S", "0")
    for left, status, found in ((0, 409, {}), (2, 200, {"BOWL-S": 2})):
        with site_of(client).db.write() as connection:
            stock.count(connection, "BOWL-S", left)
        assert undo(client, HTMX, "BOWL-S") == status
        assert contents(client) == found


def test_without_a_cart_there_is_nothing_to_put_back(client: TestClient) -> None:
    assert [undo(client, headers, "TILES") for headers in BOTH] == [404, 404]
    assert step(client, "TILES", "1") == 404


def test_a_step_counts_from_what_is_there(client: TestClient) -> None:
    add(client, "BOWL-S", "3")
    assert (step(client, "BOWL-S", "1"), contents(client)) == (200, {"BOWL-S": 4})
    assert (step(client, "BOWL-S", "1", PLAIN), contents(client)) == (303, {"BOWL-S": 5})
    assert (step(client, "BOWL-S", "1"), contents(client)) == (409, {"BOWL-S": 5})
    for wrong in ("2", "0", "", "-2", "1.0", "\u0661"):
        assert step(client, "BOWL-S", wrong) == 422
    for _time in range(4):
        assert step(client, "BOWL-S", "-1") == 200
    assert contents(client) == {"BOWL-S": 1}
    assert (step(client, "BOWL-S", "-1"), contents(client)) == (200, {})
    assert (undo(client, HTMX, "BOWL-S"), contents(client)) == (200, {"BOWL-S": 1})


def test_a_way_back_that_is_out_of_date_puts_back_nothing_else(client: TestClient) -> None:
    """Something else was taken out since, in another tab."""
    fill(client)
    change(client, "TILES", "0")
    change(client, "MUG-BLUE", "0")
    for sku in ("TILES", "", "\0", "NO-SUCH"):
        assert undo(client, HTMX, sku) == 404
    assert contents(client) == {"BOWL-S": 1}
    assert (undo(client, HTMX, "MUG-BLUE"), contents(client)) == (200, {"MUG-BLUE": 2, "BOWL-S": 1})


@pytest.mark.parametrize(("left", "found"), [(2, {"BOWL-S": 2}), (4, {"BOWL-S": 4}), (0, {})])
def test_a_step_down_from_more_than_there_is_goes_to_what_there_is(
    client: TestClient, left: int, found: dict[str, int]
) -> None:
    add(client, "BOWL-S", "5")
    with site_of(client).db.write() as connection:
        stock.count(connection, "BOWL-S", left)
    assert step(client, "BOWL-S", "1") == 409
    assert (step(client, "BOWL-S", "-1"), contents(client)) == (200, found)


def test_steps_at_once_all_count(client: TestClient) -> None:
    add(client, "TILES", "1")
    assert set(at_once(8, lambda _number: step(client, "TILES", "1"))) == {200}
    assert contents(client) == {"TILES": 9}


def test_the_sheet_says_what_was_added_the_total_and_two_ways_on(client: TestClient) -> None:
    add(client, "TILES", "1")
    answer = add(client, "MUG-BLUE", "2", HTMX)
    sheet = words(answer, "dialog[open]")
    assert sheet.startswith("Added to your cart Blue mug 2 in your cart 3 items €24.99")
    assert sheet.endswith("Keep looking Go to checkout")
    assert element(answer, "dialog form[method=dialog] button")
    assert said(answer) == "Blue mug added. 3 items, €24.99"
    for other in (change(client, "TILES", "2", HTMX), change(client, "TILES", "0", HTMX)):
        assert soup(other).select("dialog") == []  # it is over
        assert element(other, "hx-partial[hx-target='#cart-sheet']").get_text().strip() == ""


def test_without_htmx_the_cart_says_the_same_and_leads_back(client: TestClient) -> None:
    page = client.get(add(client, "MUG-BLUE", "2").headers["location"])
    assert words(page, ".cart-notice") == "Blue mug added. 2 items, €24.00 Keep looking"
    assert element(page, ".cart-notice a")["href"] == "/products/blue-mug"
    refused = add(client, "VASE", "9")
    assert words(refused, ".cart-notice.alert") == "Sorry, only 1 left."
