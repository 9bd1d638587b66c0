"""Between rows and dataclasses: a field is the column of the same name."""

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
    names, enums = _columns(kind, frozenset(given))
    found = {name: getattr(row, name) for name in names}
    for name, enum in enums:
        found[name] = enum(found[name])
    return record(**found, **given)


@cache
def _columns(record: Any, given: frozenset[str]) -> tuple[list[str], list[tuple[str, type[StrEnum]]]]:
    """The fields that are columns, and those of them that are words of a StrEnum."""
    hints = get_type_hints(record)
    names = [field.name for field in fields(record) if field.name not in given]
    return names, [(name, hints[name]) for name in names if _is_enum(hints[name])]


def _is_enum(hint: Any) -> bool:
    return isinstance(hint, type) and issubclass(hint, StrEnum)


def values(record: Any, table: Table) -> dict[str, Any]:
    """What a dataclass says of the columns of `table`."""
    return {field.name: getattr(record, field.name) for field in fields(record) if field.name in table.c}
