"""Which column of a WooCommerce file is which: its names are translated into the language of the shop."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from webshop.catalog.importers.table import Row, Table

WORDS = Path(__file__).with_name("woocommerce.txt")

# Values that are English in every language tell two columns, whatever they are called.
KINDS = {"simple", "variable", "variation", "grouped", "external"}
VISIBILITIES = {"visible", "hidden", "catalog", "search"}
NUMBERED = re.compile(r"^\D*\b(\d{1,2})\b.*$")  # Attribute 1 name, Attribut 1 Wert(e)
PARTS = ("name", "values", "visible", "global")  # of an attribute, in this order
LIST = re.compile(r"(?<!\\),")
MEASURED = re.compile(r"(.+?)\s*\(\s*([^\W\d]{1,6})\.?\s*\)")  # Gewicht (kg)


@dataclass(frozen=True)
class Attribute:
    name: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class File:
    """The file's columns by what they are."""

    columns: Mapping[str, str]
    attributes: Sequence[Mapping[str, str]]
    measures: Mapping[str, tuple[str, str]]

    def cell(self, row: Row, column: str) -> str:
        return row.get(self.columns.get(column, ""), "")

    def flag(self, row: Row, column: str) -> bool:
        return self.cell(row, column).casefold() in ("1", "yes", "true", "notify")

    def listed(self, row: Row, column: str) -> list[str]:
        """Cells that hold a list; a comma inside a value has a backslash before it."""
        return split(self.cell(row, column))

    def kinds(self, row: Row) -> list[str]:
        return [each.casefold() for each in self.listed(row, "type")] or ["simple"]

    def attributes_of(self, row: Row) -> list[Attribute]:
        cells = ((row.get(each["name"], ""), row.get(each["values"], "")) for each in self.attributes)
        return [Attribute(name, tuple(split(values))) for name, values in cells if name]


def split(cell: str) -> list[str]:
    parts = (part.replace("\\,", ",").strip() for part in LIST.split(cell))
    return [part for part in parts if part]


def read_headers(table: Table) -> File:
    columns = find_columns(table.headers, table.rows)
    return File(columns, _find_attributes(table.headers, columns), _find_measures(table.headers))


def _read_words() -> dict[str, list[str]]:
    lines = WORDS.read_text(encoding="utf-8").splitlines()
    pairs = (line.split(": ", 1) for line in lines if line[:1] not in ("#", ""))
    return {column: names.split(" | ") for column, names in pairs}


def plain(header: str) -> str:
    """ "En stock ?" is "en stock"."""
    return " ".join(re.findall(r"\w+", header.casefold()))


ORDER = list(_read_words())
KNOWN = {plain(name): column for column, names in _read_words().items() for name in names}


def find_columns(headers: Sequence[str], rows: Sequence[Row]) -> dict[str, str]:
    """The header of each column that is found, casefolded: {"sku": "artikelnummer", …}."""
    names = [header.casefold() for header in headers]
    found: dict[str, str] = {}
    for name in names:
        column = KNOWN.get(plain(name)) or KNOWN.get(plain(_unmeasured(name)))
        if column:
            found.setdefault(column, name)
    _by_content(names, rows, found)
    _by_place(names, found)
    return found


def _unmeasured(name: str) -> str:
    match = MEASURED.fullmatch(name)
    return match[1] if match else name


def _by_content(names: Sequence[str], rows: Sequence[Row], found: dict[str, str]) -> None:
    for column, words in (("type", KINDS), ("visibility", VISIBILITIES)):
        for name in names if column not in found else ():
            cells = {part.strip() for row in rows[:200] if name in row for part in row[name].split(",")}
            if cells & words and cells <= words | {"virtual", "downloadable"}:
                found[column] = name
                break


def _by_place(names: Sequence[str], found: dict[str, str]) -> None:
    """Between two known columns are those that stand between them in WooCommerce's order, if all do."""
    known = {name: ORDER.index(column) for column, name in found.items()}
    places = [(place, known[name]) for place, name in enumerate(names) if name in known]
    for (left, first), (right, last) in zip(places, places[1:], strict=False):
        between = names[left + 1 : right]
        if between and last - first - 1 == len(between):
            for name, column in zip(between, ORDER[first + 1 : last], strict=True):
                found.setdefault(column, name)


def _find_attributes(headers: Sequence[str], taken: Mapping[str, str]) -> list[dict[str, str]]:
    """For each attribute, the headers of its parts. They stand together, in one order in every language."""
    groups: dict[str, list[str]] = {}
    for header in headers:
        match = NUMBERED.match(header)
        if match and header.casefold() not in taken.values() and not header.casefold().startswith("meta"):
            groups.setdefault(match[1], []).append(header.casefold())
    return [dict(zip(PARTS, names, strict=False)) for names in groups.values() if len(names) >= 2]


def _find_measures(headers: Sequence[str]) -> dict[str, tuple[str, str]]:
    """Columns with a unit behind their name: {"länge (cm)": ("Länge", "cm")}."""
    found = ((header.casefold(), MEASURED.fullmatch(header)) for header in headers)
    return {name: (match[1], match[2]) for name, match in found if match}
