"""Orders and carts by the million: copies of a few that were made as shoppers make them, a thousand for each
moment of the last three years, or of a cart's life."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    Column,
    Connection,
    FromClause,
    String,
    Table,
    case,
    cast,
    insert,
    literal,
    null,
    select,
    text,
    update,
)

from tests.till import Till
from webshop.db.columns import Moment
from webshop.db.tables import (
    alarms,
    attempts,
    cart_lines,
    carts,
    order_events,
    order_lines,
    order_taxes,
    orders,
    outbox,
    refunds,
    stripe_events,
)
from webshop.db.tables.counters import credit_notes
from webshop.orders.model import Order, State
from webshop.worker import housekeeping

AT_ONCE = 1000
YEARS = timedelta(days=3 * 365)
PART = 100  # minor units that go back
NEVER_PAID = 10  # of so many moments, one has orders that ran out and carts that nobody came back to
OF_AN_ORDER = (order_lines, order_taxes, order_events, attempts, outbox)
UNIQUE: Mapping[Table, tuple[str, ...]] = {
    orders: ("number", "cart", "invoice"),
    attempts: ("idempotency_key", "session_id", "payment_intent", "charge"),
    carts: ("id",),
    stripe_events: ("id",),
}


def fill(till: Till, number: int) -> None:
    """So many orders that are decided, nine in ten of them paid, and as many carts that are still kept."""
    paid, _session = till.bought(till.cart(TILES=1, MUG_BLUE=2))
    expired = run_out(till)
    cart = till.cart(TILES=1, MUG_BLUE=2)
    now = till.db.clock()
    with till.db.write() as connection:
        connection.execute(update(outbox).values(due_at=None, sent_at=now))
        connection.execute(update(carts).values(seen_at=now))
    for place, (first, count) in enumerate(_groups(number)):
        never = place % NEVER_PAID == NEVER_PAID - 1
        age = first / number
        life = housekeeping.UNSEEN_CART_LIFE if never else housekeeping.CART_LIFE
        with till.db.write() as connection:
            if not till.db.is_embedded:  # as long as it takes
                connection.execute(text("SET LOCAL statement_timeout = 0"))
            copy_orders(connection, expired if never else paid, f"C{first}", count, now - age * YEARS)
            if not never:
                _give_back(connection, f"C{first}", count)
            copy_carts(connection, cart, f"c{first}", count, now - age * life, seen=not never)
    _hear_of(till, number // 30, now)


def _groups(number: int) -> Iterator[tuple[int, int]]:
    return ((first, min(AT_ONCE, number - first)) for first in range(0, number, AT_ONCE))


def run_out(till: Till) -> Order:
    """An order that nobody has paid, and whose personal data is erased."""
    order, _session = till.check_out(till.cart(TILES=1))
    with till.db.write() as connection:
        mine = orders.c.number == order.number
        connection.execute(update(orders).where(mine).values(state=State.EXPIRED, email="", name=""))
        closed = {"status": "expired", "poll_at": None}
        connection.execute(update(attempts).where(attempts.c.order_number == order.number).values(**closed))
    return order


def copy_orders(
    connection: Connection, order: Order, name: str, count: int, at: datetime, **other: object
) -> None:
    """With all that belongs to them. `other` are columns of the order."""
    numbers = _numbers(name, count)
    _copy(connection, orders, orders.c.number == order.number, numbers, at, other)
    for table in OF_AN_ORDER:
        _copy(
            connection,
            table,
            table.c.order_number == order.number,
            numbers,
            at,
            {"order_number": numbers.c.name},
        )


def copy_carts(
    connection: Connection, cart: str, name: str, count: int, at: datetime, *, seen: bool = True
) -> None:
    numbers = _numbers(name, count)
    other = {} if seen else {"seen_at": None}
    _copy(connection, carts, carts.c.id == cart, numbers, at, other)
    _copy(connection, cart_lines, cart_lines.c.cart == cart, numbers, at, {"cart": numbers.c.name})


def _give_back(connection: Connection, name: str, count: int) -> None:
    """A part of the money of each tenth order, with the mail and the note that tell of it, and an alarm about
    each hundredth that was seen to."""
    numbers = _numbers(name, count)
    order, back = orders.c, {"amount": PART, "currency": orders.c.currency}
    tenth, hundredth = (
        orders.join(numbers, (order.number == numbers.c.name) & (numbers.c.i % each == 0))
        for each in (10, 100)
    )
    mail = {"name": "refunded", "mail_kind": "refunded", "tries": 1, "problem": "", "sent_at": order.paid_at}
    _put(connection, outbox, {"order_number": order.number, "created_at": order.paid_at, **mail}, tenth)
    of_refund = {
        "order_number": order.number,
        "attempt_id": attempts.c.id,
        "mail_id": outbox.c.id,
        "request": attempts.c.idempotency_key + "-refund",
        "refund_id": "re_" + order.number,
        "created_at": order.paid_at,
        "reason": "",
        "status": "succeeded",
        "tries": 1,
    }
    told = (outbox.c.order_number == order.number) & (outbox.c.name == "refunded")
    _put(connection, refunds, {**of_refund, **back}, tenth.join(attempts).join(outbox, told))
    of_note = {
        "number": "CN-" + order.number,
        "order_number": order.number,
        "refund_id": refunds.c.id,
        "position": 1,
        "invoice": order.invoice,
        "issued_at": order.paid_at,
    }
    its = refunds.c.order_number == order.number
    _put(connection, credit_notes, {**of_note, **back}, tenth.join(refunds, its))
    connection.execute(
        update(orders).where(order.number.in_(select(order.number).select_from(tenth))).values(refunded=PART)
    )
    of_alarm = {"about": order.number, "raised_at": order.paid_at, "cleared_at": order.paid_at, "detail": ""}
    _put(connection, alarms, {"name": "refund", "alarm_kind": "refund", **of_alarm}, hundredth)


def _put(connection: Connection, table: Table, values: Mapping[str, Any], source: FromClause) -> None:
    """A row of these values for each of the source."""
    found = [
        value if hasattr(value, "compile") else literal(value, table.c[name].type)
        for name, value in values.items()
    ]
    connection.execute(insert(table).from_select([*values], select(*found).select_from(source)))


def _hear_of(till: Till, number: int, now: datetime) -> None:
    """Stripe's events of the last thirty days."""
    with till.db.write() as connection:
        event = {"id": "evt_0", "type": "checkout.session.completed", "received_at": now}
        connection.execute(insert(stripe_events), event)
    for first, count in _groups(number):
        at = now - (first / number) * housekeeping.EVENT_LIFE
        with till.db.write() as connection:
            numbers = _numbers(f"evt_{first}_", count)
            _copy(connection, stripe_events, stripe_events.c.id == "evt_0", numbers, at, {})


