"""WooCommerce's export of products: a row for each product and each variation of one.

https://github.com/woocommerce/woocommerce/wiki/Product-CSV-Import-Schema has its columns.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from itertools import product as combinations
from math import prod

from webshop.catalog.importers.formats.headers import Attribute, File, find_columns, read_headers
from webshop.catalog.importers.numbers import known_unit, read_count
from webshop.catalog.importers.report import Report
from webshop.catalog.importers.source import SourcePicture, SourceProduct, SourceVariant
from webshop.catalog.importers.table import Row, Table
from webshop.links import slug

MOST_COMBINATIONS = 100  # of what a variation leaves open
KIND_OF = {"0": "private", "-1": "a draft", "2": "a draft"}


def is_woocommerce(table: Table) -> bool:
    columns = find_columns(table.headers, table.rows)
    telling = {"type", "published", "visibility", "in_stock", "parent", "price", "sale_price", "categories"}
    return (
        "name" in columns and len(telling & set(columns)) >= 3 and bool({"type", "visibility"} & set(columns))
    )


def read_woocommerce(table: Table, report: Report) -> list[SourceProduct]:
    file = read_headers(table)
    parents = _parents(file, table.rows)
    variations: dict[int, list[Row]] = {}
    for row in table.rows:
        if "variation" in file.kinds(row) and (parent := parents.get(file.cell(row, "parent").casefold())):
            variations.setdefault(id(parent), []).append(row)
    made = ((row, _product(file, row, variations.get(id(row), []), parents, report)) for row in table.rows)
    found = [(row, product) for row, product in made if product]
    product_of = {id(row): product for row, product in found}
    for row, product in found:
        others = (id(parents.get(each.casefold())) for each in _linked(file, row))
        product.goes_with = [product_of[other] for other in others if other in product_of]
    return _with_addresses([product for _row, product in found])


def _linked(file: File, row: Row) -> list[str]:
    """What else is offered where somebody looks at a product, and then what is in its cart."""
    return file.listed(row, "upsells") + file.listed(row, "cross_sells")


def _parents(file: File, rows: Sequence[Row]) -> dict[str, Row]:
    """By what variations call them: "id:12", or the sku."""
    found: dict[str, Row] = {}
    for row in rows:
        if "variation" not in file.kinds(row):
            for key in (f"id:{file.cell(row, 'id')}", file.cell(row, "sku").casefold()):
                found.setdefault(key, row)
    found.pop("", None)
    return found


def _product(
    file: File, row: Row, variations: list[Row], parents: Mapping[str, Row], report: Report
) -> SourceProduct | None:
    name, kinds = file.cell(row, "name"), file.kinds(row)
    if "variation" in kinds:
        if file.cell(row, "parent").casefold() in parents:
            return None
        report.mend("a variation whose product is not in the file; a product of its own", name)
    elif not {"simple", "variable"} & set(kinds):
        report.leave_out(f"{_kind(kinds)}, which this shop does not sell", name)
        return None
    own = file.attributes_of(row)
    varied = [each.name for row in variations for each in file.attributes_of(row)]
    options = [each for each in own if each.name in varied]
    options += [Attribute(each, ()) for each in dict.fromkeys(varied) if each not in [o.name for o in own]]
    if variations or "variation" not in kinds:
        facts = {each.name: ", ".join(each.values) for each in own if each not in options and each.values}
    else:
        facts, options = {each.name: ", ".join(each.values) for each in own}, []
    return SourceProduct(
        title=name,
        summary=_unescaped(file.cell(row, "summary")),
        description=_unescaped(file.cell(row, "description")),
        pictures=[SourcePicture(address) for address in _addresses(file.cell(row, "images"))],
        categories=[tuple(each.split(" > ")) for each in file.listed(row, "categories") if _is_named(each)],
        brand=", ".join(file.listed(row, "brands")),
        tags=file.listed(row, "tags"),
        options=tuple(each.name for each in options),
        facts={**facts, **_measures(file, row)},
        variants=_variants(file, row, variations, options, report),
        active=_is_active(file, row, report),
        tax=_tax(file.cell(row, "tax_class")),
    )


def _kind(kinds: Sequence[str]) -> str:
    return f"a product of the kind {', '.join(kinds)}"


def _is_named(category: str) -> bool:
    return category.casefold() not in ("uncategorized", "uncategorised")


def _unescaped(cell: str) -> str:
    r"""A line break is written as \n."""
    return cell.replace("\\\\n", "\0").replace("\\r", "").replace("\\n", "\n").replace("\0", "\\n")


def _addresses(cell: str) -> list[str]:
    """An address may have a comma in it."""
    parts = (part.strip(" ,") for part in re.split(r",\s*(?=https?://)|,\s+", cell))
    return [part for part in parts if part]


def _measures(file: File, row: Row) -> dict[str, str]:
    """Length, width and height are facts."""
    headers = [file.columns.get(column, "") for column in ("length", "width", "height")]
    measured = ((file.measures[each], row[each]) for each in headers if each in row and each in file.measures)
    return {name: f"{number} {unit}" for (name, unit), number in measured if number.strip("0.,")}


def _is_active(file: File, row: Row, report: Report) -> bool:
    name, published = file.cell(row, "name"), file.cell(row, "published")
    if published in KIND_OF or published.casefold() in ("no", "false"):
        report.mend(f"{KIND_OF.get(published, 'a draft')} in WooCommerce; a draft", name)
        return False
    if file.cell(row, "visibility").casefold() == "hidden":
        report.mend("hidden in WooCommerce, where only a link leads to it; a draft", name)
        return False
    return True


def _tax(tax_class: str) -> str:
    """WooCommerce's own classes; those that a shop has named itself are told by nobody."""
    words = tax_class.casefold()
    return "reduced" if words.startswith("reduced") else "none" if words.startswith("zero") else "standard"


