"""Money is an int of the currency's minor units, never a float; webshop/currencies.txt has the currencies."""

from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

MOST_WRITTEN = 10**12  # in a file: far more than is charged in any currency, and few digits all the same
TABLE = Path(__file__).parents[1] / "currencies.txt"


@dataclass(frozen=True)
class Currency:
    """Amounts are multiples of `step`, and an order costs from `least` to `most`: all in minor units, of
    which 10 ** `decimals` make one of the major unit."""

    decimals: int
    step: int
    least: int
    most: int


def _read_table() -> dict[str, Currency]:
    rows = [line.split() for line in TABLE.read_text(encoding="ascii").splitlines() if line[0] != "#"]
    return {code: Currency(*map(int, numbers)) for code, *numbers in rows}


CURRENCIES = _read_table()  # by upper-case ISO 4217 code
UNLISTED = Currency(2, 1, 50, 99_999_999)  # of orders that were placed when it was listed


def currency_of(code: str) -> Currency:
    return CURRENCIES.get(code, UNLISTED)


def decimals(currency: str) -> int:
    """How many decimals the minor unit of `currency` (upper-case ISO 4217) stands for."""
    return currency_of(currency).decimals


def step(currency: str) -> int:
    """The smallest amount that is charged, in minor units."""
    return currency_of(currency).step


def to_major(amount: int, currency: str) -> Decimal:
    """2400 EUR is 24.00."""
    return Decimal(amount).scaleb(-decimals(currency))


def to_minor(value: Decimal, currency: str) -> int:
    """24.00 EUR is 2400. Raises ValueError when `value` has more decimals than are charged."""
    amount = value.scaleb(decimals(currency))
    if not amount.is_finite() or amount != amount.to_integral_value():
        raise ValueError(f"{value} has more than {decimals(currency)} decimals ({currency})")
    if step(currency) == 100 and amount % 100:
        raise ValueError(f"{value} must be a whole number: there are no fractions of {currency}")
    if amount % step(currency):
        raise ValueError(f"{value} must end in 0: card networks round {currency} to two decimals")
    return int(amount)


def too_much(value: Decimal, currency: str) -> str:
    """Why no card can be charged with `value`, for the owner; "" if one can."""
    most = to_major(currency_of(currency).most, currency)
    return f"{value} is more than Stripe charges at once: {most:,f} {currency}" if value > most else ""


def too_little(value: Decimal, currency: str) -> str:
    """Why an order of `value` cannot be charged, for the owner; "" if it can."""
    least = to_major(currency_of(currency).least, currency)
    return f"{value} is less than Stripe charges at all: {least:f} {currency}" if value < least else ""
