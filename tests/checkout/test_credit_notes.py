"""A credit note for each refund of an invoice: once, without a gap, cancelled when the money comes home."""

from dataclasses import replace
from datetime import UTC, datetime
from threading import Barrier

import pytest
from sqlalchemy import Connection, func, select
from sqlalchemy.exc import IntegrityError

from tests.conftest import both_databases, only_postgresql
from tests.evidence import Evidence, read_evidence
from tests.laws import Known, credit_notes_are_what_came_back, credit_notes_have_no_gap
from tests.till import Till, at_once
from webshop.checkout.settle import _store_refunds
from webshop.db.tables import outbox
from webshop.db.tables.counters import credit_notes as rows
from webshop.orders import credit_notes
from webshop.orders.model import Order
from webshop.payments.shapes import StripeRefund
from webshop.settings.mode import ShopMode

pytestmark = both_databases

PART = StripeRefund("re_1", "", 500, "succeeded")
REST = StripeRefund("re_2", "", 2390, "succeeded")
DECEMBER = datetime(2026, 12, 31, 12, tzinfo=UTC)


def bought(till: Till) -> Order:
    return till.bought(till.cart(MUG_BLUE=2))[0]  # 28.90, with 4.61 of VAT in it


def hear(till: Till, order: Order, *found: StripeRefund) -> None:
    _store_refunds(till.db, till.attempts(order)[0], found)


def notes(till: Till, order: Order) -> list[tuple[str, int, int, str | None]]:
    """Number, amount and tax of each, and which it cancels."""
    found = till.order(order.number).credit_notes
    return [(note.number.partition("CN-")[2], note.amount, note.tax, note.cancels) for note in found]


def broken(till: Till) -> list[str]:
    with till.db.read() as connection:
        evidence = Evidence(**read_evidence(connection, till.ledger()))
    known = Known()
    return [
        sentence
        for law in (credit_notes_have_no_gap, credit_notes_are_what_came_back)
        for sentence in law(evidence, known)
    ]


def test_each_refund_has_one_note_however_often_it_is_heard_of(till: Till) -> None:
    order = bought(till)
    till.db.clock = lambda: DECEMBER
    for found in ((PART,), (PART,), (PART, REST), (REST, PART)):
        hear(till, order, *found)
    assert notes(till, order) == [("2026-000001", 500, 80, None), ("2026-000002", 2390, 381, None)]
    assert {note.invoice for note in till.order(order.number).credit_notes} == {order.invoice}
    assert till.order(order.number).taxes_left[0].amount == 0
    assert broken(till) == []


def test_eight_at_once_write_one_note_each(till: Till) -> None:
    first, second = bought(till), bought(till)
    till.db.clock = lambda: DECEMBER
    other = replace(PART, id="re_9")
    results = at_once(8, lambda n: hear(till, *((first, PART) if n % 2 else (second, other))))
    assert results == [None] * 8
    assert sorted(len(notes(till, each)) for each in (first, second)) == [1, 1]
    assert {notes(till, each)[0][0] for each in (first, second)} == {"2026-000001", "2026-000002"}
    assert broken(till) == []


@only_postgresql
def test_a_number_that_is_read_and_then_counted_up_is_given_twice(
    till: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the one statement is for. (SQLite has one writer.)"""
    first, second = bought(till), bought(till)
    gate = Barrier(2)

    def in_two_steps(connection: Connection, *_series: object) -> str:
        count = connection.execute(select(func.count()).select_from(rows)).scalar_one()
        gate.wait(60)
        return f"CN-2026-{count + 1:06d}"

    monkeypatch.setattr(credit_notes, "_next_number", in_two_steps)
    refunds = ((first, PART), (second, replace(PART, id="re_9")))
    results = at_once(2, lambda n: hear(till, *refunds[n]))
    assert [type(each) for each in results if each] == [IntegrityError]


def test_what_the_bank_sends_home_is_cancelled_by_a_note_of_its_own(till: Till) -> None:
    order = bought(till)
    till.db.clock = lambda: DECEMBER
    home = replace(PART, status="failed")
    for found in ((PART,), (home,), (home,), (home, REST), (home, REST, replace(PART, id="re_3"))):
        hear(till, order, *found)
    first = till.order(order.number).credit_notes[0].number
    assert notes(till, order) == [
        ("2026-000001", 500, 80, None),
        ("2026-000002", -500, -80, first),
        ("2026-000003", 2390, 381, None),
        ("2026-000004", 500, 80, None),
    ]
    assert till.order(order.number).refunded == 2890
    assert broken(till) == []
    with till.db.read() as connection:
        told = (
            connection.execute(select(outbox.c.name).where(outbox.c.mail_kind == "refunded")).scalars().all()
        )
    assert sorted(told) == ["refunded", "refunded-again-1", "refunded-again-2", "refunded-again-3"]


def test_what_never_was_an_order_has_no_invoice_and_no_note(till: Till) -> None:
    order, session = till.check_out(till.cart(MUG_BLUE=2))
    till.pay(session)
    till.change_order(order, total=9999)
    assert till.settle(session).state == "refund_due"
    hear(till, order, replace(PART, amount=2890))
    assert (till.state(order), notes(till, order)) == ("refunded", [])
    assert broken(till) == []


def test_years_and_modes_are_counted_apart(till: Till) -> None:
    till.open_as(ShopMode.LIVE)
    clock = till.db.clock
    for count, (when, refund) in enumerate([(DECEMBER, "re_1"), (DECEMBER.replace(year=2027), "re_2")]):
        till.db.clock = clock
        order = bought(till)
        till.db.clock = lambda when=when: when  # type: ignore[misc]
        hear(till, order, replace(PART, id=refund))
        [note] = till.order(order.number).credit_notes
        assert note.number == f"CN-{2026 + count}-000001"
    assert broken(till) == []


def test_the_laws_see_a_gap_and_a_note_that_is_missing(till: Till) -> None:
    order = bought(till)
    hear(till, order, PART, REST)
    with till.db.read() as connection:
        found = read_evidence(connection, till.ledger())
    short = Evidence(**{**found, "credit_notes": found["credit_notes"][1:]})
    assert list(credit_notes_are_what_came_back(short, None))  # type: ignore[arg-type]
    gap = Evidence(**{**found, "credit_numbers": found["credit_numbers"][1:]})
    assert list(credit_notes_have_no_gap(gap, Known()))
