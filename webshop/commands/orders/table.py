"""Lines and columns on the terminal."""

import shutil
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from unicodedata import combining, east_asian_width

GAP = "  "
LEAST = 18  # letters that are left of a column which is cut


@dataclass(frozen=True)
class Column:
    """How a column is set: with amounts to the right; when the terminal is narrow, it is `cut` or `dropped`
    before those with a higher number. 0: never."""

    right: bool = False
    cut: int = 0
    dropped: int = 0


def room() -> int | None:
    """The letters in a line of the terminal; None where it is none: a file, or another program."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None


def aligned(columns: Mapping[str, Column], rows: Sequence[Mapping[str, str]], width: int | None) -> list[str]:
    """The rows as lines, none of which is longer than `width`. Piped, nothing is left out."""
    widths = {name: max((width_of(row[name]) for row in rows), default=0) for name in columns}
    if width is not None:
        _fit(widths, columns, width)
    lines = [GAP.join(_set(row[name], size, columns[name]) for name, size in widths.items()) for row in rows]
    return [_shortened(line, width).rstrip() for line in lines]


def _fit(widths: dict[str, int], columns: Mapping[str, Column], width: int) -> None:
    """Drop columns until what is left can be cut to the width, and cut it."""
    may_be_cut = sorted((name for name in widths if columns[name].cut), key=lambda name: columns[name].cut)
    may_be_dropped = [name for name in widths if columns[name].dropped]
    for name in sorted(may_be_dropped, key=lambda name: columns[name].dropped):
        spare = sum(max(0, widths.get(each, 0) - LEAST) for each in may_be_cut)
        if _total(widths) - spare <= width:
            break
        del widths[name]
    for name in may_be_cut:
        if name in widths:
            widths[name] -= min(max(0, _total(widths) - width), max(0, widths[name] - LEAST))


def _total(widths: Mapping[str, int]) -> int:
    return sum(widths.values()) + len(GAP) * (len(widths) - 1)


def _set(cell: str, size: int, column: Column) -> str:
    cell = _shortened(cell, size)
    filling = " " * (size - width_of(cell))
    return filling + cell if column.right else cell + filling


def _shortened(text: str, width: int | None) -> str:
    if width is None or width_of(text) <= width:
        return text
    while text and width_of(text) >= width:
        text = text[:-1]
    return f"{text.rstrip(' …')}…"


def width_of(text: str) -> int:
    """In columns of a terminal, where the letters of some scripts take two."""
    return sum(0 if combining(each) else 2 if east_asian_width(each) in "WF" else 1 for each in text)


def print_lines(lines: Iterable[str]) -> None:
    for line in lines:
        print(line)
