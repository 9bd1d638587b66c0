"""Settling: an order becomes what Stripe says of its Checkout Session, and by no other way."""

from dataclasses import replace

from sqlalchemy import Connection

from webshop.db import carts, orders, payments, refunds, stock
from webshop.db.engine import Database
from webshop.db.payments import Payment, Status
from webshop.errors import NotFound
from webshop.language import gettext as _
from webshop.orders import MOVES, Order, State
from webshop.payments import Payments, Session


def settle(db: Database, stripe: Payments, token: str) -> Order:
    """Make the order what Stripe says of this session: the only way an order becomes paid.

    Safe to repeat and to run concurrently. Raises NotFound for a token that is not of this shop, or
    Unavailable.
    """
    return settle_session(db, stripe.fetch(token))


def settle_session(db: Database, session: Session) -> Order:
    """Settle with what Stripe has just answered."""
    with db.write() as connection:
        number = _find_order_number(connection, session)
        order = orders.get_order(connection, number, lock=True)
        attempt = _find_attempt(connection, order, session)
        if session.status == "expired":
            _expire(connection, order, attempt)
        elif session.status == "complete" and session.paid:
            _receive(connection, order, attempt, session)
        elif session.status == "complete" and session.failed:
            _fail(connection, order, attempt)
        elif session.status == "complete":
            _await_money(connection, order, attempt)
        return orders.get_order(connection, number)


def _find_order_number(connection: Connection, session: Session) -> str:
    attempt = payments.find_by_session(connection, session.id)
    return attempt.order_number if attempt else session.order_number


def _find_attempt(connection: Connection, order: Order, session: Session) -> Payment:
    """The attempt of this session; one that was cut off before its session was stored learns it here."""
    attempts = payments.list_attempts(connection, order.number)
    for attempt in attempts:
        if attempt.session == session.id:
            return attempt
    for attempt in reversed(attempts):
        if attempt.session is None:
            payments.change(connection, attempt.id, session=session.id, status=Status.OPEN)
            return replace(attempt, session=session.id, status=Status.OPEN)
    raise NotFound(_("There is no such payment."))


def _expire(connection: Connection, order: Order, attempt: Payment) -> None:
    if attempt.status not in (Status.OPEN, Status.OPENING):
        return
    payments.change(connection, attempt.id, status=Status.EXPIRED)
    is_latest = attempt.id == payments.list_attempts(connection, order.number)[-1].id
    if order.state == State.PENDING and is_latest:
        stock.release(connection, order)
        orders.move(connection, order, State.EXPIRED)


def _await_money(connection: Connection, order: Order, attempt: Payment) -> None:
    """Complete but not paid: a bank transfer is on its way, for days. The stock stays held."""
    if attempt.status != Status.OPEN:
        return
    payments.change(connection, attempt.id, status=Status.PROCESSING)
    if order.state == State.PENDING:
        orders.move(connection, order, State.PROCESSING)
        _empty_cart(connection, order)


def _empty_cart(connection: Connection, order: Order) -> None:
    """Take out what was bought, once; what was put in since stays."""
    carts.take_out(connection, order.cart, {line.sku: line.quantity for line in order.lines})


def _fail(connection: Connection, order: Order, attempt: Payment) -> None:
    if attempt.status not in (Status.OPEN, Status.PROCESSING):
        return
    _await_money(connection, order, attempt)
    payments.change(connection, attempt.id, status=Status.FAILED)
    order = orders.get_order(connection, order.number)
    if order.state == State.PROCESSING:
        stock.release(connection, order)
        orders.move(connection, order, State.FAILED)


def _receive(connection: Connection, order: Order, attempt: Payment, session: Session) -> None:
    """The money is there. It pays the order, or it is due back: never silence."""
    if attempt.status == Status.PAID:
        return
    payments.change(
        connection,
        attempt.id,
        status=Status.PAID,
        payment_intent=session.payment_intent,
        charge=session.charge,
        receipt_url=session.receipt_url,
    )
    reason = _why_not_payable(connection, order, session)
    if reason:
        _owe(connection, order, attempt, session, reason)
        return
    if order.state != State.PROCESSING:
        _empty_cart(connection, order)
    orders.move(connection, order, State.PAID, session.id)


def _why_not_payable(connection: Connection, order: Order, session: Session) -> str:
    """Why this money cannot pay this order, for the owner; "" if it can. Late money takes stock again."""
    agreed = (order.number, order.total, order.currency)
    if (session.order_number, session.amount, session.currency) != agreed:
        return f"paid {session.amount} {session.currency} for {session.order_number}, agreed {agreed}"
    if order.state in (State.PENDING, State.PROCESSING):
        return ""
    if order.state not in (State.CANCELLED, State.EXPIRED):
        return f"a second payment: the order was {order.state} already"
    if not stock.hold_again(connection, order):
        return f"paid after the order was {order.state}, and its stock is sold"
    return ""


def _owe(connection: Connection, order: Order, attempt: Payment, session: Session, reason: str) -> None:
    """Ask for the money to be given back, and give up what the order holds unless it is paid otherwise."""
    refunds.request(connection, attempt, session.amount, session.currency, reason)
    orders.note(connection, order.number, "refund requested", reason)
    if order.is_open:
        stock.release(connection, order)
    if State.REFUND_DUE in MOVES[order.state]:
        orders.move(connection, order, State.REFUND_DUE, reason)
