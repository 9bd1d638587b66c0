"""Lines and columns on the terminal."""

from collections.abc import Iterable, Sequence


def aligned(table: Sequence[Sequence[str]]) -> list[str]:
    """Columns with two spaces between them; amounts, the fourth, are aligned to the right."""
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    return [
        "  ".join(
            f"{cell:>{width}}" if column == 3 else f"{cell:<{width}}"
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in table
    ]


def print_lines(lines: Iterable[str]) -> None:
    for line in lines:
        print(line)
