"""A TOML file with one thing wrong in it: every field in turn, in every way that a hand slips."""

import json
from collections.abc import Iterator
from copy import deepcopy
from datetime import date
from decimal import Decimal
from typing import Any

Path = tuple[str | int, ...]

GONE = object()  # the field is taken out

WRONG: list[Any] = [
    GONE,
    "",
    " ",
    "\u200b",
    "nope.jpg",
    "../../etc/passwd",
    "<script>alert(1)</script>",
    "{{ 7 * 7 }} %(name)s {0}",
    "two\nlines",
    "a\x00b",
    "\u202eesrever\u202c \N{ZERO WIDTH JOINER}\N{PILE OF POO}",
    "x" * 6000,
    "24,00",
    "-1",
    -1,
    0,
    1,
    10**19,
    Decimal("0.001"),
    Decimal("1E+40"),
    Decimal("1E-400"),
    Decimal("NaN"),
    Decimal("Infinity"),
    True,
    False,
    date(2026, 11, 27),
    [],
    [[]],
    ["x"],
    {},
    {"x": 1},
]


def mutations(content: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each with a name: where, and what stands there now. Besides wrong values: a word that nobody knows in
    each table, and each row of a list twice."""
    for path in _paths(content):
        for wrong in WRONG:
            yield (
                f"{_dotted(path)} = {'gone' if wrong is GONE else written(wrong)[:50]}",
                _put(content, path, wrong),
            )
        value = _get(content, path)
        if isinstance(value, dict):
            yield f"{_dotted(path)}.colour", _put(content, (*path, "colour"), "red")
        if isinstance(value, list) and value:
            yield f"{_dotted(path)} twice", _put(content, path, [*value, value[0]])


def _paths(content: Any, above: Path = ()) -> Iterator[Path]:
    """Of every value: tables, rows of lists, and what stands in them. Of plain lists the first element."""
    items: Any = content.items() if isinstance(content, dict) else ()
    if isinstance(content, list):
        rows = list(enumerate(content))
        items = rows if all(isinstance(row, dict) for row in content) else rows[:1]
    for key, value in items:
        yield (*above, key)
        yield from _paths(value, (*above, key))


def _get(content: Any, path: Path) -> Any:
    for key in path:
        content = content[key]
    return content


def _put(content: dict[str, Any], path: Path, value: Any) -> dict[str, Any]:
    copy = deepcopy(content)
    holder = _get(copy, path[:-1])
    if value is GONE:
        del holder[path[-1]]
    else:
        holder[path[-1]] = value
    return copy


def _dotted(path: Path) -> str:
    return ".".join(map(str, path))


def written(value: Any) -> str:
    """As TOML, on one line. A JSON string is one of TOML, but for what no text of either may have."""
    match value:
        case bool():
            return str(value).lower()
        case dict():
            return (
                "{" + ", ".join(f"{json.dumps(key)} = {written(each)}" for key, each in value.items()) + "}"
            )
        case list():
            return "[" + ", ".join(map(written, value)) + "]"
        case Decimal() if not value.is_finite():
            return "nan" if value.is_nan() else "inf"
        case Decimal() | int() | date():
            return f"{value:f}" if isinstance(value, Decimal) and abs(value.adjusted()) < 20 else str(value)
    return json.dumps(value, ensure_ascii=False)


def document(content: dict[str, Any]) -> str:
    return "\n".join(f"{json.dumps(key)} = {written(value)}" for key, value in content.items()) + "\n"
