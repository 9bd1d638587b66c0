"""Orders as their owner looks through them: the newest, all of them page by page, and the history of one."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias, TypeVar

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    Row,
    Select,
    cast,
    exists,
    func,
    select,
    tuple_,
)

from webshop.db import rows
from webshop.db.engine import Database
from webshop.db.tables import attempts, order_events, order_lines, order_taxes, orders
from webshop.db.tables.counters import risks
from webshop.orders.model import OrderLine, State
from webshop.orders.queries import COLUMNS, is_of_mode, mode_of_order
from webshop.orders.risk import Risk
from webshop.payments.model import Status
from webshop.pricing.tax import Mode, TaxLine
from webshop.settings.mode import ShopMode

PAGE = 500  # orders that are read at once

Part = TypeVar("Part")
Parts: TypeAlias = Callable[[Connection, Sequence[str]], dict[str, list[Part]]]  # of each of these orders
Page: TypeAlias = tuple[list["ExportRow"], dict[str, list[Part]]]


@dataclass(frozen=True)
class Filter:
    """Which orders: of this mode, placed from `since` on and before `until`, in this state; None is any. If
    `by_payment`, those that were paid, and the moments are when; if `ships`, those with something to send."""

    mode: ShopMode
    state: State | None = None
    since: datetime | None = None
    until: datetime | None = None
    by_payment: bool = False
    ships: bool = False

    @property
    def moment(self) -> Column[datetime]:
        return orders.c.paid_at if self.by_payment else orders.c.placed_at

    def conditions(self) -> list[ColumnElement[bool]]:
        found: list[ColumnElement[bool]] = [is_of_mode(self.mode)]
        if self.state:
            found.append(orders.c.state == self.state)
        if self.by_payment:
            found.append(orders.c.paid_at.is_not(None))
        if self.ships:
            line = (order_lines.c.order_number == orders.c.number) & order_lines.c.shipped
            found.append(exists().where(line))
        if self.since:
            found.append(self.moment >= self.since)
        if self.until:
            found.append(self.moment < self.until)
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
    line1: str
    line2: str
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
    tax_mode: Mode

    @property
    def tax_is_added(self) -> bool:
        return self.tax_mode in ("added", "stripe_added")

    @property
    def tax_is_stripes(self) -> bool:
        return self.tax_mode in ("stripe_included", "stripe_added")


def list_newest(connection: Connection, chosen: Filter, limit: int) -> Sequence[Row[Any]]:
    """Rows of number, placed_at, state, total, currency, name, email, country, mode and refunded, the newest
    first."""
    return connection.execute(_rows().where(*chosen.conditions()).limit(limit)).all()


def list_these(connection: Connection, numbers: Sequence[str]) -> Sequence[Row[Any]]:
    """The same of these orders."""
    found = [
        row
        for some in _batches(numbers)
        for row in connection.execute(_rows().where(orders.c.number.in_(some)))
    ]
    return sorted(found, key=lambda row: (row.placed_at, row.number), reverse=True)


def _rows() -> Select[Any]:
    query: Select[Any] = select(
        orders.c.number,
        orders.c.placed_at,
        orders.c.state,
        orders.c.total,
        orders.c.currency,
        orders.c.name,
        orders.c.email,
        orders.c.country,
        mode_of_order.label("mode"),
        orders.c.refunded,
    )
    return query.order_by(orders.c.placed_at.desc(), orders.c.number.desc())


def list_numbers(connection: Connection, chosen: Filter) -> Sequence[str]:
    """The orders' numbers, the first placed first."""
    query = select(orders.c.number).where(*chosen.conditions())
    return connection.execute(query.order_by(orders.c.placed_at, orders.c.number)).scalars().all()


def list_contents(connection: Connection, numbers: Sequence[str]) -> dict[str, list[OrderLine]]:
    """The lines of each of these orders."""
    found: dict[str, list[OrderLine]] = {number: [] for number in numbers}
    for some in _batches(numbers):
        query = select(order_lines).where(order_lines.c.order_number.in_(some))
        for row in connection.execute(query.order_by(order_lines.c.position)):
            found[row.order_number].append(rows.read(OrderLine, row))
    return found


