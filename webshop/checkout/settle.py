"""Settling: an order becomes what Stripe says of its Checkout Session, and by no other way."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple, TypeAlias

from sqlalchemy import Connection

from webshop.alarms import queries as alarms
from webshop.alarms.model import AlarmKind
from webshop.cart import drafts
from webshop.cart import queries as carts
from webshop.db.engine import Database, again_if_contended
from webshop.errors import NotFound
from webshop.language.formats import format_money
from webshop.language.messages import gettext as _
from webshop.mail import outbox
from webshop.mail.model import MailKind
from webshop.orders import credit_notes, stock
from webshop.orders import queries as orders
from webshop.orders.model import MOVES, Order, State
from webshop.payments import attempts, refunds
from webshop.payments.client import Payments
from webshop.payments.model import Attempt, Status
from webshop.payments.shapes import Session, StripeRefund
from webshop.settings.mode import ShopMode

Refunded: TypeAlias = Mapping[int, int]  # by a refund's id, minor units that have gone back


class Terms(NamedTuple):
    """What a payment is for: `amount` in minor units; `livemode`: with real money."""

    order_number: str
    amount: int
    currency: str
    livemode: bool


def settle(db: Database, stripe: Payments, session_id: str) -> Order:
    """Make the order what Stripe says of this session: the only way an order becomes paid.

    Safe to repeat and to run concurrently. Raises NotFound for a session that is not of this shop, or
    Unavailable.
    """
    return settle_session(db, stripe.fetch(session_id))


@again_if_contended
def settle_session(db: Database, session: Session) -> Order:
    """Settle with what Stripe has just answered."""
    with db.write() as connection:
        number = _find_order_number(connection, session)
        order = orders.get_order(connection, number, lock=True)
        if orders.is_set_apart(connection, order):
            return order
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
    attempt = attempts.find_by_session(connection, session.id)
    return attempt.order_number if attempt else session.order_number


def _find_attempt(connection: Connection, order: Order, session: Session) -> Attempt:
    """The attempt of this session; one that was cut off before its session was stored learns it here."""
    found = attempts.list_attempts(connection, order.number)
    for attempt in found:
        if attempt.session_id == session.id:
            return attempt
    for attempt in found:
        if attempt.number == session.attempt_number and attempt.session_id is None:
            attempts.open_attempt(connection, attempt, session.id)
            return replace(attempt, session_id=session.id, status=Status.OPEN)
    raise NotFound(_("There is no such payment."))


def _expire(connection: Connection, order: Order, attempt: Attempt) -> None:
    if attempt.status != Status.OPEN:
        return
    attempts.close(connection, attempt, Status.EXPIRED)
    expire_if_latest(connection, order, attempt)


def expire_if_latest(connection: Connection, order: Order, attempt: Attempt) -> None:
    """The attempt will not be paid. Unless a newer one can be, the order's time is over."""
    is_latest = attempt.id == attempts.get_latest(connection, order.number).id
    if order.state == State.PENDING and is_latest:
        stock.release(connection, order)
        orders.move(connection, order, State.EXPIRED)


def _await_money(connection: Connection, order: Order, attempt: Attempt) -> None:
    """Complete but not paid: a bank transfer is on its way, for days. The stock stays held."""
    if attempt.status != Status.OPEN:
        return
    attempts.await_bank(connection, attempt)
    if order.state == State.PENDING:
        orders.move(connection, order, State.PROCESSING)
        _empty_cart(connection, order)


def _empty_cart(connection: Connection, order: Order) -> None:
    """Take out what was bought, once; what was put in since stays. What was typed is in the order now."""
    drafts.forget(connection, order.cart)
    carts.take_out(connection, order.cart, {line.sku: line.quantity for line in order.lines})


def _fail(connection: Connection, order: Order, attempt: Attempt) -> None:
    """The bank has refused. The shopper's cart was emptied when it seemed that it would not."""
    if attempt.status not in (Status.OPEN, Status.PROCESSING):
        return
    _await_money(connection, order, attempt)
    attempts.close(connection, attempt, Status.FAILED)
    order = orders.get_order(connection, order.number)
    if order.state == State.PROCESSING:
        stock.release(connection, order)
        orders.move(connection, order, State.FAILED)
        outbox.queue_once(connection, order.number, MailKind.FAILED)


