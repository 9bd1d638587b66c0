"""What needs a person."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Row, select, update

from webshop.db.tables import alarms
from webshop.db.upsert import insert


def sound(connection: Connection, kind: str, order: str, detail: str) -> None:
    """Raise the alarm of this kind for this order, once."""
    row = insert(connection, alarms).values(
        kind=kind, order_number=order, detail=detail, raised_at=datetime.now(UTC)
    )
    connection.execute(row.on_conflict_do_nothing())


def list_open(connection: Connection) -> Sequence[Row[Any]]:
    """Rows of id, kind, order_number, detail and raised_at, the oldest first."""
    query = select(alarms).where(alarms.c.cleared_at.is_(None)).order_by(alarms.c.id)
    return connection.execute(query).all()


def clear(connection: Connection, order: str) -> None:
    """Somebody has seen to all of this order's alarms."""
    open_ones = update(alarms).where(alarms.c.order_number == order, alarms.c.cleared_at.is_(None))
    connection.execute(open_ones.values(cleared_at=datetime.now(UTC)))
