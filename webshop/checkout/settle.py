"""Settling: an order becomes what Stripe says of its Checkout Session, and by no other way."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

from sqlalchemy import Connection

from webshop.alarms import queries as alarms
from webshop.cart import queries as carts
from webshop.db.engine import Database, again_if_contended
from webshop.errors import NotFound
from webshop.language.formats import format_money
from webshop.language.messages import gettext as _
from webshop.mail import outbox
from webshop.orders import queries as orders
from webshop.orders import stock
from webshop.orders.model import MOVES, Order, State
from webshop.payments import attempts as payments
from webshop.payments import refunds
from webshop.payments.attempts import Payment, Status
from webshop.payments.client import Payments
from webshop.payments.shapes import Refund, Session


def settle(db: Database, stripe: Payments, token: str) -> Order:
    """Make the order what Stripe says of this session: the only way an order becomes paid.

    Safe to repeat and to run concurrently. Raises NotFound for a token that is not of this shop, or
    Unavailable.
    """
    return settle_session(db, stripe.fetch(token))


@again_if_contended
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
    for attempt in attempts:
        if attempt.attempt == session.attempt and attempt.session is None:
            payments.open_attempt(connection, attempt, session.id)
            return replace(attempt, session=session.id, status=Status.OPEN)
    raise NotFound(_("There is no such payment."))


def _expire(connection: Connection, order: Order, attempt: Payment) -> None:
    if attempt.status != Status.OPEN:
        return
    payments.decide(connection, attempt.id, Status.EXPIRED)
    give_up_if_latest(connection, order, attempt)


def give_up_if_latest(connection: Connection, order: Order, attempt: Payment) -> None:
    """The attempt will not be paid. Unless a newer one can be, the order's time is over."""
    is_latest = attempt.id == payments.get_latest(connection, order.number).id
    if order.state == State.PENDING and is_latest:
        stock.release(connection, order)
        orders.move(connection, order, State.EXPIRED)


def _await_money(connection: Connection, order: Order, attempt: Payment) -> None:
    """Complete but not paid: a bank transfer is on its way, for days. The stock stays held."""
    if attempt.status != Status.OPEN:
        return
    look_at = datetime.now(UTC) + payments.BANK_PAUSE
    payments.change(connection, attempt.id, status=Status.PROCESSING, look_at=look_at)
    if order.state == State.PENDING:
        orders.move(connection, order, State.PROCESSING)
        _empty_cart(connection, order)


def _empty_cart(connection: Connection, order: Order) -> None:
    """Take out what was bought, once; what was put in since stays."""
    carts.take_out(connection, order.cart, {line.sku: line.quantity for line in order.lines})


def _fail(connection: Connection, order: Order, attempt: Payment) -> None:
    """The bank has refused. The shopper's cart was emptied when it seemed that it would not."""
    if attempt.status not in (Status.OPEN, Status.PROCESSING):
        return
    _await_money(connection, order, attempt)
    payments.decide(connection, attempt.id, Status.FAILED)
    order = orders.get_order(connection, order.number)
    if order.state == State.PROCESSING:
        stock.release(connection, order)
        orders.move(connection, order, State.FAILED)
        outbox.queue(connection, order.number, "failed")


def _receive(connection: Connection, order: Order, attempt: Payment, session: Session) -> None:
    """The money is there. It pays the order, or it is due back: never silence."""
    if attempt.status in (Status.PAID, Status.SURPLUS):
        return
    known = {
        "payment_intent": session.payment_intent,
        "charge": session.charge,
        "receipt_url": session.receipt_url,
        "amount": session.amount,
        "currency": session.currency,
    }
    if order.state not in (State.PENDING, State.PROCESSING, State.CANCELLED, State.EXPIRED):
        payments.decide(connection, attempt.id, Status.SURPLUS, **known)
        reason = f"a second payment (attempt {attempt.attempt}): the order was {order.state} already"
        _owe(connection, order, attempt, session, reason)
        return
    payments.decide(connection, attempt.id, Status.PAID, **known)
    agreed = (order.number, order.total, order.currency)
    stripes_tax = session.tax if order.tax_mode == "stripe_added" else 0
    received = (session.order_number, session.amount - stripes_tax, session.currency)
    if received == agreed and order.tax_is_stripes:
        orders.take_taxes(connection, order.number, session.taxes, session.amount)
    if received != agreed:
        _owe(connection, order, attempt, session, f"received {received}, agreed were {agreed}")
    elif not order.is_open and not stock.hold_again(connection, order):
        _owe(connection, order, attempt, session, f"paid when {order.state}, and its stock is sold")
    else:
        if order.state != State.PROCESSING:
            _empty_cart(connection, order)
        orders.move(connection, order, State.PAID, session.id)
        orders.mark_paid(connection, order.number)
        outbox.queue(connection, order.number, "receipt")
        outbox.queue(connection, order.number, "owner")


def _owe(connection: Connection, order: Order, attempt: Payment, session: Session, reason: str) -> None:
    """Ask for the money to be given back, and give up what the order holds unless it is paid otherwise."""
    refunds.request(connection, attempt, session.amount, session.currency, reason)
    alarms.sound(connection, "refund", order.number, reason)
    orders.note(connection, order.number, "refund requested", reason)
    if order.is_open:
        stock.release(connection, order)
    if State.REFUND_DUE in MOVES[order.state]:
        orders.move(connection, order, State.REFUND_DUE, reason)
        outbox.queue(connection, order.number, "late")


def sync_refunds(db: Database, stripe: Payments, payment: Payment) -> None:
    """Make the order show what Stripe has sent back of this payment, whoever asked for it."""
    if payment.payment_intent:
        _store_refunds(db, payment, stripe.list_refunds(payment.payment_intent))


@again_if_contended
def _store_refunds(db: Database, payment: Payment, found: Sequence[Refund]) -> None:
    with db.write() as connection:
        order = orders.get_order(connection, payment.order_number, lock=True)
        for refund in found:
            refunds.store(connection, payment, refund.id, refund.request, refund.amount, refund.status)
        failed = sorted(refund.id for refund in found if refund.status in ("failed", "canceled"))
        if failed:
            alarms.sound(connection, "refund failed", order.number, ", ".join(failed))
        given_back = refunds.sum_given_back(connection, payment)
        if payment.status == Status.SURPLUS or given_back == order.refunded:
            return
        orders.set_refunded(connection, order.number, given_back)
        sum_back = format_money(given_back, order.currency)
        orders.note(connection, order.number, "refunded", sum_back)
        if given_back > order.refunded:
            _tell_of_refund(connection, order, given_back)
        if given_back >= payment.amount and State.REFUNDED in MOVES[order.state]:
            orders.move(connection, order, State.REFUNDED, sum_back)


def _tell_of_refund(connection: Connection, order: Order, given_back: int) -> None:
    """A mail of its own, also when the same sum had gone back before and came again: a bank may refuse it."""
    kind = f"refunded-{given_back}"
    told = sum(letter.kind.startswith(kind) for letter in outbox.list_of_order(connection, order.number))
    outbox.queue(connection, order.number, f"{kind}-{told + 1}" if told else kind)
