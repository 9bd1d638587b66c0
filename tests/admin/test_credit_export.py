"""Credit notes as a table: each with its day, number, invoice, and net and tax by rate."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from tests.conftest import both_databases
from tests.till import Till
from webshop.admin.credit_export import COLUMNS, export_credit_notes
from webshop.admin.order_list import Filter
from webshop.checkout.settle import _store_refunds
from webshop.payments.shapes import StripeRefund
from webshop.settings.mode import ShopMode

pytestmark = both_databases


def test_a_book_keeper_has_each_note_by_rate(till: Till) -> None:
    order, _session = till.bought(till.cart(MUG_BLUE=2))
    [attempt] = till.attempts(order)
    part = StripeRefund("re_1", "", 500, "succeeded")
    days = (datetime(2026, 11, 30, 12, tzinfo=UTC), datetime(2026, 12, 1, 12, tzinfo=UTC))
    for day, found in zip(days, (part, replace(part, status="failed")), strict=True):
        till.db.clock = lambda day=day: day  # type: ignore[misc]
        _store_refunds(till.db, attempt, [found])

    ours = f"{order.invoice},{order.number},DE,EUR,VAT,19"
    first = f"SANDBOX-CN-2026-000001,2026-11-30,,{ours},4.20,0.80,5.00,sandbox"
    second = f"SANDBOX-CN-2026-000002,2026-12-01,SANDBOX-CN-2026-000001,{ours},-4.20,-0.80,-5.00,sandbox"

    def table(**chosen: Any) -> list[str]:
        pieces = export_credit_notes(till.db, Filter(ShopMode.SANDBOX, **chosen))
        return b"".join(pieces).decode().splitlines()

    assert table() == [",".join(COLUMNS), first, second]
    assert table(since=datetime(2026, 12, 1, tzinfo=UTC)) == [",".join(COLUMNS), second]
    assert table(until=datetime(2026, 12, 1, tzinfo=UTC)) == [",".join(COLUMNS), first]
