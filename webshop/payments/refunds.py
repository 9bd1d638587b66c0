"""Money going back: asked for in the transaction that finds it out, sent to Stripe afterwards."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, func, select, update

from webshop.db.tables import refunds
from webshop.db.upsert import insert
from webshop.payments.attempts import Payment

FIRST_PAUSE = timedelta(seconds=30)
LONGEST_PAUSE = timedelta(hours=1)


@dataclass(frozen=True)
class Refund:
    """`status` is ours ("due") until Stripe has it, then Stripe's: pending, succeeded, failed, …"""

    id: int
    order_number: str
    payment: int
    request: str | None
    amount: int
    currency: str
    reason: str
    status: str
    tries: int


def request(
    connection: Connection, payment: Payment, amount: int, currency: str, reason: str, *, name: str = ""
) -> None:
    """Ask for `amount` minor units of this payment back. Asking twice under one name asks once."""
    now = datetime.now(UTC)
    row = insert(connection, refunds).values(
        order_number=payment.order_number,
        payment=payment.id,
        request=f"{payment.idempotency_key}-refund{name}",
        amount=amount,
        currency=currency,
        reason=reason,
        status="due",
        created_at=now,
        tries=0,
        due_at=now,
    )
    connection.execute(row.on_conflict_do_nothing())


def claim_due(connection: Connection, now: datetime) -> Refund | None:
    """A refund to be sent to Stripe now, claimed by putting off its next try."""
    due = (
        select(refunds)
        .where(refunds.c.due_at <= now)
        .order_by(refunds.c.due_at)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    row = connection.execute(due).first()
    if row is None:
        return None
    refund = _refund(row)
    pause = min(FIRST_PAUSE * 2 ** min(refund.tries, 10), LONGEST_PAUSE)
    again = update(refunds).where(refunds.c.id == refund.id)
    connection.execute(again.values(tries=refund.tries + 1, due_at=now + pause))
    return refund


def give_up(connection: Connection, refund: Refund) -> None:
    """Stripe refuses it: a person has to."""
    refused = update(refunds).where(refunds.c.id == refund.id)
    connection.execute(refused.values(status="refused", due_at=None))


def store(
    connection: Connection, payment: Payment, refund: str, request: str, amount: int, status: str
) -> None:
    """What Stripe says of one refund: ours, which is then no longer due, or one from the dashboard."""
    values = {"refund": refund, "status": status, "amount": amount, "due_at": None}
    if request:
        ours = update(refunds).where(refunds.c.request == request, refunds.c.payment == payment.id)
        if connection.execute(ours.values(**values)).rowcount:
            return
    row = insert(connection, refunds).values(
        order_number=payment.order_number,
        payment=payment.id,
        currency=payment.currency,
        reason="",
        created_at=datetime.now(UTC),
        tries=0,
        **values,
    )
    connection.execute(row.on_conflict_do_update(index_elements=["refund"], set_=values))


def list_of_order(connection: Connection, order: str) -> list[Refund]:
    """All money of this order that is on its way back, went back or could not, the first asked for first."""
    query = select(refunds).where(refunds.c.order_number == order).order_by(refunds.c.id)
    return [_refund(row) for row in connection.execute(query)]


def list_requests(connection: Connection, payment: Payment, amount: int) -> list[Refund]:
    """The shop's own refunds of this amount, whatever became of them, the first asked for first."""
    query = select(refunds).where(
        refunds.c.payment == payment.id, refunds.c.amount == amount, refunds.c.request.is_not(None)
    )
    return [_refund(row) for row in connection.execute(query.order_by(refunds.c.id))]


def sum_asked(connection: Connection, payment: Payment) -> int:
    """Minor units of this payment that have gone back or may still go: all but what Stripe will not send."""
    asked = select(func.coalesce(func.sum(refunds.c.amount), 0)).where(
        refunds.c.payment == payment.id, refunds.c.status.not_in(("refused", "failed", "canceled"))
    )
    return int(connection.execute(asked).scalar_one())


def sum_given_back(connection: Connection, payment: Payment) -> int:
    """Minor units of this payment that have gone back, or that Stripe has promised to send."""
    back = select(func.coalesce(func.sum(refunds.c.amount), 0)).where(
        refunds.c.payment == payment.id, refunds.c.status.in_(("pending", "requires_action", "succeeded"))
    )
    return int(connection.execute(back).scalar_one())


def _refund(row: Row[Any]) -> Refund:
    return Refund(**{field: getattr(row, field) for field in Refund.__dataclass_fields__})
