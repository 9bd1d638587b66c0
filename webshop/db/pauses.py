"""A shop that was restored from a backup is paused: it sells nothing until its owner opens it again."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from webshop.db import rows
from webshop.db.engine import moment_of
from webshop.db.tables.counters import pauses
from webshop.errors import Unavailable

OPENS = "python -m webshop reopen"


@dataclass(frozen=True)
class Pause:
    """Of a shop that was restored from this `backup` (its name), which was taken at `backup_at`."""

    id: int
    since: datetime
    backup: str
    backup_at: datetime


def begin(connection: Connection, backup: str, backup_at: datetime) -> Pause:
    """From the end of this transaction on nothing is sold."""
    values = {"since": moment_of(connection), "backup": backup, "backup_at": backup_at}
    row = connection.execute(insert(pauses).values(**values).returning(pauses)).one()
    return rows.read(Pause, row)


def current(connection: Connection, *, lock: bool = False) -> Pause | None:
    """None: the shop is open. `lock` makes rivals wait for the end of this transaction."""
    query = select(pauses).where(pauses.c.ended_at.is_(None)).order_by(pauses.c.id.desc()).limit(1)
    row = connection.execute(query.with_for_update() if lock else query).first()
    return rows.read(Pause, row) if row else None


def end(connection: Connection) -> None:
    """The shop is open from the end of this transaction on."""
    open_ones = update(pauses).where(pauses.c.ended_at.is_(None))
    connection.execute(open_ones.values(ended_at=moment_of(connection)))


def refuse(connection: Connection) -> None:
    """For what has to wait. Raises Unavailable, with a sentence for the owner, while the shop is paused."""
    if pause := current(connection):
        raise Unavailable(told(pause))


def told(pause: Pause) -> str:
    """For the owner."""
    return (
        f"the shop is paused since it was restored from {pause.backup}: nothing is sold, mailed or sent back "
        f"until {OPENS}"
    )
