"""Mails that waited when the backup was taken: they may have gone since, so they wait for their owner's word.

Mails about the shop itself are not among them: an alarm that its owner hears of twice does no harm.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, select, update

from webshop.db.engine import moment_of
from webshop.db.pauses import Pause
from webshop.db.tables import orders, outbox
from webshop.db.tables.counters import held_mails

WHY = "held: it may have been sent after the backup was taken"
DROPPED = "not sent: it may have been sent after the backup was taken"


@dataclass(frozen=True)
class HeldMail:
    """A mail about an order, and the shopper's address."""

    order_number: str
    name: str
    email: str
    created_at: datetime


def hold(connection: Connection, pause: Pause) -> int:
    """All that wait; how many those are."""
    waiting = outbox.c.due_at.is_not(None) & outbox.c.order_number.is_not(None)
    ids = connection.execute(select(outbox.c.id).where(waiting)).scalars().all()
    if ids:
        connection.execute(held_mails.insert(), [{"mail_id": each, "pause_id": pause.id} for each in ids])
        connection.execute(update(outbox).where(waiting).values(due_at=None, problem=WHY))
    return len(ids)


def list_held(connection: Connection) -> list[HeldMail]:
    """The first queued first."""
    query = (
        select(outbox.c.order_number, outbox.c.name, orders.c.email, outbox.c.created_at)
        .select_from(held_mails.join(outbox).join(orders))
        .order_by(outbox.c.id)
    )
    return [HeldMail(*row) for row in connection.execute(query)]


def release(connection: Connection) -> int:
    """They are sent like any other; how many those are."""
    return _let_go(connection, due_at=moment_of(connection), tries=0, problem="")


def drop(connection: Connection) -> int:
    """They are not sent; how many those are."""
    return _let_go(connection, problem=DROPPED)


def _let_go(connection: Connection, **values: object) -> int:
    theirs = select(held_mails.c.mail_id)
    number = connection.execute(update(outbox).where(outbox.c.id.in_(theirs)).values(**values)).rowcount
    connection.execute(delete(held_mails))
    return number
