"""The alarm for answers of 500 and more, when there are many of them."""

import logging
from collections import deque
from datetime import UTC, datetime, timedelta

from starlette.concurrency import run_in_threadpool

from webshop.alarms import queries as alarms
from webshop.alarms.model import THE_SHOP, AlarmKind
from webshop.db.engine import Database, again_if_contended
from webshop.errors import ShopError

log = logging.getLogger(__name__)

MANY = 5
WITHIN = timedelta(minutes=10)


class Failures:
    """Those of this process. However many count theirs, one alarm an hour is raised: its words are equal."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._times: deque[datetime] = deque(maxlen=MANY)
        self._sounding = False
        self._sounded = ""  # the hour

    async def count(self, now: datetime | None = None) -> None:
        """One more. Called when its answer has gone; raises nothing."""
        now = now or datetime.now(UTC)
        self._times.append(now)
        hour = f"{now.astimezone(self._db.zone):%Y-%m-%d %H}:00"
        if self._are_many(now) and hour != self._sounded and not self._sounding:
            self._sounding = True  # a database that is down keeps one thread waiting, not all of them
            try:
                await run_in_threadpool(self._sound, hour)
            finally:
                self._sounding = False

    def _are_many(self, now: datetime) -> bool:
        return len(self._times) == MANY and now - self._times[0] <= WITHIN

    def _sound(self, hour: str) -> None:
        """If it cannot be stored, the next failure tries again."""
        try:
            _store(self._db, hour)
        except ShopError as error:
            log.warning("The alarm of many failures is not stored: %s", error.message)
        except Exception:
            log.exception("The alarm of many failures is not stored")
        else:
            self._sounded = hour


@again_if_contended
def _store(db: Database, hour: str) -> None:
    words = f"answers of 500 and more, again and again, since {hour}"
    with db.write() as connection:
        alarms.raise_alarm(connection, AlarmKind.ERRORS, THE_SHOP, words)
