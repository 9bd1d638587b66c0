"""Orders as their owner looks through them: the newest, all of them page by page, and the history of one."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Connection, Row, Select, cast, func, select, tuple_

from webshop.db import rows
from webshop.db.engine import Database
from webshop.db.tables import attempts, order_events, order_lines, orders
from webshop.orders.model import State
from webshop.orders.queries import COLUMNS, mode_of_order
from webshop.payments.model import Status
from webshop.settings.mode import ShopMode

PAGE = 500  # rows of an export that are in memory at once


@dataclass(frozen=True)
class Filter:
    """Which orders: of this mode, placed from `since` on and before `until`, in this state; None is any."""

    mode: ShopMode
    state: State | None = None
    since: datetime | None = None
    until: datetime | None = None

    def conditions(self) -> list[ColumnElement[bool]]:
        found: list[ColumnElement[bool]] = [mode_of_order == self.mode]
        if self.state:
            found.append(orders.c.state == self.state)
        if self.since:
            found.append(orders.c.placed_at >= self.since)
        if self.until:
            found.append(orders.c.placed_at < self.until)
        return found


@dataclass(frozen=True)
class ExportRow:
    """An order as a row for bookkeeping; amounts in minor units. `charge` is Stripe's id of what paid it."""

    number: str
    invoice: str | None
    placed_at: datetime
    paid_at: datetime | None
    shipped_at: datetime | None
    state: str
    email: str
    name: str
    country: str
    region: str
    postal_code: str
    city: str
    currency: str
    subtotal: int
    shipping: int
    tax: int
    total: int
    refunded: int
    charge: str | None
    mode: ShopMode
    company: str
    phone: str
    vat_number: str
    billing_name: str
    billing_company: str
    billing_line1: str
    billing_line2: str
    billing_postal_code: str
    billing_city: str
    billing_region: str
    billing_country: str


def list_newest(connection: Connection, chosen: Filter, limit: int) -> Sequence[Row[Any]]:
    """Rows of number, placed_at, state, total, currency, email, country and mode, the newest first."""
    query: Select[Any] = select(
        orders.c.number,
        orders.c.placed_at,
        orders.c.state,
        orders.c.total,
        orders.c.currency,
        orders.c.email,
        orders.c.country,
        mode_of_order.label("mode"),
    ).where(*chosen.conditions())
    newest = query.order_by(orders.c.placed_at.desc(), orders.c.number.desc())
    return connection.execute(newest.limit(limit)).all()


def count(connection: Connection, chosen: Filter) -> int:
    query = select(func.count()).select_from(orders).where(*chosen.conditions())
    return int(connection.execute(query).scalar_one())


def walk(db: Database, chosen: Filter) -> Iterator[ExportRow]:
    """All orders, the oldest first. Each page is a transaction of its own, so that none of them is long."""
    page = _accounts().where(*chosen.conditions()).limit(PAGE)
    found = _read(db, page)
    while found:
        yield from found
        found = _read(db, page.where(_after(found[-1])))


def _read(db: Database, page: Select[Any]) -> list[ExportRow]:
    with db.read() as connection:
        return [rows.read(ExportRow, row) for row in connection.execute(page)]


def _accounts() -> Select[Any]:
    subtotal = (
        select(cast(func.sum(order_lines.c.unit_price * order_lines.c.quantity), BigInteger))
        .where(order_lines.c.order_number == orders.c.number)
        .scalar_subquery()
    )
    charge = (
        select(func.max(attempts.c.charge))
        .where(attempts.c.order_number == orders.c.number, attempts.c.status == Status.PAID)
        .scalar_subquery()
    )
    query = select(*COLUMNS, subtotal.label("subtotal"), charge.label("charge"))
    return query.order_by(orders.c.placed_at, orders.c.number)


def _after(seen: ExportRow) -> ColumnElement[bool]:
    return tuple_(orders.c.placed_at, orders.c.number) > (seen.placed_at, seen.number)


def list_events(connection: Connection, number: str) -> Sequence[Row[Any]]:
    """The audit: rows of at, kind and detail, the oldest first."""
    query = select(order_events).where(order_events.c.order_number == number)
    return connection.execute(query.order_by(order_events.c.id)).all()
