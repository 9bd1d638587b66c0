"""What the worker looks after besides payments: stuck orders, and rows that nobody needs any more."""

from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, select

from webshop.db.tables import carts, orders, stripe_events
from webshop.orders import State

CART_LIFE = timedelta(days=90)  # after its last change
EVENT_LIFE = timedelta(days=30)  # Stripe sends an event again for three days


def list_stuck_orders(connection: Connection, expired_before: datetime) -> list[str]:
    """Numbers of orders whose time was over then and that are still undecided."""
    stuck = select(orders.c.number).where(
        orders.c.state == State.PENDING, orders.c.expires_at < expired_before
    )
    return list(connection.execute(stuck).scalars())


def delete_old_carts(connection: Connection, now: datetime) -> None:
    """Carts that nobody has touched for long, unless they are being paid."""
    paying = select(orders.c.cart).where(orders.c.state == State.PENDING)
    old = delete(carts).where(carts.c.changed_at < now - CART_LIFE, carts.c.id.not_in(paying))
    connection.execute(old)


def delete_old_events(connection: Connection, now: datetime) -> None:
    connection.execute(delete(stripe_events).where(stripe_events.c.received_at < now - EVENT_LIFE))
