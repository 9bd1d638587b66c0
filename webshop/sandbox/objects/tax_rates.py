"""The sandbox's table of taxes, and the arithmetic: integers only.

A stand-in for Stripe Tax, which knows thousands of places and reduced rates. Here each place has one rate,
for goods and shipping alike; where the table has none, nothing is collected.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from webshop.sandbox.state.money import step
from webshop.sandbox.state.work import Document


@dataclass(frozen=True)
class Rate:
    """The tax of one place. points are hundredths of a percent: 19 % is 1900.

    state is empty where the whole country has the same rate; name, kind and jurisdiction are a TaxRate's
    display_name, tax_type and jurisdiction.
    """

    country: str
    state: str
    points: int
    name: str
    kind: str | None
    jurisdiction: str


TABLE = (
    Rate("AT", "", 2000, "VAT", "vat", "Austria"),
    Rate("BH", "", 1000, "VAT", "vat", "Bahrain"),
    Rate("CH", "", 810, "VAT", "vat", "Switzerland"),
    Rate("DE", "", 1900, "VAT", "vat", "Germany"),
    Rate("FR", "", 2000, "VAT", "vat", "France"),
    Rate("GB", "", 2000, "VAT", "vat", "United Kingdom"),
    Rate("IE", "", 2300, "VAT", "vat", "Ireland"),
    Rate("JP", "", 1000, "JCT", "jct", "Japan"),
    Rate("US", "CA", 725, "Sales Tax", "sales_tax", "California"),
    Rate("US", "NY", 400, "Sales Tax", "sales_tax", "New York"),
    Rate("US", "TX", 625, "Sales Tax", "sales_tax", "Texas"),
)
RATES = {(rate.country, rate.state): rate for rate in TABLE}
WHOLE = 10_000  # points: 100 %


def is_precise(address: Document) -> bool:
    """Whether tax can be calculated for this address: its country is a code of two letters.

    In the United States Stripe wants a ZIP code, and finds the state by it; this table wants the state too.
    https://docs.stripe.com/tax/customer-locations
    """
    country, state, zip_code = (address.get(name) or "" for name in ("country", "state", "postal_code"))
    if country == "US":
        return bool(re.fullmatch("[A-Z]{2}", state) and re.fullmatch("[0-9]{5}(-[0-9]{4})?", zip_code))
    return bool(re.fullmatch("[A-Z]{2}", country))


def rate_at(address: Document) -> Rate:
    """The rate of a precise address; 0 where nothing is collected."""
    country, state = address["country"], address.get("state") or ""
    nothing = Rate(country, state if country == "US" else "", 0, "Tax", None, country)
    return RATES.get((country, state)) or RATES.get((country, "")) or nothing


def tax_of(amount: int, points: int, *, inclusive: bool, currency: str) -> int:
    """The tax in this amount (inclusive) or on it, rounded half up to what the currency is charged in."""
    whole = (WHOLE + points if inclusive else WHOLE) * step(currency)
    return (2 * amount * points + whole) // (2 * whole) * step(currency)
