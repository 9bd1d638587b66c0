"""Credit notes as a table for bookkeeping, a row for each rate of each."""

import csv
import io
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, select

from webshop.admin.export import defused
from webshop.db import rows
from webshop.db.counters import credit_note_taxes, credit_notes
from webshop.db.engine import Database
from webshop.db.tables import orders
from webshop.language.messages import current
from webshop.orders.queries import mode_of_order
from webshop.pricing import money
from webshop.pricing.tax import TaxLine
from webshop.settings.mode import ShopMode

COLUMNS = (
    "credit_note day cancels invoice order country currency tax_name tax_percent net tax gross mode".split()
)
PAGE = 500  # notes that are read at once


def export_credit_notes(
    db: Database, mode: ShopMode, since: datetime | None = None, until: datetime | None = None
) -> Iterator[bytes]:
    """The table in pieces, the row of names first: notes of this mode from `since` on and before `until`, as
    they were numbered. Days are the shop's, amounts in the currency's major unit, below 0 where a note
    cancels one. The rows of a note add up to what came back: what no tax is on has a row without a rate."""
    yield _line(COLUMNS)
    query = _notes(mode, since, until)
    page = _read(db, query)
    while page:
        for note, taxes in page:
            yield from (_line(_cells(note, tax)) for tax in _parts(note, taxes))
        page = _read(db, query.where(credit_notes.c.id > page[-1][0].id))


def _notes(mode: ShopMode, since: datetime | None, until: datetime | None) -> Select[Any]:
    query = select(credit_notes, orders.c.country, orders.c.tax_mode, mode_of_order.label("mode"))
    query = query.join_from(credit_notes, orders).where(mode_of_order == mode)
    if since:
        query = query.where(credit_notes.c.issued_at >= since)
    if until:
        query = query.where(credit_notes.c.issued_at < until)
    return query.order_by(credit_notes.c.id).limit(PAGE)


def _read(db: Database, query: Select[Any]) -> list[tuple[Row[Any], list[TaxLine]]]:
    with db.read() as connection:
        found = connection.execute(query).all()
        return [(note, _taxes(connection, note.id)) for note in found]


def _taxes(connection: Connection, note_id: int) -> list[TaxLine]:
    query = select(credit_note_taxes).where(credit_note_taxes.c.credit_note_id == note_id)
    found = connection.execute(query.order_by(credit_note_taxes.c.position))
    return [rows.read(TaxLine, row) for row in found]


def _parts(note: Row[Any], taxes: Sequence[TaxLine]) -> Iterator[TaxLine]:
    """With the net amount as the base."""
    left = note.amount
    for tax in taxes:
        net = tax.base if note.tax_mode in ("added", "stripe_added") else tax.base - tax.amount
        left -= net + tax.amount
        if net or tax.amount:
            yield TaxLine(tax.name, tax.rate, net, tax.amount)
    if left:
        yield TaxLine("", 0, left, 0)


def _cells(note: Row[Any], part: TaxLine) -> list[str]:
    sums = (part.base, part.amount, part.base + part.amount)
    return [
        note.number,
        f"{note.issued_at.astimezone(current().zone):%Y-%m-%d}",
        note.cancels or "",
        note.invoice,
        note.order_number,
        note.country,
        note.currency,
        defused(part.name),
        f"{part.rate / 10_000:g}" if part.rate else "",
        *(f"{money.to_major(amount, note.currency):f}" for amount in sums),
        note.mode,
    ]


def _line(cells: Sequence[str]) -> bytes:
    line = io.StringIO(newline="")
    csv.writer(line).writerow(cells)
    return line.getvalue().encode()
