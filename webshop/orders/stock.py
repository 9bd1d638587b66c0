"""Pieces on sale: counted in `variants.stock`, from which orders take what they hold."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection, Row, Select, bindparam, func, select, update

from webshop.catalog import changed
from webshop.catalog.model import FEW
from webshop.catalog.queries import find_skus
from webshop.db.tables import order_lines, products, variants
from webshop.db.tables import orders as orders_table
from webshop.errors import Conflict, OwnerError
from webshop.language.messages import gettext as _
from webshop.orders import queries as orders
from webshop.orders.model import HOLDING, Order, OrderLine

MOST = 1_000_000_000

# Built once: to build a statement takes longer than to run it.
ON_SALE = (variants.c.sku == bindparam("of_sku")) & variants.c.active
TAKE = (
    update(variants)
    .where(ON_SALE, variants.c.stock >= bindparam("pieces"))
    .values(stock=variants.c.stock - bindparam("pieces"))
    .returning(variants.c.stock)
)
UNCOUNTED = select(variants.c.sku).where(ON_SALE, variants.c.stock.is_(None))
PUT_BACK = (
    update(variants)
    .where(variants.c.sku == bindparam("of_sku"), variants.c.stock.is_not(None))
    .values(stock=variants.c.stock + bindparam("pieces"))
    .returning(variants.c.stock)
)


def count(connection: Connection, typed: str, stock: int | None) -> None:
    """Set what can be bought from now on; None is unlimited. Raises OwnerError for an unknown sku."""
    sku = _get_sku(connection, typed)
    connection.execute(update(variants).where(variants.c.sku == sku).values(stock=stock))
    changed.tell(connection)


def change(connection: Connection, typed: str, by: int) -> int:
    """So many pieces more, or less; how many that makes. Raises OwnerError for an unknown sku, one that is
    not counted, and for less than there are."""
    sku = _get_sku(connection, typed)
    fits = (variants.c.stock >= -by) & (variants.c.stock <= MOST - by)
    counted = update(variants).where(variants.c.sku == sku, fits).values(stock=variants.c.stock + by)
    left = connection.execute(counted.returning(variants.c.stock)).scalar()
    if left is not None:
        changed.tell(connection)
        return int(left)
    left = connection.execute(select(variants.c.stock).where(variants.c.sku == sku)).scalar_one()
    if left is None:
        raise OwnerError(f"{typed} is sold without counting: give it a number first, such as 7.")
    if by > 0:
        raise OwnerError(f"{typed} has {left}: {by} more is more than can be counted.")
    raise OwnerError(f"{typed} has {left} left, so that {-by} cannot be taken off. Nothing was changed.")


def _get_sku(connection: Connection, typed: str) -> str:
    sku = find_skus(connection, [typed]).get(typed)
    if sku is None:
        raise OwnerError(f"There is no sku {typed}.")
    return sku


@dataclass(frozen=True)
class Counted:
    """`left` can be bought, None without limit; `held` are put aside by orders that are undecided."""

    sku: str
    name: str
    left: int | None
    held: int


def list_stocks(connection: Connection, word: str) -> list[Counted]:
    """What is on sale and has `word` in its sku or name, in whatever case, in the order of the catalogue."""
    held: dict[str, int] = {row.sku: row.held for row in connection.execute(_held())}
    query = select(variants, products.c.title.label("product_title")).select_from(variants.join(products))
    on_sale = query.where(variants.c.active, products.c.active)
    found = [
        Counted(row.code or row.sku, _name(row), row.stock, held.get(row.sku, 0))
        for row in connection.execute(on_sale.order_by(products.c.position, variants.c.position))
    ]
    return [each for each in found if word.casefold() in f"{each.sku}\n{each.name}".casefold()]


def _held() -> Select[Any]:
    query = select(order_lines.c.sku, func.sum(order_lines.c.held).label("held"))
    undecided = query.select_from(order_lines.join(orders_table)).where(orders_table.c.state.in_(HOLDING))
    return undecided.group_by(order_lines.c.sku)


def _name(row: Row[Any]) -> str:
    return f"{row.product_title}, {row.title}" if row.title else str(row.product_title)


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
    taken = {"of_sku": line.sku, "pieces": line.quantity}
    if (left := connection.execute(TAKE, taken).scalar()) is not None:
        _tell_if_shown(connection, left)
        return line.quantity
    if connection.execute(UNCOUNTED, {"of_sku": line.sku}).first():
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
            orders.set_held(connection, order.number, line.sku, line.held - count)
            back = {"of_sku": line.sku, "pieces": count}
            if (left := connection.execute(PUT_BACK, back).scalar()) is not None:
                _tell_if_shown(connection, left - count)
                found.append((line, count))
    return found


def _tell_if_shown(connection: Connection, fewest: int) -> None:
    """Pages say how many there are of what is nearly sold out."""
    if fewest <= FEW:
        changed.tell(connection)
