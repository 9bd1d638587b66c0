"""Many rows at once, so that nobody waits for long: SQLite has one writer, PostgreSQL locks what is changed.

What is slow, making statements of rows, is done before anything is locked: `stage` writes the rows into a
temporary table, and `merge` is one statement. Where that cannot be, `rehearsed` collects what would be
written, and `perform` does it bit by bit.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from time import monotonic, sleep
from typing import Any, TypeVar

from sqlalchemy import Column, Connection, MetaData, Table, collate, event, select, text, true
from sqlalchemy.schema import CreateTable, DropTable

from webshop.db.engine import Database
from webshop.db.upsert import insert
from webshop.errors import Unavailable

SHORT = 0.1  # seconds that a part takes, about
PAUSE = 0.15  # seconds between two parts; whoever waits for SQLite looks again after 0.1 at most
FIRST_PART = 500  # rows
PATIENCE = 10  # times that a lock is waited for

Result = TypeVar("Result")


def stage(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> Table:
    """A temporary table with these rows, which have all the same columns of `table`. Locks nothing."""
    columns = [Column(name, table.c[name].type) for name in (rows[0] if rows else ())]
    name = f"staged_{table.name}"
    staged = Table(name, MetaData(), *columns, prefixes=["TEMPORARY"], postgresql_on_commit="DROP")
    if rows:
        connection.execute(CreateTable(staged))
        connection.execute(staged.insert(), rows)
    return staged


def takes_its_time(connection: Connection) -> None:
    """What this transaction asks is not ended after the seconds that any other statement may take."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SET LOCAL statement_timeout = 0"))


def merge(connection: Connection, staged: Table, table: Table, keeps: Iterable[str] = ()) -> None:
    """Put the staged rows into the table, in one statement and in the order of the key, so that two who do so
    never wait for each other in a ring. Rows that are there keep the columns of `keeps`."""
    if not len(staged.c):
        return
    keys = [column.name for column in table.primary_key]
    collation = "BINARY" if connection.dialect.name == "sqlite" else "C"
    rows = select(staged).where(true()).order_by(*(collate(staged.c[key], collation) for key in keys))
    statement = insert(connection, table).from_select([column.name for column in staged.c], rows)
    kept = {*keys, *keeps}
    taken = {column.name: statement.excluded[column.name] for column in staged.c if column.name not in kept}
    connection.execute(statement.on_conflict_do_update(index_elements=keys, set_=taken))
    connection.execute(DropTable(staged))


@dataclass(frozen=True)
class Change:
    """A statement as the driver takes it, and its rows."""

    sql: str
    rows: Sequence[Any]


@contextmanager
def rehearsed(connection: Connection) -> Iterator[list[Change]]:
    """Inside, what reads is done, and what writes is only put on the list."""
    found: list[Change] = []
    own = connection.connection.dbapi_connection

    def keep(cursor: Any, sql: str, parameters: Any, _context: Any, many: bool) -> bool:
        if cursor.connection is not own or sql.lstrip().upper().startswith(("SELECT", "WITH", "PRAGMA")):
            return False
        found.append(Change(sql, list(parameters) if many else [parameters]))
        return True

    def one(cursor: Any, sql: str, parameters: Any, context: Any) -> bool:
        return keep(cursor, sql, parameters, context, many=False)

    def many(cursor: Any, sql: str, parameters: Any, context: Any) -> bool:
        return keep(cursor, sql, parameters, context, many=True)

    event.listen(connection.engine, "do_execute", one)
    event.listen(connection.engine, "do_executemany", many)
    try:
        yield found
    finally:
        event.remove(connection.engine, "do_execute", one)
        event.remove(connection.engine, "do_executemany", many)


def perform(db: Database, changes: Sequence[Change]) -> None:
    """In transactions of their own, each short, with a pause in which others get their turn."""
    size = FIRST_PART
    for change in changes:
        rows = list(change.rows)
        while rows:
            part, rows = rows[:size], rows[size:]
            size = _next_size(size, persistently(partial(_do, db, change.sql, part)))
            tidy_up(db)
            if rows or change is not changes[-1]:
                sleep(PAUSE)


def tidy_up(db: Database) -> None:
    """Move what was written out of SQLite's log, which else the next shopper would have to do."""
    if db.is_embedded:
        with db.engine.connect() as connection:
            connection.connection.cursor().execute("PRAGMA wal_checkpoint(PASSIVE)")


def _do(db: Database, sql: str, rows: Sequence[Any]) -> float:
    """How many seconds others could not write."""
    with db.write() as connection:
        began = monotonic()
        connection.exec_driver_sql(sql, rows)
    return monotonic() - began


def persistently(transaction: Callable[[], Result]) -> Result:
    """Again where shoppers were always quicker. Raises Unavailable in the end."""
    for _attempt in range(PATIENCE):
        with suppress(Unavailable):
            return transaction()
    return transaction()


def _next_size(size: int, took: float) -> int:
    return max(100, min(20_000, size * 2 if took < SHORT / 2 else size if took < SHORT else size // 2))
