"""Attempts to pay: each has its own idempotency key and, once opened, its own Checkout Session."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from webshop.db.tables import payments
from webshop.orders.model import Attempt, Order

FIRST_LOOK = timedelta(seconds=30)  # after a session is opened
LONGEST_PAUSE = timedelta(minutes=5)
BANK_PAUSE = timedelta(hours=1)  # a bank takes days


class Status(StrEnum):
    OPENING = "opening"  # asked for; the answer is not stored, so nobody can have paid
    OPEN = "open"
    PROCESSING = "processing"  # complete, the money takes days
    PAID = "paid"
    SURPLUS = "surplus"  # paid, but the order was paid already: it goes back
    EXPIRED = "expired"
    FAILED = "failed"  # never opened, or the slow payment failed


@dataclass(frozen=True)
class Payment(Attempt):
    """An attempt and what became of it. `amount` in minor units; `session` is None until Stripe's answer is
    stored; `looks` counts how often the sweeper has asked about it."""

    id: int
    order_number: str
    status: Status
    session: str | None
    payment_intent: str | None
    charge: str | None
    receipt_url: str | None
    amount: int
    currency: str
    created_at: datetime
    looks: int

    def is_as_seen(self, seen: "Payment") -> bool:
        """Whether nothing has become of it since it was `seen`, and no other attempt has followed."""
        return (self.id, self.status) == (seen.id, seen.status)


def insert_attempt(connection: Connection, order: Order, ui_mode: str) -> Payment:
    """The order's next attempt, ending when the order's hold ends. The caller has locked the order."""
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
        expires_at=order.expires_at,
        looks=0,
        look_at=order.expires_at,  # nobody was given its session yet; until then it may be resumed
    )
    return _payment(connection.execute(row.returning(payments)).one())


def get(connection: Connection, payment: int) -> Payment:
    return _payment(connection.execute(select(payments).where(payments.c.id == payment)).one())


def list_attempts(connection: Connection, number: str) -> list[Payment]:
    """The order's attempts, the first one first."""
    query = select(payments).where(payments.c.order_number == number).order_by(payments.c.attempt)
    return [_payment(row) for row in connection.execute(query)]


def get_latest(connection: Connection, number: str) -> Payment:
    """The attempt that counts: placing an order makes its first one."""
    return list_attempts(connection, number)[-1]


def get_paying(connection: Connection, number: str) -> Payment:
    """The attempt that paid the order; the latest one while none has."""
    attempts = list_attempts(connection, number)
    return next((attempt for attempt in attempts if attempt.status == Status.PAID), attempts[-1])


def find_by_session(connection: Connection, session: str) -> Payment | None:
    row = connection.execute(select(payments).where(payments.c.session == session)).first()
    return _payment(row) if row else None


def find_by_intent(connection: Connection, payment_intent: str) -> Payment | None:
    row = connection.execute(select(payments).where(payments.c.payment_intent == payment_intent)).first()
    return _payment(row) if row else None


def open_attempt(connection: Connection, payment: Payment, session: str) -> None:
    """Stripe has opened the session, which can be paid from now on. Repeated, it changes nothing.

    Whatever was thought of the attempt meanwhile: without its session, money would be taken twice.
    """
    opening = update(payments).where(payments.c.id == payment.id, payments.c.session.is_(None))
    look_at = datetime.now(UTC) + FIRST_LOOK
    connection.execute(opening.values(session=session, status=Status.OPEN, look_at=look_at))


def leave_behind(connection: Connection, payment: Payment) -> None:
    """Give up an attempt that was never opened: the next one has another key. The sweeper still asks, when
    its time is over, whether there is a session of it."""
    never_opened = update(payments).where(payments.c.id == payment.id, payments.c.status == Status.OPENING)
    connection.execute(never_opened.values(status=Status.FAILED))


def decide(connection: Connection, payment: int, status: Status, **values: object) -> None:
    """Nothing more will become of the attempt: the sweeper need not ask again."""
    change(connection, payment, status=status, look_at=None, **values)


def claim_look(connection: Connection, now: datetime) -> Payment | None:
    """An attempt that Stripe should be asked about now, claimed by putting off its next look.

    A worker that dies with it changes nothing: another looks again after the pause.
    """
    due = (
        select(payments)
        .where(payments.c.look_at <= now)
        .order_by(payments.c.look_at)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    row = connection.execute(due).first()
    if row is None:
        return None
    payment = _payment(row)
    change(connection, payment.id, looks=payment.looks + 1, look_at=now + _pause(payment, now))
    return payment


def _pause(payment: Payment, now: datetime) -> timedelta:
    """Twice as long each time, but not past the moment at which the session ends."""
    if payment.status == Status.PROCESSING:
        return BANK_PAUSE
    pause = min(FIRST_LOOK * (1 << min(payment.looks, 10)), LONGEST_PAUSE)
    if now < payment.expires_at:
        return min(pause, payment.expires_at - now)
    return pause


def change(connection: Connection, payment: int, **values: object) -> None:
    """Store what is now known of the attempt."""
    connection.execute(update(payments).where(payments.c.id == payment).values(**values))


def _payment(row: Row[Any]) -> Payment:
    values = {field: getattr(row, field) for field in Payment.__dataclass_fields__}
    return Payment(**{**values, "status": Status(row.status)})
