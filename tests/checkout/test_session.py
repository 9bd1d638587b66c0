"""What becomes of an order's earlier attempts when it is paid in another way or given up."""

import pytest
from sqlalchemy import update

from tests.due import DAY
from tests.people import ADA, GRACE
from tests.till import SHOP, SITE, Till
from webshop.checkout.place import place_order
from webshop.checkout.session import open_session, withdraw
from webshop.db.tables import attempts as rows
from webshop.errors import Conflict, Unavailable
from webshop.orders.model import Order
from webshop.payments import attempts
from webshop.sandbox.objects import sessions


def statuses(till: Till, order: Order) -> list[str]:
    return [attempt.status for attempt in till.attempts(order)]


def polled(till: Till) -> list[int]:
    """The numbers of the attempts that the worker still asks Stripe about, the first due first."""
    with till.db.write(till.db.clock() + DAY) as connection:
        return [attempt.number for attempt in iter(lambda: attempts.claim_poll(connection), None)]


def unanswered(till: Till, cart: str) -> Order:
    """An order whose session was asked for, and Stripe was silent."""
    till.wire.down = True
    with pytest.raises(Unavailable):
        till.check_out(cart)
    till.wire.down = False
    return place_order(
        till.db, SHOP, cart=cart, details=ADA, shown_total=till.total(cart), ui_mode="hosted_page", visitor=""
    )


def test_a_withdrawn_orders_session_has_ended_and_is_not_asked_about(till: Till) -> None:
    order, _session = till.check_out(till.cart(MUG_BLUE=1))
    assert withdraw(till.db, till.stripe, order) is None
    assert (statuses(till, order), polled(till)) == (["expired"], [])
    assert (till.state(order), till.session_states()) == ("cancelled", ["expired"])


def test_a_withdrawn_orders_session_that_may_exist_is_asked_about_when_its_time_is_over(till: Till) -> None:
    order = unanswered(till, till.cart(MUG_BLUE=1))
    assert withdraw(till.db, till.stripe, order) is None
    assert (statuses(till, order), polled(till)) == (["failed"], [1])
    assert till.state(order) == "cancelled"


def test_withdrawing_twice_changes_nothing_more(till: Till) -> None:
    order, _session = till.check_out(till.cart(MUG_BLUE=1))
    for _time in range(2):
        assert withdraw(till.db, till.stripe, order) is None
    assert till.events(order) == ["placed", "cancelled"]
    assert till.stock("MUG-BLUE") == 10
    assert till.wire.count("POST /v1/checkout/sessions/") == 1


def test_an_attempt_whose_session_is_over_is_closed_by_the_next_one(till: Till) -> None:
    cart = till.cart(MUG_BLUE=1)
    order, session = till.check_out(cart)
    with till.sandbox.work() as work:
        sessions.expire(work, session.id)
    till.check_out(cart)
    assert (statuses(till, order), polled(till)) == (["expired", "open"], [2])


def test_an_attempt_that_was_never_opened_is_abandoned_for_the_other_way_to_pay_and_asked_about_later(
    till: Till,
) -> None:
    cart = till.cart(MUG_BLUE=1)
    order = unanswered(till, cart)
    till.check_out(cart, ui_mode="embedded_page")
    assert statuses(till, order) == ["failed", "open"]
    assert sorted(polled(till)) == [1, 2]


def test_an_attempt_that_was_given_up_is_not_resumed(till: Till) -> None:
    cart = till.cart(MUG_BLUE=1)
    order, first = till.check_out(cart)
    with till.db.write() as connection:
        connection.execute(update(rows).values(status="failed"))
    again, second = till.check_out(cart)

    assert again.number == order.number
    assert second.id != first.id
    assert statuses(till, order) == ["failed", "open"]


def test_an_order_that_is_cancelled_meanwhile_gets_no_session(till: Till) -> None:
    order, _session = till.check_out(till.cart(MUG_BLUE=1))
    withdraw(till.db, till.stripe, order)
    with pytest.raises(Conflict) as refusal:
        open_session(till.db, till.stripe, order, ui_mode="hosted_page", site=SITE)
    assert refusal.value.message == "This order is no longer waiting for payment. Please order again."
    assert (statuses(till, order), till.session_states()) == (["expired"], ["expired"])


def test_a_session_that_stripe_does_not_know_is_logged_and_its_order_withdrawn(
    till: Till, caplog: pytest.LogCaptureFixture
) -> None:
    order, session = till.check_out(till.cart(MUG_BLUE=1))
    with till.sandbox.work() as work:
        work.db.execute("DELETE FROM documents")
    assert withdraw(till.db, till.stripe, order) is None
    assert till.state(order) == "cancelled"
    assert f"Stripe does not know session {session.id}" in caplog.messages


def test_an_order_is_placed_at_a_whole_second(till: Till) -> None:
    """Stripe counts in seconds, and the hold ends when the session does."""
    now = till.db.clock().replace(microsecond=123456)
    till.db.clock = lambda: now
    order, session = till.check_out(till.cart(MUG_BLUE=1), GRACE)
    assert order.placed_at == now.replace(microsecond=0)
    assert (order.expires_at - order.placed_at).total_seconds() == 2100
    assert till.attempts(order)[0].expires_at == order.expires_at
