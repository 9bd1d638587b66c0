"""What a shopper reads: messages through gettext, money and dates through Babel. English is the source."""

from contextvars import ContextVar
from copy import copy
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from gettext import NullTranslations
from pathlib import Path

from babel import Locale, dates
from babel.support import Translations

from webshop.pricing import money

CATALOGUES = Path(__file__).parent.parent / "locale"
DOMAIN = "webshop"


@dataclass(frozen=True)
class Language:
    """One language: how it formats, and what it says instead of the English source."""

    locale: Locale
    translations: NullTranslations


def load(code: str) -> Language:
    """The language `code` ("en", "de_AT"); untranslated messages stay English.

    Raises babel.UnknownLocaleError or ValueError for a code that is none.
    """
    locale = Locale.parse(code)
    return Language(locale, Translations.load(str(CATALOGUES), [str(locale)], DOMAIN))


_current: ContextVar[Language] = ContextVar("language")
_english = load("en")


def use(language: Language) -> None:
    """Speak `language` for the rest of this request (this context)."""
    _current.set(language)


def current() -> Language:
    return _current.get(_english)


def gettext(message: str, **values: object) -> str:
    """`message` in the current language, with `%(name)s` filled in from `values`."""
    text = current().translations.gettext(message)
    return text % values if values else text


def ngettext(singular: str, plural: str, n: int, **values: object) -> str:
    """Like gettext, choosing the form for `n`, which is also the value `%(n)s`."""
    return current().translations.ngettext(singular, plural, n) % {"n": n, **values}


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
