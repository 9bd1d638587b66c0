"""From a cart to an open Checkout Session. Transactions are short; Stripe is never asked inside one."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from webshop import links
from webshop.cart import queries as carts
from webshop.cart.model import Line
from webshop.cart.quote import quote
from webshop.db.engine import Database, again_if_contended
from webshop.details import Details
from webshop.errors import Conflict, NotFound, Unavailable
from webshop.language.messages import current
from webshop.language.messages import gettext as _
from webshop.orders import queries as orders
from webshop.orders import stock
from webshop.orders.model import HOLD, SHORTEST_SESSION, Order, OrderLine, State, new_number
from webshop.payments import attempts as payments
from webshop.payments.attempts import Payment, Status
from webshop.payments.client import OpeningFailed, Payments
from webshop.payments.request import UiMode
from webshop.payments.shapes import Session
from webshop.settlement import settle_session
from webshop.shop import Shop

log = logging.getLogger(__name__)


class TotalChanged(Conflict):
    """The shopper agreed to another total than the shop's."""


def check_out(
    db: Database,
    stripe: Payments,
    shop: Shop,
    site: str,
    cart: str,
    details: Details,
    shown_total: int | None,
    ui_mode: UiMode,
) -> tuple[Order, Session]:
    """Place the order for what is in the cart and open its Checkout Session.

    Posting again with nothing changed gives the same order and session. `site` is the shop's address,
    `shown_total` what the shopper saw, in minor units. The session may turn out to be complete: then the
    order was paid meanwhile. Raises Conflict, TotalChanged, Invalid or Unavailable; the cart stays as it is.
    """
    rival = _find_rival(db, shop, cart, details)
    if rival and (done := withdraw(db, stripe, rival)):
        return done
    order = place_order(db, shop, cart, details, shown_total, ui_mode)
    return order, open_session(db, stripe, order, ui_mode, site)


def _find_rival(db: Database, shop: Shop, cart: str, details: Details) -> Order | None:
    """This cart's pending order, if it is for something else than what is asked for now."""
    with db.read() as connection:
        pending = orders.find_pending(connection, cart)
        if pending is None:
            return None
        wanted = draft(shop, cart, details, carts.list_lines(connection, cart))
    return None if pending.is_same_purchase(wanted) else pending


@again_if_contended
def place_order(
    db: Database, shop: Shop, cart: str, details: Details, shown_total: int | None, ui_mode: UiMode
) -> Order:
    """Write the order with its first attempt and hold its stock, or find the same order placed already."""
    with db.write() as connection:
        carts.lock(connection, cart)
        lines = carts.list_lines(connection, cart)
        order = draft(shop, cart, details, lines)
        _refuse_what_cannot_be_bought(lines)
        if order.total != shown_total:
            raise TotalChanged(_("The total has changed. Please check it and order again."))
        pending = orders.find_pending(connection, cart)
        if pending and pending.is_same_purchase(order):
            return pending
        if pending:
            raise Conflict(_("This cart is being paid in another window. Please try again."))
        order = replace(order, lines=stock.hold(connection, order.lines))
        weights = {line.sku: line.weight for line in lines}
        orders.insert_order(connection, order, weights)
        payments.insert_attempt(connection, order, ui_mode)
    return order


def draft(shop: Shop, cart: str, details: Details, lines: Sequence[Line]) -> Order:
    """What an order placed now would be, at the shop's own prices. Raises Invalid or Conflict when it cannot
    be sent there, or not this way."""
    now = datetime.now(UTC).replace(microsecond=0)  # Stripe counts in seconds
    costs = quote(shop, lines, details.address.country, details.address.postal_code, details.method)
    bought = tuple(
        OrderLine(line.sku, line.title, line.variant, line.unit_price, line.quantity, 0, rate)
        for line, rate in zip(lines, costs.rates, strict=True)
    )
    return Order(
        number=new_number(),
        cart=cart,
        state=State.PENDING,
        email=details.email,
        address=details.address,
        currency=shop.currency,
        lines=bought,
        shipping_method=costs.chosen.key,
        shipping_title=costs.chosen.title,
        shipping=costs.chosen.price,
        delivery=costs.chosen.delivery,
        tax_mode=costs.tax_mode,
        taxes=costs.taxes,
        total=costs.total,
        placed_at=now,
        expires_at=now + HOLD,
        language=str(current().locale),
    )


def _refuse_what_cannot_be_bought(lines: Sequence[Line]) -> None:
    if not lines:
        raise Conflict(_("Your cart is empty."))
    problems = [f"{line.name}: {line.problem}" for line in lines if line.problem]
    if problems:
        raise Conflict(" ".join(problems))


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
