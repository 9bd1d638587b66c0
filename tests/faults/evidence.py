"""What is known after a run: the shop's rows about one cart, and the sandbox's documents about its orders."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, bindparam, text

from tests.faults.lane import Lane

Row = dict[str, Any]
ENDED_UNPAID = frozenset({"cancelled", "expired", "failed", "refund_due"})
STOCK = """SELECT sku, stock, stock + COALESCE((SELECT SUM(held) FROM order_lines
    WHERE order_lines.sku = variants.sku), 0) AS total FROM variants WHERE stock IS NOT NULL"""


@dataclass
class Evidence:
    """`stock` maps each counted sku to pieces on sale plus pieces held, over all orders there ever were;
    `unwelcome` has the shop's last answer to each webhook that it has still not accepted."""

    orders: list[Row]
    lines: list[Row]
    payments: list[Row]
    refunds: list[Row]
    alarms: list[Row]
    moves: list[Row]
    letters: list[Row]
    cart: dict[str, int]
    stock: dict[str, int]
    least_stock: int
    sessions: list[Row] = field(default_factory=list)
    charges: list[Row] = field(default_factory=list)
    sent_back: list[Row] = field(default_factory=list)
    mails: list[str] = field(default_factory=list)
    unwelcome: list[int] = field(default_factory=list)

    def about(self, rows: Sequence[Row], number: str) -> list[Row]:
        return [row for row in rows if row["order_number"] == number]

    def order_of(self, charge: Row) -> str:
        """The number of the order that this charge's session was made for."""
        return next(
            str(session["client_reference_id"])
            for session in self.sessions
            if session["id"] == charge["session"]
        )

    def charges_of(self, number: str) -> list[Row]:
        """Only those that moved money."""
        return [charge for charge in self.charges if charge["paid"] and self.order_of(charge) == number]


def gather(lane: Lane, cart: str, known_sessions: set[str]) -> Evidence:
    """Everything about this cart, and about every session that is not among `known_sessions`."""
    ledger = lane.sandbox.ledger()
    sessions = [each for each in ledger["sessions"] if each["id"] not in known_sessions]
    ids = {session["id"] for session in sessions}
    with lane.db.read() as connection:
        evidence = _read(connection, cart)
    evidence.sessions = sessions
    evidence.charges = [each for each in ledger["charges"] if each["session"] in ids]
    charges = {charge["id"] for charge in evidence.charges}
    evidence.sent_back = [each for each in ledger["refunds"] if each["charge"] in charges]
    evidence.mails = lane.sink.accepted
    evidence.unwelcome = [status for _tries, status in lane.sandbox.waiting()]
    return evidence


def count_stock(lane: Lane) -> dict[str, int]:
    """For each counted sku: pieces on sale plus pieces held."""
    with lane.db.read() as connection:
        return {row["sku"]: int(row["total"]) for row in _rows(connection, STOCK)}


def _read(connection: Connection, cart: str) -> Evidence:
    orders = _rows(connection, "SELECT * FROM orders WHERE cart = :cart ORDER BY placed_at", cart=cart)
    numbers = [order["number"] for order in orders] or ["none"]

    def about(table: str, order: str, key: str = "order_number") -> list[Row]:
        query = text(f"SELECT * FROM {table} WHERE {key} IN :numbers ORDER BY {order}")
        return [
            dict(row._mapping)
            for row in connection.execute(
                query.bindparams(bindparam("numbers", expanding=True)), {"numbers": numbers}
            )
        ]

    stock = _rows(connection, STOCK)
    lines = _rows(connection, "SELECT sku, quantity FROM cart_lines WHERE cart = :cart", cart=cart)
    return Evidence(
        orders=orders,
        lines=about("order_lines", "order_number, position"),
        payments=about("payments", "id"),
        refunds=about("refunds", "id"),
        alarms=about("alarms", "id", key="about"),
        moves=about("order_events", "id"),
        letters=about("outbox", "id"),
        cart={line["sku"]: line["quantity"] for line in lines},
        stock={row["sku"]: int(row["total"]) for row in stock},
        least_stock=min(int(row["stock"]) for row in stock),
    )


def _rows(connection: Connection, query: str, **values: str) -> list[Row]:
    return [dict(row._mapping) for row in connection.execute(text(query), values)]
