"""Credit notes in their table: each is written once, in the transaction in which the refund is settled."""

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection, bindparam, insert, select

from webshop.db import rows, upsert
from webshop.db.engine import moment_of, shop_time
from webshop.db.tables.counters import credit_note_numbers, credit_note_taxes, credit_notes
from webshop.orders.credit import CreditNote, take_back
from webshop.orders.model import Order
from webshop.pricing.tax import TaxLine
from webshop.settings.mode import ShopMode

# Built once: to build a statement takes longer than to run it.
NOTES = (
    select(credit_notes).where(credit_notes.c.order_number == bindparam("order")).order_by(credit_notes.c.id)
)


def list_notes(connection: Connection, order_number: str) -> tuple[CreditNote, ...]:
    """The order's credit notes, the first one first."""
    found = connection.execute(NOTES, {"order": order_number}).all()
    if not found:
        return ()
    query = select(credit_note_taxes).where(credit_note_taxes.c.credit_note_id.in_([row.id for row in found]))
    taxes: dict[int, list[TaxLine]] = {row.id: [] for row in found}
    for row in connection.execute(query.order_by(credit_note_taxes.c.position)):
        taxes[row.credit_note_id].append(rows.read(TaxLine, row))
    return tuple(rows.read(CreditNote, row, taxes=tuple(taxes[row.id])) for row in found)


def settle_notes(connection: Connection, order: Order, went: Mapping[int, int]) -> None:
    """Make the credit notes say what has come back of the order's invoice: of each refund (its id), `went`
    minor units, 0 if that is only promised or has failed. The caller has locked the order. Repeated, it
    writes nothing."""
    notes = list(list_notes(connection, order.number))
    standing = {note.refund_id: note for note in notes if note.cancels is None}
    for note in notes:
        if note.cancels is not None and standing[note.refund_id].number == note.cancels:
            del standing[note.refund_id]
    for refund_id, note in list(standing.items()):
        if went.get(refund_id, note.amount) != note.amount:
            notes.append(_issue(connection, order, notes, refund_id, -note.amount, cancels=note))
            del standing[refund_id]
    for refund_id, amount in went.items():
        if amount and refund_id not in standing:
            notes.append(_issue(connection, order, notes, refund_id, amount))


def _issue(
    connection: Connection,
    order: Order,
    notes: Sequence[CreditNote],
    refund_id: int,
    amount: int,
    cancels: CreditNote | None = None,
) -> CreditNote:
    now = moment_of(connection)
    if cancels:
        taxes = tuple(TaxLine(each.name, each.rate, -each.base, -each.amount) for each in cancels.taxes)
    else:
        sold = (order.total, order.taxes, order.currency)
        taxes = take_back(amount, *sold, added=order.tax_is_added, notes=notes)
    note = CreditNote(
        number=_next_number(connection, order.mode, shop_time(connection, now).year),
        refund_id=refund_id,
        position=sum(each.refund_id == refund_id for each in notes) + 1,
        cancels=cancels.number if cancels else None,
        invoice=order.invoice or "",
        issued_at=now,
        currency=order.currency,
        amount=amount,
        taxes=taxes,
    )
    row = insert(credit_notes).values(order_number=order.number, **rows.values(note, credit_notes))
    note_id = connection.execute(row.returning(credit_notes.c.id)).scalar_one()
    lines = [
        {"credit_note_id": note_id, "position": position, **rows.values(tax, credit_note_taxes)}
        for position, tax in enumerate(taxes)
    ]
    if lines:
        connection.execute(insert(credit_note_taxes), lines)
    return note


def _next_number(connection: Connection, mode: ShopMode, year: int) -> str:
    """ "CN-2026-000017"; where the money is not real "TEST-CN-2026-000017", counted apart."""
    number = upsert.count_up(connection, credit_note_numbers, mode=mode, year=year)
    prefix = "" if mode is ShopMode.LIVE else f"{mode.upper()}-"
    return f"{prefix}CN-{year}-{number:06d}"
