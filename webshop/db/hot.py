"""Statements that are asked so often that the database's driver itself is asked.

SQLAlchemy writes each of them once, and knows how its values are stored and its columns read. What else it
does for each execution takes longer than the answer. It executes them itself where somebody listens to what
is executed.
"""

from asyncio import Lock, timeout
from collections import namedtuple
from collections.abc import Callable, Mapping, Sequence
from time import monotonic
from typing import Any, cast

from sqlalchemy import (
    ARRAY,
    JSON,
    Column,
    ColumnElement,
    Connection,
    Delete,
    Dialect,
    Engine,
    Insert,
    PoolProxiedConnection,
    Select,
    Update,
    any_,
    bindparam,
    event,
    func,
    select,
)
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.dml import ReturningDelete, ReturningInsert, ReturningUpdate
from sqlalchemy.types import TypeEngine

Statement = (
    Select[Any]
    | Insert
    | Update
    | Delete
    | ReturningInsert[Any]
    | ReturningUpdate[Any]
    | ReturningDelete[Any]
)
Process = Callable[[Any], Any]

PATIENCE = 0.1  # seconds for a turn in the event loop; a thread is a millisecond away
LONGEST = 2.0  # seconds for an answer there
REST = 5.0  # seconds, after which it is tried again


class Hot:
    """A statement with the values that are given by name; an insert has those `columns`."""

    def __init__(self, statement: Statement, columns: Sequence[str] = ()) -> None:
        self.statement = statement
        self._columns = columns
        self._driven: dict[str, Driven] = {}  # by dialect

    def all(self, connection: Connection, values: Mapping[str, Any]) -> Sequence[Any]:
        """Its rows, whose columns have their names."""
        if is_sqlalchemys(connection.engine):
            return connection.execute(self.statement, values).all()
        return self.driven_by(connection.dialect).rows(connection.connection, values)

    def first(self, connection: Connection, values: Mapping[str, Any]) -> Any:
        """The first of them, or None."""
        return next(iter(self.all(connection, values)), None)

    def run(self, connection: Connection, values: Mapping[str, Any]) -> int:
        """How many rows it has changed."""
        if is_sqlalchemys(connection.engine):
            return connection.execute(self.statement, values).rowcount
        return int(self.driven_by(connection.dialect).execute(connection.connection, values).rowcount)

    def driven_by(self, dialect: Dialect) -> "Driven":
        driven = self._driven.get(dialect.name)
        if driven is None:
            driven = self._driven[dialect.name] = Driven(self.statement, self._columns, dialect)
        return driven


def is_sqlalchemys(engine: Engine) -> bool:
    """Whether SQLAlchemy executes them."""
    return bool(engine.dispatch.before_cursor_execute)


def among(dialect: str, column: Column[Any], name: str) -> ColumnElement[bool]:
    """Whether it is one of a list that is given by this name: of any length, the statement stays the same."""
    if dialect == "sqlite":
        given = func.json_each(bindparam(name, type_=JSON)).table_valued("value")
        return column.in_(select(given.c.value))
    return column == any_(bindparam(name, type_=ARRAY(type(column.type))))


def execute(connection: Connection, sql: str) -> None:
    """What SQLAlchemy has no statement for. Raises what SQLAlchemy does."""
    _execute(connection.connection, connection.dialect, sql, ())


def is_open(connection: Connection) -> bool:
    """Whether SQLite has the transaction open that was begun."""
    driver: Any = connection.connection.dbapi_connection
    return bool(driver.in_transaction)


def connect(engine: Engine) -> PoolProxiedConnection:
    """A connection for `Driven`, to be closed. Raises what SQLAlchemy does."""
    try:
        return engine.raw_connection()
    except engine.dialect.loaded_dbapi.Error as error:
        raise _as_sqlalchemys(error, engine.dialect, None) from error


