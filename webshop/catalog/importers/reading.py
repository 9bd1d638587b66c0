"""Which kind of file it is, by the names of its columns, and what is in it."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from webshop.catalog.importers.formats.google import is_google, is_markup, read_google, read_markup
from webshop.catalog.importers.formats.own import is_own, read_own
from webshop.catalog.importers.formats.plain import is_plain, read_plain
from webshop.catalog.importers.formats.shopify import is_shopify, read_shopify
from webshop.catalog.importers.formats.woocommerce import is_woocommerce, read_woocommerce
from webshop.catalog.importers.report import Report
from webshop.catalog.importers.source import SourceProduct
from webshop.catalog.importers.table import Table, read_table
from webshop.errors import Mistyped


@dataclass(frozen=True)
class Found:
    """`kind` is what the file is called in the report."""

    kind: str
    products: Sequence[SourceProduct]
    is_own: bool = False


def read_products(path: Path, report: Report) -> Found:
    """Raises Mistyped for a file that is of none of the kinds."""
    if is_markup(path):
        found = Found("a Google feed (XML)", read_markup(path, report))
    else:
        found = _read_table(path, read_table(path), report)
    if not found.products:
        raise Mistyped(f"{path.name} is {found.kind}, but there is no product in it that this shop can sell")
    return found


def _read_table(path: Path, table: Table, report: Report) -> Found:
    names = [header.casefold() for header in table.headers]
    encoding = f", {len(table.rows)} rows, {table.encoding}"
    if table.too_long:
        report.mend("rows with more cells than there are columns; those left out", f"{table.too_long} rows")
    if is_own(names):
        return Found("this shop's own table" + encoding, read_own(table), is_own=True)
    if is_shopify(names):
        return Found("Shopify's export" + encoding, read_shopify(table, report))
    if is_google(names):
        return Found("a Google feed" + encoding, read_google(table, report))
    if is_woocommerce(table):
        return Found("WooCommerce's export" + encoding, read_woocommerce(table, report))
    if is_plain(table):
        return Found("a plain table" + encoding, read_plain(table, report))
    shown = ", ".join(header for header in table.headers if header)[:200]
    raise Mistyped(
        f"{path.name} is a table, but of no kind that is known: Shopify's, WooCommerce's, a Google feed, "
        f"this shop's own, or one with name and price. Its columns: {shown}"
    )