def list_marks(connection: Connection, found: Sequence[Row[Any]]) -> dict[str, list[str]]:
    """Of these rows, what their state does not say: that money went back, that the payment is in question."""
    marks: dict[str, list[str]] = {row.number: [] for row in found}
    for row in found:
        if row.state in (State.PAID, State.SHIPPED) and 0 < row.refunded < row.total:
            marks[row.number].append("partly refunded")
    for some in _batches(list(marks)):
        query = select(risks).where(risks.c.order_number.in_(some)).order_by(risks.c.heard_at, risks.c.id)
        for row in connection.execute(query):
            mark = rows.read(Risk, row).mark
            if mark and mark not in marks[row.order_number]:
                marks[row.order_number].append(mark)
    return marks


def _batches(numbers: Sequence[str]) -> Iterator[Sequence[str]]:
    """As many as a query may have."""
    return (numbers[start : start + PAGE] for start in range(0, len(numbers), PAGE))


def count(connection: Connection, chosen: Filter, most: int) -> int:
    """How many there are; `most` if there are more, of which none is looked at."""
    some = select(orders.c.number).where(*chosen.conditions()).limit(most).subquery()
    return connection.execute(select(func.count()).select_from(some)).scalar_one()


def walk(db: Database, chosen: Filter) -> Iterator[ExportRow]:
    """All orders, the oldest first. Each page is a transaction of its own, so that none of them is long."""
    for page, _none in _pages(db, chosen, _no_parts):
        yield from page


def walk_lines(db: Database, chosen: Filter) -> Iterator[tuple[ExportRow, list[OrderLine]]]:
    """All orders, each with its lines."""
    for page, lines in _pages(db, chosen, list_contents):
        yield from ((order, lines[order.number]) for order in page)


def walk_taxes(db: Database, chosen: Filter) -> Iterator[tuple[ExportRow, list[TaxLine]]]:
    """All orders, each with its taxes."""
    for page, taxes in _pages(db, chosen, _list_taxes):
        yield from ((order, taxes[order.number]) for order in page)


def _pages(db: Database, chosen: Filter, list_parts: Parts[Part]) -> Iterator[Page[Part]]:
    query = _accounts(chosen).limit(PAGE)
    page = _read(db, query, list_parts)
    while page[0]:
        yield page
        page = _read(db, query.where(_after(page[0][-1], chosen)), list_parts)


def _read(db: Database, query: Select[Any], list_parts: Parts[Part]) -> Page[Part]:
    with db.read() as connection:
        found = [rows.read(ExportRow, row) for row in connection.execute(query)]
        return found, list_parts(connection, [order.number for order in found])


def _no_parts(_connection: Connection, _numbers: Sequence[str]) -> dict[str, list[None]]:
    return {}


def _list_taxes(connection: Connection, numbers: Sequence[str]) -> dict[str, list[TaxLine]]:
    found: dict[str, list[TaxLine]] = {number: [] for number in numbers}
    query = select(order_taxes).where(order_taxes.c.order_number.in_(numbers))
    for row in connection.execute(query.order_by(order_taxes.c.position)):
        found[row.order_number].append(rows.read(TaxLine, row))
    return found


def _accounts(chosen: Filter) -> Select[Any]:
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
    return query.where(*chosen.conditions()).order_by(chosen.moment, orders.c.number)


def _after(seen: ExportRow, chosen: Filter) -> ColumnElement[bool]:
    moment = seen.paid_at if chosen.by_payment else seen.placed_at
    return tuple_(chosen.moment, orders.c.number) > (moment, seen.number)


def list_events(connection: Connection, number: str) -> Sequence[Row[Any]]:
    """The audit: rows of at, kind and detail, the oldest first."""
    query = select(order_events).where(order_events.c.order_number == number)
    return connection.execute(query.order_by(order_events.c.id)).all()
