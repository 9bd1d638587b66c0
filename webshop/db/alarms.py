"""What needs a person."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Row, select, update

from webshop.db.tables import alarms
from webshop.db.upsert import insert


def sound(connection: Connection, kind: str, about: str, detail: str) -> None:
    """Raise the alarm of this kind, about an order (its number) or something else, once; and again with other
    words, also if somebody has seen to the first one."""
    row = insert(connection, alarms).values(
        kind=kind, about=about, detail=detail, raised_at=datetime.now(UTC)
    )
    again = row.on_conflict_do_update(
        index_elements=["about", "kind"],
        set_={
            "detail": row.excluded.detail,
            "raised_at": row.excluded.raised_at,
            "cleared_at": None,
            "letter": None,
        },
        where=alarms.c.detail != row.excluded.detail,
    )
    connection.execute(again)


def list_open(connection: Connection) -> Sequence[Row[Any]]:
    """Rows of id, kind, about, detail and raised_at, the oldest first."""
    query = select(alarms).where(alarms.c.cleared_at.is_(None)).order_by(alarms.c.id)
    return connection.execute(query).all()


def clear(connection: Connection, about: str) -> None:
    """Somebody has seen to all alarms about this order or whatever else."""
    open_ones = update(alarms).where(alarms.c.about == about, alarms.c.cleared_at.is_(None))
    connection.execute(open_ones.values(cleared_at=datetime.now(UTC)))
