"""What the shop's database and Stripe's ledger say at one moment: rows and documents as they are there."""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from sqlalchemy import Connection, Select, Table, func, select

from webshop.db import tables
from webshop.db.tables import counters

Row = dict[str, Any]


@dataclass
class Evidence:
    """Rows in the order in which they were written, by their columns' names in the database. `free` and
    `held` count the pieces of each counted sku, of all orders that there are. `refunds` are the shop's,
    `sent_back` Stripe's. `credit_numbers` are those of all credit notes that there are."""

    orders: list[Row] = field(default_factory=list)
    lines: list[Row] = field(default_factory=list)
    moves: list[Row] = field(default_factory=list)
    attempts: list[Row] = field(default_factory=list)
    refunds: list[Row] = field(default_factory=list)
    alarms: list[Row] = field(default_factory=list)
    mails: list[Row] = field(default_factory=list)
    credit_notes: list[Row] = field(default_factory=list)
    credit_taxes: list[Row] = field(default_factory=list)
    taxes: list[Row] = field(default_factory=list)
    credit_numbers: list[str] = field(default_factory=list)
    carts: dict[str, Counter[str]] = field(default_factory=dict)
    free: dict[str, int] = field(default_factory=dict)
    held: dict[str, int] = field(default_factory=dict)
    sessions: list[Row] = field(default_factory=list)
    charges: list[Row] = field(default_factory=list)
    sent_back: list[Row] = field(default_factory=list)

    @cached_property
    def order(self) -> Mapping[str, Row]:
        """By its number."""
        return {order["number"]: order for order in self.orders}

    @cached_property
    def session(self) -> Mapping[str, Row]:
        """By its id."""
        return {session["id"]: session for session in self.sessions}

    @property
    def paid(self) -> list[Row]:
        """The charges that moved money."""
        return [charge for charge in self.charges if charge["paid"]]

    def order_of(self, session: str) -> str:
        """The number of the order that the session was made for."""
        return str(self.session[session]["client_reference_id"])

    def cart_of(self, session: str) -> str:
        order = self.order.get(self.order_of(session))
        return order["cart"] if order else ""

    def attempt_of(self, session: str) -> Row | None:
        return next((attempt for attempt in self.attempts if attempt["session"] == session), None)

    def about(self, rows: list[Row], number: str) -> list[Row]:
        return [row for row in rows if row["order_number"] == number]

    def moves_of(self, number: str) -> list[str]:
        return [move["kind"] for move in self.about(self.moves, number)]

    def pieces_of(self, number: str) -> Counter[str]:
        return Counter({line["sku"]: line["quantity"] for line in self.about(self.lines, number)})

    def alarms_of(self, number: str) -> set[str]:
        return {alarm["kind"] for alarm in self.alarms if alarm["about"] == number}

    def kept_of(self, number: str) -> int:
        """What of this order's money has not gone back."""
        charges = [charge for charge in self.paid if self.order_of(charge["session"]) == number]
        return sum(charge["amount"] - charge["amount_refunded"] for charge in charges)


def read_evidence(connection: Connection, ledger: Mapping[str, list[Row]], cart: str = "") -> dict[str, Any]:
    """The fields of an Evidence: about this cart and its orders, or about everything."""
    orders = tables.orders
    ours = select(orders).order_by(orders.c.placed_at)
    lines = tables.cart_lines
    contents = select(lines)
    if cart:
        ours, contents = ours.where(orders.c.cart == cart), contents.where(lines.c.cart == cart)
    found = _rows(connection, ours)
    numbers = [order["number"] for order in found]
    carts: dict[str, Counter[str]] = {}
    for row in _rows(connection, contents):
        carts.setdefault(row["cart"], Counter())[row["sku"]] = row["quantity"]

    def about(table: Table, column: str = "order_number") -> list[Row]:
        query = select(table).order_by(*table.primary_key)
        return _rows(connection, query.where(table.c[column].in_(numbers)) if cart else query)

    return {
        "orders": found,
        "lines": about(tables.order_lines),
        "moves": about(tables.order_events),
        "attempts": about(tables.attempts),
        "refunds": about(tables.refunds),
        "alarms": about(tables.alarms, "about"),
        "mails": about(tables.outbox),
        "taxes": about(tables.order_taxes),
        **_read_credit(connection, about(counters.credit_notes)),
        "carts": carts,
        **count_pieces(connection),
        "sessions": ledger["sessions"],
        "charges": ledger["charges"],
        "sent_back": ledger["refunds"],
    }


def _read_credit(connection: Connection, notes: list[Row]) -> dict[str, list[Any]]:
    taxes, every = counters.credit_note_taxes, counters.credit_notes
    ids = [note["id"] for note in notes]
    return {
        "credit_notes": notes,
        "credit_taxes": _rows(connection, select(taxes).where(taxes.c.credit_note_id.in_(ids))),
        "credit_numbers": list(connection.execute(select(every.c.number)).scalars()),
    }


def count_pieces(connection: Connection) -> dict[str, dict[str, int]]:
    """For each counted sku: the pieces that can be bought, and those that orders hold or have sold."""
    variants, lines = tables.variants, tables.order_lines
    counted = select(variants.c.sku, variants.c.stock).where(variants.c.stock.is_not(None))
    free = {row["sku"]: int(row["stock"]) for row in _rows(connection, counted)}
    sums = select(lines.c.sku, func.sum(lines.c.held).label("held")).group_by(lines.c.sku)
    held = {row["sku"]: int(row["held"]) for row in _rows(connection, sums)}
    return {"free": free, "held": {sku: held.get(sku, 0) for sku in free}}


def only(sessions: Collection[str], ledger: Mapping[str, list[Row]]) -> dict[str, list[Row]]:
    """Of the ledger, what belongs to these sessions."""
    charges = [each for each in ledger["charges"] if each["session"] in sessions]
    ids = {charge["id"] for charge in charges}
    return {
        "sessions": [each for each in ledger["sessions"] if each["id"] in sessions],
        "charges": charges,
        "refunds": [each for each in ledger["refunds"] if each["charge"] in ids],
    }


def _rows(connection: Connection, query: Select[Any]) -> list[Row]:
    return [dict(row._mapping) for row in connection.execute(query)]
