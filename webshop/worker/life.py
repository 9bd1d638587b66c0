"""Whether the worker is alive: it shows so, and web processes stand in for one that does not.

Any number of web processes may stand in: their rounds are claimed like everything in them.
"""

from datetime import datetime, timedelta

from sqlalchemy import Connection

from webshop.alarms import queries as alarms
from webshop.alarms.heartbeats import Heart, beat, beat_for_all, last_beat
from webshop.alarms.model import THE_SHOP, AlarmKind
from webshop.db.engine import Database, again_if_contended, moment_of, shop_time
from webshop.worker import rounds
from webshop.worker.rounds import Worker

MISSED = timedelta(minutes=5)
BETWEEN_BEATS = timedelta(seconds=5)
BETWEEN_LOOKS = 30.0  # seconds, while there is a worker


class LivingWorker(Worker):
    """The worker of a process of its own."""

    _beaten_at: datetime | None = None

    def goes_on(self) -> bool:
        """A round may be long."""
        now = self._db.clock()
        if self._beaten_at is None or now - self._beaten_at >= BETWEEN_BEATS:
            _show_life(self._db)
            self._beaten_at = now
        return super().goes_on()


@again_if_contended
def _show_life(db: Database) -> None:
    with db.write() as connection:
        beat(connection, Heart.WORKER)
        alarms.withdraw(connection, AlarmKind.WORKER, THE_SHOP, which="")


class StandIn(Worker):
    """In a web process: it looks whether there is a worker, and does its rounds while there is none."""

    _since: datetime | None = None  # when it began to look
    _stands_in = False

    def has_turn(self) -> bool:
        with self._db.read() as connection:
            self._since = self._since or moment_of(connection)
            self._stands_in = _is_missed(connection, self._since)
        return self._stands_in and self.goes_on() and _take_turn(self._db)

    @property
    def pause(self) -> float:
        return rounds.PAUSE if self._stands_in else BETWEEN_LOOKS


def _is_missed(connection: Connection, since: datetime) -> bool:
    """For long enough; or, where others have found that out, since then."""
    worker, stand_in = last_beat(connection, Heart.WORKER), last_beat(connection, Heart.STAND_IN)
    if stand_in and (worker is None or stand_in > worker):
        return True
    return moment_of(connection) - max(since, worker or since) >= MISSED


@again_if_contended
def _take_turn(db: Database) -> bool:
    with db.write() as connection:
        if not beat_for_all(connection, Heart.STAND_IN, BETWEEN_BEATS):
            return False
        last = last_beat(connection, Heart.WORKER)
        since = f"since {shop_time(connection, last):%Y-%m-%d %H:%M}" if last else "ever"
        alarms.raise_alarm(connection, AlarmKind.WORKER, THE_SHOP, f"no worker has been at work {since}")
    return True