class Driven:
    """A statement as the driver takes it: with its values in order (SQLite), or by name (PostgreSQL)."""

    def __init__(self, statement: Statement, columns: Sequence[str], dialect: Dialect) -> None:
        compiled: Any = statement.compile(dialect=dialect, column_keys=list(columns) or None)
        self._sql = str(compiled)
        self._fixed = compiled.params  # of what stands in the statement itself
        names = compiled.positiontup or compiled.bind_names.values()
        self._values = [(name, _storing(compiled.binds[name].type, dialect)) for name in names]
        self._row = _row_of(statement, dialect)
        self._dialect = dialect

    def rows(self, connection: PoolProxiedConnection, values: Mapping[str, Any]) -> Sequence[Any]:
        """Raises what SQLAlchemy does."""
        return [self._row(row) for row in self.execute(connection, values).fetchall()]

    async def rows_in_loop(self, driver: Any, values: Mapping[str, Any]) -> Sequence[Any]:
        """Of psycopg's AsyncConnection. Raises what that does."""
        cursor = await driver.execute(self._sql, self._as_taken(values))
        return [self._row(row) for row in await cursor.fetchall()]

    def look(self, connection: PoolProxiedConnection, values: Mapping[str, Any]) -> Sequence[Any]:
        """The same without a transaction."""
        driver: Any = connection.dbapi_connection
        if self._dialect.name == "sqlite":  # where it begins none by itself
            return self.rows(connection, values)
        driver.autocommit = True
        try:
            return self.rows(connection, values)
        finally:
            if not driver.closed:
                driver.autocommit = False

    def execute(self, connection: PoolProxiedConnection, values: Mapping[str, Any]) -> Any:
        """The driver's cursor."""
        return _execute(connection, self._dialect, self._sql, self._as_taken(values))

    def _as_taken(self, values: Mapping[str, Any]) -> Any:
        given = {**self._fixed, **values}
        stored = [(name, store(given[name]) if store else given[name]) for name, store in self._values]
        return [value for _name, value in stored] if self._dialect.positional else dict(stored)


class InLoop:
    """A connection to PostgreSQL that the event loop itself asks, one question after the other: to go to a
    thread takes longer than the answer. Where something is wrong it has none: a thread then finds out what,
    and for a while all questions are for threads. `told`: what libpq is told beyond the address."""

    def __init__(self, engine: Engine, told: Mapping[str, Any]) -> None:
        self._engine = engine
        self._told = told
        self._turn = Lock()
        self._connection: Any = None
        self._rests_until = 0.0
        event.listen(engine, "engine_disposed", self._close)

    async def rows(self, statement: Hot, values: Mapping[str, Any]) -> Sequence[Any] | None:
        """Outside of a transaction; None if a thread has to ask."""
        if monotonic() < self._rests_until or is_sqlalchemys(self._engine) or not await self._has_turn():
            return None
        try:
            driven = statement.driven_by(self._engine.dialect)
            async with timeout(LONGEST):
                return await driven.rows_in_loop(await self._connected(), values)
        except (self._engine.dialect.loaded_dbapi.Error, TimeoutError):
            self._rest()
            self._close()
            return None
        finally:
            self._turn.release()

    def _close(self, _engine: Engine | None = None) -> None:
        connection, self._connection = self._connection, None
        if connection:
            connection.pgconn.finish()

    async def _has_turn(self) -> bool:
        """Nobody waits long for one that does not end."""
        try:
            async with timeout(PATIENCE):
                return await self._turn.acquire()
        except TimeoutError:
            self._rest()
            return False

    def _rest(self) -> None:
        self._rests_until = monotonic() + REST

    async def _connected(self) -> Any:
        if self._connection is None:
            dialect: Any = self._engine.dialect
            _none, address = dialect.create_connect_args(self._engine.url)
            connect = dialect.loaded_dbapi.AsyncConnection.connect
            self._connection = await connect(**{**address, **self._told}, autocommit=True)
        return self._connection


def _execute(connection: PoolProxiedConnection, dialect: Dialect, sql: str, values: Any) -> Any:
    driver: Any = connection.dbapi_connection
    try:
        return driver.execute(sql, values)
    except dialect.loaded_dbapi.Error as error:
        is_gone = dialect.is_disconnect(error, driver, None)
        if is_gone:
            connection.invalidate(error)
        raise _as_sqlalchemys(error, dialect, sql, is_gone) from error


def _as_sqlalchemys(error: Exception, dialect: Dialect, sql: str | None, is_gone: bool = False) -> Exception:
    errors = dialect.loaded_dbapi.Error
    return DBAPIError.instance(
        sql, None, error, errors, hide_parameters=True, connection_invalidated=is_gone, dialect=dialect
    )


def _storing(kind: TypeEngine[Any], dialect: Dialect) -> Process | None:
    return kind.dialect_impl(dialect).bind_processor(dialect)


def _row_of(statement: Statement, dialect: Dialect) -> Process:
    """From the driver's tuple to one with names, each column as its type reads it."""
    columns = list(statement.exported_columns)
    names = [column.key or "" for column in columns]  # one without a name is read by its place
    kind: Any = namedtuple("Row", names, rename=True)  # type: ignore[misc]  # noqa: PYI024
    readers = [column.type.dialect_impl(dialect).result_processor(dialect, None) for column in columns]
    places = [(place, read) for place, read in enumerate(readers) if read]
    if not places:
        return cast(Process, kind._make)

    def row(stored: Sequence[Any]) -> Any:
        found = list(stored)
        for place, read in places:
            found[place] = read(found[place])
        return kind._make(found)

    return row
