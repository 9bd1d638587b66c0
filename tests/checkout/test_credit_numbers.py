"""A credit note is given when Stripe confirms a refund, and no number of theirs is lost or given twice."""

import threading
from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Connection, select
from sqlalchemy.exc import IntegrityError

from tests.conftest import both_databases
from tests.till import Till, at_once
from webshop.checkout.settle import _store_refunds, sync_refunds
from webshop.db.tables import order_taxes
from webshop.db.tables.counters import credit_note_numbers, credit_notes
from webshop.orders import credit_notes as notes_module
from webshop.orders.model import Order
from webshop.payments.shapes import StripeRefund
from webshop.pricing.tax import TaxLine
from webshop.sandbox.testing import client_of
from webshop.settings.mode import ShopMode

pytestmark = both_databases

RIVALS = 8
IN_2026 = datetime(2026, 11, 27, 12, tzinfo=UTC)


def bought(till: Till, *taxes: TaxLine) -> Order:
    """Two blue mugs and the parcel: 28.90, with these taxes in it."""
    order, _session = till.bought(till.cart(MUG_BLUE=2))
    with till.db.write() as connection:
        connection.execute(order_taxes.delete().where(order_taxes.c.order_number == order.number))
        for position, tax in enumerate(taxes):
            connection.execute(
                order_taxes.insert().values(
                    order_number=order.number,
                    position=position,
                    name=tax.name,
                    rate=tax.rate,
                    base=tax.base,
                    amount=tax.amount,
                )
            )
    till.change_order(order, tax_mode="included")
    till.db.clock = lambda: IN_2026
    return till.order(order.number)


VAT = TaxLine("VAT", 190_000, 2890, 461)


def hear(till: Till, order: Order, *found: StripeRefund) -> None:
    _store_refunds(till.db, till.attempts(order)[0], found)


def back(number: int, amount: int, status: str = "succeeded") -> StripeRefund:
    return StripeRefund(f"re_{number}", "", amount, status)


def told(till: Till, order: Order) -> list[tuple[str, int, int, str | None]]:
    """Number, amount, tax and what it cancels, of each note."""
    return [
        (note.number, note.amount, note.tax, note.cancels) for note in till.order(order.number).credit_notes
    ]


def numbers(till: Till) -> list[str]:
    with till.db.read() as connection:
        return list(
            connection.execute(select(credit_notes.c.number).order_by(credit_notes.c.number)).scalars()
        )


def test_refunds_of_many_orders_at_once_leave_no_gap(till: Till) -> None:
    orders = [till.bought(till.cart(TILES=1))[0] for _each in range(RIVALS)]
    till.db.clock = lambda: IN_2026
    start = threading.Barrier(RIVALS)

    def hear_one(number: int) -> None:
        start.wait()
        hear(till, orders[number], back(number, 500))

    assert [each for each in at_once(RIVALS, hear_one) if isinstance(each, Exception)] == []
    assert numbers(till) == [f"SANDBOX-CN-2026-{number:06d}" for number in range(1, RIVALS + 1)]


def test_a_counter_that_is_read_first_is_caught(till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    """The negative control of the test above."""
    orders = [till.bought(till.cart(TILES=1))[0] for _each in range(RIVALS)]
    all_have_read = threading.Barrier(RIVALS)
    seen = threading.local()

    def next_number(_connection: Connection, _mode: ShopMode, year: int) -> str:
        return f"SANDBOX-CN-{year}-{seen.last + 1:06d}"

    def hear_one(number: int) -> None:
        with till.db.read() as connection:
            seen.last = connection.execute(select(credit_note_numbers.c.last)).scalar() or 0
        all_have_read.wait()
        hear(till, orders[number], back(number, 500))

    monkeypatch.setattr(notes_module, "_next_number", next_number)
    refused = [each for each in at_once(RIVALS, hear_one) if isinstance(each, IntegrityError)]
    assert len(refused) == RIVALS - 1


def test_a_settlement_that_is_rolled_back_takes_no_number(
    till: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = bought(till)

    def broken(*_args: object) -> None:
        raise RuntimeError("broken")

    with monkeypatch.context() as patched, pytest.raises(RuntimeError):
        patched.setattr("webshop.orders.queries.set_refunded", broken)
        hear(till, order, back(1, 500))
    assert numbers(till) == []
    hear(till, order, back(1, 500))
    assert numbers(till) == ["SANDBOX-CN-2026-000001"]


def test_parts_of_which_one_fails_come_to_all_of_the_tax_nevertheless(till: Till) -> None:
    reduced = TaxLine("VAT", 70_000, 490, 32)
    order = bought(till, TaxLine("VAT", 190_000, 2400, 383), reduced)
    first, second = back(1, 333), back(2, 777)
    hear(till, order, first, second)
    failed = replace(first, status="failed")
    hear(till, order, failed, second, back(3, 1))
    hear(till, order, failed, second, back(3, 1), back(4, 2112))
    notes = till.order(order.number).credit_notes
    assert [note.amount for note in notes] == [333, 777, -333, 1, 2112]
    assert [sum(note.taxes[rate].amount for note in notes) for rate in (0, 1)] == [383, 32]
    assert all(line.amount >= 0 for note in notes if not note.cancels for line in note.taxes)


def test_a_refund_has_its_note_when_stripe_confirms_it(till: Till) -> None:
    """Not while it is only promised."""
    order = bought(till, VAT)
    hear(till, order, back(1, 500, "pending"))
    assert told(till, order) == []
    hear(till, order, back(1, 500))
    assert told(till, order) == [("SANDBOX-CN-2026-000001", 500, 80, None)]


def test_a_promise_that_is_broken_leaves_no_note(till: Till) -> None:
    order = bought(till, VAT)
    hear(till, order, back(1, 500, "pending"))
    hear(till, order, back(1, 500, "failed"))
    assert told(till, order) == []


def test_the_dashboards_refund_has_one_too(till: Till) -> None:
    order = bought(till)
    (attempt,) = till.attempts(order)
    assert attempt.payment_intent
    client_of(till.sandbox).v1.refunds.create({"payment_intent": attempt.payment_intent, "amount": 500})
    for _again in range(2):
        sync_refunds(till.db, till.stripe, attempt)
    assert told(till, order) == [("SANDBOX-CN-2026-000001", 500, 0, None)]


@pytest.mark.parametrize(
    ("mode", "zone", "at", "number"),
    [
        ("live", "UTC", "2026-12-31T23:30:00", "CN-2026-000001"),
        ("live", "Asia/Tokyo", "2026-12-31T23:30:00", "CN-2027-000001"),
        ("test", "America/New_York", "2027-01-01T04:59:59", "TEST-CN-2026-000001"),
    ],
)
def test_the_year_is_the_shops_and_each_mode_counts_its_own(
    till: Till, mode: str, zone: str, at: str, number: str
) -> None:
    till.open_as(ShopMode(mode))
    order = bought(till)
    till.db.zone = ZoneInfo(zone)
    moment = datetime.fromisoformat(at).replace(tzinfo=UTC)
    till.db.clock = lambda: moment
    hear(till, order, back(1, 500))
    assert numbers(till) == [number]
