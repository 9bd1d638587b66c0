"""What the bench says: a line a row, and the same in docs/performance.md."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from bench.figures import QUIET, Measured
from bench.rows import Row

BEGIN, END = "<!-- make bench writes from here -->", "<!-- to here -->"

HEAD = ["row", "CPU µs", "DB µs", "ratio", "to", "rps", "p50 ms", "p99 ms", "MB", "load"]
LEFT = ("row", "to")
DB = HEAD.index("DB µs")

Turns = Mapping[str, Sequence[Measured]]


def quietness(turns: Turns, kept: Turns) -> str:
    """How many of all turns were kept, and what others did meanwhile."""
    chosen = [each.foreign for row in kept.values() for each in row]
    loud = [foreign for foreign in chosen if foreign > QUIET]
    others = f"in {len(loud)} of them others took more than {QUIET} of a core"
    most = f", {max(loud):.2f} at most" if loud else ""
    return f"{len(chosen)} of {sum(map(len, turns.values()))} turns kept, the quietest; {others}{most}"


def lines(rows: Sequence[Row], table: Mapping[str, Measured], found: Mapping[str, float]) -> list[str]:
    """The table: CPU time and ratios first."""
    cells = [HEAD, *(_cells(row, table[row.name], found.get(row.ratio)) for row in rows)]
    if not any(cell[DB] for cell in cells[1:]):
        cells = [cell[:DB] + cell[DB + 1 :] for cell in cells]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return [
        "  ".join(
            f"{cell:{'<' if title in LEFT else '>'}{width}}"
            for title, cell, width in zip(cells[0], line, widths, strict=True)
        ).rstrip()
        for line in cells
    ]


def _cells(row: Row, each: Measured, ratio: float | None) -> list[str]:
    return [
        row.name,
        f"{each.cpu:.0f}",
        f"{each.database:.0f}" if each.database else "",
        "" if ratio is None else f"{ratio:.3f}",
        row.floor or row.one,
        f"{each.rps:.0f}",
        f"{each.p50:.2f}",
        f"{each.p99:.2f}",
        f"{each.memory:.0f}",
        f"{each.load:.2f}",
    ]


def write_into(file: Path, lines: Sequence[str]) -> None:
    """Between the marks, as a block of code. Raises ValueError when they are not there."""
    before, after = around_the_marks(file)
    file.write_text("\n".join([before + BEGIN, "```", *lines, "```", END + after]))


def around_the_marks(file: Path) -> tuple[str, str]:
    """The page's text before and after. Raises ValueError when there are no such marks."""
    before, _begin, rest = (file.read_text() if file.is_file() else "").partition(BEGIN)
    _old, end, after = rest.partition(END)
    if not end:
        raise ValueError(f"DOCS: {file} does not have {BEGIN} and {END}")
    return before, after
