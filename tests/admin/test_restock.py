"""Pieces of an order that came back: on sale again once, however often it is asked for."""

from typing import Any

import pytest

from tests.conftest import both_databases
from tests.till import Till, at_once
from webshop.admin.refunds import request_refund, restock
from webshop.admin.shipments import ship
from webshop.errors import Conflict, OwnerError
from webshop.orders.model import Order
from webshop.worker import rounds as worker

pytestmark = both_databases

BACK = "Back in stock: 2 × Blue mug (MUG-BLUE)."


def bought(till: Till) -> Order:
    return till.bought(till.cart(MUG_BLUE=2))[0]


def stock(till: Till) -> int:
    return till.stock("MUG-BLUE") or 0


def test_what_was_not_shipped_and_goes_back_wholly_is_on_sale_again_once(said: Any, till: Till) -> None:
    before = stock(till)
    order = bought(till)
    assert said("orders", "refund", order.number)[1][1:] == [BACK]
    for _again in range(2):
        nothing = f"Nothing was put back into stock: order {order.number} holds no counted pieces any more."
        assert said("orders", "refund", order.number)[1][1:] == [nothing]
        assert said("orders", "restock", order.number)[1] == [nothing]
    worker.work(till.db, till.stripe)
    assert (stock(till), till.events(order).count("restocked")) == (before, 1)


@pytest.mark.parametrize(
    ("is_shipped", "arguments", "back"),
    [
        (False, ["5.00"], 0),
        (False, ["--no-restock"], 0),
        (True, [], 0),
        (True, ["--restock"], 2),
        (False, ["5.00", "--restock"], 2),
    ],
)
def test_otherwise_only_if_the_owner_says_so(
    said: Any, till: Till, *, is_shipped: bool, arguments: list[str], back: int
) -> None:
    order = bought(till)
    before = stock(till)
    if is_shipped:
        ship(till.db, order.number)
    _code, lines, _errors = said("orders", "refund", order.number, *arguments)
    hint = f"Nothing was put back into stock: python -m webshop orders restock {order.number} does that."
    assert (stock(till) - before, lines[1]) == (back, BACK if back else hint)


def test_so_many_pieces_in_all(said: Any, till: Till) -> None:
    order = bought(till)
    before = stock(till)
    counts = []
    for typed in ("MUG-BLUE=1", "MUG-BLUE=1", "MUG-BLUE=2", "MUG-BLUE=2"):
        said("orders", "restock", order.number, typed)
        counts.append(stock(till) - before)
    assert counts == [1, 1, 2, 2]
    for typed in ("MUG-BLUE=3", "NO-SUCH=1", "MUG-BLUE=0", "MUG-BLUE", "MUG-BLUE=-1"):
        assert said("orders", "restock", order.number, "--", typed)[0] == 2, typed


def test_stock_that_is_not_counted_and_orders_that_wait_are_left_alone(till: Till) -> None:
    order, _session = till.bought(till.cart(TILES=1))
    assert till.stock("TILES") is None
    assert request_refund(till.db, order.number).restocked == []
    assert till.stock("TILES") is None
    waiting, _session = till.check_out(till.cart(MUG_BLUE=1))
    with pytest.raises(OwnerError):
        restock(till.db, waiting.number)


def test_putting_back_while_others_buy_loses_and_invents_nothing(till: Till) -> None:
    orders = [bought(till), bought(till)]
    before = stock(till)

    def act(number: int) -> None:
        if number % 2:
            restock(till.db, orders[number // 2 % 2].number)
        else:
            till.check_out(till.cart(MUG_BLUE=1))

    results = at_once(6, act)
    sold = sum(result is None for result in results[::2])
    assert {type(each) for each in results} <= {type(None), Conflict}
    assert stock(till) == before + 4 - sold
