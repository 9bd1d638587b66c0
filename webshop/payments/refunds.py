"""Money going back: asked for in the transaction that finds it out, sent to Stripe afterwards."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import ColumnElement, Connection, func, select, update

from webshop.db import queue, rows
from webshop.db.engine import moment_of
from webshop.db.tables import refunds
from webshop.db.upsert import insert
from webshop.payments.model import Attempt

FIRST_PAUSE = timedelta(seconds=30)
LONGEST_PAUSE = timedelta(hours=1)

GONE = ("pending", "requires_action", "succeeded")  # back, or Stripe has promised to send it


@dataclass(frozen=True)
class Refund:
    """`request` is our own name for it, None if it came from the dashboard. `status` is ours ("due",
    "refused") until Stripe has it, then Stripe's: pending, succeeded, failed, …"""

    id: int
    order_number: str
    attempt_id: int
    request: str | None
    amount: int
    currency: str
    reason: str
    status: str
    tries: int
    mail_id: int | None = None  # tells the shopper of it

    @property
    def gone(self) -> int:
        """Minor units that went back, or that Stripe has promised to send."""
        return self.amount if self.status in GONE else 0

    @property
    def confirmed(self) -> int:
        """Minor units that Stripe has sent back, and not only promised to send."""
        return self.amount if self.status == "succeeded" else 0


def request(
    connection: Connection, attempt: Attempt, amount: int, currency: str, reason: str, *, name: str = ""
) -> None:
    """Ask for `amount` minor units of this payment back. Asking twice under one name asks once."""
    row = insert(connection, refunds).values(
        order_number=attempt.order_number,
        attempt_id=attempt.id,
        request=f"{attempt.idempotency_key}-refund{name}",
        amount=amount,
        currency=currency,
        reason=reason,
        status="due",
        created_at=moment_of(connection),
        tries=0,
        due_at=moment_of(connection),
    )
    connection.execute(row.on_conflict_do_nothing())


def claim_due(connection: Connection) -> Refund | None:
    """A refund to be sent to Stripe now, claimed by putting off its next try."""
    row = queue.claim(
        connection,
        refunds.c.due_at,
        refunds.c.tries,
        lambda row: queue.growing(FIRST_PAUSE, LONGEST_PAUSE, row.tries),
    )
    return rows.read(Refund, row) if row else None


def give_up(connection: Connection, refund: Refund) -> None:
    """Stripe refuses it: a person has to."""
    refused = update(refunds).where(refunds.c.id == refund.id)
    connection.execute(refused.values(status="refused", due_at=None))


def give_up_all(connection: Connection) -> int:
    """No refund that waits will be sent; how many those are."""
    waiting = update(refunds).where(refunds.c.due_at.is_not(None))
    return connection.execute(waiting.values(status="refused", due_at=None)).rowcount


def store(
    connection: Connection, attempt: Attempt, refund_id: str, request: str, amount: int, status: str
) -> None:
    """What Stripe says of one refund: ours, which is then no longer due, or one from the dashboard."""
    values = {"refund_id": refund_id, "status": status, "amount": amount, "due_at": None}
    if request:
        ours = update(refunds).where(refunds.c.request == request, refunds.c.attempt_id == attempt.id)
        if connection.execute(ours.values(**values)).rowcount:
            return
    row = insert(connection, refunds).values(
        order_number=attempt.order_number,
        attempt_id=attempt.id,
        request=request if request.startswith(attempt.idempotency_key) else None,  # ours, but lost since
        currency=attempt.currency,
        reason="",
        created_at=moment_of(connection),
        tries=0,
        **values,
    )
    connection.execute(row.on_conflict_do_update(index_elements=[refunds.c.refund_id], set_=values))


def list_of_order(connection: Connection, order_number: str) -> list[Refund]:
    """All money of this order that is on its way back, went back or could not, the first asked for first."""
    return _list(connection, refunds.c.order_number == order_number)


def list_of_attempt(connection: Connection, attempt: Attempt) -> list[Refund]:
    """The same of one payment."""
    return _list(connection, refunds.c.attempt_id == attempt.id)


def list_of_mail(connection: Connection, mail_id: int) -> list[Refund]:
    """Those that a mail tells of."""
    return _list(connection, refunds.c.mail_id == mail_id)


def mark_told(connection: Connection, ids: Iterable[int], mail_id: int) -> None:
    """This mail tells of them."""
    connection.execute(update(refunds).where(refunds.c.id.in_(ids)).values(mail_id=mail_id))


def list_requests(connection: Connection, attempt: Attempt, amount: int) -> list[Refund]:
    """The shop's own refunds of this amount, whatever became of them, the first asked for first."""
    ours = refunds.c.request.is_not(None)
    return _list(connection, (refunds.c.attempt_id == attempt.id) & (refunds.c.amount == amount) & ours)


def _list(connection: Connection, condition: ColumnElement[bool]) -> list[Refund]:
    query = select(refunds).where(condition).order_by(refunds.c.id)
    return [rows.read(Refund, row) for row in connection.execute(query)]


def sum_asked(connection: Connection, attempt: Attempt) -> int:
    """Minor units of this payment that have gone back or may still go: all but what Stripe will not send."""
    return _sum(connection, attempt, refunds.c.status.not_in(("refused", "failed", "canceled")))


def sum_given_back(connection: Connection, attempt: Attempt) -> int:
    """Minor units of this payment that have gone back, or that Stripe has promised to send."""
    return _sum(connection, attempt, refunds.c.status.in_(GONE))


def _sum(connection: Connection, attempt: Attempt, condition: ColumnElement[bool]) -> int:
    query = select(func.coalesce(func.sum(refunds.c.amount), 0))
    return int(connection.execute(query.where(refunds.c.attempt_id == attempt.id, condition)).scalar_one())
