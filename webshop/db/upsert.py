"""INSERT … ON CONFLICT, which both databases have and SQLAlchemy keeps apart by dialect."""

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite


def insert(connection: Connection, table: Table) -> postgresql.Insert:
    """An insert with `on_conflict_do_update` and `on_conflict_do_nothing`."""
    if connection.dialect.name == "sqlite":
        return sqlite.insert(table)  # type: ignore[return-value]  # the two are alike in all that we use
    return postgresql.insert(table)
