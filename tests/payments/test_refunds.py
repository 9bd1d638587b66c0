"""Refunds in their table: when each is sent, and what is known of the money of a payment."""

import pytest

from tests.due import DAY, HOUR, MINUTE, NOW, SECOND, claim_at, is_due
from tests.people import ADA
from tests.till import SHOP, Till
from webshop.checkout.place import place_order
from webshop.orders.model import Order
from webshop.payments import refunds
from webshop.payments.model import Attempt
from webshop.payments.refunds import claim_due


def place(till: Till) -> tuple[Order, Attempt]:
    till.db.clock = lambda: NOW
    cart = till.cart(MUG_BLUE=1)
    order = place_order(
        till.db, SHOP, cart=cart, details=ADA, shown_total=1690, ui_mode="hosted_page", visitor=""
    )
    return order, till.attempts(order)[0]


def ask(till: Till, attempt: Attempt, amount: int, name: str = "") -> None:
    with till.db.write() as connection:
        refunds.request(connection, attempt, amount, "EUR", "a chip", name=name)


def hear(till: Till, attempt: Attempt, refund_id: str, request: str, amount: int, status: str) -> None:
    """Stripe says this of a refund."""
    with till.db.write() as connection:
        refunds.store(connection, attempt, refund_id, request, amount, status)


def known(till: Till) -> list[tuple[int, int, str, bool]]:
    """The payment, amount and status of all refunds, and whether each waits to be sent."""
    return [(row.payment, row.amount, row.status, row.due_at is not None) for row in till.refunds()]


def sums(till: Till, attempt: Attempt) -> tuple[int, int]:
    """What was asked for and what went back."""
    with till.db.read() as connection:
        return refunds.sum_asked(connection, attempt), refunds.sum_given_back(connection, attempt)


def test_a_refund_is_sent_at_once_then_after_30_seconds_then_ever_more_seldom_and_hourly(till: Till) -> None:
    _order, attempt = place(till)
    ask(till, attempt, 500)
    half_minutes = [0, 1, 3, 7, 15, 31, 63, 127, 127 + 120, 127 + 240]
    claimed = claim_at(till.db, claim_due, [each * 30 * SECOND for each in half_minutes])

    assert [refund.tries for refund in claimed] == [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]
    assert {(refund.amount, refund.status, refund.reason) for refund in claimed} == {(500, "due", "a chip")}


def test_a_refund_that_stripe_refuses_is_never_sent_again_and_the_others_are(till: Till) -> None:
    _order, attempt = place(till)
    ask(till, attempt, 500)
    ask(till, attempt, 300, name="-2")
    with till.db.write(NOW) as connection:
        refused = claim_due(connection)
        assert refused is not None
        refunds.give_up(connection, refused)

    assert known(till) == [(attempt.id, 500, "refused", False), (attempt.id, 300, "due", True)]
    (other,) = claim_at(till.db, claim_due, [0 * SECOND])
    assert other.amount == 300
    assert sums(till, attempt) == (300, 0)


def test_asking_twice_under_one_name_asks_once(till: Till) -> None:
    _order, attempt = place(till)
    for amount in (500, 600):
        ask(till, attempt, amount)
    assert known(till) == [(attempt.id, 500, "due", True)]


def test_a_refund_that_stripe_has_is_not_sent_again(till: Till) -> None:
    order, attempt = place(till)
    ask(till, attempt, 500)
    hear(till, attempt, "re_1", f"webshop-{order.number}-1-refund", 500, "pending")

    assert known(till) == [(attempt.id, 500, "pending", False)]
    assert not is_due(till.db, claim_due, NOW + DAY)


def test_a_refund_from_the_dashboard_is_stored_once_and_changes_with_stripes_word(till: Till) -> None:
    _order, attempt = place(till)
    for status in ("pending", "succeeded", "succeeded"):
        hear(till, attempt, "re_1", "", 400, status)
    hear(till, attempt, "re_2", "somebody else's request", 200, "succeeded")

    assert known(till) == [(attempt.id, 400, "succeeded", False), (attempt.id, 200, "succeeded", False)]
    assert {row.tries for row in till.refunds()} == {0}
    assert sums(till, attempt) == (600, 600)


def test_a_request_of_another_payment_is_left_alone(till: Till) -> None:
    order, attempt = place(till)
    _other_order, other = place(till)
    ask(till, attempt, 500)
    hear(till, other, "re_1", f"webshop-{order.number}-1-refund", 500, "succeeded")

    assert known(till) == [(attempt.id, 500, "due", True), (other.id, 500, "succeeded", False)]


def test_nothing_went_back_of_a_payment_without_refunds(till: Till) -> None:
    _order, attempt = place(till)
    assert sums(till, attempt) == (0, 0)


@pytest.mark.parametrize(
    ("status", "asked", "given_back"),
    [
        ("pending", 500, 500),
        ("requires_action", 500, 500),
        ("succeeded", 500, 500),
        ("failed", 0, 0),
        ("canceled", 0, 0),
    ],
)
def test_money_that_stripe_will_not_send_is_neither_asked_for_nor_given_back(
    till: Till, status: str, asked: int, given_back: int
) -> None:
    _order, attempt = place(till)
    _other_order, other = place(till)
    hear(till, attempt, "re_1", "", 500, status)
    hear(till, other, "re_2", "", 900, "succeeded")
    assert sums(till, attempt) == (asked, given_back)


def test_refunds_are_listed_by_order_and_the_shops_own_by_amount(till: Till) -> None:
    order, attempt = place(till)
    other_order, other = place(till)
    ask(till, attempt, 500)
    ask(till, attempt, 300, name="-2")
    ask(till, other, 500)
    hear(till, attempt, "re_1", "", 500, "succeeded")
    with till.db.read() as connection:
        of_the_order = refunds.list_of_order(connection, order.number)
        own = refunds.list_requests(connection, attempt, 500)

    assert [refund.amount for refund in of_the_order] == [500, 300, 500]
    assert [refund.request for refund in own] == [f"webshop-{order.number}-1-refund"]


def test_a_refund_that_was_claimed_by_a_worker_that_died_is_sent_by_another(till: Till) -> None:
    _order, attempt = place(till)
    ask(till, attempt, 500)
    assert is_due(till.db, claim_due, NOW + HOUR)  # and the worker dies
    claim_at(till.db, claim_due, [30 * SECOND, 90 * SECOND], start=NOW + HOUR)
    assert is_due(till.db, claim_due, NOW + HOUR + 10 * MINUTE)
