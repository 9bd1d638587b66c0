"""Stock: exactly what an order takes is what it gives back, and never is more sold than there is."""

import pytest

from tests.conftest import both_databases
from tests.till import Till, at_once
from webshop.errors import Conflict, OwnerError
from webshop.orders import queries as orders
from webshop.orders import stock
from webshop.orders.model import Order, OrderLine

pytestmark = both_databases


def line(sku: str, quantity: int) -> OrderLine:
    return OrderLine(sku, "Thing", "", 100, quantity, 0)


def hold(till: Till, *lines: OrderLine) -> dict[str, int]:
    """What each line then holds, in the order of the lines."""
    with till.db.write() as connection:
        return {each.sku: each.held for each in stock.hold(connection, lines)}


def release(till: Till, order: Order) -> None:
    with till.db.write() as connection:
        stock.release(connection, orders.get_order(connection, order.number))


def hold_again(till: Till, order: Order) -> bool:
    with till.db.write() as connection:
        return stock.hold_again(connection, orders.get_order(connection, order.number))


def count(till: Till, sku: str, pieces: int | None) -> None:
    with till.db.write() as connection:
        stock.count(connection, sku, pieces)


def test_pieces_are_taken_from_a_counted_stock_only(till: Till) -> None:
    held = hold(till, line("TILES", 50), line("MUG-BLUE", 3), line("BOWL-S", 5))
    assert list(held.items()) == [("TILES", 0), ("MUG-BLUE", 3), ("BOWL-S", 5)]
    assert [till.stock(sku) for sku in ("TILES", "MUG-BLUE", "BOWL-S")] == [None, 7, 0]


@pytest.mark.parametrize(("sku", "quantity"), [("VASE", 2), ("BOWL-XL", 1), ("NO-SUCH", 1)])
def test_too_few_of_one_takes_nothing_of_any(till: Till, sku: str, quantity: int) -> None:
    with pytest.raises(Conflict) as refusal:
        hold(till, line("BOWL-S", 1), line(sku, quantity), line("MUG-BLUE", 1))
    assert refusal.value.message == "Thing has just sold out. Please check your cart."
    assert (till.stock("BOWL-S"), till.stock("MUG-BLUE"), till.stock("VASE")) == (5, 10, 1)


def test_what_is_no_longer_sold_cannot_be_held(till: Till) -> None:
    with till.db.write() as connection:
        connection.exec_driver_sql("UPDATE variants SET active = (1 = 0) WHERE sku IN ('VASE', 'TILES')")
    for sku in ("VASE", "TILES"):
        with pytest.raises(Conflict):
            hold(till, line(sku, 1))


def test_eight_buyers_of_five_bowls_get_five(till: Till) -> None:
    results = at_once(8, lambda _n: hold(till, line("BOWL-S", 1)))
    assert results.count({"BOWL-S": 1}) == 5
    assert [type(each) for each in results if not isinstance(each, dict)] == [Conflict] * 3
    assert till.stock("BOWL-S") == 0


def test_an_order_gives_back_what_it_held_once(till: Till) -> None:
    order, _session = till.check_out(till.cart(MUG_BLUE=4, TILES=9))
    assert (till.stock("MUG-BLUE"), till.held("MUG-BLUE")) == (6, 4)
    for _time in range(2):
        release(till, order)
        assert (till.stock("MUG-BLUE"), till.held("MUG-BLUE")) == (10, 0)
        assert till.stock("TILES") is None


def test_what_was_unlimited_when_bought_is_not_given_back_to_a_stock_counted_since(till: Till) -> None:
    order, _session = till.check_out(till.cart(TILES=9))
    count(till, "TILES", 5)
    release(till, order)
    assert till.stock("TILES") == 5


def test_what_was_counted_when_bought_is_given_back_to_no_unlimited_stock(till: Till) -> None:
    order, _session = till.check_out(till.cart(MUG_BLUE=4))
    count(till, "MUG-BLUE", None)
    release(till, order)
    assert (till.stock("MUG-BLUE"), till.held("MUG-BLUE")) == (None, 0)


def test_a_released_order_can_hold_its_pieces_again(till: Till) -> None:
    order, _session = till.check_out(till.cart(MUG_BLUE=4, BOWL_S=1))
    release(till, order)
    assert hold_again(till, order)
    assert (till.stock("MUG-BLUE"), till.held("MUG-BLUE")) == (6, 4)
    assert (till.stock("BOWL-S"), till.held("BOWL-S")) == (4, 1)


def test_it_holds_all_of_them_again_or_none(till: Till) -> None:
    order, _session = till.check_out(till.cart(MUG_BLUE=4, BOWL_S=1, VASE=1))
    release(till, order)
    count(till, "MUG-BLUE", 3)
    assert not hold_again(till, order)
    assert [till.stock(sku) for sku in ("MUG-BLUE", "BOWL-S", "VASE")] == [3, 5, 1]
    assert [till.held(sku) for sku in ("MUG-BLUE", "BOWL-S", "VASE")] == [0, 0, 0]


def test_a_stock_can_be_counted_anew(till: Till) -> None:
    for pieces in (7, 0, None, 3):
        count(till, "MUG-BLUE", pieces)
        assert till.stock("MUG-BLUE") == pieces
    with pytest.raises(OwnerError) as refusal:
        count(till, "NO-SUCH", 1)
    assert refusal.value.message == "There is no sku NO-SUCH."
