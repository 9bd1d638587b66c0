"""Alarms of broken templates, while the shop goes on without them."""

import logging
import threading
from collections.abc import Mapping
from time import monotonic

from webshop.alarms import queries as alarms
from webshop.alarms.model import THE_SHOP, AlarmKind
from webshop.db.engine import Database, again_if_contended
from webshop.errors import ShopError

log = logging.getLogger(__name__)

AN_HOUR = 60 * 60  # seconds after which what was told is told again: meanwhile somebody may have withdrawn it
END = 30  # letters of a path: its end tells more than its beginning


class BrokenTemplates:
    """Those that this process has met. Each mistake is told once an hour, in a thread of its own: whoever met
    it is drawing a page, and may hold a connection."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._told: dict[tuple[str, str], float] = {}

    def note(self, file: str, problem: str) -> None:
        """Raises nothing. `problem` is a sentence with file and line."""
        now, before = monotonic(), self._told.get((file, problem))
        if before is None or now - before >= AN_HOUR:
            self._told[file, problem] = now
            threading.Thread(target=self._tell, args=(file, problem), name="broken template").start()

    def _tell(self, file: str, problem: str) -> None:
        """If it cannot be stored, the next one who meets it tries again."""
        log.error("A template is broken: %s", problem)
        try:
            raise_or_withdraw(self._db, file, problem)
        except ShopError as error:
            log.warning("The alarm of a broken template is not stored: %s", error.message)
            self._told.pop((file, problem), None)
        except Exception:
            log.exception("The alarm of a broken template is not stored")
            self._told.pop((file, problem), None)


class LookedAt:
    """What a process finds out by looking at the files themselves, again and again."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._began = db.clock()
        self._is_first = True
        self._to_tell: dict[str, str] = {}

    def tell(self, looked: Mapping[str, str]) -> None:
        """What is wrong with each file that is new or was changed, by its path; "" is nothing. The first look
        is at all of them: alarms of before that have no reason any more are over. What could not be stored is
        told with the next look."""
        self._to_tell |= looked
        if self._is_first:
            wrong = {file: problem for file, problem in self._to_tell.items() if problem}
            self._to_tell = dict.fromkeys(self._open() - {file[-END:] for file in wrong}, "") | wrong
        self._is_first = False
        for file, problem in [*self._to_tell.items()]:
            raise_or_withdraw(self._db, file, problem)
            del self._to_tell[file]

    def _open(self) -> set[str]:
        """The ends of the paths that there were alarms about before this process."""
        with self._db.read() as connection:
            found = alarms.list_open(connection)
        ours = [each for each in found if each.kind is AlarmKind.TEMPLATE and each.raised_at <= self._began]
        return {each.name.removeprefix(AlarmKind.TEMPLATE).strip() for each in ours}


@again_if_contended
def raise_or_withdraw(db: Database, file: str, problem: str) -> None:
    """An alarm about this file; "" is that nothing is wrong with it any more."""
    with db.write() as connection:
        if problem:
            alarms.raise_alarm(connection, AlarmKind.TEMPLATE, THE_SHOP, problem, which=file[-END:])
        else:
            alarms.withdraw(connection, AlarmKind.TEMPLATE, THE_SHOP, which=file[-END:])
