"""Attempts to pay: each has its own idempotency key and, once opened, its own Checkout Session."""

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from webshop.db.tables import payments
from webshop.orders import Order


class Status(StrEnum):
    OPENING = "opening"  # asked for; the answer is not stored, so nobody can have paid
    OPEN = "open"
    PROCESSING = "processing"  # complete, the money takes days
    PAID = "paid"
    EXPIRED = "expired"
    FAILED = "failed"  # never opened, or the slow payment failed


@dataclass(frozen=True)
class Payment:
    """`amount` in minor units; `session` is None until Stripe's answer is stored."""

    id: int
    order_number: str
    attempt: int
    idempotency_key: str
    ui_mode: str
    status: Status
    session: str | None
    payment_intent: str | None
    charge: str | None
    receipt_url: str | None
    amount: int
    currency: str
    expires_at: datetime


def insert_attempt(connection: Connection, order: Order, ui_mode: str, expires_at: datetime) -> Payment:
    """The order's next attempt. The caller has locked the order."""
    attempt = len(list_attempts(connection, order.number)) + 1
    row = insert(payments).values(
        order_number=order.number,
        attempt=attempt,
        idempotency_key=f"webshop-{order.number}-{attempt}",
        ui_mode=ui_mode,
        status=Status.OPENING,
        amount=order.total,
        currency=order.currency,
        created_at=datetime.now(UTC),
        expires_at=expires_at,
    )
    return _payment(connection.execute(row.returning(payments)).one())


def list_attempts(connection: Connection, number: str) -> list[Payment]:
    """The order's attempts, the first one first."""
    query = select(payments).where(payments.c.order_number == number).order_by(payments.c.attempt)
    return [_payment(row) for row in connection.execute(query)]


def find_by_session(connection: Connection, session: str) -> Payment | None:
    row = connection.execute(select(payments).where(payments.c.session == session)).first()
    return _payment(row) if row else None


def change(connection: Connection, payment: int, **values: object) -> None:
    """Store what is now known of the attempt."""
    connection.execute(update(payments).where(payments.c.id == payment).values(**values))


def _payment(row: Row[Any]) -> Payment:
    values = {field: getattr(row, field) for field in Payment.__dataclass_fields__}
    return Payment(**{**values, "status": Status(row.status)})
