"""Orders: the snapshot is written once; afterwards only the state moves, as webshop.orders.MOVES allows."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Select, insert, select, update

from webshop.address import Address
from webshop.db.tables import order_events, order_lines, orders
from webshop.errors import NotFound
from webshop.language import gettext as _
from webshop.orders import MOVES, Order, OrderLine, State

ADDRESS = ("name", "line1", "line2", "postal_code", "city", "country")
PLAIN = (
    "number cart state email currency shipping_title shipping total refunded placed_at expires_at language"
).split()


class IllegalMove(Exception):
    """A bug or a rival transaction: the order is not in a state from which it may move there."""


def insert_order(connection: Connection, order: Order, weights: Mapping[str, int]) -> None:
    """Write the order and its lines. Raises IntegrityError if the cart has a pending order already."""
    values = {field: getattr(order.address, field) for field in ADDRESS}
    values |= {field: getattr(order, field) for field in PLAIN}
    connection.execute(insert(orders).values(**values))
    rows = [
        {
            "order_number": order.number,
            "position": position,
            "sku": line.sku,
            "title": line.title,
            "variant": line.variant,
            "unit_price": line.unit_price,
            "quantity": line.quantity,
            "held": line.held,
            "weight": weights[line.sku],
        }
        for position, line in enumerate(order.lines)
    ]
    connection.execute(insert(order_lines), rows)
    note(connection, order.number, "placed")


def find_pending(connection: Connection, cart: str) -> Order | None:
    """The one order of this cart that waits for payment."""
    return _find(connection, select(orders).where(orders.c.cart == cart, orders.c.state == State.PENDING))


def get_order(connection: Connection, number: str, *, lock: bool = False) -> Order:
    """Raises NotFound. `lock` makes rival transactions on this order wait for the end of this one."""
    query = select(orders).where(orders.c.number == number)
    order = _find(connection, query.with_for_update() if lock else query)
    if order is None:
        raise NotFound(_("There is no such order."))
    return order


def _find(connection: Connection, query: Select[Any]) -> Order | None:
    row = connection.execute(query).first()
    if row is None:
        return None
    lines = connection.execute(
        select(order_lines).where(order_lines.c.order_number == row.number).order_by(order_lines.c.position)
    )
    return Order(
        number=row.number,
        cart=row.cart,
        state=State(row.state),
        email=row.email,
        address=Address(**{field: getattr(row, field) for field in ADDRESS}),
        currency=row.currency,
        lines=tuple(
            OrderLine(line.sku, line.title, line.variant, line.unit_price, line.quantity, line.held)
            for line in lines
        ),
        shipping_title=row.shipping_title,
        shipping=row.shipping,
        total=row.total,
        placed_at=row.placed_at,
        expires_at=row.expires_at,
        language=row.language,
        refunded=row.refunded,
    )


def move(connection: Connection, order: Order, to: State, detail: str = "") -> None:
    """Move the order and write it into the audit. The caller has locked it. Raises IllegalMove."""
    sources = [state for state, targets in MOVES.items() if to in targets]
    allowed = update(orders).where(orders.c.number == order.number, orders.c.state.in_(sources))
    if connection.execute(allowed.values(state=to)).rowcount == 0:
        raise IllegalMove(f"order {order.number}: {order.state} -> {to}")
    note(connection, order.number, to, detail)


def prolong(connection: Connection, number: str, expires_at: datetime) -> None:
    """Hold the stock until `expires_at`: a new session can be paid until then."""
    connection.execute(update(orders).where(orders.c.number == number).values(expires_at=expires_at))


def set_refunded(connection: Connection, number: str, amount: int) -> None:
    """How much of the order's money has gone back, in minor units."""
    connection.execute(update(orders).where(orders.c.number == number).values(refunded=amount))


def set_held(connection: Connection, number: str, sku: str, held: int) -> None:
    """Remember how many pieces the line holds, so that exactly those are put back."""
    line = (order_lines.c.order_number == number) & (order_lines.c.sku == sku)
    connection.execute(update(order_lines).where(line).values(held=held))


def note(connection: Connection, number: str, kind: str, detail: str = "") -> None:
    """Add a row to the audit."""
    row = {"order_number": number, "at": datetime.now(UTC), "kind": str(kind), "detail": detail}
    connection.execute(insert(order_events).values(**row))
