"""The Checkout Session that pays an order: opened, resumed, ended. Stripe is asked between transactions."""

import logging
from collections.abc import Callable
from dataclasses import replace

from webshop import links
from webshop.checkout.chargeable import refused_by_stripe
from webshop.checkout.settle import settle_session
from webshop.db.engine import Database, again_if_contended, moment_of
from webshop.errors import Conflict, NotFound, Unavailable
from webshop.language.messages import gettext as _
from webshop.orders import queries as orders
from webshop.orders import stock
from webshop.orders.model import (
    HOLD,
    LONGEST_HOLD,
    MOST_ATTEMPTS,
    SHORTEST_SESSION,
    Order,
    State,
)
from webshop.payments import attempts
from webshop.payments.client import OpeningFailed, Payments
from webshop.payments.model import Attempt, Status
from webshop.payments.request import UiMode
from webshop.payments.shapes import Session

log = logging.getLogger(__name__)


class WornOut(Conflict):
    """The order has held its stock for long, or was tried often: it cannot be tried once more."""


BEATEN = 3  # how often a rival may open the order's session before us; then the shopper tries again


def withdraw(db: Database, stripe: Payments, order: Order) -> tuple[Order, Session] | None:
    """Cancel a pending order. Its session is ended at Stripe first, so that nobody can pay it afterwards;
    if it was paid in time, the order is settled instead and returned with its session."""
    attempt = _latest_attempt(db, order)
    if attempt.session_id and attempt.status == Status.OPEN:
        session = _ask(stripe.expire, attempt.session_id)
        if session and session.status == "complete":
            return settle_session(db, session), session
    _cancel(db, order, attempt)
    return None


def _ask(question: Callable[[str], Session], session_id: str) -> Session | None:
    """None for a session that Stripe does not know, as after a change of keys: nobody can pay it there."""
    try:
        return question(session_id)
    except NotFound:
        log.warning("Stripe does not know session %s", session_id)
        return None


@again_if_contended
def _cancel(db: Database, order: Order, seen: Attempt) -> None:
    """Raises Conflict if the attempt that was `seen` as the latest was opened or followed meanwhile: then
    another window may show a session that can be paid."""
    with db.write() as connection:
        order = orders.get_order(connection, order.number, lock=True)
        if order.state == State.PENDING:
            latest = attempts.get_latest(connection, order.number)
            if not latest.is_as_seen(seen):
                raise _paid_elsewhere()
            if latest.session_id is None:
                attempts.abandon(connection, latest)
            else:
                attempts.close(connection, latest, Status.EXPIRED)
            stock.release(connection, order)
            orders.move(connection, order, State.CANCELLED)


def _paid_elsewhere() -> Conflict:
    return Conflict(_("This cart is being paid in another window. Please try again."))


def _latest_attempt(db: Database, order: Order) -> Attempt:
    with db.read() as connection:
        return attempts.get_latest(connection, order.number)


def open_session(db: Database, stripe: Payments, order: Order, *, ui_mode: UiMode, site: str) -> Session:
    """The session that pays this order: the open one, or that of a new attempt. Raises Conflict when rivals
    are faster again and again, or when the order was tried too often: then it is cancelled."""
    for _time in range(BEATEN):
        latest = _latest_attempt(db, order)
        if found := _resume(db, stripe, latest, ui_mode):
            return found
        try:
            attempt = _begin_attempt(db, order, latest, ui_mode)
        except WornOut:
            if done := withdraw(db, stripe, order):
                return done[1]
            raise
        if attempt:
            return _open_attempt(db, stripe, order, attempt, site)
    raise _paid_elsewhere()


def _resume(db: Database, stripe: Payments, latest: Attempt, ui_mode: UiMode) -> Session | None:
    """The session of the latest attempt, if it can be shown as `ui_mode` asks, or was paid."""
    if latest.session_id is None or latest.status != Status.OPEN:
        return None
    found = _ask(stripe.fetch, latest.session_id)
    if found and found.status == "open" and latest.ui_mode != ui_mode:
        found = _ask(stripe.expire, latest.session_id)
    if found and found.status == "complete":
        settle_session(db, found)
    return found if found and found.status != "expired" else None


@again_if_contended
def _begin_attempt(db: Database, order: Order, seen: Attempt, ui_mode: UiMode) -> Attempt | None:
    """The attempt whose answer never came, if it asks for the same, so that its key gives the same session;
    else the next one, with the stock held as long as it can be paid.

    None if a rival was faster: the latest attempt is not as it was `seen`, and may be payable now.
    """
    with db.write() as connection:
        if not orders.lock_pending(connection, order.number):
            raise Conflict(_("This order is no longer waiting for payment. Please order again."))
        latest = attempts.get_latest(connection, order.number)
        if not latest.is_as_seen(seen):
            return None
        now = moment_of(connection)
        fresh = latest.expires_at - now > SHORTEST_SESSION
        if latest.status == Status.OPENING and latest.ui_mode == ui_mode and fresh:
            return latest
        if latest.number >= MOST_ATTEMPTS or now + HOLD > order.placed_at + LONGEST_HOLD:
            raise WornOut(_("This order has waited too long for its payment. Please order again."))
        if latest.status == Status.OPEN:  # its session is over
            attempts.close(connection, latest, Status.EXPIRED)
        attempts.abandon(connection, latest)
        expires_at = now.replace(microsecond=0) + HOLD
        orders.extend_hold(connection, order.number, expires_at)
        return attempts.insert_attempt(connection, replace(order, expires_at=expires_at), ui_mode)


def _open_attempt(db: Database, stripe: Payments, order: Order, attempt: Attempt, site: str) -> Session:
    session = _open(db, stripe, order, attempt, site)
    if not _store_session(db, attempt, session):
        session = stripe.expire(session.id)
        if session.status != "complete":
            raise _paid_elsewhere()
    return session


def _open(db: Database, stripe: Payments, order: Order, attempt: Attempt, site: str) -> Session:
    try:
        return stripe.open(order, attempt, return_to=links.charge(site), back=links.checkout(site))
    except OpeningFailed as error:
        log.warning("Attempt %s cannot be opened: %s", attempt.idempotency_key, error)
        with db.write() as connection:
            attempts.abandon(connection, attempt)
        if error.amount_is_too:
            raise refused_by_stripe(order, error.amount_is_too) from error
        raise Unavailable(
            _("The payment could not be started. Nothing was charged; please try again.")
        ) from error


@again_if_contended
def _store_session(db: Database, attempt: Attempt, session: Session) -> bool:
    """False if the order was cancelled or another attempt begun meanwhile: then nobody must be given this
    session."""
    with db.write() as connection:
        is_pending = orders.lock_pending(connection, attempt.order_number)
        if not is_pending or attempts.get_latest(connection, attempt.order_number).id != attempt.id:
            return False
        attempts.open_attempt(connection, attempt, session.id)
        return True
