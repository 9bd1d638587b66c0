"""Shopify's export of products: a row for each variant and each further picture, by the product's handle.

https://help.shopify.com/en/manual/products/import-export/using-csv has its columns;
most have other names since 2025.
"""

import re
from collections.abc import Iterable, Sequence

from webshop.catalog.importers.report import Report
from webshop.catalog.importers.source import SourcePicture, SourceProduct, SourceVariant
from webshop.catalog.importers.table import Row, Table

# Each column's names, small, the older ones first.
COLUMNS = {
    "handle": ("handle", "url handle"),
    "description": ("body (html)", "body html", "body", "description"),
    "category": ("product category", "standard product type", "standardized product type"),
    "type": ("type", "custom product type", "product type"),
    "collection": ("collection", "custom collections", "collections"),
    "published": ("published", "published on online store"),
    "sku": ("variant sku", "sku"),
    "grams": ("variant grams", "weight value (grams)"),
    "weight": ("variant weight", "weight"),
    "unit": ("variant weight unit", "weight unit for display", "weight unit"),
    "tracker": ("variant inventory tracker", "inventory tracker"),
    "stock": ("variant inventory qty", "inventory quantity", "inventory qty"),
    "policy": ("variant inventory policy", "continue selling when out of stock", "inventory policy"),
    "price": ("variant price", "price"),
    "was": ("variant compare at price", "compare-at price", "compare at price"),
    "shipped": ("variant requires shipping", "requires shipping"),
    "taxed": ("variant taxable", "charge tax", "taxable"),
    "gtin": ("variant barcode", "barcode"),
    "picture": ("image src", "product image url", "image url"),
    "position": ("image position", "product image position"),
    "alt": ("image alt text", "product image alt text"),
    "own_picture": ("variant image", "variant image url"),
    "contents": ("unit price total measure",),
    "contents_unit": ("unit price total measure unit",),
}
METAFIELD = re.compile(r"(?:(.+?)\s*\()?(product\.metafields\.([^.]+)\.[^)]+)\)?")
NO_FACTS = ("mm-google-shopping", "reviews", "discovery--product_recommendation", "google")
DEFAULT = "Default Title"
NO_CATEGORY = "Uncategorized"


def is_shopify(headers: Sequence[str]) -> bool:
    names = set(headers)
    has_handle = "handle" in names or "url handle" in names
    return has_handle and bool(names & {"option1 name", "option1 value", "variant price", "body (html)"})


def read_shopify(table: Table, report: Report) -> list[SourceProduct]:
    by_handle: dict[str, list[Row]] = {}
    for row in table.rows:
        handle = _cell(row, "handle")
        if handle:
            by_handle.setdefault(handle, []).append(row)
        else:
            report.leave_out("a row without a handle", row.get("title", "") or _cell(row, "sku") or "a row")
    columns = {header.casefold() for header in table.headers}
    facts = _metafields(table.headers)
    products = (_product(handle, rows, columns, facts, report) for handle, rows in by_handle.items())
    return [product for product in products if product]


def _cell(row: Row, column: str) -> str:
    return next((row[name] for name in COLUMNS[column] if name in row), "")


def _first(rows: Iterable[Row], column: str) -> str:
    return next((cell for row in rows if (cell := _cell(row, column))), "")


def _metafields(headers: Iterable[str]) -> dict[str, tuple[str, str]]:
    """By column: what the fact is called, and the metafield."""
    found = {}
    for header in headers:
        match = METAFIELD.fullmatch(header)
        if match and match[3] not in NO_FACTS:
            name = match[1] or match[2].rpartition(".")[2].replace("_", " ").replace("-", " ").capitalize()
            found[header.casefold()] = (name, match[2])
    return found


def _product(
    handle: str, rows: list[Row], columns: set[str], facts: dict[str, tuple[str, str]], report: Report
) -> SourceProduct | None:
    first = next((row for row in rows if "title" in row), rows[0])
    title = first.get("title", "")
    if any(_is_true(row.get("gift card", "")) for row in rows):
        report.leave_out("a gift card, which this shop does not sell", title or handle)
        return None
    bought = [row for row in rows if row is first or _is_variant(row)]
    return SourceProduct(
        title=title,
        handle=handle,
        description=_cell(first, "description"),
        pictures=_pictures(rows),
        categories=_categories(first),
        brand=first.get("vendor", ""),
        tags=first.get("tags", "").split(","),
        options=_option_names(bought),
        facts=_facts(first, bought, facts),
        variants=[_variant(row, bought, columns) for row in bought],
        active=_is_active(first, title or handle, report),
        moved_from=[f"/products/{handle}"],
    )


