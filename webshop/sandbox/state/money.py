"""Amounts for people, and what can be charged: https://docs.stripe.com/currencies.

An amount is an integer of the currency's smallest unit, as in all of Stripe's API.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

TABLE = Path(__file__).parents[2] / "currencies.txt"
SYMBOLS = {"eur": "€", "usd": "$", "gbp": "£", "jpy": "¥"}
NO_BREAK = "\N{NO-BREAK SPACE}"


class Currency(NamedTuple):
    """Amounts are multiples of step, totals from least to most."""

    decimals: int
    step: int
    least: int
    most: int


def _read_table() -> dict[str, Currency]:
    rows = [line.split() for line in TABLE.read_text(encoding="ascii").splitlines() if line[0] != "#"]
    return {code.lower(): Currency(*map(int, numbers)) for code, *numbers in rows}


CURRENCIES = _read_table()


def step(currency: str) -> int:
    """The smallest amount that is charged."""
    return CURRENCIES[currency].step


def format_amount(amount: int, currency: str) -> str:
    """1250, "eur" -> "€12.50"; 1250, "jpy" -> "¥1,250"; 1250, "chf" -> "12.50 CHF"."""
    places = CURRENCIES[currency].decimals
    whole, rest = divmod(abs(amount), 10**places)
    number = f"{whole:,}.{rest:0{places}d}" if places else f"{whole:,}"
    sign = "-" if amount < 0 else ""
    symbol = SYMBOLS.get(currency)
    return f"{sign}{symbol}{number}" if symbol else f"{sign}{number}{NO_BREAK}{currency.upper()}"
