"""What the worker looks after besides payments: stuck orders, and rows that nobody needs any more."""

from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, func, select

from webshop.db import modes
from webshop.db.tables import carts, order_lines, orders, stripe_events, variants
from webshop.orders.model import State
from webshop.orders.queries import mode_of_order

CART_LIFE = timedelta(days=90)  # after its last change
EVENT_LIFE = timedelta(days=30)  # Stripe sends an event again for three days


STUCK = timedelta(minutes=15)  # an order undecided for longer than its hold and this needs a person
BANKS_ARE_SLOW = timedelta(days=14)  # and no bank takes longer than this

MANY_PIECES = 5

A_DAY = timedelta(days=1)
WEBHOOK_DELAY = timedelta(hours=1)  # Stripe's own, at most, when all is well


def list_stuck_orders(connection: Connection, now: datetime) -> list[str]:
    """Numbers of orders whose time has long been over and that are still undecided."""
    unpaid = (orders.c.state == State.PENDING) & (orders.c.expires_at < now - STUCK)
    at_the_bank = (orders.c.state == State.PROCESSING) & (orders.c.expires_at < now - BANKS_ARE_SLOW)
    return list(connection.execute(select(orders.c.number).where(unpaid | at_the_bank)).scalars())


def find_last_paid(connection: Connection, now: datetime) -> datetime | None:
    """When the latest order was paid of which Stripe should have told by now; only the last day counts, and
    no order that is set apart."""
    query = select(func.max(orders.c.paid_at)).where(
        orders.c.paid_at >= now - A_DAY - WEBHOOK_DELAY,
        orders.c.paid_at <= now - WEBHOOK_DELAY,
        mode_of_order == modes.latest,
    )
    latest: datetime | None = connection.execute(query).scalar_one()
    return latest


def list_held_stocks(connection: Connection) -> list[str]:
    """Skus of which unpaid orders hold more than what is left, and enough to be no coincidence."""
    held = func.sum(order_lines.c.held)
    query = (
        select(variants.c.sku)
        .select_from(orders.join(order_lines).join(variants, variants.c.sku == order_lines.c.sku))
        .where(orders.c.state == State.PENDING, variants.c.stock.is_not(None))
        .group_by(variants.c.sku, variants.c.stock)
        .having(held >= MANY_PIECES, held > variants.c.stock)
        .order_by(held.desc(), variants.c.sku)
    )
    return list(connection.execute(query).scalars())


def delete_old_carts(connection: Connection, now: datetime) -> None:
    """Carts that nobody has touched for long, unless they are being paid."""
    paying = select(orders.c.cart).where(orders.c.state == State.PENDING)
    old = delete(carts).where(carts.c.changed_at < now - CART_LIFE, carts.c.id.not_in(paying))
    connection.execute(old)


def delete_old_events(connection: Connection, now: datetime) -> None:
    connection.execute(delete(stripe_events).where(stripe_events.c.received_at < now - EVENT_LIFE))
