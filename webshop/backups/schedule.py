"""Backups on a schedule: in a thread of their own, so that no round of the worker waits for one."""

import logging
import threading
from datetime import timedelta

from webshop.alarms import queries as alarms
from webshop.alarms.model import THE_SHOP, AlarmKind
from webshop.backups import turns
from webshop.backups.copies import keep
from webshop.backups.copies.places import Place, open_place
from webshop.backups.take import Taken, take, why
from webshop.db import modes, pauses
from webshop.db.engine import Database, again_if_contended, moment_of, shop_time
from webshop.errors import ShopError
from webshop.settings.model import Settings, SettingsError

log = logging.getLogger(__name__)

A_LOOK = 60  # seconds between two questions whether a backup is due
NEAR = timedelta(minutes=1)  # so that one a day stays at its time, however the looks fall
NOT_YET = "a backup was not taken"


class Schedule:
    """Looks now and then whether a backup is due, and takes it if no other process does."""

    def __init__(self, db: Database, config: Settings) -> None:
        self._db = db
        self._config = config
        self._every = timedelta(hours=config.backup_every_hours) - NEAR
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self.run, name="backups", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """End soon: a backup that is under way is given up."""
        self._stopping.set()
        self._thread.join(timeout=5)

    def run(self) -> None:
        while not self._stopping.is_set():
            try:
                self.look()
            except SettingsError as error:
                log.error("No more backups are taken: %s", error)
                return
            except ShopError as error:
                log.warning("Backups wait: %s", error.message)
            except Exception:
                log.exception("A look at the backups failed")
            self._stopping.wait(A_LOOK)

    def look(self) -> Taken | None:
        """Take a backup if one is due. Raises Unavailable while the database is, or the shop is paused."""
        with self._db.read() as connection:
            modes.check(connection, self._config.mode)
            pauses.refuse(connection)
            if not turns.is_due(connection, self._every):
                return None
        return self._take() if _claim(self._db, self._every) else None

    def _take(self) -> Taken | None:
        try:
            taken = take(
                self._db, self._config.mode, place_of(self._config), rule_of(self._config), self._stopping
            )
        except Exception as error:
            if not self._stopping.is_set():
                log.error("The backup failed: %s", why(error))  # noqa: TRY400  # a sentence says it
                _tell(self._db, why(error))
            return None
        _all_is_well(self._db)
        log.info("Backup %s of %s bytes; %s old ones deleted", taken.name, taken.size, len(taken.deleted))
        return taken


def place_of(config: Settings) -> Place:
    return open_place(config.backup_to, config)


def rule_of(config: Settings) -> keep.Rule:
    return keep.Rule(config.backup_keep_all_days, config.backup_keep_daily_days, config.backup_keep_months)


@again_if_contended
def _claim(db: Database, every: timedelta) -> bool:
    with db.write() as connection:
        return turns.claim(connection, every)


@again_if_contended
def _tell(db: Database, problem: str) -> None:
    """Once a day, and again when it is another problem."""
    with db.write() as connection:
        day = f"{shop_time(connection, moment_of(connection)):%Y-%m-%d}"
        alarms.raise_alarm(connection, AlarmKind.BACKUP, THE_SHOP, f"{day}: {NOT_YET}: {problem}")


@again_if_contended
def _all_is_well(db: Database) -> None:
    with db.write() as connection:
        alarms.withdraw(connection, AlarmKind.BACKUP, THE_SHOP, which="")
