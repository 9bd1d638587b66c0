"""Brings the database's tables to this version of the program."""

from pathlib import Path

from alembic import command
from alembic.config import Config

from webshop.db.engine import Database

SCRIPTS = Path(__file__).parent / "migrations"


def migrate(db: Database) -> None:
    """Run every migration that has not run yet, all in one transaction."""
    with db.write() as connection:
        config = Config()
        config.set_main_option("script_location", str(SCRIPTS).replace("%", "%%"))
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
