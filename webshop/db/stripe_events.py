"""The ids of Stripe's events that were handled: each is sent at least once, and perhaps more often."""

from datetime import UTC, datetime

from sqlalchemy import Connection, select

from webshop.db.tables import stripe_events
from webshop.db.upsert import insert


def is_known(connection: Connection, event: str) -> bool:
    return (
        connection.execute(select(stripe_events.c.id).where(stripe_events.c.id == event)).first() is not None
    )


def remember(connection: Connection, event: str, kind: str) -> None:
    row = insert(connection, stripe_events).values(id=event, type=kind, received_at=datetime.now(UTC))
    connection.execute(row.on_conflict_do_nothing())
