"""The database goes forward to another mode on purpose, and the orders of the mode before are set apart."""

from dataclasses import dataclass

from sqlalchemy import Connection, func, select, update

from webshop.alarms import queries as alarms
from webshop.db import modes
from webshop.db.engine import Database, again_if_contended
from webshop.db.tables import order_lines, orders, variants
from webshop.errors import OwnerError
from webshop.mail import outbox
from webshop.orders import queries as order_queries
from webshop.orders import stock
from webshop.orders.model import HOLDING, Order, State
from webshop.payments import attempts, refunds
from webshop.settings.mode import ShopMode

# How an undecided order ends, as if its time were over or its bank had refused.
ENDS = {State.PENDING: State.EXPIRED, State.PROCESSING: State.FAILED}


@dataclass(frozen=True)
class Pieces:
    """`taken` out of the stock of a sku by paid orders, and `left` in it."""

    sku: str
    taken: int
    left: int


@dataclass(frozen=True)
class SetApart:
    """What became of the orders of the mode `before`: how many there are, how many of them were `expired` and
    `failed`, how many attempts were closed, refunds and mails given up, and alarms cleared."""

    before: ShopMode
    orders: int
    expired: int
    failed: int
    attempts: int
    refunds: int
    mails: int
    alarms: int
    pieces: list[Pieces]


@again_if_contended
def go_live(db: Database, mode: ShopMode) -> SetApart | None:
    """Take the database forward to this mode; None if it is of it already. All of it happens, or nothing.
    Raises SettingsError for a way back."""
    with db.write() as connection:
        modes.remember(connection, mode)
        before = modes.advance(connection, mode)
        return None if before is mode else _set_apart(connection, before)


def _set_apart(connection: Connection, before: ShopMode) -> SetApart:
    """Whatever there is now is of the mode before, or of an earlier one."""
    written_by_the_release_before = update(orders).where(orders.c.mode.is_(None))
    connection.execute(written_by_the_release_before.values(mode=before))
    number = _lock_orders(connection, before)
    ended = [_end(connection, order) for order in _list_undecided(connection)]
    return SetApart(
        before,
        number,
        ended.count(State.EXPIRED),
        ended.count(State.FAILED),
        attempts.close_all(connection),
        refunds.give_up_all(connection),
        outbox.give_up_all(connection, f"the shop has left {before} mode"),
        alarms.clear_all_of_orders(connection),
        _list_pieces(connection, before),
    )


def _lock_orders(connection: Connection, before: ShopMode) -> int:
    """Whoever settles one is done, or waits and then finds it set apart; how many there are."""
    query = select(orders.c.number).where(orders.c.mode == before).order_by(orders.c.number)
    return len(connection.execute(query.with_for_update()).all())


def _list_undecided(connection: Connection) -> list[Order]:
    query = select(orders.c.number).where(orders.c.state.in_(HOLDING)).order_by(orders.c.number)
    return [order_queries.get_order(connection, number) for number in connection.execute(query).scalars()]


def _end(connection: Connection, order: Order) -> State:
    stock.release(connection, order)
    order_queries.move(connection, order, ENDS[order.state], f"the shop has left {order.mode} mode")
    return ENDS[order.state]


def _list_pieces(connection: Connection, before: ShopMode) -> list[Pieces]:
    """They are not put back: the owner may have counted since, and only the owner knows what stands on the
    shelf."""
    taken = func.sum(order_lines.c.held)
    written = func.coalesce(func.nullif(variants.c.code, ""), variants.c.sku)
    query = (
        select(written, taken, variants.c.stock)
        .select_from(order_lines.join(orders).join(variants, variants.c.sku == order_lines.c.sku))
        .where(orders.c.mode == before, order_lines.c.held > 0, variants.c.stock.is_not(None))
        .group_by(variants.c.sku, variants.c.code, variants.c.stock)
        .order_by(variants.c.sku)
    )
    return [Pieces(sku, int(pieces), left) for sku, pieces, left in connection.execute(query)]


def refuse_set_apart(connection: Connection, order: Order) -> None:
    """Raises OwnerError for an order of a mode that the shop has left."""
    if order_queries.is_set_apart(connection, order):
        raise OwnerError(
            f"Order {order.number} is of {order.mode} mode, which the shop has left: it is set apart, and "
            "nothing more becomes of it."
        )
