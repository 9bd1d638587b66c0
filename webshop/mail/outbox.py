"""Mail to be sent: written in the transaction that caused it, sent by the worker afterwards."""

import secrets
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import Connection, Row, func, select, update
from sqlalchemy.sql.dml import ReturningInsert

from webshop.db import queue, rows
from webshop.db.engine import moment_of
from webshop.db.tables import outbox
from webshop.db.upsert import insert_of
from webshop.mail.model import MailKind, QueuedMail

FIRST_PAUSE = timedelta(minutes=1)  # longer than a mail server may take to answer
LONGEST_PAUSE = timedelta(hours=2)


def queue_once(connection: Connection, order_number: str, kind: MailKind) -> None:
    """One mail of this kind for this order, however often it is asked for."""
    _insert(connection, order_number, kind, str(kind))


def queue_again(connection: Connection, order_number: str, kind: MailKind) -> int:
    """A mail of this kind each time; its id. The caller has locked the order."""
    count = select(func.max(outbox.c.repetition)).where(
        outbox.c.order_number == order_number, outbox.c.mail_kind == kind
    )
    latest = connection.execute(count).scalar_one()
    repetition = 0 if latest is None else latest + 1
    name = f"{kind}-again-{repetition}" if repetition else str(kind)
    return _insert(connection, order_number, kind, name, repetition)


def queue_alarms(connection: Connection) -> int:
    """A mail about the shop to its owner, with a name of its own; its id."""
    return _insert(connection, None, MailKind.ALARMS, f"{MailKind.ALARMS}-{secrets.token_hex(8)}")


def _insert(
    connection: Connection, order_number: str | None, kind: MailKind, name: str, repetition: int = 0
) -> int:
    """The id; 0 if there is one of this name already."""
    row = {
        "order_number": order_number,
        "mail_kind": kind,
        "name": name,
        "repetition": repetition,
        "created_at": moment_of(connection),
        "due_at": moment_of(connection),
        "tries": 0,
        "problem": "",
    }
    return connection.execute(_put(connection.dialect.name), row).scalar() or 0


@cache
def _put(dialect: str) -> ReturningInsert[int]:
    return insert_of(dialect, outbox).on_conflict_do_nothing().returning(outbox.c.id)


def last_alarms(connection: Connection) -> datetime | None:
    """When the latest mail about the shop was queued."""
    told = select(func.max(outbox.c.created_at)).where(outbox.c.order_number.is_(None))
    latest: datetime | None = connection.execute(told).scalar_one()
    return latest


def list_of_order(connection: Connection, order_number: str) -> list[QueuedMail]:
    """The order's mails, the first queued first."""
    query = select(outbox).where(outbox.c.order_number == order_number).order_by(outbox.c.id)
    return [_mail(row) for row in connection.execute(query)]


def claim_due(connection: Connection) -> QueuedMail | None:
    """A mail to be sent now, claimed by putting off its next try: one that a dying worker took along is sent
    again, with the same Message-ID."""
    row = queue.claim(
        connection,
        outbox.c.due_at,
        outbox.c.tries,
        lambda row: queue.growing(FIRST_PAUSE, LONGEST_PAUSE, row.tries),
        of=outbox.c.mail_kind.in_(list(MailKind)) | outbox.c.mail_kind.is_(None),
    )
    return _mail(row) if row else None


def mark_sent(connection: Connection, mail: QueuedMail, how: str = "") -> None:
    """It has left; `how` says so of one that did not get far."""
    _change(connection, mail, sent_at=moment_of(connection), due_at=None, problem=how)


def put_off(connection: Connection, mail: QueuedMail, until: datetime) -> None:
    """It is due again `until` then, and has not been tried."""
    _change(connection, mail, due_at=until, tries=mail.tries)


def mark_failed(connection: Connection, mail: QueuedMail, problem: str, *, final: bool) -> None:
    """Remember why it could not be sent; `final` ends the tries."""
    _change(connection, mail, problem=problem[:500], **({"due_at": None} if final else {}))


def give_up_all(connection: Connection, problem: str) -> int:
    """No mail about an order that waits will be sent; how many those are."""
    waiting = update(outbox).where(outbox.c.due_at.is_not(None), outbox.c.order_number.is_not(None))
    return connection.execute(waiting.values(due_at=None, problem=problem)).rowcount


def _change(connection: Connection, mail: QueuedMail, **values: object) -> None:
    connection.execute(update(outbox).where(outbox.c.id == mail.id).values(**values))


def _mail(row: Row[Any]) -> QueuedMail:
    """The release before wrote only the name, and may still be at work."""
    return rows.read(QueuedMail, row, kind=MailKind(row.mail_kind or row.name.partition("-")[0]))
