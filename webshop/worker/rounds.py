"""What happens without a request: undecided orders are looked into, refunds and mail sent, old rows deleted.

Correct without any webhook, and safe in any number of copies: each piece of work is claimed in the database
by putting off the moment at which it is due again, so that a worker that dies leaves nothing behind.
"""

import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta

from webshop.admin import erasure
from webshop.alarms import queries as alarms
from webshop.alarms.model import AlarmKind
from webshop.checkout.settle import expire_if_latest, settle_session, sync_refunds
from webshop.db import modes, pauses
from webshop.db.engine import Database, again_if_contended
from webshop.db.migrate import RELEASE_IT, is_current
from webshop.errors import NotFound, ShopError, Unavailable
from webshop.mail.letters import Letters
from webshop.mail.send import send_due
from webshop.orders import queries as orders
from webshop.orders.model import State
from webshop.payments import attempts, refunds
from webshop.payments.client import Payments, RefundRefused
from webshop.payments.model import Attempt, Status
from webshop.payments.refunds import Refund
from webshop.settings.mode import ShopMode
from webshop.settings.model import SettingsError
from webshop.worker import housekeeping, tidying
from webshop.worker.looks import Looks

log = logging.getLogger(__name__)

PAUSE = 5  # seconds between two rounds
FIRST_PAUSE = 1.0  # seconds in which a process that serves, too, has enough to do
BETWEEN_CLEANUPS = timedelta(hours=1)  # carts and orders are searched for them from end to end
A_TURN = 5  # things of one kind, before those of the next kind get their turn
ALARM_AFTER_TRIES = 6  # about a quarter of an hour of refused or unanswered refunds


def work(
    db: Database,
    stripe: Payments,
    now: datetime | None = None,
    letters: Letters | None = None,
    goes_on: Callable[[], bool] = lambda: True,
) -> int:
    """One round: everything that is due, at `now` or as the clock goes on; how many things that were. No mail
    without `letters`. Polls, refunds and mails take turns, so that many of one kind do not keep the others
    waiting while Stripe is slow. Before each thing `goes_on` is asked whether to go on."""
    done = 0
    while count := _turns(db, stripe, now, letters, goes_on):
        done += count
    if goes_on():
        tidying.tidy(db, now or db.clock())
    return done


def _turns(
    db: Database,
    stripe: Payments,
    now: datetime | None,
    letters: Letters | None,
    goes_on: Callable[[], bool],
) -> int:
    """A turn each; how many things were done."""
    done = sum(goes_on() and _poll_next(db, stripe, now or db.clock()) for _each in range(A_TURN))
    done += sum(goes_on() and _send_next_refund(db, stripe, now or db.clock()) for _each in range(A_TURN))
    if letters and goes_on():
        done += send_due(db, letters, now or db.clock(), most=A_TURN)
    return done


def _poll_next(db: Database, stripe: Payments, now: datetime) -> bool:
    """Whether there was one."""
    attempt = _claim_poll(db, now)
    if attempt:
        with _tried_again_later(attempt.order_number):
            poll(db, stripe, attempt, now)
    return attempt is not None


def _send_next_refund(db: Database, stripe: Payments, now: datetime) -> bool:
    """Whether there was one."""
    refund = _claim_refund(db, now)
    if refund:
        with _tried_again_later(refund.order_number):
            send_refund(db, stripe, refund)
    return refund is not None


@contextmanager
def _tried_again_later(order_number: str) -> Iterator[None]:
    """One order that cannot be worked on now must not keep the others waiting: it is due again anyway."""
    try:
        yield
    except ShopError as error:
        log.warning("Order %s is tried again later: %s", order_number, error.message)


@again_if_contended
def _claim_poll(db: Database, now: datetime) -> Attempt | None:
    with db.write(now) as connection:
        return attempts.claim_poll(connection)


@again_if_contended
def _claim_refund(db: Database, now: datetime) -> Refund | None:
    with db.write(now) as connection:
        return refunds.claim_due(connection)


def poll(db: Database, stripe: Payments, attempt: Attempt, now: datetime) -> None:
    """Ask Stripe what became of an attempt, and end it if its time is over or its order is decided."""
    session_id = attempt.session_id or stripe.find_session_id(
        attempt.order_number, attempt.number, attempt.created_at
    )
    if session_id is None:
        _forget(db, attempt)
        return
    try:
        session = stripe.fetch(session_id)
    except NotFound:
        if now >= attempt.expires_at:
            _forget(db, attempt)
        return
    order = settle_session(db, session)
    if session.status == "open" and (order.state != State.PENDING or now >= attempt.expires_at):
        settle_session(db, stripe.expire(session_id))


@again_if_contended
def _forget(db: Database, attempt: Attempt) -> None:
    """No session that somebody could pay: the attempt is over."""
    with db.write() as connection:
        order = orders.get_order(connection, attempt.order_number, lock=True)
        if not attempts.get(connection, attempt.id).is_as_seen(attempt):
            return  # its session has turned up meanwhile
        attempts.close(connection, attempt, Status.FAILED)
        expire_if_latest(connection, order, attempt)


