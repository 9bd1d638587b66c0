"""Orders: the snapshot is written once; afterwards only the state moves, as orders.model.MOVES allows, and a
wrong address may be mended."""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    bindparam,
    delete,
    func,
    insert,
    literal,
    literal_column,
    select,
    update,
)

from webshop.address import Address
from webshop.db import modes, rows, upsert
from webshop.db.columns import Moment
from webshop.db.engine import moment_of, shop_time
from webshop.db.tables import order_events, order_lines, order_taxes, orders
from webshop.db.tables.counters import invoice_numbers, test_invoice_numbers
from webshop.errors import NotFound
from webshop.language.messages import gettext as _
from webshop.orders import credit_notes, risks
from webshop.orders.model import HOLDING, MOVES, Order, OrderLine, State
from webshop.pricing.tax import TaxLine
from webshop.settings.mode import ShopMode

# The release before writes no mode: NULL is the database's own.
mode_of_order: ColumnElement[str] = func.coalesce(orders.c.mode, modes.latest)
COLUMNS = (*(each for each in orders.c if each is not orders.c.mode), mode_of_order.label("mode"))


def is_of_mode(mode: ShopMode) -> ColumnElement[bool]:
    """Whether that is the mode of an order. Said so that PostgreSQL knows how many are: of an expression it
    believes that one in 200 is equal, and then goes through all of them to find the newest."""
    return (orders.c.mode == mode) | (orders.c.mode.is_(None) & (modes.latest == mode))


# Built once: to build a statement takes longer than to run it.
BY_NUMBER = select(*COLUMNS).where(orders.c.number == bindparam("order"))
BY_NUMBER_LOCKED = BY_NUMBER.with_for_update()
STATE_LOCKED = select(orders.c.state).where(orders.c.number == bindparam("order")).with_for_update()
# In words, not as a parameter: of these alone there is an index, and SQLite would plan anew for each value.
IS_PENDING = orders.c.state == literal_column(f"'{State.PENDING}'")
PENDING = select(*COLUMNS).where(orders.c.cart == bindparam("cart"), IS_PENDING)
LINES = (
    select(order_lines)
    .where(order_lines.c.order_number == bindparam("order"))
    .order_by(order_lines.c.position)
)
TAXES = (
    select(order_taxes)
    .where(order_taxes.c.order_number == bindparam("order"))
    .order_by(order_taxes.c.position)
)
THEIRS = (orders.c.placed_from == bindparam("visitor")) & orders.c.state.in_(HOLDING)
UNPAID = select(func.count()).select_from(orders).where(THEIRS)
UNPAID_PIECES = (
    select(func.coalesce(func.sum(order_lines.c.held), 0)).select_from(order_lines.join(orders)).where(THEIRS)
)
CHANGE = update(orders).where(orders.c.number == bindparam("order"))
MOVE = CHANGE.where(orders.c.state.in_(bindparam("sources", expanding=True)))
HOLD_PIECES = update(order_lines).where(
    order_lines.c.order_number == bindparam("order"), order_lines.c.sku == bindparam("of_sku")
)


class IllegalMove(Exception):
    """A bug or a rival transaction: the order is not in a state from which it may move there."""


def insert_order(connection: Connection, order: Order, weights: Mapping[str, int]) -> None:
    """Write the order and its lines. Raises IntegrityError if the cart has a pending order already."""
    billing = (
        {f"billing_{name}": typed for name, typed in vars(order.billing).items()} if order.billing else {}
    )
    where = {**rows.values(order.address, orders), **billing}
    values = {**rows.values(order, orders), **where, "tax": order.tax}
    connection.execute(insert(orders), values)
    lines = [
        {
            "order_number": order.number,
            "position": position,
            "weight": weights[line.sku],
            **rows.values(line, order_lines),
        }
        for position, line in enumerate(order.lines)
    ]
    connection.execute(insert(order_lines), lines)
    _insert_taxes(connection, order.number, order.taxes)
    note(connection, order.number, "placed")


def _insert_taxes(connection: Connection, number: str, taxes: Sequence[TaxLine]) -> None:
    found = [
        {"order_number": number, "position": position, **rows.values(line, order_taxes)}
        for position, line in enumerate(taxes)
    ]
    if found:
        connection.execute(insert(order_taxes), found)


def find_pending(connection: Connection, cart: str) -> Order | None:
    """The one order of this cart that waits for payment."""
    return _find(connection, PENDING, {"cart": cart})


def sum_unpaid(connection: Connection, placed_from: str) -> tuple[int, int]:
    """How many orders of this network address are undecided, and how many pieces they hold."""
    of = {"visitor": placed_from}
    count = connection.execute(UNPAID, of).scalar_one()
    return count, int(connection.execute(UNPAID_PIECES, of).scalar_one())


def list_unpaid_by_address(connection: Connection) -> list[tuple[str, int, int]]:
    """Each network address with undecided orders: how many, and how many pieces they hold."""
    query = (
        select(orders.c.placed_from, func.count(orders.c.number.distinct()), func.sum(order_lines.c.held))
        .select_from(orders.join(order_lines))
        .where(orders.c.placed_from.is_not(None), orders.c.state.in_(HOLDING))
        .group_by(orders.c.placed_from)
        .order_by(func.sum(order_lines.c.held).desc(), orders.c.placed_from)
    )
    return [(row[0], row[1], int(row[2])) for row in connection.execute(query)]


