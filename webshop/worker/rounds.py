"""What happens without a request: undecided orders are looked into, refunds and mail sent, old rows deleted.

Correct without any webhook, and safe in any number of copies: each piece of work is claimed in the database
by putting off the moment at which it is due again, so that a worker that dies leaves nothing behind.
"""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection

from webshop.alarms import queries as alarms
from webshop.checkout.settle import give_up_if_latest, settle_session, sync_refunds
from webshop.db.engine import Database, again_if_contended
from webshop.errors import NotFound, ShopError, Unavailable
from webshop.mail import send as correspondence
from webshop.mail.send import Post
from webshop.orders import queries as orders
from webshop.orders.model import State
from webshop.payments import attempts as payments
from webshop.payments import events as stripe_events
from webshop.payments import refunds
from webshop.payments.attempts import Payment, Status
from webshop.payments.client import Payments, RefundRefused
from webshop.payments.refunds import Refund
from webshop.worker import housekeeping

log = logging.getLogger(__name__)

PAUSE = 5  # seconds between two rounds
CLOCKS_DIFFER = timedelta(minutes=10)  # an event may come before the order is marked as paid
ALARM_AFTER_TRIES = 6  # about a quarter of an hour of refused or unanswered refunds


def work(db: Database, stripe: Payments, now: datetime | None = None, post: Post | None = None) -> int:
    """One round: everything that is due at `now`; how many things that were. No mail without `post`."""
    now = now or datetime.now(UTC)
    done = 0
    while payment := _claim_look(db, now):
        with _tried_again_later(payment.order_number):
            look(db, stripe, payment, now)
        done += 1
    while refund := _claim_refund(db, now):
        with _tried_again_later(refund.order_number):
            send_refund(db, stripe, refund)
        done += 1
    if post:
        done += correspondence.send_due(db, post, now)
    tidy(db, now)
    return done


@contextmanager
def _tried_again_later(order: str) -> Iterator[None]:
    """One order that cannot be worked on now must not keep the others waiting: it is due again anyway."""
    try:
        yield
    except ShopError as error:
        log.warning("Order %s is tried again later: %s", order, error.message)


@again_if_contended
def _claim_look(db: Database, now: datetime) -> Payment | None:
    with db.write() as connection:
        return payments.claim_look(connection, now)


@again_if_contended
def _claim_refund(db: Database, now: datetime) -> Refund | None:
    with db.write() as connection:
        return refunds.claim_due(connection, now)


def look(db: Database, stripe: Payments, payment: Payment, now: datetime) -> None:
    """Ask Stripe what became of an attempt, and end it if its time is over or its order is decided."""
    number, attempt = payment.order_number, payment.attempt
    token = payment.session or stripe.find_token(number, attempt, payment.created_at)
    if token is None:
        _forget(db, payment)
        return
    try:
        session = stripe.fetch(token)
    except NotFound:
        if now >= payment.expires_at:
            _forget(db, payment)
        return
    order = settle_session(db, session)
    if session.status == "open" and (order.state != State.PENDING or now >= payment.expires_at):
        settle_session(db, stripe.expire(token))


@again_if_contended
def _forget(db: Database, payment: Payment) -> None:
    """No session that somebody could pay: the attempt is over."""
    with db.write() as connection:
        order = orders.get_order(connection, payment.order_number, lock=True)
        if not payments.get(connection, payment.id).is_as_seen(payment):
            return  # its session has turned up meanwhile
        payments.decide(connection, payment.id, Status.FAILED)
        give_up_if_latest(connection, order, payment)


def send_refund(db: Database, stripe: Payments, refund: Refund) -> None:
    """Send one refund, and store what Stripe then says of it."""
    with db.read() as connection:
        payment = payments.get(connection, refund.payment)
    try:
        stripe.refund(payment.payment_intent or "", refund.request or "", refund.tries + 1, refund.amount)
    except RefundRefused as error:
        log.error("The refund %s is refused: %s", refund.request, error)
        _give_up(db, refund, str(error))
    except Unavailable as error:
        if refund.tries >= ALARM_AFTER_TRIES:
            _sound(db, refund, error.message)
        raise
    sync_refunds(db, stripe, payment)


@again_if_contended
def _give_up(db: Database, refund: Refund, problem: str) -> None:
    with db.write() as connection:
        refunds.give_up(connection, refund)
        alarms.sound(connection, "refund failed", refund.order_number, problem)


@again_if_contended
def _sound(db: Database, refund: Refund, problem: str) -> None:
    with db.write() as connection:
        alarms.sound(connection, "refund late", refund.order_number, problem)


@again_if_contended
def tidy(db: Database, now: datetime) -> None:
    """Raise the alarm for orders that stay undecided and for a silent webhook; delete carts and event ids
    that nobody needs."""
    with db.write() as connection:
        for number in housekeeping.list_stuck_orders(connection, now):
            alarms.sound(connection, "undecided", number, "its payment's end is unknown")
        _listen_for_webhooks(connection, now)
        housekeeping.delete_old_carts(connection, now)
        housekeeping.delete_old_events(connection, now)


def _listen_for_webhooks(connection: Connection, now: datetime) -> None:
    """An order was paid, and Stripe's event that should have said so never came. The day is part of the
    alarm, so that it is raised again each day on which that is so."""
    paid_at = housekeeping.find_last_paid(connection, now)
    last = stripe_events.last_received(connection)
    if paid_at is None or (last and last >= paid_at - CLOCKS_DIFFER):
        return
    since = f"since {last:%Y-%m-%d %H:%M} UTC" if last else "for as long as the shop remembers"
    alarms.sound(
        connection,
        "webhook",
        alarms.THE_SHOP,
        f"{now:%Y-%m-%d}: money moves, but no webhook has arrived {since}; check the endpoint in Stripe's "
        "dashboard",
    )


class Worker:
    """Rounds of `work` in a thread, until stopped."""

    def __init__(self, db: Database, stripe: Payments, post: Post | None = None) -> None:
        self._db = db
        self._stripe = stripe
        self._post = post
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self.run, name="worker", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop_soon(self) -> None:
        """End after the round that is under way."""
        self._stopping.set()

    def stop(self) -> None:
        """End, and wait for it."""
        self.stop_soon()
        self._thread.join(timeout=20)

    def run(self) -> None:
        """Work until `stop` is called, whatever happens."""
        while not self._stopping.is_set():
            try:
                work(self._db, self._stripe, post=self._post)
            except ShopError as error:
                log.warning("The worker pauses: %s", error.message)
            except Exception:
                log.exception("A round of the worker failed")
            self._stopping.wait(PAUSE)
