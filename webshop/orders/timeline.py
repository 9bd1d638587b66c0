"""An order as a line of steps: what has happened, what happens now, and what is still to come."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from webshop.orders.model import Order


class StepKind(StrEnum):
    PLACED = "placed"
    PAID = "paid"
    PACKED = "packed"  # what happens between payment and parcel
    SENT = "sent"
    CLOSED = "closed"  # without a payment
    PART_REFUNDED = "part refunded"
    REFUNDED = "refunded"


@dataclass(frozen=True)
class Step:
    """`at` is when it happened; None where it has not, or nobody knows when."""

    kind: StepKind
    stage: Literal["done", "now", "open"]
    at: datetime | None = None


def timeline(order: "Order") -> list[Step]:
    """The steps of an order, the first one first."""
    steps = [Step(StepKind.PLACED, "done", order.placed_at), *_money(order), *_goods(order), *_back(order)]
    return sorted(steps, key=lambda step: ("done", "now", "open").index(step.stage))


def _money(order: "Order") -> Iterator[Step]:
    if order.paid_at:
        yield Step(StepKind.PAID, "done", order.paid_at)
    elif order.is_open:
        yield Step(StepKind.PAID, "now")
    elif order.state not in ("refund_due", "refunded"):
        yield Step(StepKind.CLOSED, "done")


def _goods(order: "Order") -> Iterator[Step]:
    if not order.ships or not (order.is_coming or order.shipped_at):
        return
    if order.shipped_at or order.state == "shipped":
        yield Step(StepKind.SENT, "done", order.shipped_at)
        return
    yield Step(StepKind.PACKED, "now" if order.paid_at else "open")
    yield Step(StepKind.SENT, "open")


def _back(order: "Order") -> Iterator[Step]:
    last = max((note.issued_at for note in order.credit_notes if note.amount > 0), default=None)
    if order.is_partly_refunded:
        yield Step(StepKind.PART_REFUNDED, "done", last)
    elif order.state in ("refund_due", "refunded"):
        yield Step(StepKind.REFUNDED, "now" if order.state == "refund_due" else "done", last)
