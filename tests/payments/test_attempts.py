"""Attempts to pay: when Stripe is asked what became of each, and which one of an order counts."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from tests.due import DAY, HOUR, MINUTE, NOW, SECOND, claim_at, is_due
from tests.people import ADA
from tests.till import SHOP, Till
from webshop.checkout.place import place_order
from webshop.db.tables import attempts as rows
from webshop.orders.model import Order
from webshop.payments import attempts, events
from webshop.payments.attempts import claim_poll
from webshop.payments.model import Attempt, Status


@pytest.fixture
def order(till: Till) -> Order:
    """Placed now, held for 35 minutes, with an attempt that Stripe was not asked for yet."""
    till.db.clock = lambda: NOW
    cart = till.cart(MUG_BLUE=1)
    return place_order(
        till.db, SHOP, cart=cart, details=ADA, shown_total=1690, ui_mode="hosted_page", visitor=""
    )


def open_first(till: Till, order: Order) -> Attempt:
    (attempt,) = till.attempts(order)
    with till.db.write() as connection:
        attempts.open_attempt(connection, attempt, "cs_1")
        return attempts.get(connection, attempt.id)


def begin_another(till: Till, order: Order) -> Attempt:
    with till.db.write() as connection:
        return attempts.insert_attempt(connection, order, "embedded_page")


def test_an_open_session_is_polled_after_30_seconds_then_ever_more_seldom_and_when_it_ends(
    till: Till, order: Order
) -> None:
    """At most every five minutes, and never past its end at 35:00."""
    open_first(till, order)
    claimed = claim_at(
        till.db,
        claim_poll,
        [
            timedelta(minutes=minutes, seconds=seconds)
            for minutes, seconds in [
                *[(0, 30), (1, 0), (2, 0), (4, 0), (8, 0)],
                *[(13, 0), (18, 0), (23, 0), (28, 0), (33, 0), (35, 0)],
                *[(40, 0), (45, 0)],
            ]
        ],
    )
    assert [attempt.polls for attempt in claimed] == [*range(13)]


def hear_of_an_event(till: Till, ago: timedelta) -> None:
    with till.db.write(NOW - ago) as connection:
        events.remember(connection, "evt_1", "checkout.session.completed")


@pytest.mark.parametrize("ago", [MINUTE, DAY - HOUR])
def test_where_webhooks_arrive_polls_come_seldomer(till: Till, order: Order, ago: timedelta) -> None:
    hear_of_an_event(till, ago)
    open_first(till, order)
    claim_at(till.db, claim_poll, [minutes * MINUTE for minutes in (2, 4, 8, 16, 26, 35, 45)])


def test_webhooks_that_were_not_heard_of_for_a_day_are_not_relied_on(till: Till, order: Order) -> None:
    hear_of_an_event(till, DAY)
    open_first(till, order)
    claim_at(till.db, claim_poll, [30 * SECOND, MINUTE, 2 * MINUTE])


def test_a_poll_a_moment_before_the_end_is_followed_by_one_at_the_end(till: Till, order: Order) -> None:
    open_first(till, order)
    claim_at(till.db, claim_poll, [30 * SECOND, MINUTE])
    assert is_due(till.db, claim_poll, NOW + 35 * MINUTE - SECOND)
    claim_at(till.db, claim_poll, [35 * MINUTE + SECOND], start=NOW - SECOND)


def test_an_attempt_without_a_session_is_polled_when_its_time_is_over(till: Till, order: Order) -> None:
    """Until then it may be resumed."""
    (attempt,) = claim_at(till.db, claim_poll, [35 * MINUTE])
    assert (attempt.status, attempt.polls) == ("opening", 0)


def test_an_abandoned_attempt_is_polled_when_its_time_is_over_too(till: Till, order: Order) -> None:
    (attempt,) = till.attempts(order)
    with till.db.write() as connection:
        attempts.abandon(connection, attempt)
    (attempt,) = claim_at(till.db, claim_poll, [35 * MINUTE])
    assert attempt.status == "failed"


def test_a_bank_is_asked_about_every_hour_for_days(till: Till, order: Order) -> None:
    attempt = open_first(till, order)
    with till.db.write() as connection:
        attempts.await_bank(connection, attempt)
    claimed = claim_at(till.db, claim_poll, [HOUR, 2 * HOUR, 3 * HOUR, 3 * DAY, 3 * DAY + HOUR][:3])
    assert {attempt.status for attempt in claimed} == {Status.PROCESSING}
    assert is_due(till.db, claim_poll, NOW + 3 * DAY)
    claim_at(till.db, claim_poll, [HOUR], start=NOW + 3 * DAY)


def test_a_closed_attempt_is_never_polled_again_and_the_others_are(till: Till, order: Order) -> None:
    first = open_first(till, order)
    begin_another(till, order)
    with till.db.write() as connection:
        attempts.close(connection, first, Status.EXPIRED, payment_intent="pi_1")

    assert [(each.status, each.payment_intent) for each in till.attempts(order)] == [
        ("expired", "pi_1"),
        ("opening", None),
    ]
    (polled,) = claim_at(till.db, claim_poll, [35 * MINUTE])
    assert polled.number == 2


def test_an_attempt_that_has_a_session_keeps_it(till: Till, order: Order) -> None:
    """Two answers to the same question give the same session; whatever else is known of it stays."""
    attempt = open_first(till, order)
    with till.db.write() as connection:
        attempts.close(connection, attempt, Status.PAID)
        attempts.open_attempt(connection, attempt, "cs_2")
        attempts.abandon(connection, attempt)
    (attempt,) = till.attempts(order)
    assert (attempt.session_id, attempt.status) == ("cs_1", "paid")
    assert not is_due(till.db, claim_poll, NOW + DAY)


def test_attempts_of_an_order_are_numbered_and_have_a_key_each(till: Till, order: Order) -> None:
    for _time in range(2):
        begin_another(till, order)
    assert [(each.number, each.idempotency_key) for each in till.attempts(order)] == [
        (number, f"webshop-{order.number}-{number}") for number in (1, 2, 3)
    ]


@pytest.mark.parametrize(
    ("statuses", "paying"),
    [
        (["open", "opening", "opening"], 3),
        (["paid", "opening", "opening"], 1),
        (["expired", "paid", "surplus"], 2),
        (["expired", "failed", "paid"], 3),
    ],
)
def test_the_attempt_that_paid_the_order_counts_or_else_the_latest(
    till: Till, order: Order, statuses: list[str], paying: int
) -> None:
    for _time in range(2):
        begin_another(till, order)
    with till.db.write() as connection:
        for number, status in enumerate(statuses, 1):
            connection.execute(update(rows).where(rows.c.number == number).values(status=status))
        assert attempts.get_paying(connection, order.number).number == paying
        assert attempts.get_latest(connection, order.number).number == 3


def test_an_attempt_is_found_by_its_session_and_by_its_payment(till: Till, order: Order) -> None:
    first, second = open_first(till, order), begin_another(till, order)
    with till.db.write() as connection:
        attempts.open_attempt(connection, second, "cs_2")
        attempts.close(connection, first, Status.PAID, payment_intent="pi_1")
        attempts.close(connection, second, Status.SURPLUS, payment_intent="pi_2")
    with till.db.read() as connection:
        by_session = [attempts.find_by_session(connection, f"cs_{number}") for number in (1, 2, 3)]
        by_payment = [attempts.find_by_intent(connection, f"pi_{number}") for number in (1, 2, 3)]
    for found in (by_session, by_payment):
        assert [attempt and attempt.number for attempt in found] == [1, 2, None]
