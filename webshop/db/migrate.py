"""Brings the database's tables to this version of the program."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text

from webshop.db.engine import Database

SCRIPTS = Path(__file__).parent / "migrations"


def migrate(db: Database) -> None:
    """Run every migration that has not run yet, all in one transaction."""
    with db.write() as connection:
        if not db.is_embedded:  # two releases at once: SQLite's write lock does the same
            connection.execute(text("SELECT pg_advisory_xact_lock(20261123)"))
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


@contextmanager
def migrated(url: str) -> Iterator[Database]:
    """The database at `url`, brought to this version."""
    db = Database(url)
    try:
        migrate(db)
        yield db
    finally:
        db.engine.dispose()


def is_current(db: Database) -> bool:
    """Whether every migration has run."""
    with db.read() as connection:
        done = MigrationContext.configure(connection).get_current_revision()
    return done == ScriptDirectory.from_config(_config()).get_current_head()


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS).replace("%", "%%"))
    return config
