"""What the seeded faults break and no other test notices."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from threading import Thread

import pytest
from sqlalchemy import Connection, select
from starlette.testclient import TestClient

from tests.checkout.test_web_webhook import events, send, token
from tests.conftest import both_databases, site_of
from tests.people import ADA, GRACE
from tests.till import SHOP, Till
from webshop.alarms import queries as alarms
from webshop.cart import queries as carts
from webshop.checkout.place import TotalChanged, place_order
from webshop.checkout.settle import settle
from webshop.db import tables
from webshop.errors import Unavailable
from webshop.orders import queries as orders
from webshop.orders import stock
from webshop.orders.model import Order, State
from webshop.payments.shapes import Session
from webshop.sandbox.core import Sandbox
from webshop.sandbox.pages.ledger import ledger
from webshop.sandbox.testing import client_of, pay
from webshop.worker.rounds import work

pytestmark = both_databases
__all__ = ["token"]  # a fixture

DAY = 24 * 3600


def test_money_for_a_cancelled_order_whose_session_was_never_stored_pays_it_once(till: Till) -> None:
    """The answer of the first attempt was lost, and the shopper has ordered something else since."""
    cart = till.cart(MUG_BLUE=1)
    till.wire.lose = True
    with pytest.raises(Unavailable):
        till.check_out(cart)
    till.wire.lose = False
    till.check_out(cart, GRACE)
    made = till.ledger()["sessions"][0]
    pay(till.sandbox, made["id"])
    for _again in range(2):
        order = settle(till.db, till.stripe, made["id"])

    assert order.state == "paid"
    assert [(each.session_id, each.status) for each in till.attempts(order)] == [(made["id"], "paid")]
    assert till.refunds() == []


def test_the_worker_pays_the_order_whose_webhook_never_came(till: Till) -> None:
    order, session = till.check_out(till.cart(MUG_BLUE=1))
    till.pay(session)
    work(till.db, till.stripe, datetime.now(UTC) + timedelta(minutes=1))

    assert till.state(order) == "paid"


def test_the_worker_finds_the_session_whose_answer_was_lost(till: Till) -> None:
    """Another session of the order is opened and paid, and so is the lost one; no webhook tells of either."""
    cart = till.cart(MUG_BLUE=1)
    till.wire.lose = True
    with pytest.raises(Unavailable):
        till.check_out(cart)
    till.wire.lose = False
    order, session = till.check_out(cart, ui_mode="embedded_page")
    till.pay(session)
    lost = next(each["id"] for each in till.ledger()["sessions"] if each["id"] != session.id)
    pay(till.sandbox, lost)
    till.settle(session)
    work(till.db, till.stripe, datetime.now(UTC) + timedelta(minutes=36))

    assert [(each.session_id, each.status) for each in till.attempts(order)] == [
        (lost, "surplus"),
        (session.id, "paid"),
    ]
    assert [refund["amount"] for refund in till.ledger()["refunds"]] == [1690]
    assert till.state(order) == "paid"


@pytest.mark.parametrize("paid", [True, False])
def test_a_cancelled_orders_lost_session_is_looked_for_too(till: Till, paid: bool) -> None:
    cart = till.cart(MUG_BLUE=1)
    till.wire.lose = True
    with pytest.raises(Unavailable):
        till.check_out(cart)
    till.wire.lose = False
    till.check_out(cart, GRACE)  # something else: the first order is cancelled
    lost = till.ledger()["sessions"][0]
    if paid:
        pay(till.sandbox, lost["id"])
    work(till.db, till.stripe, datetime.now(UTC) + timedelta(minutes=36))

    assert sorted(till.states()) == ["expired", "paid"] if paid else ["cancelled", "expired"]
    assert till.session_states() == ["complete" if paid else "expired", "expired"]
    assert till.stock("MUG-BLUE") == (9 if paid else 10)


def test_the_worker_gives_up_an_order_that_was_not_paid_in_time(till: Till) -> None:
    order, _session = till.check_out(till.cart(MUG_BLUE=1))
    till.clock.forward(36 * 60)
    work(till.db, till.stripe, datetime.now(UTC) + timedelta(minutes=36))

    assert till.state(order) == "expired"
    assert till.stock("MUG-BLUE") == 10


def test_a_refund_whose_answer_was_lost_is_sent_once_even_when_its_key_is_forgotten(till: Till) -> None:
    order, session = _owed(till)
    till.wire.lose = True
    work(till.db, till.stripe)
    till.wire.lose = False
    till.clock.forward(2 * DAY)
    work(till.db, till.stripe, datetime.now(UTC) + timedelta(days=2))

    assert [refund["amount"] for refund in till.ledger()["refunds"]] == [session.amount]
    assert till.state(order) == "refunded"
    with till.db.read() as connection:
        assert [alarm.kind for alarm in alarms.list_open(connection)] == ["refund"]


def _owed(till: Till) -> tuple[Order, Session]:
    """An order that was cancelled, paid all the same, and whose only piece is sold to somebody else."""
    order, session = till.check_out(till.cart(VASE=1))
    with till.db.write() as connection:
        found = orders.get_order(connection, order.number, lock=True)
        stock.release(connection, found)
        orders.move(connection, found, State.CANCELLED)
    till.pay(session)
    till.check_out(till.cart(VASE=1))
    assert till.settle(session).state == "refund_due"
    return order, session


def test_a_cart_that_another_transaction_holds_is_waited_for(till: Till) -> None:
    """What is bought is what was in it then."""
    cart = till.cart(MUG_BLUE=1)
    refused = []

    def change(connection: Connection) -> None:
        carts.set_quantity(connection, cart, "MUG-BLUE", 2)

    def buy() -> None:
        try:
            place_order(
                till.db, SHOP, cart=cart, details=ADA, shown_total=1690, ui_mode="hosted_page", visitor=""
            )
        except TotalChanged as refusal:
            refused.append(refusal.message)

    assert _waits(till, change, buy)
    assert refused == ["The total has changed. Please check it and order again."]
    assert till.states() == []


def test_the_last_piece_that_another_transaction_is_taking_is_waited_for(till: Till) -> None:
    order, _session = till.check_out(till.cart(VASE=1))
    with till.db.write() as connection:
        stock.count(connection, "VASE", 1)
    refused = []

    def take(connection: Connection) -> None:
        stock.hold(connection, order.lines)

    def take_too() -> None:
        try:
            with till.db.write() as connection:
                take(connection)
        except Exception as problem:
            refused.append(str(problem))

    assert _waits(till, take, take_too)
    assert refused == ["Last vase has just sold out. Please check your cart."]
    assert till.stock("VASE") == 0


def _waits(till: Till, first: Callable[[Connection], object], second: Callable[[], None]) -> bool:
    """Whether `second` is still at it while the transaction that has done `first` is not over."""
    rival = Thread(target=second)
    with till.db.write() as connection:
        first(connection)
        rival.start()
        time.sleep(0.3)
        waited = rival.is_alive()
    rival.join()
    return waited


def test_a_refund_heard_of_before_the_payment_is_shown_in_the_end(
    client: TestClient, sandbox: Sandbox, token: str
) -> None:
    """From the dashboard, while the shop knew nothing of the payment yet; Stripe sends in any order."""
    pay(sandbox, token)
    with sandbox.work() as work:
        intent = ledger(work)["payment_intents"][0]["id"]
    client_of(sandbox).v1.refunds.create({"payment_intent": intent, "amount": 100})
    (refunded,) = events(sandbox, "charge.refunded")
    (completed,) = events(sandbox, "checkout.session.completed")
    statuses = [send(client, sandbox, event).status_code for event in (refunded, completed, refunded)]

    assert statuses == [404, 200, 200]
    with site_of(client).db.read() as connection:
        assert connection.execute(select(tables.orders.c.refunded)).scalar_one() == 100
