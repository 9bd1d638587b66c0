"""An attempt to pay an order: a Checkout Session of its own, under an idempotency key of its own."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Status(StrEnum):
    OPENING = "opening"  # asked for; the answer is not stored, so nobody can have paid
    OPEN = "open"
    PROCESSING = "processing"  # complete, the money takes days
    PAID = "paid"
    SURPLUS = "surplus"  # paid, but the order was paid already: it goes back
    EXPIRED = "expired"
    FAILED = "failed"  # never opened, or the slow payment failed


@dataclass(frozen=True)
class Attempt:
    """`number` counts an order's attempts from 1. `ui_mode` is Stripe's word for where the session shows
    itself, `session_id` is None until Stripe's answer is stored, and the session ends at `expires_at`.
    `amount` in minor units; `polls` counts how often the worker has asked Stripe about it."""

    id: int
    order_number: str
    number: int
    idempotency_key: str
    ui_mode: str
    status: Status
    session_id: str | None
    payment_intent: str | None
    charge: str | None
    receipt_url: str | None
    amount: int
    currency: str
    created_at: datetime
    expires_at: datetime
    polls: int

    @property
    def is_closed(self) -> bool:
        """Whether Stripe has nothing more to say of it."""
        return self.status in (Status.PAID, Status.SURPLUS, Status.EXPIRED, Status.FAILED)

    def is_as_seen(self, seen: "Attempt") -> bool:
        """Whether nothing has become of it since it was `seen`, and no other attempt has followed."""
        return (self.id, self.status) == (seen.id, seen.status)
