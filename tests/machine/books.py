"""What the shop's database and Stripe's ledger say at one moment, read for the laws."""

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, Table, select

from webshop.db import tables
from webshop.db.engine import Database
from webshop.sandbox.core import Sandbox
from webshop.sandbox.pages.ledger import ledger

Document = dict[str, Any]


@dataclass(frozen=True)
class Books:
    """Orders, attempts and refunds in the order in which they were written; `lines`, `moves`,
    `mails` and `alarms` by the order's number, `carts` by the cart's id. `money` is Stripe's ledger."""

    orders: dict[str, Row[Any]]
    lines: dict[str, list[Row[Any]]]
    moves: dict[str, list[str]]
    mails: dict[str, list[str]]
    alarms: dict[str, set[str]]
    attempts: list[Row[Any]]
    refunds: list[Row[Any]]
    carts: dict[str, Counter[str]]
    stock: dict[str, int | None]
    money: dict[str, list[Document]]

    @property
    def sessions(self) -> dict[str, Document]:
        return {session["id"]: session for session in self.money["sessions"]}

    @property
    def charges(self) -> list[Document]:
        """The ones that succeeded."""
        return [charge for charge in self.money["charges"] if charge["paid"]]

    @property
    def waiting_for_the_bank(self) -> list[str]:
        """Sessions that are complete and not paid."""
        intents = {each["id"] for each in self.money["payment_intents"] if each["status"] == "processing"}
        return [each["id"] for each in self.money["sessions"] if each["payment_intent"] in intents]

    def order_of(self, session: str) -> str:
        return str(self.sessions[session]["client_reference_id"])

    def attempt_of(self, session: str) -> Row[Any] | None:
        return next((attempt for attempt in self.attempts if attempt.session_id == session), None)


def read_books(db: Database, sandbox: Sandbox) -> Books:
    with sandbox.work() as work:
        money = ledger(work)
    with db.read() as connection:
        return Books(
            orders={row.number: row for row in _rows(connection, tables.orders)},
            lines=_by_order(_rows(connection, tables.order_lines)),
            moves=_kinds(connection, tables.order_events),
            mails=_kinds(connection, tables.outbox),
            alarms=_alarms(connection),
            attempts=_rows(connection, tables.attempts),
            refunds=_rows(connection, tables.refunds),
            carts=_carts(_rows(connection, tables.cart_lines)),
            stock={row.sku: row.stock for row in _rows(connection, tables.variants)},
            money=money,
        )


def _rows(connection: Connection, table: Table) -> list[Row[Any]]:
    query = select(table)
    return list(connection.execute(query.order_by(table.c.id) if "id" in table.c else query))


def _kinds(connection: Connection, table: Table) -> dict[str, list[str]]:
    found = _by_order(_rows(connection, table))
    return {number: [row.kind for row in rows] for number, rows in found.items()}


def _alarms(connection: Connection) -> dict[str, set[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for row in _rows(connection, tables.alarms):
        found[row.about].add(row.kind)
    return dict(found)


def _by_order(rows: list[Row[Any]]) -> dict[str, list[Row[Any]]]:
    found: dict[str, list[Row[Any]]] = defaultdict(list)
    for row in rows:
        found[row.order_number].append(row)
    return dict(found)


def _carts(rows: list[Row[Any]]) -> dict[str, Counter[str]]:
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for row in rows:
        found[row.cart][row.sku] = row.quantity
    return dict(found)
