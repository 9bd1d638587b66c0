"""A file that says which order went in which parcel: the owner's own, or what a carrier's program exports."""

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from webshop.errors import Mistyped

if TYPE_CHECKING:
    import _csv

# How the columns are called, without regard to case, spaces and signs.
NAMES = {
    "number": "number order ordernumber orderno orderid orderreference reference reference1 referenz "
    "referenznummer bestellnummer bestellung auftragsnummer kundenreferenz sendungsreferenz commande",
    "carrier": "carrier carriername courier shippingcarrier versanddienst versanddienstleister transporteur",
    "tracking": "tracking trackingnumber trackingno trackingcode trackingid sendungsnummer paketnummer "
    "paketscheinnummer parcelnumber parcelno shipmentnumber barcode identcode numerodesuivi",
}
COLUMN = {name: column for column, names in NAMES.items() for name in names.split()}
MOST_BYTES = 10_000_000


@dataclass(frozen=True)
class Parcel:
    """A line of the file, whose number there is `line`. `carrier` and `tracking` may be None."""

    line: int
    number: str
    carrier: str | None
    tracking: str | None


def read_parcels(path: Path) -> list[Parcel]:
    """The file's lines. Raises Mistyped for a file that cannot be read or has no column of order numbers."""
    text = _text(path)
    first = text.lstrip().partition("\n")[0]
    separator = max(";,\t|", key=first.count)
    try:
        rows = list(_rows(csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)))
    except csv.Error as error:
        raise Mistyped(f"{path} is no table that can be read: {error}") from error
    if not rows:
        raise Mistyped(f"{path} is empty.")
    columns = _columns(rows[0][1])
    if "number" not in columns:
        raise Mistyped(
            f"{path} begins without a line of names; one of them has to be number, for the order's, and the "
            "others are carrier and tracking."
        )
    return [_parcel(line, cells, columns) for line, cells in rows[1:]]


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
    except (OSError, ValueError) as error:
        raise Mistyped(f"{path} cannot be read: {getattr(error, 'strerror', error)}") from error
    if len(content) > MOST_BYTES:
        raise Mistyped(f"{path} is too long: at most {MOST_BYTES // 1_000_000} MB.")
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", errors="replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")  # as programs of Windows write it


def _rows(reader: "_csv.Reader") -> Iterator[tuple[int, list[str]]]:
    """Each row that is not empty, with the number of the line in which it begins."""
    line = 1
    for cells in reader:
        if any(cell.strip() for cell in cells):
            yield line, [cell.strip() for cell in cells]
        line = reader.line_num + 1


def _columns(names: Sequence[str]) -> Mapping[str, int]:
    """Which column is which; of two of the same meaning, the first."""
    found: dict[str, int] = {}
    for position, name in enumerate(names):
        column = COLUMN.get(re.sub(r"[\W_]", "", name.casefold()))
        if column:
            found.setdefault(column, position)
    return found


def _parcel(line: int, cells: Sequence[str], columns: Mapping[str, int]) -> Parcel:
    found = {name: cells[at] for name, at in columns.items() if at < len(cells)}
    return Parcel(line, found.get("number", ""), found.get("carrier") or None, found.get("tracking") or None)
