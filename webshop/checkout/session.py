"""The Checkout Session that pays an order: opened, resumed, ended. Stripe is asked between transactions."""

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

from webshop import links
from webshop.checkout.settle import settle_session
from webshop.db.engine import Database, again_if_contended
from webshop.errors import Conflict, NotFound, Unavailable
from webshop.language.messages import gettext as _
from webshop.orders import queries as orders
from webshop.orders import stock
from webshop.orders.model import HOLD, SHORTEST_SESSION, Order, State
from webshop.payments import attempts as payments
from webshop.payments.attempts import Payment, Status
from webshop.payments.client import OpeningFailed, Payments
from webshop.payments.request import UiMode
from webshop.payments.shapes import Session

log = logging.getLogger(__name__)


def withdraw(db: Database, stripe: Payments, order: Order) -> tuple[Order, Session] | None:
    """Cancel a pending order. Its session is ended at Stripe first, so that nobody can pay it afterwards;
    if it was paid in time, the order is settled instead and returned with its session."""
    attempt = _latest_attempt(db, order)
    if attempt.session and attempt.status == Status.OPEN:
        session = _ask(stripe.expire, attempt.session)
        if session and session.status == "complete":
            return settle_session(db, session), session
    _cancel(db, order, attempt)
    return None


def _ask(question: Callable[[str], Session], token: str) -> Session | None:
    """None for a session that Stripe does not know, as after a change of keys: nobody can pay it there."""
    try:
        return question(token)
    except NotFound:
        log.warning("Stripe does not know session %s", token)
        return None


@again_if_contended
def _cancel(db: Database, order: Order, seen: Payment) -> None:
    """Raises Conflict if the attempt that was `seen` as the latest was opened or followed meanwhile: then
    another window may show a session that can be paid."""
    with db.write() as connection:
        order = orders.get_order(connection, order.number, lock=True)
        if order.state == State.PENDING:
            latest = payments.get_latest(connection, order.number)
            if not latest.is_as_seen(seen):
                raise Conflict(_("This cart is being paid in another window. Please try again."))
            if latest.session is None:
                payments.leave_behind(connection, latest)
            else:
                payments.decide(connection, latest.id, Status.EXPIRED)
            stock.release(connection, order)
            orders.move(connection, order, State.CANCELLED)


def _latest_attempt(db: Database, order: Order) -> Payment:
    with db.read() as connection:
        return payments.get_latest(connection, order.number)


def open_session(db: Database, stripe: Payments, order: Order, ui_mode: UiMode, site: str) -> Session:
    """The session that pays this order: the open one, or that of a new attempt."""
    latest = _latest_attempt(db, order)
    if latest.session and latest.status == Status.OPEN:
        found = _ask(stripe.fetch, latest.session)
        if found and found.status == "open" and latest.ui_mode != ui_mode:
            found = _ask(stripe.expire, latest.session)
        if found and found.status == "open":
            return found
        if found and found.status == "complete":
            settle_session(db, found)
            return found
    attempt = _begin_attempt(db, order, latest, ui_mode)
    if attempt is None:
        return open_session(db, stripe, order, ui_mode, site)
    session = _open(db, stripe, order, attempt, site)
    if not _store_session(db, attempt, session):
        session = stripe.expire(session.id)
        if session.status != "complete":
            raise Conflict(_("This cart is being paid in another window. Please try again."))
    return session


@again_if_contended
def _begin_attempt(db: Database, order: Order, seen: Payment, ui_mode: UiMode) -> Payment | None:
    """The attempt whose answer never came, if it asks for the same, so that its key gives the same session;
    else the next one, with the stock held as long as it can be paid.

    None if a rival was faster: the latest attempt is not as it was `seen`, and may be payable now.
    """
    with db.write() as connection:
        order = orders.get_order(connection, order.number, lock=True)
        if order.state != State.PENDING:
            raise Conflict(_("This order is no longer waiting for payment. Please order again."))
        latest = payments.get_latest(connection, order.number)
        if not latest.is_as_seen(seen):
            return None
        fresh = latest.expires_at - datetime.now(UTC) > SHORTEST_SESSION
        if latest.status == Status.OPENING and latest.ui_mode == ui_mode and fresh:
            return latest
        if latest.status == Status.OPEN:  # its session is over
            payments.decide(connection, latest.id, Status.EXPIRED)
        payments.leave_behind(connection, latest)
        expires_at = datetime.now(UTC).replace(microsecond=0) + HOLD
        orders.prolong(connection, order.number, expires_at)
        return payments.insert_attempt(connection, replace(order, expires_at=expires_at), ui_mode)


def _open(db: Database, stripe: Payments, order: Order, attempt: Payment, site: str) -> Session:
    try:
        return stripe.open(
            order,
            attempt,
            return_to=links.charge(site),
            back=links.checkout(site),
        )
    except OpeningFailed as error:
        log.warning("Attempt %s cannot be opened: %s", attempt.idempotency_key, error)
        with db.write() as connection:
            payments.leave_behind(connection, attempt)
        raise Unavailable(
            _("The payment could not be started. Nothing was charged; please try again.")
        ) from error


@again_if_contended
def _store_session(db: Database, attempt: Payment, session: Session) -> bool:
    """False if the order was cancelled or another attempt begun meanwhile: then nobody must be given this
    session."""
    with db.write() as connection:
        order = orders.get_order(connection, attempt.order_number, lock=True)
        latest = payments.get_latest(connection, order.number)
        if order.state != State.PENDING or latest.id != attempt.id:
            return False
        payments.open_attempt(connection, attempt, session.id)
        return True
