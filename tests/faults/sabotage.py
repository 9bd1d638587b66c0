"""Protections of the product, taken out one at a time: a battery that finds nothing then is worthless.

All of it happens in the process under test, from outside; the product is not changed.
"""

import secrets
from collections.abc import Callable
from dataclasses import replace as changed
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select, text

from tests.faults.launcher import replace
from webshop.db import tables
from webshop.db.engine import Database, moment_of
from webshop.errors import Conflict
from webshop.mail import outbox
from webshop.mail.model import QueuedMail
from webshop.orders.model import Order, OrderLine
from webshop.payments.model import Attempt, Status
from webshop.payments.shapes import Session

Function = Callable[..., Any]


def _settle_again() -> None:
    """Settling does not look whether this payment was settled already."""

    def forgetful(receive: Function) -> Function:
        def receive_again(connection: Any, order: Order, attempt: Attempt, session: Session) -> None:
            receive(connection, order, changed(attempt, status=Status.OPEN), session)

        return receive_again

    replace("webshop.checkout.settle:_receive", forgetful)


def _old_session_stays() -> None:
    """A changed cart does not end the session of the old one."""

    def cancel_only(_withdraw: Function) -> Function:
        from webshop.checkout import session

        def withdraw(db: Database, _stripe: Any, order: Order) -> None:
            session._cancel(db, order, session._latest_attempt(db, order))

        return withdraw

    replace("webshop.checkout.session:withdraw", cancel_only)


def _hold_by_itself() -> None:
    """The stock is taken in a transaction of its own, before the order is written in another."""

    def hold_now(hold: Function) -> Function:
        def committed(connection: Any, lines: Any) -> Any:
            held = hold(connection, lines)
            connection.exec_driver_sql("COMMIT")
            connection.exec_driver_sql("BEGIN")
            return held

        return committed

    replace("webshop.orders.stock:hold", hold_now)


def _another_key() -> None:
    """Each call to Stripe has a new idempotency key, so that asking again makes another session."""

    def with_new_key(open_session: Function) -> Function:
        def open_with_new_key(self: Any, order: Order, attempt: Attempt, *args: Any, **more: Any) -> Session:
            attempt = changed(attempt, idempotency_key=secrets.token_hex(8))
            session: Session = open_session(self, order, attempt, *args, **more)
            return session

        return open_with_new_key

    replace("webshop.payments.client:Payments.open", with_new_key)


def _no_sweeper() -> None:
    """The worker never looks after an order."""

    def nothing(_claim_poll: Function) -> Function:
        def claim_nothing(_db: Database, _now: datetime) -> None:
            return None

        return claim_nothing

    replace("webshop.worker.rounds:_claim_poll", nothing)


def _stock_in_two_statements() -> None:
    """Reads how many there are, then writes how many are left: harmless only with SQLite's one writer."""

    def in_two(_take: Function) -> Function:
        def take(connection: Connection, line: OrderLine) -> int:
            query = text("SELECT stock FROM variants WHERE sku = :sku")
            left = connection.execute(query, {"sku": line.sku}).scalar_one()
            if left is None:
                return 0
            if left < line.quantity:
                raise Conflict("sold out")
            update = text("UPDATE variants SET stock = :left WHERE sku = :sku")
            connection.execute(update, {"sku": line.sku, "left": left - line.quantity})
            return line.quantity

        return take

    replace("webshop.orders.stock:_take", in_two)


def _no_claims() -> None:
    """A worker sends what is due without telling the others."""

    def just_look(_claim_due: Function) -> Function:
        def look(connection: Connection) -> QueuedMail | None:
            query = select(tables.outbox).where(tables.outbox.c.due_at <= moment_of(connection)).limit(1)
            row = connection.execute(query).first()
            return outbox._mail(row) if row else None

        return look

    replace("webshop.mail.outbox:claim_due", just_look)


def _no_room() -> None:
    """The disk is as good as full: each connection may make the database's file a few pages longer."""

    def prepare(_prepare: Function) -> Function:
        def with_little_room(connection: Any, record: Any) -> None:
            _prepare(connection, record)
            (pages,) = connection.execute("PRAGMA page_count").fetchone()
            connection.execute(f"PRAGMA max_page_count = {pages + 3}")

        return with_little_room

    replace("webshop.db.engine:_prepare_sqlite", prepare)


def _any_cart_is_the_same() -> None:
    """A cart that was changed resumes the order that was placed for it before."""

    def same(_property: Function) -> Function:
        return lambda self, other: True

    replace("webshop.orders.model:Order.is_same_purchase", same)


PROTECTIONS: dict[str, Callable[[], None]] = {
    "settling twice is harmless": _settle_again,
    "the old session ends first": _old_session_stays,
    "stock and order in one transaction": _hold_by_itself,
    "one idempotency key for each attempt": _another_key,
    "the sweeper": _no_sweeper,
    "stock in one statement": _stock_in_two_statements,
    "claims": _no_claims,
    "room on the disk": _no_room,
    "a changed cart is another order": _any_cart_is_the_same,
}


# What one shopper and one worker, however disturbed, cannot notice: the quick tests do.
NOT_FOR_ONE = frozenset({"stock in one statement", "claims", "room on the disk"})


def take_out(name: str) -> None:
    PROTECTIONS[name]()
