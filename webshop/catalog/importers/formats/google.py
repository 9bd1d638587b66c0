"""Google's product feed: a table, or XML of RSS or Atom; a row or an item for each variant.

https://support.google.com/merchants/answer/7052112 has its attributes.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from os.path import commonprefix
from pathlib import Path
from urllib.parse import unquote, urlsplit
from xml.etree.ElementTree import Element, ParseError

from webshop.catalog.importers.report import Report
from webshop.catalog.importers.source import SourcePicture, SourceProduct, SourceVariant
from webshop.catalog.importers.table import Row, Table, read_text
from webshop.errors import Mistyped

OPTIONS = ("color", "size", "material", "pattern", "size_type", "size_system", "age_group", "gender")
FACTS = ("condition", "mpn", *OPTIONS)
CURRENCY = re.compile(r"\b[A-Z]{3}\b")


def is_google(headers: Sequence[str]) -> bool:
    names = {_attribute(header) for header in headers}
    return {"id", "title"} <= names and len(names & {"link", "image_link", "availability"}) >= 2


def is_markup(path: Path) -> bool:
    """Whether the file begins as XML does."""
    try:
        with path.open("rb") as file:
            beginning = file.read(400)
    except OSError:
        return False
    bare = beginning.replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n").lower()
    return re.match(rb"<\?xml|<rss|<feed|<!--", bare) is not None


def read_google(table: Table, report: Report) -> list[SourceProduct]:
    rows = [{_attribute(name): cell for name, cell in row.items()} for row in table.rows]
    for row in rows:
        links = re.split(r",\s*(?=https?://)", row.get("additional_image_link", ""))
        row["additional_image_link"] = "\n".join(link.strip() for link in links)
    return _products(rows, report)


def read_markup(path: Path, report: Report) -> list[SourceProduct]:
    """Raises Mistyped for XML that is broken, or no feed."""
    from defusedxml.common import DefusedXmlException  # only here, and only now and then
    from defusedxml.ElementTree import fromstring

    written, _encoding = read_text(path)
    try:
        root = fromstring(re.sub(r"^\s*<\?xml[^>]*\?>", "", written.lstrip("\ufeff")))
    except (ParseError, DefusedXmlException, ValueError) as error:
        raise Mistyped(f"{path.name} is XML that cannot be read: {error}") from error
    items = [each for each in root.iter() if _name(each) in ("item", "entry")]
    rows = [_row(item) for item in items]
    if not any("id" in row and "title" in row for row in rows):
        raise Mistyped(f"{path.name} is XML, but no feed of products: it has no items with an id and a title")
    return _products(rows, report)


def _attribute(header: str) -> str:
    """ "g:image link" is "image_link"."""
    return header.casefold().removeprefix("g:").strip().replace(" ", "_")


def _name(element: Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _row(item: Element) -> Row:
    """Attributes that come several times are lines; Atom's link is an attribute of its element."""
    row: Row = {}
    for element in item:
        name, value = _name(element), (element.text or "").strip() or element.get("href", "")
        if name == "product_detail":
            parts = {_name(part): (part.text or "").strip() for part in element}
            value = f"{parts.get('attribute_name', '')}:{parts.get('attribute_value', '')}"
        if value:
            row[name] = f"{row[name]}\n{value}" if name in row else value
    return row


def _products(rows: Iterable[Row], report: Report) -> list[SourceProduct]:
    groups: dict[str, list[Row]] = {}
    for row in rows:
        if "id" not in row:
            report.leave_out("an item without an id", row.get("title", "an item"))
            continue
        group = row.get("item_group_id")
        groups.setdefault(f"group {group}" if group else f"item {row['id']}", []).append(row)
    products = [_product(group) for group in groups.values()]
    _tell_currencies(groups.values(), report)
    return products


