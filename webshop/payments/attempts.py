"""Attempts to pay: each has its own idempotency key and, once opened, its own Checkout Session."""

from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, Row, Select, bindparam, case, insert, select, update

from webshop.db import queue, rows
from webshop.db.engine import moment_of
from webshop.db.tables import attempts
from webshop.orders.model import Order
from webshop.payments import events
from webshop.payments.model import Attempt, Status

# The first pause after a session is opened, and the longest: most payments are settled by their webhook or by
# the shopper's return, unless no webhook arrives at all.
SELDOM = (timedelta(minutes=2), timedelta(minutes=10))
OFTEN = (timedelta(seconds=30), timedelta(minutes=5))
HEARD_WITHIN = timedelta(days=1)
BANK_PAUSE = timedelta(hours=1)  # a bank takes days

# Built once: to build a statement takes longer than to run it.
OF_ORDER = select(attempts).where(attempts.c.order_number == bindparam("order")).order_by(attempts.c.number)
BY_ID = select(attempts).where(attempts.c.id == bindparam("attempt"))
BY_SESSION = select(attempts).where(attempts.c.session_id == bindparam("session"))
BY_INTENT = select(attempts).where(attempts.c.payment_intent == bindparam("intent"))
BY_CHARGE = select(attempts).where(attempts.c.charge == bindparam("of_charge"))
INSERT = insert(attempts).returning(attempts)
CHANGE = update(attempts).where(attempts.c.id == bindparam("attempt"))
OPEN = CHANGE.where(attempts.c.session_id.is_(None))
ABANDON = CHANGE.where(attempts.c.status == Status.OPENING)


def insert_attempt(connection: Connection, order: Order, ui_mode: str) -> Attempt:
    """The order's next attempt, ending when the order's hold ends. The caller has locked the order."""
    number = len(list_attempts(connection, order.number)) + 1
    row = {
        "order_number": order.number,
        "number": number,
        "idempotency_key": f"webshop-{order.number}-{number}",
        "ui_mode": ui_mode,
        "status": Status.OPENING,
        "amount": order.total,
        "currency": order.currency,
        "created_at": moment_of(connection),
        "expires_at": order.expires_at,
        "polls": 0,
        "poll_at": order.expires_at,  # nobody was given its session yet; until then it may be resumed
    }
    return rows.read(Attempt, connection.execute(INSERT, row).one())


def adopt(connection: Connection, order: Order, number: int, session_id: str) -> None:
    """An attempt that this database has lost, but Stripe has its session. Repeated, it changes nothing. The
    caller has locked the order."""
    found = list_attempts(connection, order.number)
    if any(each.session_id == session_id or each.number == number for each in found):
        return
    row = insert(attempts).values(
        order_number=order.number,
        number=number,
        idempotency_key=f"webshop-{order.number}-{number}",
        ui_mode="hosted_page",
        status=Status.OPEN,
        session_id=session_id,
        amount=order.total,
        currency=order.currency,
        created_at=moment_of(connection),
        expires_at=order.expires_at,
        polls=0,
        poll_at=moment_of(connection),
    )
    connection.execute(row)


def get(connection: Connection, attempt_id: int) -> Attempt:
    return rows.read(Attempt, connection.execute(BY_ID, {"attempt": attempt_id}).one())


def list_attempts(connection: Connection, order_number: str) -> list[Attempt]:
    """The order's attempts, the first one first."""
    return [rows.read(Attempt, row) for row in connection.execute(OF_ORDER, {"order": order_number})]


def get_latest(connection: Connection, order_number: str) -> Attempt:
    """The attempt that counts: placing an order makes its first one."""
    return list_attempts(connection, order_number)[-1]


def get_paying(connection: Connection, order_number: str) -> Attempt:
    """The attempt that paid the order; the latest one while none has."""
    found = list_attempts(connection, order_number)
    return next((attempt for attempt in found if attempt.status == Status.PAID), found[-1])


def find_by_session(connection: Connection, session_id: str) -> Attempt | None:
    return _find(connection, BY_SESSION, session=session_id)


def find_by_intent(connection: Connection, payment_intent: str) -> Attempt | None:
    return _find(connection, BY_INTENT, intent=payment_intent)


def find_by_charge(connection: Connection, charge: str) -> Attempt | None:
    return _find(connection, BY_CHARGE, of_charge=charge)


def find_by_order(connection: Connection, order_number: str) -> Attempt | None:
    """Any attempt of this order; None if it is not one of the shop's."""
    return _find(connection, OF_ORDER, order=order_number)


def _find(connection: Connection, query: Select[Any], **which: str) -> Attempt | None:
    row = connection.execute(query, which).first()
    return rows.read(Attempt, row) if row else None


def open_attempt(connection: Connection, attempt: Attempt, session_id: str) -> None:
    """Stripe has opened the session, which can be paid from now on. Repeated, it changes nothing.

    Whatever was thought of the attempt meanwhile: without its session, money would be taken twice.
    """
    poll_at = moment_of(connection) + _pauses(connection)[0]
    opened = {"session_id": session_id, "status": Status.OPEN, "poll_at": poll_at}
    connection.execute(OPEN, {"attempt": attempt.id, **opened})


def abandon(connection: Connection, attempt: Attempt) -> None:
    """Give up an attempt that was never opened: the next one has another key. The worker still asks, when its
    time is over, whether there is a session of it."""
    connection.execute(ABANDON, {"attempt": attempt.id, "status": Status.FAILED})


def await_bank(connection: Connection, attempt: Attempt) -> None:
    """The session is complete and the money on its way: the worker asks again, seldom."""
    poll_at = moment_of(connection) + BANK_PAUSE
    _change(connection, attempt, status=Status.PROCESSING, poll_at=poll_at)


def close(connection: Connection, attempt: Attempt, status: Status, **known: object) -> None:
    """Nothing more will become of the attempt: the worker need not ask again. `known` are columns."""
    _change(connection, attempt, status=status, poll_at=None, **known)


def close_all(connection: Connection) -> int:
    """Nothing more will become of any attempt that there is; how many the worker would have asked about."""
    ends = {Status.OPENING: Status.FAILED, Status.OPEN: Status.EXPIRED, Status.PROCESSING: Status.FAILED}
    status = case(ends, value=attempts.c.status, else_=attempts.c.status)
    unended = update(attempts).where(attempts.c.poll_at.is_not(None))
    return connection.execute(unended.values(status=status, poll_at=None)).rowcount


def _change(connection: Connection, attempt: Attempt, **values: object) -> None:
    connection.execute(CHANGE, {"attempt": attempt.id, **values})


def claim_poll(connection: Connection) -> Attempt | None:
    """An attempt that Stripe should be asked about now, claimed by putting off its next poll."""

    def pause(row: Row[Any]) -> timedelta:
        return _pause(connection, rows.read(Attempt, row))

    known = attempts.c.status.in_(list(Status))
    row = queue.claim(connection, attempts.c.poll_at, attempts.c.polls, pause, of=known)
    return rows.read(Attempt, row) if row else None


def _pause(connection: Connection, attempt: Attempt) -> timedelta:
    """Twice as long each time, but not past the moment at which the session ends."""
    if attempt.status == Status.PROCESSING:
        return BANK_PAUSE
    pause = queue.growing(*_pauses(connection), attempt.polls)
    left = attempt.expires_at - moment_of(connection)
    return min(pause, left) if left > timedelta(0) else pause


def _pauses(connection: Connection) -> tuple[timedelta, timedelta]:
    last = events.last_received(connection)
    return SELDOM if last and moment_of(connection) - last < HEARD_WITHIN else OFTEN
