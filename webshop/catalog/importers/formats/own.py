"""This shop's own table of products, for spreadsheets: what `catalog export --csv` writes, an import reads.

A row for each variant; what is said of the product stands in its first row. A list has a line for each value.
"""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from webshop.catalog.file.entries import PictureEntry, ProductEntry, VariantEntry
from webshop.catalog.importers.source import SourcePicture, SourceProduct, SourceVariant
from webshop.catalog.importers.table import Row, Table

OF_PRODUCTS = (
    "title categories summary description pictures brand tags options facts active shipped tax tax_code "
    "warnings responsible_name responsible_address responsible_email moved_from goes_with"
).split()
OF_VARIANTS = (
    ["sku", "variant"]
    + ["option 1", "option 2", "option 3"]
    + ["price", "was", "stock", "weight", "gtin", "picture", "contents", "sold"]
)
COLUMNS = ["slug", *OF_PRODUCTS, *OF_VARIANTS]
UNLIMITED = "unlimited"
FORMULA = re.compile(
    r"'*[=+\-@\t]"
)  # what a spreadsheet would reckon with, unless an apostrophe is before it
FACT = re.compile(r"((?:\\.|[^\\:])*):\s*(.*)")  # a colon in the name has a backslash before it


def is_own(headers: Sequence[str]) -> bool:
    return {"slug", "title", "sku", "option 1", "price", "sold"} <= set(headers)


def write_own(products: Iterable[ProductEntry]) -> Iterator[bytes]:
    """The rows in UTF-8, the row of names first."""
    yield _line(COLUMNS)
    for product in products:
        cells = _product_cells(product)
        for variant in product.variants:
            yield _line([product.slug or "", *cells, *_variant_cells(variant)])
            cells = [""] * len(OF_PRODUCTS)


def _line(cells: Sequence[str]) -> bytes:
    line = io.StringIO(newline="")
    csv.writer(line).writerow([f"'{cell}" if FORMULA.match(cell) else cell for cell in cells])
    return line.getvalue().encode()


def _product_cells(product: ProductEntry) -> list[str]:
    who = product.responsible
    return [
        product.title,
        "\n".join(product.categories),
        product.summary,
        product.description,
        "\n".join(_picture(each) for each in product.pictures),
        product.brand,
        "\n".join(product.tags),
        "\n".join(product.options),
        "\n".join(_fact(name, value) for name, value in product.facts.items()),
        _yes(product.active),
        _yes(product.shipped),
        product.tax,
        product.tax_code,
        product.warnings,
        *((who.name, who.address, who.email) if who else ("", "", "")),
        "\n".join(product.moved_from),
        "\n".join(product.goes_with),
    ]


def _variant_cells(variant: VariantEntry) -> list[str]:
    return [
        variant.sku,
        variant.title,
        *(variant.options + [""] * 3)[:3],
        _number(variant.price),
        _number(variant.was),
        UNLIMITED if variant.stock is None else str(variant.stock),
        _number(variant.weight),
        variant.gtin,
        variant.picture or "",
        variant.contents,
        _yes(variant.active),
    ]


def _picture(picture: PictureEntry) -> str:
    return f"{picture.file} | {picture.alt}" if picture.alt else picture.file


def _fact(name: str, value: str) -> str:
    return name.replace("\\", "\\\\").replace(":", "\\:") + f": {value}"


def _yes(flag: bool) -> str:
    return "yes" if flag else "no"


def _number(number: Any) -> str:
    return "" if number is None else f"{number}"


def read_own(table: Table) -> list[SourceProduct]:
    by_slug: dict[str, list[Row]] = {}
    for row in table.rows:
        by_slug.setdefault(row.get("slug", ""), []).append(row)
    products = {slug: _product(slug, rows) for slug, rows in by_slug.items()}
    for slug, product in products.items():
        named = _lines(by_slug[slug][0], "goes_with")
        product.goes_with = [products[each] for each in named if each in products]
    return [*products.values()]


def _product(slug: str, rows: Sequence[Row]) -> SourceProduct:
    first = rows[0]
    who = tuple(first.get(f"responsible_{part}", "") for part in ("name", "address", "email"))
    shipped = not _is_no(first.get("shipped", ""))
    return SourceProduct(
        is_ours=True,
        handle=slug,
        title=first.get("title", ""),
        summary=first.get("summary", ""),
        description=first.get("description", ""),
        pictures=[_read_picture(line) for line in _lines(first, "pictures")],
        categories=[tuple(line.split(" > ")) for line in _lines(first, "categories")],
        brand=first.get("brand", ""),
        tags=_lines(first, "tags"),
        options=tuple(_lines(first, "options")),
        facts=dict(_read_fact(line) for line in _lines(first, "facts")),
        variants=[_variant(row, shipped) for row in rows],
        active=not _is_no(first.get("active", "")),
        tax=first.get("tax", "standard"),
        tax_code=first.get("tax_code", ""),
        warnings=first.get("warnings", ""),
        responsible=(who[0], who[1], who[2]) if any(who) else None,
        moved_from=_lines(first, "moved_from"),
    )


def _lines(row: Row, column: str) -> list[str]:
    return [line.strip() for line in row.get(column, "").split("\n") if line.strip()]


def _is_no(cell: str) -> bool:
    return cell.casefold() in ("no", "false", "0")


def _read_picture(line: str) -> SourcePicture:
    file, _bar, alt = line.partition(" | ")
    return SourcePicture(file, alt)


def _read_fact(line: str) -> tuple[str, str]:
    match = FACT.fullmatch(line)
    return (re.sub(r"\\(.)", r"\1", match[1]), match[2]) if match else (line, "")


def _variant(row: Row, shipped: bool) -> SourceVariant:
    stock = row.get("stock", UNLIMITED)
    options = [row.get(f"option {number}", "") for number in (1, 2, 3)]
    return SourceVariant(
        options=tuple(options) if any(options) else (),
        sku=row.get("sku", ""),
        title=row.get("variant", ""),
        price=row.get("price", ""),
        was=row.get("was", ""),
        stock=stock,
        counted=stock.casefold() != UNLIMITED,
        weight=row.get("weight", ""),
        gtin=row.get("gtin", ""),
        picture=row.get("picture", ""),
        contents=row.get("contents", ""),
        shipped=shipped,
        active=not _is_no(row.get("sold", "")),
    )
