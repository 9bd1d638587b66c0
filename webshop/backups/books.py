"""What the restored books know of what Stripe tells, and the numbers that they skip."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from sqlalchemy import Connection, Table, select, update

from webshop.db import modes, rows
from webshop.db.engine import moment_of, shop_time
from webshop.db.pauses import Pause
from webshop.db.tables import attempts, orders, refunds
from webshop.db.tables.counters import (
    credit_note_numbers,
    invoice_numbers,
    number_gaps,
    pauses,
    test_invoice_numbers,
)
from webshop.db.upsert import count_up, insert
from webshop.payments.history import SentBack
from webshop.payments.model import Status
from webshop.payments.shapes import Session
from webshop.settings.mode import ShopMode

INVOICES, CREDIT_NOTES = "invoices", "credit notes"
A_BATCH = 500  # numbers in one question


ENDED = (Status.PAID, Status.SURPLUS, Status.EXPIRED, Status.FAILED)


class Found(Enum):
    """Whether the books have an attempt, and whether more may become of it."""

    NOT = "not"
    WAITING = "waiting"
    CLOSED = "closed"


@dataclass(frozen=True)
class Gap:
    """Numbers from `first` to `last` of a `series` that no document of this database has, and why."""

    series: str
    mode: ShopMode
    year: int
    first: int
    last: int
    at: datetime
    reason: str
    backup: str


def list_known(connection: Connection, numbers: Iterable[str]) -> dict[str, bool]:
    """Those orders that are there, and whether they have an invoice."""
    wanted = sorted(set(numbers))
    known: dict[str, bool] = {}
    for start in range(0, len(wanted), A_BATCH):
        query = select(orders.c.number, orders.c.invoice.is_not(None))
        batch = query.where(orders.c.number.in_(wanted[start : start + A_BATCH]))
        known |= {number: bool(has_invoice) for number, has_invoice in connection.execute(batch)}
    return known


def find_attempt(connection: Connection, session: Session) -> Found:
    """The attempt that the session is of: stored with its id, or about to be stored."""
    query = select(attempts.c.number, attempts.c.session_id, attempts.c.status).where(
        attempts.c.order_number == session.order_number
    )
    for number, session_id, status in connection.execute(query):
        if session_id == session.id:
            return Found.CLOSED if status in ENDED else Found.WAITING
        if session_id is None and number == session.attempt_number:
            return Found.WAITING
    return Found.NOT


def list_waiting(connection: Connection) -> list[str]:
    """Sessions of which more may become, or may have become since the backup."""
    waits = attempts.c.poll_at.is_not(None) & attempts.c.session_id.is_not(None)
    return list(connection.execute(select(attempts.c.session_id).where(waits)).scalars())


def list_changed(connection: Connection, found: Collection[SentBack]) -> list[SentBack]:
    """Refunds of which Stripe says something else than the books."""
    query = select(refunds.c.refund_id, refunds.c.status).where(refunds.c.refund_id.is_not(None))
    known = {refund_id: status for refund_id, status in connection.execute(query)}  # noqa: C416  # rows are no pairs
    return [each for each in found if known.get(each.id) != each.status]


def list_intents_of_waiting_refunds(connection: Connection) -> set[str]:
    """Payments of which money waits to be sent back, or to arrive."""
    waits = refunds.c.due_at.is_not(None) | refunds.c.status.in_(("pending", "requires_action"))
    query = select(attempts.c.payment_intent).select_from(refunds.join(attempts)).where(waits)
    return {intent for intent in connection.execute(query).scalars() if intent}


def skip(connection: Connection, pause: Pause, series: str, count: int, reason: str) -> None:
    """Move the numbers of this year past `count` of them, once for a pause. The caller has locked it."""
    mode = modes.current(connection) or ShopMode.SANDBOX
    year = shop_time(connection, moment_of(connection)).year
    done = select(number_gaps.c.id).where(number_gaps.c.pause_id == pause.id, number_gaps.c.series == series)
    if not count or connection.execute(done).first():
        return
    table, which = _counter(series, mode, year)
    first = count_up(connection, table, **which)
    last = first + count - 1
    here = [table.c[name] == value for name, value in which.items()]
    connection.execute(update(table).where(*here).values(last=last))
    row = insert(connection, number_gaps).values(
        pause_id=pause.id,
        series=series,
        mode=mode,
        year=year,
        first=first,
        last=last,
        at=moment_of(connection),
        reason=reason,
    )
    connection.execute(row)


def _counter(series: str, mode: ShopMode, year: int) -> tuple[Table, dict[str, object]]:
    if series == CREDIT_NOTES:
        return credit_note_numbers, {"mode": mode, "year": year}
    if mode is ShopMode.LIVE:
        return invoice_numbers, {"year": year}
    return test_invoice_numbers, {"mode": mode, "year": year}


def list_gaps(connection: Connection) -> list[Gap]:
    """The first one first."""
    query = select(number_gaps, pauses.c.backup).select_from(number_gaps.join(pauses))
    return [rows.read(Gap, row) for row in connection.execute(query.order_by(number_gaps.c.id))]
