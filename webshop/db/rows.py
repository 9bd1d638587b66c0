"""Between rows and dataclasses: a field is the column of the same name."""

from collections.abc import Callable
from dataclasses import fields
from enum import StrEnum
from functools import cache
from typing import Any, TypeVar, get_type_hints

from sqlalchemy import Row, Table

Record = TypeVar("Record")


def read(record: type[Record], row: Row[Any], /, **given: Any) -> Record:
    """The `record` that a row describes; a word of a StrEnum becomes one. `given` are fields that the row
    does not have."""
    kind: Any = record
    columns = _columns(kind)
    found = {name: as_kept(getattr(row, name)) for name, as_kept in columns.items() if name not in given}
    return record(**found, **given)


@cache
def _columns(record: Any) -> dict[str, Callable[[Any], Any]]:
    """Each field, and what makes its value from the column's."""
    hints = get_type_hints(record)
    return {field.name: _maker(hints[field.name]) for field in fields(record)}


def _maker(hint: Any) -> Callable[[Any], Any]:
    return hint if isinstance(hint, type) and issubclass(hint, StrEnum) else _as_it_is


def _as_it_is(value: Any) -> Any:
    return value


def values(record: Any, table: Table) -> dict[str, Any]:
    """What a dataclass says of the columns of `table`."""
    return {field.name: getattr(record, field.name) for field in fields(record) if field.name in table.c}
