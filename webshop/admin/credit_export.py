"""Credit notes as a table for bookkeeping, a row for each rate of each."""

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, Row, Select, select

from webshop.admin.export import PLAIN, Notation, defused
from webshop.admin.order_list import Filter
from webshop.db import rows
from webshop.db.engine import Database
from webshop.db.tables import orders
from webshop.db.tables.counters import credit_note_taxes, credit_notes
from webshop.language.messages import current
from webshop.orders.queries import is_of_mode, mode_of_order
from webshop.pricing.tax import TaxLine

COLUMNS = (
    "credit_note day cancels invoice order country currency tax_name tax_percent net tax gross mode".split()
)
PAGE = 500  # notes that are read at once


def export_credit_notes(db: Database, chosen: Filter, notation: Notation = PLAIN) -> Iterator[bytes]:
    """The table in pieces, the row of names first, as the notes were numbered: those of the chosen orders'
    mode and state, and the moments are when they were issued. Days are the shop's, amounts in the currency's
    major unit, below 0 where a note cancels one. The rows of a note add up to what came back: what no tax is
    on has a row of 0 %."""
    yield notation.line(COLUMNS)
    query = _notes(chosen)
    page = _read(db, query)
    while page:
        for note, taxes in page:
            yield from (notation.line(_cells(note, tax, notation)) for tax in _parts(note, taxes))
        page = _read(db, query.where(credit_notes.c.id > page[-1][0].id))


def _notes(chosen: Filter) -> Select[Any]:
    query = select(credit_notes, orders.c.country, orders.c.tax_mode, mode_of_order.label("mode"))
    query = query.join_from(credit_notes, orders).where(is_of_mode(chosen.mode))
    if chosen.state:
        query = query.where(orders.c.state == chosen.state)
    if chosen.since:
        query = query.where(credit_notes.c.issued_at >= chosen.since)
    if chosen.until:
        query = query.where(credit_notes.c.issued_at < chosen.until)
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


def _cells(note: Row[Any], part: TaxLine, notation: Notation) -> list[str]:
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
        notation.percent(part.rate),
        *(notation.amount(amount, note.currency) for amount in sums),
        note.mode,
    ]
