"""Statements that are asked so often that on SQLite the driver itself is asked.

SQLAlchemy writes each of them once, and knows how its values are stored and its columns read. What else it
does for each execution takes longer than SQLite's answer. It executes them itself on PostgreSQL, and where
somebody listens to what is executed.
"""

from collections import namedtuple
from collections.abc import Callable, Mapping, Sequence
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
    Select,
    Update,
    any_,
    bindparam,
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


class Hot:
    """A statement with the values that are given by name; an insert has those `columns`."""

    def __init__(self, statement: Statement, columns: Sequence[str] = ()) -> None:
        self.statement = statement
        self._columns = columns
        self._driven: Driven | None = None

    def all(self, connection: Connection, values: Mapping[str, Any]) -> Sequence[Any]:
        """Its rows, whose columns have their names."""
        if is_sqlalchemys(connection.engine):
            return connection.execute(self.statement, values).all()
        return self.driven_by(connection.dialect).rows(_driver_of(connection), values)

    def first(self, connection: Connection, values: Mapping[str, Any]) -> Any:
        """The first of them, or None."""
        return next(iter(self.all(connection, values)), None)

    def run(self, connection: Connection, values: Mapping[str, Any]) -> int:
        """How many rows it has changed."""
        if is_sqlalchemys(connection.engine):
            return connection.execute(self.statement, values).rowcount
        return int(self.driven_by(connection.dialect).execute(_driver_of(connection), values).rowcount)

    def driven_by(self, dialect: Dialect) -> "Driven":
        """For SQLite's own."""
        if self._driven is None:
            self._driven = Driven(self.statement, self._columns, dialect)
        return self._driven


def is_sqlalchemys(engine: Engine) -> bool:
    """Whether SQLAlchemy executes them."""
    return engine.dialect.name != "sqlite" or bool(engine.dispatch.before_cursor_execute)


def among(dialect: str, column: Column[Any], name: str) -> ColumnElement[bool]:
    """Whether it is one of a list that is given by this name: of any length, the statement stays the same."""
    if dialect == "sqlite":
        given = func.json_each(bindparam(name, type_=JSON)).table_valued("value")
        return column.in_(select(given.c.value))
    return column == any_(bindparam(name, type_=ARRAY(type(column.type))))


def execute(connection: Connection, sql: str) -> None:
    """What SQLAlchemy has no statement for, asked of SQLite's driver. Raises what SQLAlchemy does."""
    _execute(_driver_of(connection), connection.dialect, sql, ())


class Driven:
    """A statement as the driver takes it."""

    def __init__(self, statement: Statement, columns: Sequence[str], dialect: Dialect) -> None:
        compiled: Any = statement.compile(dialect=dialect, column_keys=list(columns) or None)
        self._sql = str(compiled)
        self._fixed = compiled.params  # of what stands in the statement itself
        self._values = [(name, _storing(compiled.binds[name].type, dialect)) for name in compiled.positiontup]
        self._row = _row_of(statement, dialect)
        self._dialect = dialect

    def rows(self, driver: Any, values: Mapping[str, Any]) -> Sequence[Any]:
        """Of a connection of the driver. Raises what SQLAlchemy does."""
        return [self._row(row) for row in self.execute(driver, values).fetchall()]

    def execute(self, driver: Any, values: Mapping[str, Any]) -> Any:
        """The driver's cursor."""
        given = {**self._fixed, **values}
        stored = [store(given[name]) if store else given[name] for name, store in self._values]
        return _execute(driver, self._dialect, self._sql, stored)


def _driver_of(connection: Connection) -> Any:
    return connection.connection.dbapi_connection


def _execute(driver: Any, dialect: Dialect, sql: str, values: Sequence[Any]) -> Any:
    errors = dialect.loaded_dbapi.Error
    try:
        return driver.execute(sql, values)
    except errors as error:
        raise DBAPIError.instance(sql, None, error, errors, hide_parameters=True, dialect=dialect) from error


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
