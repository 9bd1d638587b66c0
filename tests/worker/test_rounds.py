"""A round of the worker: what Stripe is asked, what ends, what goes back, and what the owner is told."""

import logging
from datetime import UTC, datetime
from typing import cast

import pytest

from tests.due import HOUR, MINUTE, SECOND
from tests.people import ADA
from tests.till import SHOP, Till
from webshop.admin.refunds import request_refund
from webshop.alarms import queries as alarms
from webshop.checkout.place import place_order
from webshop.errors import Unavailable
from webshop.mail.letters import Letters
from webshop.orders import queries as orders
from webshop.orders import stock
from webshop.orders.model import Order, State
from webshop.payments.shapes import Session
from webshop.sandbox.testing import client_of
from webshop.worker import rounds
from webshop.worker.rounds import work

NO_ANSWER = "The payment service does not answer at the moment. Nothing was charged; please try again soon."


@pytest.fixture
def till(till: Till) -> Till:
    """With one clock for the shop and for Stripe, which begins at a whole second."""
    till.clock.now = float(int(till.clock.now))
    till.db.clock = lambda: datetime.fromtimestamp(till.clock.now, UTC)
    return till


def told(till: Till) -> list[tuple[str, str, str]]:
    """The open alarms: kind, about and words."""
    with till.db.read() as connection:
        return [(alarm.kind, alarm.about, alarm.detail) for alarm in alarms.list_open(connection)]


def cancel(till: Till, order: Order) -> None:
    """Without a word to Stripe: its session stays open."""
    with till.db.write() as connection:
        found = orders.get_order(connection, order.number, lock=True)
        stock.release(connection, found)
        orders.move(connection, found, State.CANCELLED)


def forget_sessions(till: Till) -> None:
    with till.sandbox.work() as sandbox:
        sandbox.db.execute("DELETE FROM documents")


# Attempts


def test_an_open_session_of_a_decided_order_is_ended_and_that_of_a_waiting_one_is_not(till: Till) -> None:
    decided, _session = till.check_out(till.cart(MUG_BLUE=1))
    waiting, _session = till.check_out(till.cart(MUG_BLUE=1))
    cancel(till, decided)
    work(till.db, till.stripe, decided.placed_at + 30 * SECOND)

    assert till.session_states() == ["expired", "open"]
    assert [till.attempts(order)[0].status for order in (decided, waiting)] == ["expired", "open"]
    assert (till.state(decided), till.state(waiting)) == ("cancelled", "pending")
    assert till.stock("MUG-BLUE") == 9


def test_a_session_that_is_open_when_its_time_is_over_is_ended_then_and_not_before(till: Till) -> None:
    """Stripe's clock is behind."""
    order, _session = till.check_out(till.cart(MUG_BLUE=1))
    work(till.db, till.stripe, order.expires_at - SECOND)
    assert (till.session_states(), till.states()) == (["open"], ["pending"])

    work(till.db, till.stripe, order.expires_at)
    assert (till.session_states(), till.states()) == (["expired"], ["expired"])
    assert till.stock("MUG-BLUE") == 10


def test_a_session_that_is_paid_is_asked_about_once_and_not_ended(till: Till) -> None:
    order, session = till.check_out(till.cart(MUG_BLUE=1))
    till.pay(session)
    for moment in (30 * SECOND, MINUTE, HOUR):
        work(till.db, till.stripe, order.placed_at + moment)

    assert till.state(order) == "paid"
    assert till.wire.calls[1:] == [f"GET /v1/checkout/sessions/{session.id}"]


def test_a_session_that_stripe_does_not_know_is_forgotten_when_its_time_is_over_and_not_before(
    till: Till,
) -> None:
    """As when the sandbox is exchanged for real keys while somebody is at the checkout."""
    order, _session = till.check_out(till.cart(MUG_BLUE=1))
    forget_sessions(till)
    work(till.db, till.stripe, order.expires_at - SECOND)
    assert (till.attempts(order)[0].status, till.state(order)) == ("open", "pending")
    assert till.stock("MUG-BLUE") == 9

    work(till.db, till.stripe, order.expires_at)
    assert (till.attempts(order)[0].status, till.state(order)) == ("failed", "expired")
    assert till.stock("MUG-BLUE") == 10

    asked = len(till.wire.calls)
    work(till.db, till.stripe, order.expires_at + HOUR)
    assert len(till.wire.calls) == asked


def test_an_attempt_that_never_had_a_session_is_forgotten(
    till: Till, caplog: pytest.LogCaptureFixture
) -> None:
    cart = till.cart(MUG_BLUE=1)
    order = place_order(
        till.db, SHOP, cart=cart, details=ADA, shown_total=1690, ui_mode="hosted_page", visitor=""
    )
    work(till.db, till.stripe, order.expires_at - SECOND)
    assert till.wire.calls == []
    work(till.db, till.stripe, order.expires_at)

    assert till.wire.calls == ["GET /v1/checkout/sessions"]
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []
    assert (till.attempts(order)[0].status, till.state(order)) == ("failed", "expired")
    assert till.stock("MUG-BLUE") == 10


