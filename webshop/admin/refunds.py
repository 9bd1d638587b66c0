"""Money goes back: what is asked for here is written down, and the worker sends it to Stripe."""

from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import Connection

from webshop.admin.go_live import refuse_set_apart
from webshop.admin.typed import read_words
from webshop.db.engine import Database, again_if_contended
from webshop.errors import Mistyped, OwnerError
from webshop.language.formats import format_money
from webshop.orders import queries as orders
from webshop.orders.model import Order
from webshop.payments import attempts, refunds
from webshop.payments.model import Attempt, Status
from webshop.payments.refunds import Refund
from webshop.pricing import money

LONGEST_REASON = 500


@dataclass(frozen=True)
class Asked:
    """`refund` was asked for now, or `before`; None: nothing is left that could be given back."""

    refund: Refund | None
    before: bool = False


@again_if_contended
def request_refund(
    db: Database, number: str, amount: Decimal | None = None, reason: str = "", *, again: bool = False
) -> Asked:
    """Ask for `amount` major units of an order's money back, or for all that is left of it.

    The same amount is the same request, unless it is to go back `again`. Raises NotFound, Mistyped for an
    amount that cannot be charged either, OwnerError for more than there is.
    """
    reason = read_words("reason", reason, LONGEST_REASON) if reason else ""
    with db.write() as connection:
        order = orders.get_order(connection, number, lock=True)
        refuse_set_apart(connection, order)
        attempt = _paid(connection, order)
        left = attempt.amount - refunds.sum_asked(connection, attempt)
        minor = left if amount is None else _minor(amount, attempt.currency)
        if amount is None and not left:
            return Asked(None)
        before = refunds.list_requests(connection, attempt, minor)
        if before and amount is not None and not again:
            return Asked(before[-1], before=True)
        if minor > left:
            raise OwnerError(_too_much(order, attempt, minor, left))
        return Asked(_request(connection, attempt, minor, reason, len(before)))


def _paid(connection: Connection, order: Order) -> Attempt:
    attempt = attempts.get_paying(connection, order.number)
    if attempt.status != Status.PAID:
        raise OwnerError(f"Order {order.number} is {order.state}: there is no payment to give back.")
    return attempt


def _minor(amount: Decimal, currency: str) -> int:
    try:
        minor = money.to_minor(amount, currency)
    except ValueError as error:
        raise Mistyped(str(error)) from error
    if minor <= 0:
        raise Mistyped("The amount must be more than 0.")
    return minor


def _too_much(order: Order, attempt: Attempt, minor: int, left: int) -> str:
    asked, paid, rest = (format_money(each, attempt.currency) for each in (minor, attempt.amount, left))
    return (
        f"{asked} of order {order.number} cannot go back: {paid} was paid, and {rest} of it is neither given "
        "back nor asked for yet."
    )


def _request(connection: Connection, attempt: Attempt, minor: int, reason: str, earlier: int) -> Refund:
    """`earlier`: how many refunds of this amount were asked for before this one."""
    name = f"-{minor}" + (f"-{earlier + 1}" if earlier else "")
    refunds.request(connection, attempt, minor, attempt.currency, reason, name=name)
    detail = f"{format_money(minor, attempt.currency)} {reason}".strip()
    orders.note(connection, attempt.order_number, "refund requested", detail)
    return refunds.list_requests(connection, attempt, minor)[-1]