def _variants(
    file: File, row: Row, variations: list[Row], options: Sequence[Attribute], report: Report
) -> list[SourceVariant]:
    if not variations:
        return [_variant(file, row, row, (), report)]
    found: list[SourceVariant] = []
    sharing: dict[str, list[SourceVariant]] = {}
    for each in sorted(variations, key=lambda each: read_count(file.cell(each, "position")) or 0):
        choices = _choices(file, each, options)
        if len(choices) > 1:
            report.mend(
                "a variation for any value of an option; one variant for each", file.cell(row, "name")
            )
        variants = [_variant(file, each, row, choice, report) for choice in choices]
        shared = "parent" if _is_kept_by_parent(file, each) else file.cell(each, "id") or str(len(found))
        sharing.setdefault(shared, []).extend(variants)
        found += variants
    for together in sharing.values():
        _divide(together, file.cell(row, "name"), report)
    return found


def _is_kept_by_parent(file: File, variation: Row) -> bool:
    return file.cell(variation, "stock").casefold() == "parent"


def _divide(together: Sequence[SourceVariant], name: str, report: Report) -> None:
    """What is counted in one number is sold in several variants: their numbers add up to it."""
    pieces = read_count(together[0].stock)
    if len(together) < 2 or not together[0].counted or not pieces or pieces < 0:
        return
    report.mend("one stock for several variants; divided among them", name)
    each, left = divmod(pieces, len(together))
    for place, variant in enumerate(together):
        variant.stock = str(each + (place < left))


def _choices(file: File, variation: Row, options: Sequence[Attribute]) -> list[tuple[str, ...]]:
    """The options of a variation; one that is left open stands for each value that the product has."""
    chosen = {each.name: each.values for each in file.attributes_of(variation)}
    values = [_possible(chosen.get(each.name), each.values) for each in options]
    if prod(map(len, values)) > MOST_COMBINATIONS:
        values = [each if len(each) == 1 else ("",) for each in values]
    return list(combinations(*values))


def _possible(chosen: tuple[str, ...] | None, all_values: tuple[str, ...]) -> tuple[str, ...]:
    return (", ".join(chosen),) if chosen else all_values or ("",)


def _variant(file: File, row: Row, parent: Row, options: tuple[str, ...], report: Report) -> SourceVariant:
    price, was = _prices(file, row, report)
    pictures = _addresses(file.cell(row, "images"))
    unit = file.measures.get(file.columns.get("weight", ""), ("", "kg"))[1]
    keeper = parent if _is_kept_by_parent(file, row) else row
    return SourceVariant(
        options=options,
        sku=file.cell(row, "sku"),
        price=price,
        was=was,
        stock=_stock(file, keeper),
        counted=_is_counted(file, keeper),
        weight=file.cell(row, "weight") or file.cell(parent, "weight"),
        unit=known_unit(unit),
        gtin=file.cell(row, "gtin"),
        picture=pictures[0] if pictures and row is not parent else "",
        shipped="virtual" not in file.kinds(row),
        taxed=file.cell(row, "tax_status").casefold() not in ("none", "shipping"),
        active=file.cell(row, "published") not in KIND_OF or row is parent,
    )


def _prices(file: File, row: Row, report: Report) -> tuple[str, str]:
    """Today's and the earlier one. A sale counts while it lasts."""
    name, regular, sale = (file.cell(row, each) for each in ("name", "price", "sale_price"))
    today = datetime.now(UTC).date().isoformat()
    starts, ends = file.cell(row, "sale_starts")[:10], file.cell(row, "sale_ends")[:10]
    if not sale:
        return regular, ""
    if starts > today or (ends and ends < today):
        report.leave_out("a sale price for other days than today", f"{name}: {starts} to {ends}")
        return regular, ""
    if ends:
        report.mend("a sale that ends on a day; here it lasts until you end it", f"{name}: {ends}")
    return sale, regular


def _is_counted(file: File, row: Row) -> bool:
    if file.flag(row, "backorders"):
        return False
    stock = file.cell(row, "stock")
    return bool(stock) or file.cell(row, "in_stock").casefold() in ("0", "no", "false")


def _stock(file: File, row: Row) -> str:
    return file.cell(row, "stock") or "0"


def _with_addresses(products: list[SourceProduct]) -> list[SourceProduct]:
    """The export does not have the old addresses; WordPress makes them of the titles, in this way."""
    seen: dict[str, int] = {}
    for product in products:
        words = "-".join(re.findall(r"[\w]+", product.title.casefold().replace("'", "").replace("’", "")))
        old = slug(product.title, otherwise="product") if words.isascii() or _is_latin(words) else words
        seen[old] = seen.get(old, 0) + 1
        product.moved_from = [f"/product/{old if seen[old] == 1 else f'{old}-{seen[old]}'}/"]
    return products


def _is_latin(words: str) -> bool:
    return all(letter < "\u0250" for letter in words)
