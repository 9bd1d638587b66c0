"""What the worker looks after besides payments: stuck orders, and rows that nobody needs any more."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, Select, delete, func, select, update

from webshop.db import modes
from webshop.db.tables import carts, order_lines, orders, stripe_events, variants
from webshop.orders.model import HOLDING, State
from webshop.orders.queries import mode_of_order

CART_LIFE = timedelta(days=90)  # after its last change
UNSEEN_CART_LIFE = timedelta(days=30)  # of one whose cookie never came back: a robot's, or lost
EVENT_LIFE = timedelta(days=30)  # Stripe sends an event again for three days
A_BATCH = 500  # rows, so that nobody waits for long for a transaction that deletes

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
        select(func.coalesce(func.nullif(variants.c.code, ""), variants.c.sku))
        .select_from(orders.join(order_lines).join(variants, variants.c.sku == order_lines.c.sku))
        .where(orders.c.state == State.PENDING, variants.c.stock.is_not(None))
        .group_by(variants.c.sku, variants.c.code, variants.c.stock)
        .having(held >= MANY_PIECES, held > variants.c.stock)
        .order_by(held.desc(), variants.c.sku)
    )
    return list(connection.execute(query).scalars())


def forget_where_orders_came_from(connection: Connection) -> None:
    """The network addresses of orders that are decided: they are there to limit the undecided ones."""
    decided = (orders.c.placed_from > "") & orders.c.state.not_in(
        HOLDING
    )  # SQLite has no index for IS NOT NULL
    batch = select(orders.c.number).where(decided).limit(A_BATCH).with_for_update(skip_locked=True)
    connection.execute(update(orders).where(orders.c.number.in_(batch)).values(placed_from=None))


def delete_old_events(connection: Connection, now: datetime) -> None:
    connection.execute(delete(stripe_events).where(stripe_events.c.received_at < now - EVENT_LIFE))


def list_old_carts(connection: Connection, now: datetime) -> Sequence[str]:
    """A batch of ids of carts that nobody has touched for long, or never came back to, and nobody pays. Asked
    one after the other, so that each is looked for in its index, among old ones only."""
    found: list[str] = []
    for old in (_is_untouched(now), _is_unseen(now)):
        free = select(carts.c.id).where(old, carts.c.id.not_in(_being_paid())).limit(A_BATCH - len(found))
        found += connection.execute(free).scalars()
    return found


def delete_carts(connection: Connection, ids: Sequence[str], now: datetime) -> None:
    """Delete those of which that is still so. They are locked before their orders are looked at, so that
    nobody begins to pay one in between; whoever has locked one first keeps it."""
    free = select(carts.c.id).where(carts.c.id.in_(ids), _is_old(now)).with_for_update(skip_locked=True)
    locked = connection.execute(free).scalars().all()
    connection.execute(delete(carts).where(carts.c.id.in_(locked), carts.c.id.not_in(_being_paid())))


def _being_paid() -> Select[tuple[str]]:
    return select(orders.c.cart).where(orders.c.state.in_(HOLDING))


def _is_old(now: datetime) -> ColumnElement[bool]:
    return _is_untouched(now) | _is_unseen(now)


def _is_untouched(now: datetime) -> ColumnElement[bool]:
    return carts.c.changed_at < now - CART_LIFE


def _is_unseen(now: datetime) -> ColumnElement[bool]:
    """One that was changed after it was made was come back to, also when the release before did not say so.
    What is older is untouched as well."""
    since = carts.c.changed_at
    ages = (since < now - UNSEEN_CART_LIFE) & (since >= now - CART_LIFE)
    return carts.c.seen_at.is_(None) & ages & (since == carts.c.created_at)