def _is_variant(row: Row) -> bool:
    return bool(row.get("option1 value") or _cell(row, "sku") or _cell(row, "price"))


def _is_true(cell: str) -> bool:
    return cell.casefold() in ("true", "yes", "1", "continue")


def _is_false(cell: str) -> bool:
    return cell.casefold() in ("false", "no", "0")


def _is_active(first: Row, name: str, report: Report) -> bool:
    status = first.get("status", "").casefold()
    if status in ("draft", "archived", "unlisted"):
        kind = {"unlisted": "found only by whoever had the link (unlisted)"}.get(status, status)
        report.mend(f"{kind} in Shopify; a draft", name)
        return False
    if _is_false(_cell(first, "published")):
        report.mend("not published in Shopify; a draft", name)
        return False
    return True


def _pictures(rows: Iterable[Row]) -> list[SourcePicture]:
    """By their positions; those without one keep their place in the file, at the end."""
    found = [row for row in rows if _cell(row, "picture")]
    found.sort(key=lambda row: _place(_cell(row, "position")))
    return [SourcePicture(_cell(row, "picture"), _cell(row, "alt")) for row in found]


def _place(position: str) -> int:
    return int(position) if position.isascii() and position.isdigit() and len(position) < 9 else 10**9


def _categories(first: Row) -> list[tuple[str, ...]]:
    """The shop's own words come before those of Shopify's taxonomy."""
    cells = (_cell(first, "collection"), _cell(first, "type"), _cell(first, "category"))
    paths = (tuple(part.strip() for part in cell.split(" > ")) for cell in cells if cell)
    return [path for path in paths if path != (NO_CATEGORY,)]


def _option_names(bought: Sequence[Row]) -> tuple[str, ...]:
    """A product without options has one that is called Title, and its only value is "Default Title"."""
    if all(row.get("option1 value", DEFAULT) == DEFAULT for row in bought) and len(bought) == 1:
        return ()
    names = (f"option{number} name" for number in (1, 2, 3))
    return tuple(next((row[name] for row in bought if name in row), "") for name in names)


def _facts(first: Row, bought: Sequence[Row], facts: dict[str, tuple[str, str]]) -> dict[str, str]:
    """What is an option is no fact, too."""
    linked = {row.get(f"option{number} linked to", "") for row in bought for number in (1, 2, 3)}
    return {
        name: first[column].replace("; ", ", ")
        for column, (name, metafield) in facts.items()
        if column in first and metafield not in linked and not first[column].startswith(("{", "[", "gid:"))
    }


def _variant(row: Row, bought: Sequence[Row], columns: set[str]) -> SourceVariant:
    values = tuple(row.get(f"option{number} value", "") for number in (1, 2, 3))
    grams = _cell(row, "grams")
    return SourceVariant(
        options=() if len(bought) == 1 and values[0] in ("", DEFAULT) else values,
        sku=_cell(row, "sku"),
        price=_cell(row, "price"),
        was=_cell(row, "was"),
        stock=_stock(row, columns),
        counted=_is_counted(row, columns),
        weight=grams or _cell(row, "weight"),
        unit="g" if grams else _cell(row, "unit") or "g",
        gtin=_cell(row, "gtin"),
        picture=_cell(row, "own_picture"),
        contents=f"{_cell(row, 'contents')} {_cell(row, 'contents_unit')}".strip(),
        shipped=not _is_false(_cell(row, "shipped")),
        taxed=not _is_false(_cell(row, "taxed")),
    )


def _has(columns: set[str], column: str) -> bool:
    return not columns.isdisjoint(COLUMNS[column])


def _is_counted(row: Row, columns: set[str]) -> bool:
    """Not what is sold on when it is out, nor what nobody tracks."""
    if _is_true(_cell(row, "policy")):
        return False
    if _has(columns, "tracker"):
        return bool(_cell(row, "tracker"))
    return bool(_cell(row, "stock"))


def _stock(row: Row, columns: set[str]) -> str:
    """Shopify takes an empty cell for 0; with several locations, its file has no such column."""
    return _cell(row, "stock") or ("0" if _has(columns, "stock") else "")