def test_one_order_that_stripe_is_silent_about_does_not_keep_the_others_waiting(
    till: Till, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    placed = [till.check_out(till.cart(MUG_BLUE=1)) for _each in range(3)]
    for _order, session in placed:
        till.pay(session)
    fetch = till.stripe.fetch

    def fetch_the_others(session_id: str) -> Session:
        if session_id == placed[0][1].id:
            raise Unavailable(NO_ANSWER)
        return fetch(session_id)

    monkeypatch.setattr(till.stripe, "fetch", fetch_the_others)
    silent = placed[0][0]
    with caplog.at_level(logging.WARNING, "webshop.worker.rounds"):
        assert work(till.db, till.stripe, silent.placed_at + 30 * SECOND) == 3
    assert [till.state(order) for order, _session in placed] == ["pending", "paid", "paid"]
    assert caplog.messages == [f"Order {silent.number} is tried again later: {NO_ANSWER}"]

    monkeypatch.undo()
    work(till.db, till.stripe, silent.placed_at + MINUTE)
    assert till.state(silent) == "paid"


# Refunds


def test_a_refund_that_stripe_refuses_is_told_to_the_owner_and_never_tried_again(
    till: Till, caplog: pytest.LogCaptureFixture
) -> None:
    """The owner has asked for all of it, and then has given back all but 8.90 in the dashboard."""
    order, _session = till.bought(till.cart(MUG_BLUE=2))
    request_refund(till.db, order.number, None)
    intent = till.attempts(order)[0].payment_intent or ""
    client_of(till.sandbox).v1.refunds.create({"payment_intent": intent, "amount": 2000})
    now = till.db.clock()
    for seconds in (0, 30, 90, 1800):
        work(till.db, till.stripe, now + seconds * SECOND)

    refused = "Refund amount (€28.90) is greater than unrefunded amount on charge (€8.90)"
    request = f"webshop-{order.number}-1-refund"
    assert till.wire.count("POST /v1/refunds") == 1
    assert [
        (row.request and row.request[: len(request)], row.status, row.due_at) for row in till.refunds()
    ] == [
        (request, "refused", None),
        (None, "succeeded", None),
    ]
    assert [(kind, about) for kind, about, _detail in told(till)] == [("refund failed", order.number)]
    assert refused in told(till)[0][2]
    errors = [record.getMessage() for record in caplog.records if record.levelno == logging.ERROR]
    assert len(errors) == 1
    assert errors[0].startswith(f"The refund {request}")
    assert refused in errors[0]
    assert till.order(order.number).refunded == 2000  # what the dashboard has given back is known at once


def test_a_refund_without_an_answer_is_told_to_the_owner_after_a_quarter_of_an_hour(till: Till) -> None:
    order, _session = till.bought(till.cart(MUG_BLUE=2))
    request_refund(till.db, order.number, None)
    now = till.db.clock()
    till.wire.down = True
    for seconds in (0, 30, 90, 210, 450, 930):
        work(till.db, till.stripe, now + seconds * SECOND)
    assert told(till) == []

    work(till.db, till.stripe, now + 1890 * SECOND)
    assert told(till) == [("refund late", order.number, NO_ANSWER)]

    till.wire.down = False
    work(till.db, till.stripe, now + HOUR + 1890 * SECOND)
    assert till.state(order) == "refunded"


def test_each_try_of_a_refund_has_a_key_of_its_own(till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stripe keeps a failure under a key."""
    order, _session = till.bought(till.cart(MUG_BLUE=2))
    request_refund(till.db, order.number, None)
    now = till.db.clock()
    (refund,) = till.refunds()
    tried: list[tuple[str, str, int, int]] = []

    def no_answer(intent: str, request: str, *, tries: int, amount: int) -> None:
        tried.append((intent, request, tries, amount))
        raise Unavailable(NO_ANSWER)

    monkeypatch.setattr(till.stripe, "refund", no_answer)
    for seconds in (0, 30, 90):
        work(till.db, till.stripe, now + seconds * SECOND)
    intent = till.attempts(order)[0].payment_intent
    assert tried == [(intent, refund.request, tries, 2890) for tries in (1, 2, 3)]


# The round as a whole


def test_a_round_says_how_many_things_it_did(till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    now = till.db.clock()
    assert work(till.db, till.stripe, now) == 0
    for _each in range(2):
        order, _session = till.bought(till.cart(MUG_BLUE=1))
        request_refund(till.db, order.number, None)
    for _each in range(3):
        till.check_out(till.cart(TILES=1))
    assert work(till.db, till.stripe, now + 30 * SECOND) == 5
    assert work(till.db, till.stripe, now + 30 * SECOND) == 0

    sent = iter([4, 0])
    monkeypatch.setattr(rounds, "send_due", lambda _db, _letters, _now, most: next(sent))
    assert work(till.db, till.stripe, now + MINUTE) == 3
    assert work(till.db, till.stripe, now + 2 * MINUTE, cast(Letters, object())) == 7


def test_without_a_moment_a_round_is_now(till: Till) -> None:
    order, session = till.check_out(till.cart(MUG_BLUE=1))
    till.pay(session)
    till.clock.forward(29)
    assert work(till.db, till.stripe) == 0
    till.clock.forward(1)
    assert work(till.db, till.stripe) == 1
    assert till.state(order) == "paid"


def test_a_round_tidies_up(till: Till) -> None:
    order, _session = till.check_out(till.cart(MUG_BLUE=1))
    till.wire.down = True
    work(till.db, till.stripe, order.expires_at + HOUR)
    assert told(till) == [("undecided", order.number, "its payment's end is unknown")]
