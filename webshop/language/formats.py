"""Amounts, dates and names as the current language writes them, through Babel."""

import re
from copy import copy
from datetime import datetime
from decimal import Decimal
from functools import cache
from unicodedata import category, normalize

from babel import Locale, dates
from babel.numbers import NumberPattern, get_currency_symbol

from webshop import address
from webshop.language.messages import current
from webshop.pricing import money

NO_BREAK = "\N{NO-BREAK SPACE}"


def format_money(amount: int, currency: str) -> str:
    """`amount` in minor units, such as "€24.00": with exactly the decimals that are charged. The end of a
    line does not tear it apart."""
    locale = current().locale
    pattern = copy(locale.currency_formats["standard"])
    digits = money.decimals(currency)
    pattern.frac_prec = (digits, digits)
    _set_apart(pattern, get_currency_symbol(currency, locale))
    value = money.to_major(amount, currency)
    return str(pattern.apply(value, locale, currency=currency, currency_digits=False)).replace(" ", NO_BREAK)


def _set_apart(pattern: NumberPattern, symbol: str) -> None:
    """A no-break space between digits and a code or a word, as in "CHF 24.00", but not a sign: CLDR's rule of
    currency spacing (https://www.unicode.org/reports/tr35/tr35-numbers.html#Currencies), unknown to Babel."""
    if not _touches_digits(symbol[-1]):
        positive, negative = (re.sub("¤$", f"¤{NO_BREAK}", affix) for affix in pattern.prefix)
        pattern.prefix = positive, negative
    if not _touches_digits(symbol[0]):
        positive, negative = (re.sub("^¤", f"{NO_BREAK}¤", affix) for affix in pattern.suffix)
        pattern.suffix = positive, negative


def _touches_digits(letter: str) -> bool:
    """Whether it is a sign, or a space already."""
    return category(letter)[0] in "SZ"


def format_percent(rate: int) -> str:
    """`rate` in millionths, such as "19%" or "8.875%": with no more decimals than it has."""
    pattern = copy(current().locale.percent_formats[None])
    pattern.frac_prec = (0, 4)
    return str(pattern.apply(Decimal(rate).scaleb(-6), current().locale))


def format_time(moment: datetime) -> str:
    """A moment as date and time of day, by the shop's clock, to the minute."""
    locale = current().locale
    joined = dates.get_datetime_format("medium", locale=locale)
    time = dates.format_time(_local(moment), "short", locale=locale)
    return (
        str(joined).replace("{0}", time).replace("{1}", dates.format_date(_local(moment), "medium", locale))
    )


def format_day(moment: datetime) -> str:
    """A moment's day, where the shop is."""
    return str(dates.format_date(_local(moment), "long", locale=current().locale))


def format_minute(moment: datetime) -> str:
    """A moment for a table or a log, by the shop's clock: "2026-11-27 09:30", in every language."""
    return f"{_local(moment):%Y-%m-%d %H:%M}"


def _local(moment: datetime) -> datetime:
    return moment.astimezone(current().zone)


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
