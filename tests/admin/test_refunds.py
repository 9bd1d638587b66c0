"""Money that the owner gives back: once for each request, and never more than was paid."""

from contextlib import suppress
from decimal import Decimal
from threading import Barrier, BrokenBarrierError
from typing import Any

import pytest
from sqlalchemy import Connection, update

from tests.conftest import both_databases, only_postgresql, only_sqlite
from tests.till import Till, at_once
from webshop.admin.refunds import Asked, request_refund
from webshop.db.tables import refunds as rows
from webshop.errors import Mistyped, OwnerError
from webshop.mail import outbox
from webshop.orders import queries as order_queries
from webshop.orders.model import Order
from webshop.payments import refunds
from webshop.payments.model import Attempt
from webshop.worker import rounds as worker

pytestmark = both_databases


def bought(till: Till) -> Order:
    """Two blue mugs and the parcel: 28.90."""
    return till.bought(till.cart(MUG_BLUE=2))[0]


def amounts(till: Till) -> list[tuple[int, str]]:
    return [(refund.amount, refund.status) for refund in till.refunds()]


def sent(till: Till) -> list[int]:
    """What Stripe was asked to give back."""
    return [refund["amount"] for refund in till.ledger()["refunds"]]


def test_part_of_an_order_goes_back_by_the_worker_and_the_shopper_is_told(said: Any, till: Till) -> None:
    order = bought(till)
    sentence = f"€5.00 of order {order.number} goes back; the worker sends it within seconds."
    nothing = f"Nothing was put back into stock: python -m webshop orders restock {order.number} does that."
    assert said("orders", "refund", order.number, "5,00 €", "--reason", "a chip") == (
        0,
        [sentence, nothing],
        [],
    )
    assert (amounts(till), sent(till)) == ([(500, "due")], [])

    worker.work(till.db, till.stripe)
    assert (amounts(till), sent(till)) == ([(500, "succeeded")], [500])
    assert (till.order(order.number).refunded, till.state(order)) == (500, "paid")
    assert till.events(order) == ["placed", "paid", "refund requested", "refunded"]
    with till.db.read() as connection:
        kinds = [letter.kind for letter in outbox.list_of_order(connection, order.number)]
    assert kinds == ["receipt", "owner", "refunded"]


def test_the_same_amount_is_the_same_request_unless_it_is_to_go_again(said: Any, till: Till) -> None:
    order = bought(till)
    said("orders", "refund", order.number, "5.00")
    sentence = (
        f"This refund was asked for already: €5.00 of order {order.number}, due. "
        "--again asks for another one."
    )
    for typed in ("5.00", "5", "5.0"):
        assert said("orders", "refund", order.number, typed) == (0, [sentence], [])
    worker.work(till.db, till.stripe)
    sentence = sentence.replace("due", "succeeded")
    assert said("orders", "refund", order.number, "5.00") == (0, [sentence], [])
    assert said("orders", "refund", order.number, "5.00", "--again")[0] == 0
    assert said("orders", "refund", order.number, "5.00", "--again")[0] == 0
    worker.work(till.db, till.stripe)
    assert sent(till) == [500, 500, 500]
    assert till.order(order.number).refunded == 1500


def test_without_an_amount_all_that_is_left_goes_back_once(said: Any, till: Till) -> None:
    order = bought(till)
    said("orders", "refund", order.number, "14.45")  # half of it: the rest is the same amount
    sentence = f"€14.45 of order {order.number} goes back; the worker sends it within seconds."
    back = "Back in stock: 2 × Blue mug (MUG-BLUE)."
    assert said("orders", "refund", order.number) == (0, [sentence, back], [])
    sentence = (
        f"Nothing of order {order.number} is left to give back: all was given back or asked for already."
    )
    nothing = f"Nothing was put back into stock: order {order.number} holds no counted pieces any more."
    assert said("orders", "refund", order.number) == (0, [sentence, nothing], [])
    worker.work(till.db, till.stripe)
    assert said("orders", "refund", order.number) == (0, [sentence], [])
    assert sent(till) == [1445, 1445]
    assert till.state(order) == "refunded"


def test_never_more_goes_back_than_was_paid(said: Any, till: Till) -> None:
    order = bought(till)
    request_refund(till.db, order.number, Decimal("20.00"))
    sentence = (
        f"€8.91 of order {order.number} cannot go back: €28.90 was paid, and €8.90 of it is neither given "
        "back nor asked for yet."
    )
    assert said("orders", "refund", order.number, "8.91") == (1, [], [sentence])
    assert said("orders", "refund", order.number, "20.00", "--again")[0] == 1
    assert said("orders", "refund", order.number, "8.90")[0] == 0
    assert [amount for amount, _status in amounts(till)] == [2000, 890]


@pytest.mark.parametrize("status", ["pending", "requires_action", "succeeded"])
def test_what_stripe_has_taken_counts(till: Till, status: str) -> None:
    order = bought(till)
    request_refund(till.db, order.number, Decimal("20.00"))
    with till.db.write() as connection:
        connection.execute(update(rows).values(status=status))
    with pytest.raises(OwnerError):
        request_refund(till.db, order.number, Decimal("8.91"))


