"""A table in a file of text: whatever encoding it has, and whatever stands between its cells."""

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from webshop import text
from webshop.errors import Mistyped

MOST_BYTES = 100_000_000
MOST_IN_A_CELL = 5_000_000
DELIMITERS = ",;\t|"

# What other files begin with.
STRANGERS = {
    b"PK\x03\x04": "a zip file or a workbook; unpack it, or save the sheet as CSV",
    b"\xd0\xcf\x11\xe0": "a workbook; save the sheet as CSV",
    b"\x1f\x8b": "a packed file; unpack it",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"GIF8": "a picture",
    b"RIFF": "a picture or a sound",
    b"%PDF": "a PDF; the other shop has an export of products as CSV",
    b"SQLite format 3": "a database",
    b"{": "JSON; the other shop has an export of products as CSV",
    b"[{": "JSON; the other shop has an export of products as CSV",
}
ESCAPED = re.compile(r"'(?='*[=+\-@\t])")  # against spreadsheets that would reckon with it

Row = dict[str, str]  # cells that are not empty, by their column's name


@dataclass(frozen=True)
class Table:
    """`headers` are cleaned and in the file's own case; rows are by their casefolded form."""

    headers: list[str]
    rows: list[Row]
    encoding: str = "UTF-8"
    too_long: int = 0  # rows with cells that no column has


def read_text(path: Path) -> tuple[str, str]:
    """A file's text, and what its encoding is called. Raises Mistyped for what is no text."""
    try:
        if path.stat().st_size > MOST_BYTES:
            raise Mistyped(f"{path.name} is larger than {MOST_BYTES // 1_000_000} MB; split it")
        content = path.read_bytes()
    except OSError as error:
        raise Mistyped(f"{path} cannot be read: {error.strerror}") from error
    for beginning, what in STRANGERS.items():
        if content.startswith(beginning):
            raise Mistyped(f"{path.name} is no table of products, but {what}")
    decoded, encoding = _decode(path, content)
    if "\0" in decoded:
        raise Mistyped(f"{path.name} has bytes in it that no text has: save it again as CSV in UTF-8")
    if not decoded.strip():
        raise Mistyped(f"{path.name} is empty")
    return decoded, encoding


def _decode(path: Path, content: bytes) -> tuple[str, str]:
    for mark in (b"\xff\xfe", b"\xfe\xff"):
        if content.startswith(mark):
            return content.decode("utf-16", errors="replace"), "UTF-16"
    for encoding, zeros in (("utf-16-le", content[1:400:2]), ("utf-16-be", content[:400:2])):
        if len(zeros) > 2 and zeros.count(0) * 2 > len(zeros):
            return content.decode(encoding, errors="replace"), "UTF-16"
    decoded = content.decode("utf-8-sig", errors="replace")
    broken = decoded.count("\ufffd")
    if not broken or broken * 3 < sum(letter > "\x7f" for letter in decoded):
        return decoded, "UTF-8, with letters that are broken" if broken else "UTF-8"
    try:
        return content.decode("cp1252"), "Windows-1252"
    except UnicodeDecodeError as error:
        raise Mistyped(f"{path.name} is in an encoding that is not known: save it as CSV in UTF-8") from error


def read_table(path: Path) -> Table:
    """Raises Mistyped, with a sentence that says what the file is instead."""
    decoded, encoding = read_text(path)
    content = decoded.lstrip("\ufeff \t\r\n")
    if content.startswith("<"):
        raise Mistyped(f"{path.name} is no table of products, but a page or another kind of markup")
    named = re.match(r"sep=(.)\r?\n", content)
    delimiter = named[1] if named else _delimiter(content)
    content = content[named.end() :] if named else content
    lines = _lines(path, content, delimiter)
    headers = [text.clean(cell) for cell in next(lines, [])]
    if len([each for each in headers if each]) < 2:
        raise Mistyped(f"{path.name} is no table of products: its first line has no names of columns")
    cells = list(lines)
    if not cells:
        raise Mistyped(f"{path.name} has names of columns, but no products under them")
    too_long = sum(any(cell.strip() for cell in each[len(headers) :]) for each in cells)
    names = [header.casefold() for header in headers]
    return Table(headers, [_row(names, each) for each in cells], encoding, too_long)


def _delimiter(content: str) -> str:
    """Of the first line: what makes the most cells of it."""
    first = re.match(r'(?:"(?:[^"]|"")*"|[^"\r\n])*', content)
    line = re.sub(r'"(?:[^"]|"")*"', "", first[0] if first else "")
    return max(DELIMITERS, key=line.count)


def _lines(path: Path, content: str, delimiter: str) -> Iterator[list[str]]:
    """The rows with something in them. A quote in the wrong place would take in rows below it: refused."""
    csv.field_size_limit(MOST_IN_A_CELL)
    written = list(io.StringIO(content, newline=""))
    reader = csv.reader(written, delimiter=delimiter)
    begins = 0
    try:
        for cells in reader:
            record = written[begins : reader.line_num]
            if len(record) > 1 or reader.line_num == len(written):
                list(csv.reader(record, delimiter=delimiter, strict=True))
            begins = reader.line_num
            if any(cell.strip() for cell in cells):
                yield cells
    except csv.Error as error:
        where = f"{path.name}, line {begins + 1}"
        raise Mistyped(f"{where}: a quote is never closed, or stands inside a cell ({error})") from error


def _row(names: list[str], cells: list[str]) -> Row:
    """Of two columns of one name, the first one with something in it counts."""
    row: Row = {}
    for name, cell in zip(names, cells, strict=False):
        if name and cell.strip():
            cell = cell.strip()
            row.setdefault(name, cell[1:] if ESCAPED.match(cell) else cell)
    return row
