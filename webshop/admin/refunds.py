"""Money goes back: what is asked for here is written down, and the worker sends it to Stripe."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TypeAlias

from sqlalchemy import Connection

from webshop.admin.go_live import refuse_set_apart
from webshop.admin.typed import read_words
from webshop.catalog.model import key_of, without_case
from webshop.db.engine import Database, again_if_contended
from webshop.errors import Mistyped, OwnerError
from webshop.language.formats import format_money
from webshop.orders import queries as orders
from webshop.orders import stock
from webshop.orders.model import Order, OrderLine, State
from webshop.payments import attempts, refunds
from webshop.payments.model import Attempt, Status
from webshop.payments.refunds import Refund
from webshop.pricing import money

LONGEST_REASON = 500

Restocked: TypeAlias = Sequence[tuple[OrderLine, int]]


@dataclass(frozen=True)
class Asked:
    """`refund` was asked for now, or `before`; None: nothing is left that could be given back. `restocked`:
    pieces that are on sale again, a line and how many; None: nobody wanted that."""

    refund: Refund | None
    before: bool = False
    restocked: Restocked | None = None


@again_if_contended
def request_refund(
    db: Database,
    number: str,
    amount: Decimal | None = None,
    reason: str = "",
    *,
    again: bool = False,
    restock: bool | None = None,
) -> Asked:
    """Ask for `amount` major units of an order's money back, or for all that is left of it.

    The same amount is the same request, unless it is to go back `again`. `restock`: its pieces are on sale
    again; None: they are if it was not shipped and nothing of its money is left. Raises NotFound, Mistyped
    for an amount that cannot be charged either, OwnerError for more than there is, or what a bank has taken.
    """
    reason = read_words("reason", reason, LONGEST_REASON) if reason else ""
    with db.write() as connection:
        order = orders.get_order(connection, number, lock=True)
        refuse_set_apart(connection, order)
        attempt = _paid(connection, order)
        asked = _ask(connection, order, attempt, amount, reason, again=again)
        left = attempt.amount - refunds.sum_asked(connection, attempt)
        is_wanted = order.state == State.PAID and not left if restock is None else restock
        return replace(asked, restocked=_put_back(connection, order)) if is_wanted else asked


def _ask(
    connection: Connection,
    order: Order,
    attempt: Attempt,
    amount: Decimal | None,
    reason: str,
    *,
    again: bool,
) -> Asked:
    left = attempt.amount - refunds.sum_asked(connection, attempt)
    minor = left if amount is None else _minor(amount, attempt.currency)
    if amount is None and not left:
        return Asked(None)
    before = refunds.list_requests(connection, attempt, minor)
    if before and amount is not None and not again:
        return Asked(before[-1], before=True)
    _refuse_disputed(order)
    if minor > left:
        raise OwnerError(_too_much(order, attempt, minor, left))
    return Asked(_request(connection, attempt, minor, reason, len(before)))


def _refuse_disputed(order: Order) -> None:
    for risk in order.risks:
        if risk.has_taken_the_money:
            raise OwnerError(
                f"The payment of order {order.number} is disputed ({risk.words}): its money is with "
                "the bank, and Stripe sends nothing back. Answer the dispute in Stripe's dashboard."
            )


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


@again_if_contended
def restock(db: Database, number: str, pieces: Mapping[str, int] | None = None) -> Restocked:
    """Put the pieces of an order on sale again: all that it holds, or so many of these skus in all, however
    often it is asked for. The lines and how many of each were put back now. Raises NotFound, Mistyped for a
    sku or a number that the order does not have, OwnerError for an order that may still be paid."""
    with db.write() as connection:
        order = orders.get_order(connection, number, lock=True)
        refuse_set_apart(connection, order)
        if order.is_open:
            raise OwnerError(f"Order {number} is {order.state}: its pieces are put aside until then.")
        return _put_back(connection, order, pieces)


def _put_back(connection: Connection, order: Order, pieces: Mapping[str, int] | None = None) -> Restocked:
    back = stock.put_back(connection, order, None if pieces is None else _wanted(order, pieces))
    if back:
        words = ", ".join(f"{count} × {line.written_sku}" for line, count in back)
        orders.note(connection, order.number, "restocked", words)
    return back


def _wanted(order: Order, pieces: Mapping[str, int]) -> dict[str, int]:
    """By the skus as the order has them."""
    lines = {without_case(line.sku): line for line in order.lines}
    found: dict[str, int] = {}
    for typed, wanted in pieces.items():
        line = lines.get(without_case(key_of(typed)))
        if line is None or wanted > line.quantity:
            raise Mistyped(f"Order {order.number} does not have {wanted} of {typed}.")
        found[line.sku] = wanted
    return found
