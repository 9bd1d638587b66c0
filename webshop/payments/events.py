"""The ids of Stripe's events that were handled: each is sent at least once, and perhaps more often."""

from datetime import datetime

from sqlalchemy import Connection, bindparam, func, select

from webshop.db.engine import moment_of
from webshop.db.tables import stripe_events
from webshop.db.upsert import insert

# Built once: to build a statement takes longer than to run it.
BY_ID = select(stripe_events.c.id).where(stripe_events.c.id == bindparam("event"))
LATEST = select(func.max(stripe_events.c.received_at))


def is_known(connection: Connection, event_id: str) -> bool:
    return connection.execute(BY_ID, {"event": event_id}).first() is not None


def remember(connection: Connection, event_id: str, kind: str) -> None:
    row = insert(connection, stripe_events).values(id=event_id, type=kind, received_at=moment_of(connection))
    connection.execute(row.on_conflict_do_nothing())


def last_received(connection: Connection) -> datetime | None:
    """When the latest event came; None when none did for as long as they are kept."""
    latest: datetime | None = connection.execute(LATEST).scalar_one()
    return latest
