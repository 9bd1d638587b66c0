"""INSERT … ON CONFLICT, which both databases have and SQLAlchemy keeps apart by dialect."""

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite


def insert(connection: Connection, table: Table) -> postgresql.Insert:
    """An insert with `on_conflict_do_update` and `on_conflict_do_nothing`."""
    if connection.dialect.name == "sqlite":
        return sqlite.insert(table)  # type: ignore[return-value]  # the two are alike in all that we use
    return postgresql.insert(table)


def count_up(connection: Connection, table: Table, **which: object) -> int:
    """The next number of the row with this key, from 1. Whoever takes one locks the row until the transaction
    ends, so that no number is lost."""
    row = insert(connection, table).values(**which, last=1)
    counted = row.on_conflict_do_update(index_elements=list(which), set_={"last": table.c.last + 1})
    return int(connection.execute(counted.returning(table.c.last)).scalar_one())
