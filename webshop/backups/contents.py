"""What a shop's database says of itself, for whoever copies it or fills it."""

from pathlib import Path

from sqlalchemy import Connection, func, inspect, select, text

from webshop.db.engine import Database
from webshop.db.tables import counters, orders


def file_of(db: Database) -> Path:
    """Of an embedded database."""
    return Path(str(db.engine.url.database))


def url_of(db: Database) -> str:
    """As libpq reads it, with its password."""
    return db.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)


def server_version(db: Database) -> int:
    """As PostgreSQL counts: 150004."""
    with db.read() as connection:
        return int(connection.execute(text("SHOW server_version_num")).scalar_one())


def count_orders(connection: Connection) -> int:
    return connection.execute(select(func.count()).select_from(orders)).scalar_one()


def list_tables(db: Database) -> set[str]:
    """Of the shop's and others', whatever is there."""
    with db.read() as connection:
        return set(inspect(connection).get_table_names())


def clear_away(db: Database) -> None:
    """Drop what a restore that failed has filled, which was empty before."""
    with db.write() as connection:
        counters.modes.metadata.drop_all(connection)
        connection.execute(text("DROP TABLE IF EXISTS alembic_version"))
