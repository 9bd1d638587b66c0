"""Orders as a table for bookkeeping: CSV (RFC 4180) in UTF-8, safe to open in a spreadsheet."""

import csv
import io
import re
from collections.abc import Iterator, Sequence
from datetime import datetime

from webshop.admin import order_list
from webshop.admin.order_list import ExportRow, Filter
from webshop.db.engine import Database
from webshop.pricing import money

COLUMNS = (
    "number invoice placed paid shipped state email name country region postcode city "
    "currency subtotal shipping tax total refunded charge mode company phone vat_number billing_name "
    "billing_company billing_line1 billing_line2 billing_postcode billing_city billing_region billing_country"
).split()

# A spreadsheet runs a cell that begins like this, also after spaces; full-width signs too. Some split a line
# at semicolons, whatever stands between commas.
FORMULA = re.compile(r"(^|[,;\t\r\n])(?=\s*[=+\-@＝＋－＠\t\r])")


def export_orders(db: Database, chosen: Filter) -> Iterator[bytes]:
    """The table in pieces, the row of names first. Moments are UTC, amounts in the currency's major unit."""
    yield _line(COLUMNS)
    for order in order_list.walk(db, chosen):
        yield _line(_cells(order))


def _cells(order: ExportRow) -> list[str]:
    typed = (order.email, order.name, order.country, order.region, order.postal_code, order.city)
    amounts = (order.subtotal, order.shipping, order.tax, order.total, order.refunded)
    return [
        order.number,
        order.invoice or "",
        *(_moment(each) for each in (order.placed_at, order.paid_at, order.shipped_at)),
        order.state,
        *(defused(each) for each in typed),
        order.currency,
        *(f"{money.to_major(amount, order.currency):f}" for amount in amounts),
        order.charge or "",
        order.mode,
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


def _moment(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S}" if moment else ""


def defused(cell: str) -> str:
    """The text with an apostrophe before whatever a spreadsheet would take for a formula."""
    return FORMULA.sub(r"\1'", cell)


def _line(cells: Sequence[str]) -> bytes:
    line = io.StringIO(newline="")
    csv.writer(line).writerow(cells)
    return line.getvalue().encode()
