"""A plain table with a name and a price, as Spree, oscar or a spreadsheet have it: a row for each product,
or rows of one name for its variants."""

import re
from collections.abc import Sequence

from webshop.catalog.importers.formats.headers import KNOWN, MEASURED, plain
from webshop.catalog.importers.report import Report
from webshop.catalog.importers.source import SourcePicture, SourceProduct, SourceVariant
from webshop.catalog.importers.table import Row, Table

# Names of columns, small and without signs, the likeliest first; those of WooCommerce are known, too.
NAMES = {
    "name": "name title product_name product_title product item",
    "sku": "sku upc partner_sku product_code item_code code article_number part_number reference id",
    "price": "price price_excl_tax master_price regular_price retail_price unit_price amount price_incl_tax",
    "was": "compare_at_price compare_at original_price list_price old_price rrp msrp price_retail",
    "sale_price": "sale_price special_price discount_price",
    "description": "description body long_description product_description body_html details text",
    "summary": "summary short_description subtitle",
    "categories": "categories category taxons taxon product_class product_type type collection department",
    "images": "images image image_url image_urls picture pictures photo photos image_src image_link",
    "stock": "stock quantity num_in_stock count_on_hand on_hand qty inventory total_on_hand stock_quantity",
    "weight": "weight weight_g weight_grams weight_kg grams",
    "handle": "slug handle permalink url_key",
    "tags": "tags keywords meta_keywords",
    "brand": "brand vendor manufacturer maker producer",
    "gtin": "gtin ean barcode ean13 isbn",
    "published": "published active is_public available status enabled visible",
}
OPTIONS = ("color", "colour", "size", "material", "style", "flavour", "flavor", "scent", "option")
NOT_SOLD = ("0", "no", "false", "draft", "inactive", "hidden", "archived")
UNIT = re.compile(r"_(kg|g|grams|lbs?|oz)$")
PARTS = re.compile(r"\s+->\s+|\s*>\s*")


def is_plain(table: Table) -> bool:
    columns = _columns(table.headers)
    return "name" in columns and ("price" in columns or "sku" in columns)


def _columns(headers: Sequence[str]) -> dict[str, str]:
    """The header of each column that is found, casefolded."""
    plained = {plain(header).replace(" ", "_"): header.casefold() for header in reversed(headers)}
    found: dict[str, str] = {}
    for column, names in NAMES.items():
        known = [name for name in names.split() if name in plained and plained[name] not in found.values()]
        if known:
            found[column] = plained[known[0]]
    for header in headers:
        column = KNOWN.get(plain(header), "")
        if column in NAMES and header.casefold() not in found.values():
            found.setdefault(column, header.casefold())
    return found


def read_plain(table: Table, report: Report) -> list[SourceProduct]:
    columns = _columns(table.headers)
    options = [header for header in table.headers if plain(header) in OPTIONS]
    groups: dict[str, list[Row]] = {}
    for number, row in enumerate(table.rows, 2):
        name = row.get(columns.get("handle", ""), "") or row.get(columns["name"], "")
        if not name:
            report.leave_out("a row without a name", row.get(columns.get("sku", ""), f"row {number}"))
        elif options:
            groups.setdefault(name, []).append(row)
        else:
            groups[f"{number} {name}"] = [row]
    return [_product(rows, columns, options) for rows in groups.values()]


def _product(rows: Sequence[Row], columns: dict[str, str], options: Sequence[str]) -> SourceProduct:
    first = rows[0]

    def cell(column: str) -> str:
        return first.get(columns.get(column, ""), "")

    varied = [each for each in options if len(rows) > 1 and any(each.casefold() in row for row in rows)]
    same = [each for each in options if each not in varied and each.casefold() in first]
    handle = cell("handle")
    return SourceProduct(
        title=cell("name"),
        handle=handle,
        summary=cell("summary"),
        description=cell("description"),
        pictures=[SourcePicture(address) for row in rows for address in _listed(row, columns.get("images"))],
        categories=[tuple(PARTS.split(each)) for each in _listed(first, columns.get("categories"))],
        brand=cell("brand"),
        tags=_listed(first, columns.get("tags")),
        options=tuple(varied),
        facts={each: first[each.casefold()] for each in same},
        variants=[_variant(row, columns, varied) for row in rows],
        active=cell("published").casefold() not in NOT_SOLD,
        moved_from=[f"/products/{handle}"] if handle else [],
    )


def _listed(row: Row, column: str | None) -> list[str]:
    cell = row.get(column or "", "")
    sign = next((each for each in "\n|;" if each in cell), ",")
    return [part.strip() for part in cell.split(sign) if part.strip()]


def _variant(row: Row, columns: dict[str, str], options: Sequence[str]) -> SourceVariant:
    def cell(column: str) -> str:
        return row.get(columns.get(column, ""), "")

    price, was = cell("price"), cell("was")
    if cell("sale_price"):
        price, was = cell("sale_price"), price
    weight = columns.get("weight", "")
    beside = MEASURED.fullmatch(weight)
    unit = UNIT.search(plain(weight).replace(" ", "_"))
    return SourceVariant(
        options=tuple(row.get(each.casefold(), "") for each in options),
        sku=cell("sku"),
        price=price,
        was=was,
        stock=cell("stock"),
        counted=bool(cell("stock")),
        weight=cell("weight"),
        unit=beside[2] if beside else unit[1] if unit else "g",
        gtin=cell("gtin"),
    )
