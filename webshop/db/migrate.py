"""Brings the database's tables to this version of the program."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from webshop import shop
from webshop.db import modes
from webshop.db.engine import Database
from webshop.settings.mode import ShopMode
from webshop.settings.model import Settings

SCRIPTS = Path(__file__).parent / "migrations"


def migrate(db: Database, mode: ShopMode | None = None) -> None:
    """Run every migration that has not run yet, and make the database one of this mode (None: it does not
    matter), all in one transaction: one of another mode stays as it is. Raises SettingsError."""
    with db.write() as connection:
        if not db.is_embedded:  # two releases at once: SQLite's write lock does the same
            connection.execute(text("SELECT pg_advisory_xact_lock(20261123)"))
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        if mode:
            modes.claim(connection, mode)


@contextmanager
def migrated(config: Settings, *, of_any_mode: bool = False) -> Iterator[Database]:
    """The shop's database, brought to this version. Raises SettingsError if it is of another mode, and
    FileError for a shop.toml that does not say where the shop's days begin."""
    db = Database(config.database, zone=shop.load(config.shop_file).zone)
    try:
        migrate(db, None if of_any_mode else config.mode)
        yield db
    finally:
        db.engine.dispose()


def is_current(db: Database) -> bool:
    """Whether every migration has run."""
    with db.read() as connection:
        done = MigrationContext.configure(connection).get_current_revision()
    return done == ScriptDirectory.from_config(_config()).get_current_head()


def head() -> str:
    """The revision of the tables that this program makes."""
    return str(ScriptDirectory.from_config(_config()).get_current_head())


def adopt(db: Database, revision: str, then: Callable[[Connection], None]) -> None:
    """Tables of this revision were just restored and belong to no shop yet: bring them to this version, do
    what is to be done `then`, and only with the end of that transaction is it a shop."""
    with db.write() as connection:
        if not db.is_embedded:
            connection.execute(text("SET LOCAL statement_timeout = 0"))
        config = _config()
        config.attributes["connection"] = connection
        command.stamp(config, revision, purge=True)
        command.upgrade(config, "head")
        then(connection)


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS).replace("%", "%%"))
    return config
