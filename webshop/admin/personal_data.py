"""All that the shop stores about one person, as the person may ask for it."""

import json
from datetime import UTC, datetime
from typing import Any, TypeAlias

from sqlalchemy import ColumnElement, Connection, Table, select

from webshop.admin.erasure import is_of
from webshop.db import tables
from webshop.db.engine import Database, moment_of
from webshop.db.tables import counters
from webshop.errors import OwnerError

Record: TypeAlias = dict[str, Any]


def collect(db: Database, email: str) -> bytes:
    """The person's orders with all that belongs to them, and what they typed into a checkout, as JSON: the
    first placed first, moments in UTC, amounts in minor units. Raises OwnerError if there is nothing."""
    with db.read() as connection:
        orders = _rows(connection, tables.orders, is_of(email), tables.orders.c.placed_at)
        typed = _rows(connection, tables.drafts, tables.drafts.c.email == email.lower())
        if not orders and not typed:
            raise OwnerError(f"The shop has no order of {email}.")
        found = {
            "email": email,
            "collected_at": moment_of(connection),
            "orders": [_order(connection, order) for order in orders],
            "typed_at_checkout": [{**draft, "fields": json.loads(draft["fields"])} for draft in typed],
        }
    return (json.dumps(found, indent=2, ensure_ascii=False, default=_written) + "\n").encode()


def _order(connection: Connection, order: Record) -> Record:
    """Whole rows, so that a new column is never left out; each with an amount has its currency, too."""
    number, currency = order["number"], {"currency": order["currency"]}

    def of_order(table: Table) -> list[Record]:
        return _rows(connection, table, table.c.order_number == number)

    return {
        **order,
        "lines": [{**line, **currency} for line in of_order(tables.order_lines)],
        "taxes": [{**tax, **currency} for tax in of_order(tables.order_taxes)],
        "payments": of_order(tables.attempts),
        "refunds": of_order(tables.refunds),
        "credit_notes": [_credit_note(connection, note) for note in of_order(counters.credit_notes)],
        "risks": of_order(counters.risks),
        "mails": of_order(tables.outbox),
        "events": of_order(tables.order_events),
        "alarms": _rows(connection, tables.alarms, tables.alarms.c.about == number),
        "cart_contents": _cart(connection, order["cart"]),
        "limits": _rows(
            connection, counters.limits, counters.limits.c.who.in_([order["cart"], order["placed_from"]])
        ),
    }


def _credit_note(connection: Connection, note: Record) -> Record:
    taxes = counters.credit_note_taxes
    lines = _rows(connection, taxes, taxes.c.credit_note_id == note["id"])
    return {**note, "taxes": [{**line, "currency": note["currency"]} for line in lines]}


def _cart(connection: Connection, cart: str) -> Record | None:
    """What is in the order's cart now; None if it is gone."""
    for row in _rows(connection, tables.carts, tables.carts.c.id == cart):
        return {**row, "lines": _rows(connection, tables.cart_lines, tables.cart_lines.c.cart == cart)}
    return None


def _rows(
    connection: Connection, table: Table, condition: ColumnElement[bool], *first: ColumnElement[Any]
) -> list[Record]:
    query = select(table).where(condition).order_by(*first, *table.primary_key)
    return [row._asdict() for row in connection.execute(query)]


def _written(moment: datetime) -> str:
    """2026-11-03T12:00:00Z."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
