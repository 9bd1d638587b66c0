"""Amounts, dates and names as the current language writes them, through Babel."""

from copy import copy
from datetime import datetime
from decimal import Decimal
from functools import cache
from unicodedata import normalize

from babel import Locale, dates

from webshop import address
from webshop.language.messages import current
from webshop.pricing import money


def format_money(amount: int, currency: str) -> str:
    """`amount` in minor units, such as "€24.00": with exactly the decimals that are charged."""
    pattern = copy(current().locale.currency_formats["standard"])
    digits = money.decimals(currency)
    pattern.frac_prec = (digits, digits)
    value = money.to_major(amount, currency)
    return str(pattern.apply(value, current().locale, currency=currency, currency_digits=False))


def format_percent(rate: int) -> str:
    """`rate` in millionths, such as "19%" or "8.875%": with no more decimals than it has."""
    pattern = copy(current().locale.percent_formats[None])
    pattern.frac_prec = (0, 4)
    return str(pattern.apply(Decimal(rate).scaleb(-6), current().locale))


def format_time(moment: datetime) -> str:
    """A moment as date and time of day, in UTC: the shop does not know the shopper's clock."""
    return dates.format_datetime(moment, "medium", locale=current().locale) + " UTC"


def format_day(moment: datetime) -> str:
    """A moment's day, in UTC."""
    return str(dates.format_date(moment, "long", locale=current().locale))


def country_name(code: str) -> str:
    """ "DE" is "Germany" in English."""
    return str(current().locale.territories.get(code, code))


def regions(country: str) -> list[tuple[str, str]]:
    """The states, provinces or the like that a country wants in an address, as pairs of what is written and a
    name; none where it does without. In the country's own letters if they are those of the language."""
    return address.regions(country, str(current().locale))


def all_countries() -> list[tuple[str, str]]:
    """The codes of all countries with their names, in the order of the names."""
    return _all_countries(current().locale)


@cache
def _all_countries(locale: Locale) -> list[tuple[str, str]]:
    named = [(code, str(locale.territories.get(code, code))) for code in address.list_countries()]
    return sorted(named, key=lambda pair: normalize("NFKD", pair[1]).casefold())