def _receive(connection: Connection, order: Order, attempt: Attempt, session: Session) -> None:
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
        attempts.close(connection, attempt, Status.SURPLUS, **known)
        reason = f"a second payment (attempt {attempt.number}): the order was {order.state} already"
        _owe(connection, order, attempt, session, reason)
        return
    attempts.close(connection, attempt, Status.PAID, **known)
    agreed = Terms(order.number, order.total, order.currency, order.mode is ShopMode.LIVE)
    stripes_tax = session.tax if order.tax_mode == "stripe_added" else 0
    amount = session.amount - stripes_tax
    received = Terms(session.order_number, amount, session.currency, session.livemode)
    if received == agreed and order.tax_is_stripes:
        orders.take_taxes(connection, order.number, session.taxes, session.amount)
    if received != agreed:
        _owe(connection, order, attempt, session, _not_as_agreed(received, agreed))
    elif order.is_erased:
        _owe(connection, order, attempt, session, f"paid when {order.state}, and its personal data is erased")
    elif not order.is_open and not stock.hold_again(connection, order):
        _owe(connection, order, attempt, session, f"paid when {order.state}, and its stock is sold")
    else:
        if order.state != State.PROCESSING:
            _empty_cart(connection, order)
        orders.move(connection, order, State.PAID, session.id)
        orders.mark_paid(connection, order)
        outbox.queue_once(connection, order.number, MailKind.RECEIPT)
        outbox.queue_once(connection, order.number, MailKind.OWNER)


def _not_as_agreed(received: Terms, agreed: Terms) -> str:
    """For the owner."""
    paid, price = (format_money(each.amount, each.currency) for each in (received, agreed))
    if received.livemode != agreed.livemode:
        paid, price = (
            f"{money} of {'real' if each.livemode else 'test'} money"
            for money, each in ((paid, received), (price, agreed))
        )
    sums = f"{paid} were paid, but {price} were agreed"
    if received.order_number == agreed.order_number:
        return sums
    return f"{sums}, and the payment names order {received.order_number or 'none'}"


def _owe(connection: Connection, order: Order, attempt: Attempt, session: Session, reason: str) -> None:
    """Ask for the money to be given back, and give up what the order holds unless it is paid otherwise."""
    refunds.request(connection, attempt, session.amount, session.currency, reason)
    alarms.raise_alarm(connection, AlarmKind.REFUND, order.number, reason)
    orders.note(connection, order.number, "refund requested", reason)
    if order.is_open:
        stock.release(connection, order)
    if State.REFUND_DUE in MOVES[order.state]:
        orders.move(connection, order, State.REFUND_DUE, reason)
        if not order.is_erased:
            outbox.queue_once(connection, order.number, MailKind.LATE)


def sync_refunds(db: Database, stripe: Payments, attempt: Attempt) -> None:
    """Make the order show what Stripe has sent back of this payment, whoever asked for it."""
    if attempt.payment_intent:
        _store_refunds(db, attempt, stripe.list_refunds(attempt.payment_intent))


@again_if_contended
def _store_refunds(db: Database, attempt: Attempt, found: Sequence[StripeRefund]) -> None:
    with db.write() as connection:
        order = orders.get_order(connection, attempt.order_number, lock=True)
        if orders.is_set_apart(connection, order):
            return
        before = {each.id: each.gone for each in refunds.list_of_attempt(connection, attempt)}
        for refund in found:
            refunds.store(connection, attempt, refund.id, refund.request, refund.amount, refund.status)
        failed = sorted(refund.id for refund in found if refund.status in ("failed", "canceled"))
        if failed:
            alarms.raise_alarm(connection, AlarmKind.REFUND_FAILED, order.number, ", ".join(failed))
        if attempt.status != Status.SURPLUS:
            known = refunds.list_of_attempt(connection, attempt)
            if order.invoice:  # money that never became an order has nothing that a note could correct
                credit_notes.settle_notes(connection, order, {each.id: each.confirmed for each in known})
            _show_refunds(connection, order, attempt, before, {each.id: each.gone for each in known})


def _show_refunds(
    connection: Connection, order: Order, attempt: Attempt, before: Refunded, after: Refunded
) -> None:
    """On the order, and in a mail: also of money that seemed to have gone back, which a bank may refuse."""
    changed = [refund for refund, gone in after.items() if bool(gone) != bool(before.get(refund))]
    if changed and not order.is_erased:
        mail_id = outbox.queue_again(connection, order.number, MailKind.REFUNDED)
        refunds.mark_told(connection, changed, mail_id)
    given_back = sum(after.values())
    if given_back != order.refunded:
        sum_back = format_money(given_back, order.currency)
        orders.set_refunded(connection, order.number, given_back)
        orders.note(connection, order.number, "refunded", sum_back)
        if given_back >= attempt.amount and State.REFUNDED in MOVES[order.state]:
            orders.move(connection, order, State.REFUNDED, sum_back)