def _product(rows: Sequence[Row]) -> SourceProduct:
    first = rows[0]
    title = _title([row.get("title", "") for row in rows])
    options = _options(rows)
    addresses = [address for row in rows for address in _pictures(row)]
    return SourceProduct(
        title=title,
        description=first.get("description", ""),
        pictures=[SourcePicture(address) for address in dict.fromkeys(addresses)],
        categories=_categories(first),
        brand=first.get("brand", ""),
        options=tuple(each.replace("_", " ").capitalize() for each in options),
        facts=_facts(first, options),
        variants=[_variant(row, options) for row in rows],
        moved_from=list(dict.fromkeys(path for row in rows if (path := _path(row.get("link", ""))))),
    )


def _title(titles: Sequence[str]) -> str:
    """What the titles of a group have in common: "Mug – blue" and "Mug – red" are a mug."""
    if len(set(titles)) == 1:
        return titles[0]
    common = commonprefix([f"{title} " for title in titles])
    whole = re.sub(r"[\s\-–—/,|:(]+$", "", common[: common.rfind(" ") + 1])
    return whole if len(whole) >= 3 else titles[0]


def _options(rows: Sequence[Row]) -> tuple[str, ...]:
    """Where the items of a group differ; that one of them lacks a word is only a last resort."""
    values = {each: {row.get(each, "") for row in rows} for each in OPTIONS}
    differing = tuple(each for each in OPTIONS if len(values[each] - {""}) > 1)
    return differing or tuple(each for each in OPTIONS if len(values[each]) > 1)


def _pictures(row: Row) -> list[str]:
    found = [*row.get("image_link", "").split("\n"), *row.get("additional_image_link", "").split("\n")]
    return [each.strip() for each in found if each.strip()]


def _categories(first: Row) -> list[tuple[str, ...]]:
    """The shop's own come first. Google's may be a number, which says nothing to a shopper."""
    cells = [*first.get("product_type", "").split("\n"), first.get("google_product_category", "")]
    return [
        tuple(part.strip() for part in cell.split(" > ")) for cell in cells if cell and not cell.isdigit()
    ]


def _facts(first: Row, options: Sequence[str]) -> dict[str, str]:
    facts = {
        each.replace("_", " ").capitalize() if each != "mpn" else "MPN": first[each]
        for each in FACTS
        if each in first and each not in options and first[each].casefold() != "new"
    }
    details = (line.split(":")[-2:] for line in first.get("product_detail", "").split("\n"))
    return facts | {detail[0].strip(): detail[1].strip() for detail in details if len(detail) == 2}


def _variant(row: Row, options: Sequence[str]) -> SourceVariant:
    price, was = row.get("price", ""), ""
    if row.get("sale_price") and _is_now(row.get("sale_price_effective_date", "")):
        price, was = row["sale_price"], price
    is_out = row.get("availability", "").casefold().replace(" ", "_") in ("out_of_stock", "oos")
    stock = row.get("quantity") or row.get("sell_on_google_quantity") or row.get("inventory") or ""
    pictures = _pictures(row)
    return SourceVariant(
        options=tuple(row.get(each, "") for each in options),
        sku=row["id"],
        price=CURRENCY.sub("", price),
        was=CURRENCY.sub("", was),
        stock="0" if is_out else stock,
        counted=is_out or bool(stock),
        weight=row.get("shipping_weight") or row.get("product_weight", ""),
        gtin=row.get("gtin", ""),
        picture=pictures[0] if options and pictures else "",
        contents=row.get("unit_pricing_measure", ""),
    )


def _is_now(between: str) -> bool:
    """ "2026-11-01T00:00+0100/2026-11-30T00:00+0100"; without dates, always."""
    starts, _slash, ends = between.partition("/")
    today = datetime.now(UTC).date().isoformat()
    return starts[:10] <= today and (not ends or today <= ends.strip()[:10])


def _path(link: str) -> str:
    return unquote(urlsplit(link).path) if link.startswith(("http://", "https://")) else ""


def _tell_currencies(groups: Iterable[Sequence[Row]], report: Report) -> None:
    rows = [row for group in groups for row in group]
    found = Counter(match[0] for row in rows if (match := CURRENCY.search(row.get("price", ""))))
    for currency, number in found.items():
        report.currencies[currency] = number
