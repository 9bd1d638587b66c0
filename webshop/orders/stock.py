"""Pieces on sale: counted in `variants.stock`, from which orders take what they hold."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from sqlalchemy import Connection, func, select, update

from webshop.db.tables import order_lines, variants
from webshop.db.tables import orders as orders_table
from webshop.errors import Conflict, OwnerError
from webshop.language.messages import gettext as _
from webshop.orders import queries as orders
from webshop.orders.model import HOLDING, Order, OrderLine


def count(connection: Connection, sku: str, stock: int | None) -> None:
    """Set what can be bought from now on; None is unlimited. Raises OwnerError for an unknown sku."""
    changed = connection.execute(update(variants).where(variants.c.sku == sku).values(stock=stock))
    if changed.rowcount == 0:
        raise OwnerError(f"There is no sku {sku}.")


def count_pieces(connection: Connection) -> int:
    """All that are counted: on sale, or held by orders that are undecided."""
    free = select(func.coalesce(func.sum(variants.c.stock), 0))
    held = select(func.coalesce(func.sum(order_lines.c.held), 0)).select_from(order_lines.join(orders_table))
    undecided = held.where(orders_table.c.state.in_(HOLDING))
    return int(connection.execute(select(free.scalar_subquery() + undecided.scalar_subquery())).scalar_one())


def hold(connection: Connection, lines: Sequence[OrderLine]) -> tuple[OrderLine, ...]:
    """The same lines, each with the pieces it now holds. Raises Conflict if there are too few of one.

    Taken in the order of the skus, so that two buyers never wait for each other in a ring.
    """
    held = {line.sku: _take(connection, line) for line in sorted(lines, key=lambda line: line.sku)}
    return tuple(replace(line, held=held[line.sku]) for line in lines)


def _take(connection: Connection, line: OrderLine) -> int:
    on_sale = (variants.c.sku == line.sku) & variants.c.active
    enough = update(variants).where(on_sale, variants.c.stock >= line.quantity)
    if connection.execute(enough.values(stock=variants.c.stock - line.quantity)).rowcount:
        return line.quantity
    if connection.execute(select(variants.c.sku).where(on_sale, variants.c.stock.is_(None))).first():
        return 0
    raise Conflict(_("%(name)s has just sold out. Please check your cart.", name=line.name))


def hold_again(connection: Connection, order: Order) -> bool:
    """Take the pieces of an order that had given them up: all of them, or none and False."""
    try:
        with connection.begin_nested():
            for line in hold(connection, order.lines):
                orders.set_held(connection, order.number, line.sku, line.held)
    except Conflict:
        return False
    return True


def release(connection: Connection, order: Order) -> None:
    """Put back on sale exactly the pieces that the order holds."""
    put_back(connection, order)


def put_back(
    connection: Connection, order: Order, pieces: Mapping[str, int] | None = None
) -> list[tuple[OrderLine, int]]:
    """The same, or so many `pieces` of each sku in all, less what was put back before; the lines and how many
    of each that were. The caller has locked the order."""
    found = []
    for line in sorted(order.lines, key=lambda line: line.sku):
        before = line.quantity - line.held
        count = line.held if pieces is None else min(line.held, max(0, pieces.get(line.sku, 0) - before))
        if count:
            counted = update(variants).where(variants.c.sku == line.sku, variants.c.stock.is_not(None))
            orders.set_held(connection, order.number, line.sku, line.held - count)
            if connection.execute(counted.values(stock=variants.c.stock + count)).rowcount:
                found.append((line, count))
    return found
