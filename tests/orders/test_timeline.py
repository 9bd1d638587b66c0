"""The steps of an order, in each of its states."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tests.people import ADA
from webshop.orders.credit import CreditNote
from webshop.orders.model import Order, OrderLine, State
from webshop.settings.mode import ShopMode

DAY = datetime(2026, 3, 5, 14, 7, tzinfo=UTC)
PAID, SENT, BACK = (DAY + timedelta(days=days) for days in (1, 2, 3))
MUG = OrderLine("MUG", "Mug", "", 2400, 1, 1)
NOTE = CreditNote("1", 1, 1, None, "2026-1", BACK, "EUR", 100, ())
ORDER = Order(
    "K7QM-2XTD", "c", State.PENDING, "a@b.example", ADA.address, "EUR", (MUG,), "Parcel", 490, 2890, DAY, DAY,
    ShopMode.LIVE,
)  # fmt: skip


def steps(state: str, **more: object) -> list[str]:
    order = replace(ORDER, state=State(state), **more)  # type: ignore[arg-type]
    return [f"{step.kind} {step.stage}{f' {step.at:%d}' if step.at else ''}" for step in order.steps]


@pytest.mark.parametrize(
    ("state", "more", "expected"),
    [
        ("pending", {}, ["placed done 05", "paid now", "packed open", "sent open"]),
        ("processing", {}, ["placed done 05", "paid now", "packed open", "sent open"]),
        ("paid", {"paid_at": PAID}, ["placed done 05", "paid done 06", "packed now", "sent open"]),
        (
            "shipped",
            {"paid_at": PAID, "shipped_at": SENT},
            ["placed done 05", "paid done 06", "sent done 07"],
        ),
        ("cancelled", {}, ["placed done 05", "closed done"]),
        ("expired", {}, ["placed done 05", "closed done"]),
        ("failed", {}, ["placed done 05", "closed done"]),
        ("refund_due", {}, ["placed done 05", "refunded now"]),
        ("refunded", {"paid_at": PAID}, ["placed done 05", "paid done 06", "refunded done"]),
        (
            "refunded",
            {"paid_at": PAID, "shipped_at": SENT, "credit_notes": (NOTE,)},
            ["placed done 05", "paid done 06", "sent done 07", "refunded done 08"],
        ),
        (
            "paid",
            {"paid_at": PAID, "refunded": 100, "credit_notes": (NOTE,)},
            ["placed done 05", "paid done 06", "part refunded done 08", "packed now", "sent open"],
        ),
        (
            "paid",
            {"paid_at": PAID, "lines": (replace(MUG, shipped=False),)},
            ["placed done 05", "paid done 06"],
        ),
    ],
)
def test_an_order_is_a_line_of_steps(state: str, more: dict[str, object], expected: list[str]) -> None:
    assert steps(state, **more) == expected
