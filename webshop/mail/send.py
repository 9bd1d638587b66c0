"""Mails: the outbox is emptied by the worker, and alarms are gathered into one mail for the owner.

Each is claimed in the database before it is sent, so that any number of workers may do this.
"""

import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Protocol

from webshop.alarms import queries as alarms
from webshop.alarms.queries import Alarm
from webshop.db.engine import Database, again_if_contended
from webshop.errors import Unavailable
from webshop.mail import outbox
from webshop.mail.outbox import Letter
from webshop.mail.smtp import Refused
from webshop.orders import queries as orders
from webshop.orders.model import Order
from webshop.payments import attempts as payments
from webshop.payments.attempts import Payment

log = logging.getLogger(__name__)

# One thing that goes wrong often sets off many alarms: they wait for each other.
GATHERED_FOR = timedelta(minutes=1)
BETWEEN_ALARM_MAILS = timedelta(minutes=15)


class Post(Protocol):
    """Writes and sends one mail. Raises Unavailable (try again later) or Refused (never)."""

    @property
    def owner(self) -> str:
        """The owner's address; "": nobody is told of alarms."""

    def deliver(self, kind: str, order: Order, payment: Payment) -> None:
        """One about an order."""

    def deliver_alarms(self, kind: str, told: Sequence[Alarm]) -> None:
        """One that tells the owner what needs a person."""


def send_due(db: Database, post: Post, now: datetime) -> int:
    """Send every mail that is due at `now`; how many were tried."""
    if post.owner:
        gather_alarms(db, now)
    done = 0
    while letter := _claim_letter(db, now):
        send_letter(db, post, letter, now)
        done += 1
    return done


@again_if_contended
def gather_alarms(db: Database, now: datetime) -> None:
    """Queue one mail for all alarms that no mail tells of, unless one was queued a moment ago."""
    with db.write() as connection:
        untold = alarms.lock_untold(connection)
        if not untold or now - min(alarm.raised_at for alarm in untold) < GATHERED_FOR:
            return
        last = outbox.last_alarms(connection)  # asked under the lock, so that a rival's is seen
        if last is None or now - last >= BETWEEN_ALARM_MAILS:
            alarms.stamp(connection, untold, outbox.queue_alarms(connection, now))


@again_if_contended
def _claim_letter(db: Database, now: datetime) -> Letter | None:
    with db.write() as connection:
        return outbox.claim_due(connection, now)


def send_letter(db: Database, post: Post, letter: Letter, now: datetime) -> None:
    """Send one mail; what goes wrong with it never touches the order."""
    if letter.order_number is None:
        deliver = _about_the_shop(db, post, letter)
    else:
        deliver = _about_an_order(db, post, letter, letter.order_number)
    try:
        deliver()
    except (Unavailable, Refused) as error:
        final = isinstance(error, Refused) or letter.is_overdue(now)
        log.warning("Mail %s of %s was not sent: %s", letter.kind, letter.order_number or "the shop", error)
        _mark_failed(db, letter, str(error), final=final)
    else:
        _mark_sent(db, letter)


def _about_an_order(db: Database, post: Post, letter: Letter, number: str) -> Callable[[], None]:
    with db.read() as connection:
        order = orders.get_order(connection, number)
        payment = payments.get_paying(connection, number)
    return partial(post.deliver, letter.kind, order, payment)


def _about_the_shop(db: Database, post: Post, letter: Letter) -> Callable[[], None]:
    with db.read() as connection:
        told = alarms.list_of_letter(connection, letter.id)
    return partial(post.deliver_alarms, letter.kind, told)


@again_if_contended
def _mark_sent(db: Database, letter: Letter) -> None:
    with db.write() as connection:
        outbox.mark_sent(connection, letter)


@again_if_contended
def _mark_failed(db: Database, letter: Letter, problem: str, *, final: bool) -> None:
    with db.write() as connection:
        outbox.mark_failed(connection, letter, problem, final=final)
        if final and letter.order_number:
            alarms.sound(connection, f"mail {letter.kind}"[:40], letter.order_number, problem)
    if final and not letter.order_number:  # an alarm would only make another such mail
        log.error("The owner was not told of alarms: %s", problem)
