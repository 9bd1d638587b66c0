"""When nobody buys any more: what was begun comes to its end, and the books are laid open."""

import time
from datetime import UTC, datetime, timedelta

from sqlalchemy import func, select, update

from tests.evidence import Evidence, only, read_evidence
from tests.laws import RESTS
from tests.rehearse.crowd import skus
from tests.rehearse.judge import Books, is_told
from tests.rehearse.premises import Premises
from tests.rehearse.processes import wait_until
from tests.rehearse.stages import PIECES
from webshop.db import tables
from webshop.db.engine import Database

COMES_TO_REST = 60.0  # seconds
# What a restored shop has heard of from Stripe, and does not have itself: for its owner to see to.
UNKNOWN_PAYMENTS = (
    "SELECT about, detail FROM alarms WHERE kind LIKE 'unknown payment%' AND cleared_at IS NULL"
)
SOON = timedelta(hours=1)


def close(shop: Premises) -> Books:
    """Payment pages that nobody pays any more end, the worker does what is due; then the books are read."""
    db = Database(shop.database.superuser_url)
    told = " ".join(map(" ".join, shop.database.ask(UNKNOWN_PAYMENTS, "shop")))
    try:
        _end_open_pages(shop)
        if not wait_until(lambda: _is_at_rest(db), COMES_TO_REST):
            shop.problems.append(f"after {COMES_TO_REST:.0f} s not everything had come to rest")
        time.sleep(1)  # the last mail may be on its way
        with db.read() as connection:
            ledger = shop.sandbox.ledger()
            known = [each["id"] for each in ledger["sessions"] if not is_told(each, told)]
            evidence = Evidence(**read_evidence(connection, only(known, ledger)))
    finally:
        db.engine.dispose()
    return Books(
        evidence,
        shop.crowd.purchases,
        [str(mail["Message-ID"]) for mail in shop.mails.received],
        shop.sent_again,
        dict.fromkeys(skus(), PIECES),
        told,
    )


def _end_open_pages(shop: Premises) -> None:
    for session in shop.sandbox.ledger()["sessions"]:
        if session["status"] == "open":
            shop.sandbox.ask("POST", "/expire.json", {"session": session["id"]})


def _is_at_rest(db: Database) -> bool:
    """Whoever would be asked about within the hour is asked about at once."""
    attempts, orders, outbox = tables.attempts, tables.orders, tables.outbox
    now = datetime.now(UTC)
    with db.write() as connection:
        later = attempts.c.poll_at.between(now, now + SOON)
        connection.execute(update(attempts).where(later).values(poll_at=now))
        left = select(func.count()).select_from(orders).where(orders.c.state.not_in(RESTS))
        undecided = select(func.count()).select_from(attempts).where(attempts.c.poll_at.is_not(None))
        mails = select(func.count()).select_from(outbox).where(outbox.c.due_at < now + SOON)
        waiting = [connection.execute(query).scalar_one() for query in (left, undecided, mails)]
    time.sleep(0.5)
    return not any(waiting)
