"""INSERT … ON CONFLICT, which both databases have and SQLAlchemy keeps apart by dialect."""

from functools import cache
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Table
from sqlalchemy.sql.dml import ReturningInsert

if TYPE_CHECKING:
    from sqlalchemy.dialects.postgresql import Insert


def insert(connection: Connection, table: Table) -> "Insert":
    """An insert with `on_conflict_do_update` and `on_conflict_do_nothing`."""
    return insert_of(connection.dialect.name, table)


def insert_of(dialect: str, table: Table) -> "Insert":
    """The same for a statement that is written once for each dialect ("sqlite", "postgresql"). A process
    loads the one that it speaks."""
    if dialect == "sqlite":
        from sqlalchemy.dialects import sqlite

        return sqlite.insert(table)  # type: ignore[return-value]  # the two are alike in all that we use
    from sqlalchemy.dialects import postgresql

    return postgresql.insert(table)


def count_up(connection: Connection, table: Table, **which: object) -> int:
    """The next number of the row with this key, from 1. Whoever takes one locks the row until the transaction
    ends, so that no number is lost."""
    row = _counted(connection.dialect.name, table, tuple(which))
    return int(connection.execute(row, {**which, "last": 1}).scalar_one())


@cache
def _counted(dialect: str, table: Table, which: tuple[str, ...]) -> ReturningInsert[int]:
    row = insert_of(dialect, table)
    counted = row.on_conflict_do_update(index_elements=which, set_={"last": table.c.last + 1})
    return counted.returning(table.c.last)
