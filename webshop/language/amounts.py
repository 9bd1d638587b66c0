"""Amounts of money as people type them: with a comma or a point, with a sign, with thousands set off."""

import re
from collections.abc import Iterator
from decimal import Decimal
from unicodedata import category, east_asian_width, normalize

from babel.numbers import get_currency_symbol

from webshop.language.messages import current
from webshop.pricing import money

# What stands before and behind the digits, and ",-" for no fraction.
AMOUNT = re.compile(r"([^0-9]*?) ?([0-9](?:[0-9 .,'’]*[0-9])?)(?:[.,][-–—]+)? ?([^0-9]*)")
PLAIN = re.compile(r"([0-9]{1,12})(?:[.,]([0-9]{1,6}))?")
THOUSANDS = re.compile(r"([1-9][0-9]{0,2}([.,])[0-9]{3}(?:\2[0-9]{3}){0,2})(?:(?!\2)[.,]([0-9]{1,6}))?")
SPACED = re.compile(r"[1-9][0-9]{0,2}(?:([ '’])[0-9]{3})(?:\1[0-9]{3})*(?=[.,]|$)")

# What people write beside an amount, besides the currency's code and what Babel calls it.
SIGNS = {
    "$": "ARS AUD BBD BMD BND BSD BZD CAD CLP COP DOP FJD GYD HKD JMD KYD LRD MXN NAD NZD SBD SGD SRD TTD "
    "TWD USD UYU XCD",
    "£": "EGP FKP GBP GIP SHP",
    "¥": "CNY JPY",
    "฿": "THB",
    "₴": "UAH",
    "₺": "TRY",
    "₽": "RUB",
    "fr": "CHF",
    "ft": "HUF",
    "kr": "DKK ISK NOK SEK",
    "kč": "CZK",
    "lei": "RON",
    "r": "ZAR",
    "rm": "MYR",
    "rp": "IDR",
    "rs": "INR LKR MUR NPR PKR SCR",
    "sfr": "CHF",
    "us$": "USD",
    "zł": "PLN",
    "лв": "BGN",
    "円": "JPY",
    "元": "CNY",
}


def read_amount(typed: str, currency: str) -> Decimal:
    """The amount in major units; how many decimals it may have is for `money.to_minor` to say.

    One comma or point before three digits may set off thousands or decimals: that is refused, unless the
    currency leaves no doubt. Raises ValueError with a sentence for the owner, in English.
    """
    found = AMOUNT.fullmatch(_narrow(typed).strip())
    if not found:
        raise ValueError(_no_amount(typed, currency))
    for word in (found[1], found[3]):
        _check_sign(word, typed, currency)
    digits = SPACED.sub(lambda spaced: re.sub("[^0-9]", "", spaced[0]), found[2], count=1)
    plain, thousands = PLAIN.fullmatch(digits), THOUSANDS.fullmatch(digits)
    if plain and thousands:
        plain, thousands = _without_doubt(plain, thousands, typed, currency)
    if thousands:
        return Decimal(f"{re.sub('[.,]', '', thousands[1])}.{thousands[3] or 0}")
    if plain:
        return Decimal(f"{plain[1]}.{plain[2] or 0}")
    raise ValueError(_no_amount(typed, currency))


def _narrow(typed: str) -> str:
    """Full-width digits and signs as ASCII has them, and any space as one."""
    return "".join(
        normalize("NFKC", each) if east_asian_width(each) == "F" or each.isspace() else each for each in typed
    )


def _check_sign(word: str, typed: str, currency: str) -> None:
    if not word or word.strip(" .").casefold() in _signs(currency):
        return
    if any(category(letter)[0] == "L" or category(letter) == "Sc" for letter in word):
        raise ValueError(f"{typed!r} is not an amount in {currency}, the order's currency")
    raise ValueError(_no_amount(typed, currency))


def _signs(currency: str) -> Iterator[str]:
    yield currency.casefold()
    yield _narrow(get_currency_symbol(currency, current().locale)).strip(" .").casefold()
    yield from (sign for sign, currencies in SIGNS.items() if currency in currencies.split())


def _without_doubt(
    plain: re.Match[str], thousands: re.Match[str], typed: str, currency: str
) -> tuple[re.Match[str] | None, re.Match[str] | None]:
    """Without decimals, it is thousands; with three, a point sets off decimals, as the shop prints them."""
    decimals = money.decimals(currency)
    if decimals == 0:
        return None, thousands
    if decimals == 3 and thousands[2] == ".":
        return plain, None
    whole = re.sub("[.,]", "", thousands[1])
    raise ValueError(
        f"{typed!r} may be {whole} or {plain[1]}.{plain[2]}: "
        f"type {whole}.{'0' * decimals} for the one, {plain[1]}.{plain[2]:.{decimals}} for the other"
    )


def _no_amount(typed: str, currency: str) -> str:
    return f"{typed!r} is not an amount such as {_example(currency)}"


def _example(currency: str) -> str:
    return f"{money.to_major(5 * 10 ** money.decimals(currency), currency):f}"