def send_refund(db: Database, stripe: Payments, refund: Refund) -> None:
    """Send one refund, and store what Stripe then says of it."""
    with db.read() as connection:
        attempt = attempts.get(connection, refund.attempt_id)
    intent, request = attempt.payment_intent or "", refund.request or ""
    try:
        stripe.refund(intent, request, tries=refund.tries + 1, amount=refund.amount)
    except RefundRefused as error:
        log.error("The refund %s is refused: %s", refund.request, error)
        _give_up(db, refund, str(error))
    except Unavailable as error:
        if refund.tries >= ALARM_AFTER_TRIES:
            _tell_that_it_is_late(db, refund, error.message)
        raise
    sync_refunds(db, stripe, attempt)


@again_if_contended
def _give_up(db: Database, refund: Refund, problem: str) -> None:
    with db.write() as connection:
        refunds.give_up(connection, refund)
        alarms.raise_alarm(connection, AlarmKind.REFUND_FAILED, refund.order_number, problem)


@again_if_contended
def _tell_that_it_is_late(db: Database, refund: Refund, problem: str) -> None:
    with db.write() as connection:
        alarms.raise_alarm(connection, AlarmKind.REFUND_LATE, refund.order_number, problem)


def clean_up(db: Database, now: datetime) -> bool:
    """Delete carts and erase people whose time is over, a batch of each; whether there may be more."""
    with db.read() as connection:
        old_carts = housekeeping.list_old_carts(connection, now)
        over = erasure.list_over(connection, now)
    _delete_carts(db, old_carts, now)
    _erase(db, over, now)
    return len(old_carts) == housekeeping.A_BATCH or len(over) == erasure.A_BATCH


@again_if_contended
def _delete_carts(db: Database, ids: Sequence[str], now: datetime) -> None:
    if ids:
        with db.write(now) as connection:
            housekeeping.delete_carts(connection, ids, now)


@again_if_contended
def _erase(db: Database, numbers: Sequence[str], now: datetime) -> None:
    if numbers:
        with db.write(now) as connection:
            erasure.erase_over(connection, numbers, now)


class Worker:
    """Rounds of `work` in a thread, until stopped, or until the database is of another mode; every hour, and
    while there is much to do, one of them cleans up."""

    def __init__(
        self, db: Database, stripe: Payments, mode: ShopMode, letters: Letters | None = None
    ) -> None:
        self._db = db
        self._stripe = stripe
        self._mode = mode
        self._letters = letters
        self._cleaned_at: datetime | None = None
        often = mode is not ShopMode.LIVE
        self._looks = Looks(db, letters.pages.inspector, often=often) if letters else None
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run_beside, name="worker", daemon=True)

    def start(self) -> None:
        """Beside requests, the first of which have waited for the process to begin."""
        self._thread.start()

    def _run_beside(self) -> None:
        self._stopping.wait(FIRST_PAUSE)
        self.run()

    def goes_on(self) -> bool:
        """Asked before each thing that is done."""
        return not self._stopping.is_set()

    def has_turn(self) -> bool:
        """Asked before each round; other rounds are for somebody else."""
        return self.goes_on()

    @property
    def pause(self) -> float:
        """Seconds between two rounds."""
        return PAUSE

    def stop_soon(self) -> None:
        """End after what is under way."""
        self._stopping.set()

    def stop(self) -> None:
        """End, and wait for it."""
        self.stop_soon()
        self._thread.join(timeout=20)

    def run(self) -> None:
        """Work until `stop` is called, whatever happens."""
        while not self._stopping.is_set():
            try:
                self._check_database()
                if self.has_turn():
                    work(self._db, self._stripe, letters=self._letters, goes_on=self.goes_on)
                    self._clean_up_now_and_then()
                    if self._looks:
                        self._looks.look()
            except SettingsError as error:
                log.error("The worker ends: %s", error)
                return
            except ShopError as error:
                log.warning("The worker pauses: %s", error.message)
            except Exception:
                log.exception("A round of the worker failed")
            self._stopping.wait(self.pause)

    def _check_database(self) -> None:
        """Somebody may have gone live since, or restored a backup, and what is due in that may have been done
        already. A worker that waits for such a shop is alive."""
        if not is_current(self._db):
            raise Unavailable(RELEASE_IT)
        self.goes_on()
        with self._db.read() as connection:
            modes.check(connection, self._mode)
            pauses.refuse(connection)

    def _clean_up_now_and_then(self) -> None:
        now = self._db.clock()
        is_due = self._cleaned_at is None or now - self._cleaned_at >= BETWEEN_CLEANUPS
        if is_due and not clean_up(self._db, now):
            self._cleaned_at = now
