"""A restored shop asks Stripe what happened since its backup, puts that into its books, and opens.

Every step can be repeated: whatever ends this half-way, it is run again. Nothing is sold before the last.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from webshop.alarms import queries as alarms
from webshop.alarms.model import AlarmKind
from webshop.backups import books, held
from webshop.backups.books import CREDIT_NOTES, INVOICES, Found, Gap
from webshop.backups.held import HeldMail
from webshop.backups.words import tell
from webshop.checkout.risks import settle_risk
from webshop.checkout.settle import settle, sync_refunds
from webshop.db import modes, pauses
from webshop.db.engine import Database, again_if_contended
from webshop.db.pauses import Pause
from webshop.errors import NotFound, OwnerError
from webshop.orders import queries as orders
from webshop.payments import attempts
from webshop.payments.client import Payments
from webshop.payments.history import Purchase, SentBack
from webshop.payments.shapes import Session
from webshop.settings.mode import ShopMode

MARGIN = timedelta(hours=1)  # clocks differ
REFUNDS_TAKE = timedelta(days=35)  # until a bank has refused one at the latest
FEWEST = 5  # numbers that are skipped beyond those that were counted, if there were any; or a tenth more
FAILED = ("failed", "canceled")


@dataclass(frozen=True)
class Asked:
    """What Stripe tells, and the books do not know. `settles`: sessions of known orders that are complete or
    expired; `lost`: their attempts are not in the books. `unknown`: paid, or about to be, for orders that are
    not in the books. `open_ones`: nobody could settle them, so they are ended. `refunds`: payments of which
    money went back. `invoices` and `credit_notes`: how many numbers the lost books may have given out."""

    pause: Pause
    since: datetime
    settles: list[Session]
    lost: list[Purchase]
    unknown: list[Purchase]
    open_ones: list[Purchase]
    refunds: list[str]
    invoices: int
    credit_notes: int


@dataclass(frozen=True)
class Reopened:
    """What was done: `unknown` are those of `asked`, and those that were paid while it was asked."""

    asked: Asked
    unknown: list[Purchase]
    gaps: list[Gap]
    mails: list[HeldMail]


def ask(db: Database, stripe: Payments, mode: ShopMode) -> Asked:
    """Only looks. Raises OwnerError for a shop that is not paused, SettingsError for keys of another mode,
    Unavailable."""
    with db.read() as connection:
        modes.check(connection, mode)
        pause = pauses.current(connection)
        waiting = books.list_waiting(connection)
    if pause is None:
        raise OwnerError("The shop is open: there is nothing to ask for.")
    since = pause.backup_at - MARGIN
    purchases = stripe.history.list_purchases(since)
    sent_back = stripe.history.list_refunds(since - REFUNDS_TAKE)
    listed = {each.session.id for each in purchases}
    older = [stripe.fetch(each) for each in waiting if each not in listed]
    return _compare(db, pause, since, purchases, older, sent_back)


def _compare(
    db: Database,
    pause: Pause,
    since: datetime,
    purchases: Sequence[Purchase],
    older: Sequence[Session],
    sent_back: Sequence[SentBack],
) -> Asked:
    settles = [each for each in older if each.status != "open"]
    lost: list[Purchase] = []
    unknown: list[Purchase] = []
    open_ones: list[Purchase] = []
    sessions = [*older, *(each.session for each in purchases)]
    with db.read() as connection:
        known = books.list_known(connection, (session.order_number for session in sessions))
        for each in purchases:
            session = each.session
            found = books.find_attempt(connection, session)
            if found is Found.WAITING and session.status != "open":
                settles.append(session)
            elif found is Found.NOT and session.status == "open":
                open_ones.append(each)
            elif found is Found.NOT and session.status == "complete" and not session.failed:
                (lost if session.order_number in known else unknown).append(each)
        changed = books.list_changed(connection, sent_back)
        refunds = {each.payment_intent for each in changed}
        refunds |= books.list_intents_of_waiting_refunds(connection)
    paid = {each.order_number for each in sessions if each.paid}
    return Asked(
        pause=pause,
        since=since,
        settles=settles,
        lost=lost,
        unknown=unknown,
        open_ones=open_ones,
        refunds=sorted(refunds),
        invoices=_enough(sum(not known.get(number) for number in paid)),
        credit_notes=_enough(sum(2 if each.status in FAILED else 1 for each in changed)),
    )


def _enough(count: int) -> int:
    """Certainly, also where the last ones were still on their way."""
    return count + max(FEWEST, count // 10) if count else 0


def reopen(db: Database, stripe: Payments, mode: ShopMode, site: str) -> Reopened:
    """Ask, put it into the books and open the shop. `site` is its address: another's sessions are left alone.
    Raises what `ask` does; then the shop stays paused, and this is done again."""
    asked = ask(db, stripe, mode)
    _skip_numbers(db, asked)
    for each in asked.lost:
        _adopt(db, each.session)
    for session in [*asked.settles, *(each.session for each in asked.lost)]:
        settle(db, stripe, session.id)
    ours = [each for each in asked.open_ones if each.returns_to.startswith(site)]
    unknown = [*asked.unknown, *_end(stripe, ours)]
    for purchase in unknown:
        _raise(db, stripe, purchase, mode, site)
    for intent in asked.refunds:
        _sync(db, stripe, intent)
    _settle_risks(db, stripe, asked.since)
    return _open(db, asked, unknown)


@again_if_contended
def _skip_numbers(db: Database, asked: Asked) -> None:
    """Before anything gets a number."""
    with db.write() as connection:
        pauses.current(connection, lock=True)
        for series, count in ((INVOICES, asked.invoices), (CREDIT_NOTES, asked.credit_notes)):
            reason = (
                f"Restored from {asked.pause.backup}. What Stripe shows of the time after it was taken may "
                f"have had documents, which are lost: the next {count} numbers are left out, so that none is "
                "given twice."
            )
            books.skip(connection, asked.pause, series, count, reason)


@again_if_contended
def _adopt(db: Database, session: Session) -> None:
    with db.write() as connection:
        order = orders.get_order(connection, session.order_number, lock=True)
        attempts.adopt(connection, order, session.attempt_number, session.id)


def _end(stripe: Payments, open_ones: Sequence[Purchase]) -> list[Purchase]:
    """Nobody may pay them any more; those that somebody has paid right now."""
    ended = [stripe.expire(each.session.id) for each in open_ones]
    return [stripe.history.fetch_purchase(each.id) for each in ended if each.status == "complete"]


def _raise(db: Database, stripe: Payments, purchase: Purchase, mode: ShopMode, site: str) -> None:
    items = stripe.history.list_items(purchase.session.id)
    _store_alarm(db, purchase.session.order_number, tell(purchase, items, mode, site))


@again_if_contended
def _store_alarm(db: Database, number: str, words: str) -> None:
    with db.write() as connection:
        alarms.raise_alarm(connection, AlarmKind.UNKNOWN, number[:40], words)


def _sync(db: Database, stripe: Payments, intent: str) -> None:
    """None of the shop's, or of an order that is unknown: its alarm tells what went back."""
    with db.read() as connection:
        attempt = attempts.find_by_intent(connection, intent)
    if attempt:
        sync_refunds(db, stripe, attempt)


def _settle_risks(db: Database, stripe: Payments, since: datetime) -> None:
    for risk in stripe.history.list_risks(since):
        try:
            settle_risk(db, stripe, risk)
        except NotFound:  # of a payment that paid nothing
            continue


@again_if_contended
def _open(db: Database, asked: Asked, unknown: list[Purchase]) -> Reopened:
    with db.write() as connection:
        pauses.end(connection)
        gaps = [gap for gap in books.list_gaps(connection) if gap.backup == asked.pause.backup]
        return Reopened(asked, unknown, gaps, held.list_held(connection))