@pytest.mark.parametrize("status", ["refused", "failed", "canceled"])
def test_what_stripe_would_not_send_can_be_asked_for_again(till: Till, status: str) -> None:
    order = bought(till)
    request_refund(till.db, order.number)
    with till.db.write() as connection:
        connection.execute(update(rows).values(status=status, due_at=None))
    asked = request_refund(till.db, order.number, Decimal("28.90"))
    assert asked.before
    assert asked.refund
    assert asked.refund.status == status
    assert not request_refund(till.db, order.number, Decimal("28.90"), again=True).before
    assert amounts(till) == [(2890, status), (2890, "due")]


def test_money_that_the_owner_sent_back_in_the_dashboard_counts(till: Till) -> None:
    order = bought(till)
    (payment,) = till.attempts(order)
    with till.db.write() as connection:
        refunds.store(connection, payment, "re_1", "", 2000, "succeeded")
    asked = request_refund(till.db, order.number)
    assert asked.refund
    assert asked.refund.amount == 890


@only_sqlite
@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("0", "The amount must be more than 0."),
        ("0.00", "The amount must be more than 0."),
        ("5.0005", "5.0005 has more than 2 decimals (EUR)"),
        ("5.005", "'5.005' may be 5005 or 5.005: type 5005.00 for the one, 5.00 for the other"),
        ("$5.00", "'$5.00' is not an amount in EUR, the order's currency"),
        ("-5", None),  # argparse takes it for an option
        ("1e3", "'1e3' is not an amount such as 5.00"),
        ("1_000", "'1_000' is not an amount such as 5.00"),
        ("٣", "'٣' is not an amount such as 5.00"),
        ("NaN", "'NaN' is not an amount such as 5.00"),
        ("", "'' is not an amount such as 5.00"),
        ("1" * 13, f"'{'1' * 13}' is not an amount such as 5.00"),
    ],
)
def test_what_is_no_amount_gives_nothing_back(
    said: Any, till: Till, typed: str, sentence: str | None
) -> None:
    order = bought(till)
    if sentence is None:
        assert said("orders", "refund", order.number, "--", typed)[0] == 2
    else:
        assert said("orders", "refund", order.number, typed) == (2, [], [sentence])
    assert amounts(till) == []


@only_sqlite
def test_a_reason_is_one_line(till: Till) -> None:
    order = bought(till)
    for reason in ("a\nb", "x" * 501):
        with pytest.raises(Mistyped):
            request_refund(till.db, order.number, reason=reason)
    assert amounts(till) == []


def test_without_a_payment_nothing_goes_back(said: Any, till: Till) -> None:
    order, _session = till.check_out(till.cart(MUG_BLUE=1))
    sentence = f"Order {order.number} is pending: there is no payment to give back."
    assert said("orders", "refund", order.number) == (1, [], [sentence])
    assert amounts(till) == []


def refund_twice_at_once(
    till: Till, monkeypatch: pytest.MonkeyPatch, patience: float
) -> list[Asked | Exception]:
    """20.00 and 20.01 of 28.90, at the same moment: each waits, for so long, until the other has counted."""
    order = bought(till)
    both_counted = Barrier(2, timeout=patience)
    count = refunds.sum_asked

    def count_and_wait(connection: Connection, payment: Attempt) -> int:
        asked = count(connection, payment)
        with suppress(BrokenBarrierError):
            both_counted.wait()
        return asked

    monkeypatch.setattr(refunds, "sum_asked", count_and_wait)
    return at_once(2, lambda n: request_refund(till.db, order.number, Decimal(2000 + n) / 100))


def test_two_refunds_at_once_do_not_exceed_the_charge(till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    found = refund_twice_at_once(till, monkeypatch, 0.5)
    assert sorted(type(each).__name__ for each in found) == ["Asked", "OwnerError"]
    assert len(amounts(till)) == 1


@only_postgresql
def test_control_without_the_lock_two_refunds_exceed_it(till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    """On PostgreSQL: SQLite has one writer at a time."""
    get = order_queries.get_order

    def get_without_lock(connection: Connection, number: str, *, lock: bool = False) -> Order:
        return get(connection, number)

    monkeypatch.setattr(order_queries, "get_order", get_without_lock)
    found = refund_twice_at_once(till, monkeypatch, 60)
    assert [type(each).__name__ for each in found] == ["Asked", "Asked"]
    assert sum(amount for amount, _status in amounts(till)) == 4001


def test_ten_times_the_same_refund_at_once_is_asked_for_once(till: Till) -> None:
    order = bought(till)
    found = at_once(10, lambda _n: request_refund(till.db, order.number, Decimal("2.00")))
    assert [each.before for each in found if isinstance(each, Asked)].count(False) == 1
    assert len(found) == 10
    assert amounts(till) == [(200, "due")]
