"""Mail to be sent: written in the transaction that caused it, sent by the worker afterwards."""

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, func, select, update

from webshop.db.tables import outbox
from webshop.db.upsert import insert

FIRST_PAUSE = timedelta(minutes=1)  # longer than a mail server may take to answer
LONGEST_PAUSE = timedelta(hours=2)
PATIENCE = timedelta(hours=24)

ALARMS = "alarms"  # the kind of mail that tells the owner what needs a person


@dataclass(frozen=True)
class Letter:
    """A mail of some `kind` about an order, or about the shop (None). It has been tried `tries` times."""

    id: int
    order_number: str | None
    kind: str
    created_at: datetime
    tries: int
    due_at: datetime | None
    sent_at: datetime | None
    problem: str

    def is_overdue(self, now: datetime) -> bool:
        """Whether to stop trying."""
        return now - self.created_at > PATIENCE


def queue(connection: Connection, order: str, kind: str) -> None:
    """One mail of this kind for this order, however often it is asked for."""
    now = datetime.now(UTC)
    row = insert(connection, outbox).values(
        order_number=order, kind=kind, created_at=now, due_at=now, tries=0, problem=""
    )
    connection.execute(row.on_conflict_do_nothing())


def queue_alarms(connection: Connection, now: datetime) -> int:
    """A mail about the shop to its owner, with a name of its own; its id."""
    row = insert(connection, outbox).values(
        kind=f"{ALARMS}-{secrets.token_hex(8)}", created_at=now, due_at=now, tries=0, problem=""
    )
    return int(connection.execute(row.returning(outbox.c.id)).scalar_one())


def last_alarms(connection: Connection) -> datetime | None:
    """When the latest such mail was queued."""
    told = select(func.max(outbox.c.created_at)).where(
        outbox.c.order_number.is_(None), outbox.c.kind.startswith(f"{ALARMS}-")
    )
    latest: datetime | None = connection.execute(told).scalar_one()
    return latest


def list_of_order(connection: Connection, order: str) -> list[Letter]:
    """The order's mails, the first queued first."""
    query = select(outbox).where(outbox.c.order_number == order).order_by(outbox.c.id)
    return [_letter(row) for row in connection.execute(query)]


def claim_due(connection: Connection, now: datetime) -> Letter | None:
    """A mail to be sent now, claimed by putting off its next try: one that a dying worker took along is sent
    again, with the same Message-ID."""
    due = (
        select(outbox)
        .where(outbox.c.due_at <= now)
        .order_by(outbox.c.due_at)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    row = connection.execute(due).first()
    if row is None:
        return None
    letter = _letter(row)
    pause = min(FIRST_PAUSE * (1 << min(letter.tries, 10)), LONGEST_PAUSE)
    _change(connection, letter, tries=letter.tries + 1, due_at=now + pause)
    return letter


def mark_sent(connection: Connection, letter: Letter) -> None:
    _change(connection, letter, sent_at=datetime.now(UTC), due_at=None, problem="")


def mark_failed(connection: Connection, letter: Letter, problem: str, *, final: bool) -> None:
    """Remember why it could not be sent; `final` ends the tries."""
    _change(connection, letter, problem=problem[:500], **({"due_at": None} if final else {}))


def _change(connection: Connection, letter: Letter, **values: object) -> None:
    connection.execute(update(outbox).where(outbox.c.id == letter.id).values(**values))


def _letter(row: Row[Any]) -> Letter:
    return Letter(**{field: getattr(row, field) for field in Letter.__dataclass_fields__})
