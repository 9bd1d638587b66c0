"""Amounts for people. An amount is an integer of the currency's smallest unit, as in all of Stripe's API."""

from __future__ import annotations

# https://docs.stripe.com/currencies
ZERO_DECIMAL = frozenset("bif clp djf gnf jpy kmf krw mga pyg rwf vnd vuv xaf xof xpf".split())
THREE_DECIMAL = frozenset("bhd jod kwd omr tnd".split())
SYMBOLS = {"eur": "€", "usd": "$", "gbp": "£", "jpy": "¥"}


def step(currency: str) -> int:
    """The smallest amount that is charged: with three decimals the last digit has to be 0."""
    return 10 if currency in THREE_DECIMAL else 1


def format_amount(amount: int, currency: str) -> str:
    """1250, "eur" -> "€12.50"; 1250, "jpy" -> "¥1,250"; 1250, "chf" -> "12.50 CHF"."""
    places = 0 if currency in ZERO_DECIMAL else 3 if currency in THREE_DECIMAL else 2
    whole, rest = divmod(abs(amount), 10**places)
    number = f"{whole:,}.{rest:0{places}d}" if places else f"{whole:,}"
    sign = "-" if amount < 0 else ""
    symbol = SYMBOLS.get(currency)
    return f"{sign}{symbol}{number}" if symbol else f"{sign}{number} {currency.upper()}"
