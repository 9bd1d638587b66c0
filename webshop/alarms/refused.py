"""Refused events that look like Stripe's: a line in the log and an alarm at the first one."""

import logging
from datetime import UTC, datetime

from starlette.concurrency import run_in_threadpool

from webshop.alarms import queries as alarms
from webshop.alarms.model import THE_SHOP, AlarmKind
from webshop.db.engine import Database, again_if_contended
from webshop.errors import ShopError

log = logging.getLogger(__name__)


class RefusedEvents:
    """Those of this process. Anybody can send what looks like Stripe's, as often as they like: so each reason
    is logged once a day, and there is one alarm a day, whatever comes and however many processes hear it."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._logged: set[tuple[str, str]] = set()  # day, reason
        self._stored = ""  # the day
        self._storing = False

    async def note(self, reason: str, now: datetime | None = None) -> None:
        """Raises nothing: the answer is a 400 in any case."""
        now = now or datetime.now(UTC)
        day = f"{now.astimezone(self._db.zone):%Y-%m-%d}"
        if (day, reason) not in self._logged:
            self._logged = {each for each in self._logged if each[0] == day} | {(day, reason)}
            log.warning("A webhook that looks like Stripe's was refused: %s", reason)
        if day != self._stored and not self._storing:
            self._storing = True  # a database that is down keeps one thread waiting, not all of them
            try:
                await run_in_threadpool(self._raise_alarm, day, reason, now)
            finally:
                self._storing = False

    def _raise_alarm(self, day: str, reason: str, now: datetime) -> None:
        """If it cannot be stored, the next refused event tries again."""
        try:
            _store(self._db, day, reason, now)
        except ShopError as error:
            log.warning("The alarm of a refused webhook is not stored: %s", error.message)
        else:
            self._stored = day


@again_if_contended
def _store(db: Database, day: str, reason: str, now: datetime) -> None:
    midnight = now.astimezone(db.zone).replace(hour=0, minute=0, second=0, microsecond=0)
    words = (
        f"{day}: an event that looks like Stripe's was refused: {reason}. If Stripe's dashboard shows failed "
        "deliveries, mend the endpoint or its secret; if it shows none, this was somebody else"
    )
    with db.write(now) as connection:
        alarms.raise_alarm(
            connection, AlarmKind.WEBHOOK, THE_SHOP, words, which="refused", once_since=midnight
        )
