"""Orders as tables for bookkeeping: CSV (RFC 4180) in UTF-8, safe to open in a spreadsheet."""

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from webshop.admin import order_list
from webshop.admin.order_list import ExportRow, Filter
from webshop.db.engine import Database
from webshop.language.messages import current
from webshop.pricing import money
from webshop.pricing.tax import TaxLine

COLUMNS = (
    "number invoice placed paid shipped state email name country region postcode city "
    "currency subtotal shipping tax total refunded charge mode street street2 company phone vat_number "
    "billing_name billing_company billing_line1 billing_line2 billing_postcode billing_city billing_region "
    "billing_country"
).split()
OF_LINES = (
    "number invoice placed paid state country currency sku title variant quantity unit_price total "
    "tax_percent mode"
).split()
OF_TAXES = (
    "number invoice placed paid state country region postcode currency tax_name tax_percent net tax gross "
    "mode"
).split()

# A spreadsheet runs a cell that begins like this, also after spaces; full-width signs too. Some split a line
# at semicolons, whatever stands between commas.
FORMULA = re.compile(r"(^|[,;\t\r\n])(?=\s*[=+\-@＝＋－＠\t\r])")


@dataclass(frozen=True)
class Notation:
    """What stands between cells, and before the decimals."""

    separator: str = ","
    decimal: str = "."

    def line(self, cells: Sequence[str]) -> bytes:
        line = io.StringIO(newline="")
        csv.writer(line, delimiter=self.separator).writerow(cells)
        return line.getvalue().encode()

    def amount(self, amount: int, currency: str) -> str:
        return self._number(money.to_major(amount, currency))

    def percent(self, rate: int) -> str:
        """`rate` in millionths."""
        return self._number(Decimal(rate).scaleb(-4).normalize())

    def _number(self, number: Decimal) -> str:
        return f"{number:f}".replace(".", self.decimal)


PLAIN = Notation()


def export_orders(db: Database, chosen: Filter, notation: Notation = PLAIN) -> Iterator[bytes]:
    """A row an order, in pieces, the row of names first. Moments are the shop's, amounts in the
    currency's major unit."""
    yield notation.line(COLUMNS)
    for order in order_list.walk(db, chosen):
        yield notation.line(_cells(order, notation))


def _cells(order: ExportRow, notation: Notation) -> list[str]:
    typed = (order.email, order.name, order.country, order.region, order.postal_code, order.city)
    amounts = (order.subtotal, order.shipping, order.tax, order.total, order.refunded)
    return [
        order.number,
        order.invoice or "",
        *(_moment(each) for each in (order.placed_at, order.paid_at, order.shipped_at)),
        order.state,
        *(defused(each) for each in typed),
        order.currency,
        *(notation.amount(amount, order.currency) for amount in amounts),
        order.charge or "",
        order.mode,
        defused(order.line1),
        defused(order.line2),
        *(defused(each) for each in _buyer(order)),
    ]


def _buyer(order: ExportRow) -> tuple[str, ...]:
    """A business, and where the invoice goes if not to the parcel's address."""
    return (
        order.company,
        order.phone,
        order.vat_number,
        order.billing_name,
        order.billing_company,
        order.billing_line1,
        order.billing_line2,
        order.billing_postal_code,
        order.billing_city,
        order.billing_region,
        order.billing_country,
    )


def export_lines(db: Database, chosen: Filter, notation: Notation = PLAIN) -> Iterator[bytes]:
    """A row a line of an order. Stripe tells its rates by order alone: there a line has none."""
    yield notation.line(OF_LINES)
    for order, lines in order_list.walk_lines(db, chosen):
        for line in lines:
            cells = [
                *_head(order),
                order.currency,
                *(defused(each) for each in (line.written_sku, line.title, line.variant)),
                str(line.quantity),
                notation.amount(line.unit_price, order.currency),
                notation.amount(line.total, order.currency),
                "" if order.tax_is_stripes else notation.percent(line.tax_rate),
                order.mode,
            ]
            yield notation.line(cells)


def export_taxes(db: Database, chosen: Filter, notation: Notation = PLAIN) -> Iterator[bytes]:
    """A row for each rate of an order, with what shipping has of it, and one of 0 for what no tax is on:
    together they are the order's total."""
    yield notation.line(OF_TAXES)
    for order, taxes in order_list.walk_taxes(db, chosen):
        for name, rate, net, tax in _by_rate(order, taxes):
            cells = [
                *_head(order),
                *(defused(each) for each in (order.region, order.postal_code)),
                order.currency,
                defused(name),
                notation.percent(rate),
                *(notation.amount(amount, order.currency) for amount in (net, tax, net + tax)),
                order.mode,
            ]
            yield notation.line(cells)


def _head(order: ExportRow) -> list[str]:
    moments = (order.placed_at, order.paid_at)
    return [order.number, order.invoice or "", *map(_moment, moments), order.state, order.country]


def _by_rate(order: ExportRow, taxes: Sequence[TaxLine]) -> Iterator[tuple[str, int, int, int]]:
    """Name, rate, what is taxed without the tax, and the tax."""
    left = order.total
    for tax in taxes:
        net = tax.base if order.tax_is_added else tax.base - tax.amount
        left -= net + tax.amount
        yield tax.name, tax.rate, net, tax.amount
    if left:
        yield "", 0, left, 0


def _moment(moment: datetime | None) -> str:
    return f"{moment.astimezone(current().zone):%Y-%m-%d %H:%M:%S}" if moment else ""


def defused(cell: str) -> str:
    """The text with an apostrophe before whatever a spreadsheet would take for a formula."""
    return FORMULA.sub(r"\1'", cell)
