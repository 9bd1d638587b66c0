"""Signs of life of what works unseen: missing ones are seen, not only heard of when something is late."""

from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import Connection, select

from webshop.db.engine import moment_of
from webshop.db.tables.counters import heartbeats
from webshop.db.upsert import insert


class Heart(StrEnum):
    WORKER = "worker"  # a round of a worker in a process of its own
    STAND_IN = "stand-in"  # a round of a web process, in place of the worker
    BACKUP = "backup"  # a backup that was written whole


def beat(connection: Connection, heart: Heart) -> None:
    """It is at work now. A copy whose clock is behind does not take it back."""
    row = insert(connection, heartbeats).values(name=heart, at=moment_of(connection))
    later = row.on_conflict_do_update(
        index_elements=["name"], set_={"at": row.excluded.at}, where=heartbeats.c.at < row.excluded.at
    )
    connection.execute(later)


def last_beat(connection: Connection, heart: Heart) -> datetime | None:
    """None if it was never at work."""
    query = select(heartbeats.c.at).where(heartbeats.c.name == heart)
    last: datetime | None = connection.execute(query).scalar()
    return last


def beat_for_all(connection: Connection, heart: Heart, pause: timedelta) -> bool:
    """The same, unless any copy did it within this pause; whether it is this one's turn."""
    row = insert(connection, heartbeats).values(name=heart, at=moment_of(connection))
    first = row.on_conflict_do_update(
        index_elements=["name"],
        set_={"at": row.excluded.at},
        where=heartbeats.c.at <= moment_of(connection) - pause,
    )
    return connection.execute(first.returning(heartbeats.c.name)).first() is not None
