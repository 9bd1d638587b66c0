"""Brings the database's tables to this version of the program, or looks whether somebody has.

Revisions are "0001", "0002", … and only add. One that this program does not know is a newer release's: the
tables have all that this one needs, and it leaves them alone. So the release before can come back.
"""

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeVar

from sqlalchemy import Connection, inspect, text

from webshop import shop
from webshop.db import modes
from webshop.db.engine import LOCK_SECONDS, Database
from webshop.db.tables import orders
from webshop.db.trouble import find, is_locked, told
from webshop.errors import Unavailable
from webshop.settings.mode import ShopMode
from webshop.settings.model import Settings, SettingsError

if TYPE_CHECKING:
    from alembic.config import Config

log = logging.getLogger(__name__)

SCRIPTS = Path(__file__).parent / "migrations"
ALEMBICS = "alembic_version"  # the table in which Alembic keeps the revision
TRIES = 3
BETWEEN_TRIES = 2.0  # seconds in which those who had to wait behind us get their turn
ANOTHER_RELEASE = "10min"  # how long one waits for another that is at work
PATIENCE = 30.0  # seconds for a database that is on its way
BETWEEN_LINES = 5.0
RELEASE_IT = "DATABASE_URL: its tables are not of this version; run python -m webshop release"

Result = TypeVar("Result")


class NotReleased(SettingsError):
    """The tables are not there yet, or those of an older release."""


def migrate(db: Database, mode: ShopMode | None = None) -> None:
    """Run every migration that has not run yet, and make the database one of this mode (None: it does not
    matter), all in one transaction: one of another mode stays as it is. Raises SettingsError.

    Tables that somebody else holds are given up after some seconds, since everybody waits behind us, and are
    tried again."""
    for _try in range(TRIES - 1):
        try:
            return _migrate(db, mode)
        except Unavailable as error:
            if not is_locked(error):
                raise
        time.sleep(BETWEEN_TRIES)
    return _migrate(db, mode)


def _migrate(db: Database, mode: ShopMode | None) -> None:
    with db.write() as connection:
        if not db.is_embedded:
            _take_turns(connection)
        if _is_newer(done := _revision(connection)):
            _accept_newer(connection, done)
        elif done != head():
            _upgrade(connection)
        if mode:
            modes.claim(connection, mode)


def _upgrade(connection: Connection, stamped: str = "") -> None:
    """From the revision that the tables are said to be `stamped` with, or else the one that they have."""
    from alembic import command

    config = _config()
    config.attributes["connection"] = connection
    if stamped:
        command.stamp(config, stamped, purge=True)
    command.upgrade(config, "head")


def _config() -> "Config":
    # Alembic is imported only where there is something to do: it takes a tenth of a second and 10 MB.
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(SCRIPTS).replace("%", "%%"))
    return config


def _take_turns(connection: Connection) -> None:
    """One release after the other (SQLite's write lock does the same), each for as long as it takes: only
    locks are not waited for."""
    connection.execute(text("SET LOCAL statement_timeout = 0"))
    connection.execute(text(f"SET LOCAL lock_timeout = '{ANOTHER_RELEASE}'"))
    connection.execute(text("SELECT pg_advisory_xact_lock(20261123)"))
    connection.execute(text(f"SET LOCAL lock_timeout = '{LOCK_SECONDS}s'"))


@contextmanager
def opened(config: Settings) -> Iterator[Database]:
    """The shop's database for a command: what goes wrong is a sentence, and nothing for the log. Raises
    FileError for a shop.toml that does not say where the shop's days begin."""
    db = Database(config.database, zone=shop.load(config.shop_file).zone)
    db.logs = False
    try:
        yield db
    finally:
        db.engine.dispose()


@contextmanager
def released(config: Settings) -> Iterator[Database]:
    """The same, of this version and mode, which is only looked at. Raises SettingsError for another."""
    with opened(config) as db:
        check(db)
        with db.read() as connection:
            modes.check(connection, config.mode)
        yield db


def check(db: Database) -> None:
    """Raises NotReleased. The log is told of a newer release."""
    if db.is_missing:
        raise NotReleased(["DATABASE_URL: there is no database yet; run python -m webshop release"])
    with db.read() as connection:
        done = _revision(connection)
        if not _is_enough(done):
            raise NotReleased([RELEASE_IT])
        if _is_newer(done):
            _accept_newer(connection, done)


def is_current(db: Database) -> bool:
    """Whether this program can work: every migration that it knows has run. Raises Unavailable."""
    with db.read() as connection:
        return _is_enough(_revision(connection))


def _revision(connection: Connection) -> str | None:
    """None where nothing was ever migrated."""
    if not inspect(connection).has_table(ALEMBICS):
        return None
    found: str | None = connection.execute(text(f"SELECT version_num FROM {ALEMBICS}")).scalar()  # noqa: S608
    return found


def _is_enough(done: str | None) -> bool:
    return done not in (None, *_known()[:-1])


def _is_newer(done: str | None) -> bool:
    return done not in (None, *_known())


def _accept_newer(connection: Connection, done: str | None) -> None:
    """Raises SettingsError where it is none of the shop's."""
    if not inspect(connection).has_table(orders.name):
        words = f"its tables are another program's (revision {done}); name another database"
        raise SettingsError([f"DATABASE_URL: {words}"])
    log.warning(
        "The database is of a newer release (revision %s): it has all that this one needs, and is left alone",
        done,
    )


@cache
def _known() -> tuple[str, ...]:
    """The first one first: a file is named after its revision."""
    return tuple(sorted(file.name.partition("_")[0] for file in SCRIPTS.glob("versions/[0-9]*.py")))


def revision_of(connection: Connection) -> Literal["current", "behind", "newer"]:
    """How the tables stand to this version of the program."""
    done = _revision(connection)
    if _is_newer(done):
        return "newer"
    return "current" if _is_enough(done) else "behind"


def head() -> str:
    """The revision of the tables that this program makes."""
    return _known()[-1]


def adopt(db: Database, revision: str, then: Callable[[Connection], None]) -> None:
    """Tables of this revision were just restored and belong to no shop yet: bring them to this version, do
    what is to be done `then`, and only with the end of that transaction is it a shop."""
    with db.write() as connection:
        if not db.is_embedded:
            connection.execute(text("SET LOCAL statement_timeout = 0"))
        _upgrade(connection, revision)
        then(connection)


def patiently(start: Callable[[], Result], config: Settings) -> Result:
    """What `start` returns, tried again for half a minute while that may help: nobody answers yet, or nobody
    has released yet. The log is told what is waited for. Raises what `start` did the last time."""
    began, lines = time.monotonic(), 0
    while True:
        try:
            return start()
        except (Unavailable, NotReleased) as error:
            waited = time.monotonic() - began
            if waited >= PATIENCE or not _may_pass(error):
                raise
            if waited >= lines * BETWEEN_LINES:
                lines += 1
                why = told(error, config) or str(error)
                log.warning("Waiting, %.0f of %.0f s: %s", waited, PATIENCE, why)
        time.sleep(0.5)


def _may_pass(error: Exception) -> bool:
    trouble = find(error)
    return isinstance(error, NotReleased) or bool(trouble and trouble.passes)