def get_order(connection: Connection, number: str, *, lock: bool = False) -> Order:
    """Raises NotFound. `lock` makes rival transactions on this order wait for the end of this one."""
    order = _find(connection, BY_NUMBER_LOCKED if lock else BY_NUMBER, {"order": number})
    if order is None:
        raise NotFound(_("There is no such order."))
    return order


def lock_pending(connection: Connection, number: str) -> bool:
    """Whether it waits for payment; rival transactions on it wait for the end of this one."""
    return connection.execute(STATE_LOCKED, {"order": number}).scalar() == State.PENDING


def _find(connection: Connection, query: Select[Any], which: Mapping[str, str]) -> Order | None:
    row = connection.execute(query, which).first()
    if row is None:
        return None
    return rows.read(
        Order,
        row,
        address=rows.read(Address, row),
        billing=_read_billing(row),
        lines=_list(connection, OrderLine, LINES, row.number),
        taxes=_list(connection, TaxLine, TAXES, row.number),
        credit_notes=credit_notes.list_notes(connection, row.number) if row.paid_at else (),
        risks=risks.list_risks(connection, row.number) if row.paid_at else (),
    )


def _read_billing(row: Row[Any]) -> Address | None:
    parts = {field.name: getattr(row, f"billing_{field.name}") for field in fields(Address)}
    return Address(**parts) if parts["name"] else None


def _list(connection: Connection, kind: type[Any], query: Select[Any], number: str) -> tuple[Any, ...]:
    return tuple(rows.read(kind, row) for row in connection.execute(query, {"order": number}))


def move(connection: Connection, order: Order, to: State, detail: str = "") -> None:
    """Move the order and write it into the audit. The caller has locked it. Raises IllegalMove."""
    sources = [state for state, targets in MOVES.items() if to in targets]
    if connection.execute(MOVE, {"order": order.number, "sources": sources, "state": to}).rowcount == 0:
        raise IllegalMove(f"order {order.number}: {order.state} -> {to}")
    note(connection, order.number, to, detail)


def is_set_apart(connection: Connection, order: Order) -> bool:
    """Whether it is of a mode that the shop has left: then nothing more becomes of it."""
    return order.mode is not modes.current(connection)


def mark_paid(connection: Connection, order: Order) -> None:
    """Give the order the next invoice number of the year that it is where the shop is."""
    now = moment_of(connection)
    year = shop_time(connection, now).year
    values = {"paid_at": now, "invoice": _next_invoice(connection, order.mode, year)}
    _change(connection, order.number, **values)


def _change(connection: Connection, number: str, **values: object) -> None:
    connection.execute(CHANGE, {"order": number, **values})


def _next_invoice(connection: Connection, mode: ShopMode, year: int) -> str:
    """ "2026-000017"; where the money is not real "TEST-2026-000017", counted apart."""
    if mode is ShopMode.LIVE:
        return f"{year}-{upsert.count_up(connection, invoice_numbers, year=year):06d}"
    number = upsert.count_up(connection, test_invoice_numbers, mode=mode, year=year)
    return f"{mode.upper()}-{year}-{number:06d}"


def take_taxes(connection: Connection, number: str, taxes: Sequence[TaxLine], total: int) -> None:
    """Store the tax that Stripe has computed, and the total with it: the one part of what was agreed that is
    known only when it is paid."""
    connection.execute(delete(order_taxes).where(order_taxes.c.order_number == number))
    _insert_taxes(connection, number, taxes)
    _change(connection, number, tax=sum(line.amount for line in taxes), total=total)


def mark_shipped(connection: Connection, number: str, carrier: str, tracking: str) -> None:
    """Remember by whom the parcel goes, and under which tracking number; and since when, the first time."""
    first = func.coalesce(orders.c.shipped_at, literal(moment_of(connection), Moment))
    sent = CHANGE.values(shipped_at=first)
    connection.execute(sent, {"order": number, "carrier": carrier, "tracking": tracking})


def set_address(connection: Connection, number: str, email: str, phone: str, address: Address) -> None:
    """Another one than was agreed, because it was wrong."""
    _change(connection, number, email=email, phone=phone, **rows.values(address, orders))


def extend_hold(connection: Connection, number: str, expires_at: datetime) -> None:
    """Hold the stock until `expires_at`: a new session can be paid until then."""
    _change(connection, number, expires_at=expires_at)


def set_refunded(connection: Connection, number: str, amount: int) -> None:
    """How much of the order's money has gone back, in minor units."""
    _change(connection, number, refunded=amount)


def set_held(connection: Connection, number: str, sku: str, held: int) -> None:
    """Remember how many pieces the line holds, so that exactly those are put back."""
    connection.execute(HOLD_PIECES, {"order": number, "of_sku": sku, "held": held})


def note(connection: Connection, number: str, kind: str, detail: str = "") -> None:
    """Add a row to the audit."""
    row = {"order_number": number, "at": moment_of(connection), "kind": str(kind), "detail": detail}
    connection.execute(insert(order_events), row)