def _numbers(name: str, count: int) -> FromClause:
    """So many names."""
    number = select(literal(1).label("i")).cte("number", recursive=True)
    number = number.union_all(select(number.c.i + 1).where(number.c.i < count))
    return select(number.c.i, (name + "-" + cast(number.c.i, String)).label("name")).subquery("numbers")


def _copy(
    connection: Connection,
    table: Table,
    which: Any,
    numbers: FromClause,
    at: datetime,
    other: Mapping[str, Any],
) -> None:
    columns = [column for column in table.c if not (column.name == "id" and column.type.python_type is int)]
    values = {column: _value(table, column, numbers, at, other) for column in columns}
    rows = select(*values.values()).select_from(table.join(numbers, literal(True))).where(which)
    connection.execute(insert(table).from_select([*values], rows))


def _value(
    table: Table, column: Column[Any], numbers: FromClause, at: datetime, other: Mapping[str, Any]
) -> Any:
    if column.key in other:
        value = other[column.key]
        return (
            null() if value is None else value if hasattr(value, "compile") else literal(value, column.type)
        )
    if column.key in UNIQUE.get(table, ()):
        return case((column.is_(None), null()), else_=numbers.c.name)
    if isinstance(column.type, Moment):
        return case((column.is_(None), null()), else_=literal(at, Moment))
    return column
