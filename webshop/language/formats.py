"""Amounts, dates and names as the current language writes them, through Babel."""

import re
from copy import copy
from datetime import datetime
from decimal import Decimal
from functools import cache, lru_cache
from unicodedata import category, combining, normalize

from babel import Locale, dates
from babel.numbers import NumberPattern, get_currency_symbol

from webshop import address
from webshop.language.messages import current
from webshop.language.messages import gettext as _
from webshop.pricing import money
from webshop.pricing.contents import read_contents, unit_price

NO_BREAK = "\N{NO-BREAK SPACE}"


def format_money(amount: int, currency: str) -> str:
    """`amount` in minor units, such as "€24.00": with exactly the decimals that are charged. The end of a
    line does not tear it apart."""
    return _format_money(amount, currency, current().locale)


@lru_cache(maxsize=5000)  # Babel takes 20 µs for each, and a page has dozens
def _format_money(amount: int, currency: str, locale: Locale) -> str:
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


def format_unit_price(price: int, contents: str, currency: str) -> str:
    """What `price` is for a kilogram, 100 ml or the like of its contents: "€7.14 / 100 ml". "" where nothing
    is said of them, or that is the price itself."""
    try:
        found = unit_price(price, read_contents(contents), currency) if contents else None
    except ValueError:  # of a release that did not look
        return ""
    if found is None:
        return ""
    return _("%(price)s / %(unit)s", price=format_money(found[0], currency), unit=_unit(found[1]))


def _unit(name: str) -> str:
    words = {
        "kg": _("kg"),
        "100 g": _("100 g"),
        "l": _("l"),
        "100 ml": _("100 ml"),
        "m": _("m"),
        "m²": _("m²"),
        "piece": _("piece"),
    }
    return words.get(name, name)


def format_reduction(price: int, earlier: int) -> str:
    """By how much an earlier price was reduced, such as "−33%": never more than it was; "" below 1 %."""
    saved = (earlier - price) * 100 // earlier
    return f"\N{MINUS SIGN}{format_percent(saved * 10_000)}" if saved > 0 else ""


def format_percent(rate: int) -> str:
    """`rate` in millionths, such as "19%" or "8.875%": with no more decimals than it has."""
    return _format_percent(rate, current().locale)


@lru_cache(maxsize=500)
def _format_percent(rate: int, locale: Locale) -> str:
    pattern = copy(locale.percent_formats[None])
    pattern.frac_prec = (0, 4)
    return str(pattern.apply(Decimal(rate).scaleb(-6), locale))


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
    return sorted(named, key=lambda pair: _as_sorted(pair[1]))


def sort_countries(codes: list[str]) -> list[str]:
    """The first one, which is the shop's own, and the others in the order of their names."""
    return codes[:1] + sorted(codes[1:], key=lambda code: _as_sorted(country_name(code)))


def _as_sorted(name: str) -> str:
    """Österreich stands among the names with O."""
    return "".join(letter for letter in normalize("NFKD", name) if not combining(letter)).casefold()


def address_rows(country: str) -> list[list[str]]:
    """The fields of an address as the country writes them, those of one line together: names of Address."""
    return address.form_rows(country, str(current().locale))
