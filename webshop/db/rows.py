"""Between rows and dataclasses: a field is the column of the same name.

A release may add kinds (of mails, alarms, risks): the one before reads them as words, and leaves them alone.
It may not add states in one step: nobody can work with an order whose state is unknown.
"""

import json
import logging
from collections import namedtuple
from collections.abc import Sequence
from dataclasses import fields
from enum import StrEnum
from functools import cache
from typing import Any, TypeVar, get_type_hints

from sqlalchemy import JSON, Column, ColumnElement, Row, Table, Text, cast

from webshop.errors import Unavailable
from webshop.language.messages import gettext as _

log = logging.getLogger(__name__)

Record = TypeVar("Record")


class Kind(StrEnum):
    """Words to which later releases may add: one of theirs is equal to none of these, and can be shown."""

    @classmethod
    def _missing_(cls, value: object) -> "Kind":
        theirs = str.__new__(cls, value)
        theirs._name_, theirs._value_ = "LATER", str(value)
        return theirs


def read(record: type[Record], row: Row[Any], /, **given: Any) -> Record:
    """The `record` that a row describes; a word of a StrEnum becomes one. `given` are fields that the row
    does not have. Raises Unavailable for a word that only a later release knows: it must be at work, too."""
    kind: Any = record
    names, enums = _columns(kind, frozenset(given))
    found = {name: getattr(row, name) for name in names}
    for name, enum in enums:
        found[name] = _word(enum, found[name])
    return record(**found, **given)


def _word(enum: type[StrEnum], word: str) -> StrEnum:
    try:
        return enum(word)
    except ValueError as error:
        log.error("A %s of a later release is in the database: %r", enum.__name__, word)
        raise Unavailable(_("The shop is very busy. Please try again in a moment.")) from error


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


class Stored:
    """Rows of these columns as they are stored, JSON as text: whoever keeps what was read compares them."""

    def __init__(self, *columns: Column[Any]) -> None:
        self.columns = [_stored(column) for column in columns]
        self._json = [place for place, column in enumerate(columns) if isinstance(column.type, JSON)]
        kind: Any = namedtuple("Row", [each.name for each in columns])  # type: ignore[misc]  # noqa: PYI024
        self._row = kind

    def read(self, stored: Sequence[Any]) -> Any:
        """The row with its names, as the columns' types read it."""
        found = list(stored)
        for place in self._json:
            found[place] = json.loads(found[place]) if found[place] else None
        return self._row._make(found)


def _stored(column: Column[Any]) -> ColumnElement[Any]:
    return cast(column, Text).label(column.name) if isinstance(column.type, JSON) else column
