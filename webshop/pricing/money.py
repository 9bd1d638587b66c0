"""Money is an int of the currency's minor units, never a float."""

from decimal import Decimal

# How Stripe counts (https://docs.stripe.com/currencies): everything not listed has two decimals, also where a
# locale's habit is to show none. ISK and UGX are charged with two decimals although they have no coins.
ZERO_DECIMALS = frozenset("BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF VND VUV XAF XOF XPF".split())
THREE_DECIMALS = frozenset("BHD JOD KWD OMR TND".split())


def decimals(currency: str) -> int:
    """How many decimals the minor unit of `currency` (upper-case ISO 4217) stands for."""
    if currency in ZERO_DECIMALS:
        return 0
    return 3 if currency in THREE_DECIMALS else 2


def step(currency: str) -> int:
    """The smallest amount that is charged, in minor units: card networks round three decimals to two."""
    return 10 if currency in THREE_DECIMALS else 1


def to_major(amount: int, currency: str) -> Decimal:
    """2400 EUR is 24.00."""
    return Decimal(amount).scaleb(-decimals(currency))


def to_minor(value: Decimal, currency: str) -> int:
    """24.00 EUR is 2400. Raises ValueError when `value` has more decimals than the currency."""
    amount = value.scaleb(decimals(currency))
    if not amount.is_finite() or amount != amount.to_integral_value():
        raise ValueError(f"{value} has more than {decimals(currency)} decimals ({currency})")
    if amount % step(currency):
        raise ValueError(f"{value} must end in 0: card networks round {currency} to two decimals")
    return int(amount)
