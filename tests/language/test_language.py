"""What a shopper reads: amounts, moments and countries, written out by hand in two languages."""

import re
from collections.abc import Iterator
from contextvars import copy_context
from datetime import UTC, datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from babel import UnknownLocaleError
from babel.localedata import locale_identifiers

from webshop.language import messages
from webshop.language.formats import country_name, format_day, format_minute, format_money, format_time
from webshop.language.messages import gettext, ngettext
from webshop.pricing import money

NBSP = "\N{NO-BREAK SPACE}"
NNBSP = "\N{NARROW NO-BREAK SPACE}"


@pytest.fixture(autouse=True)
def _english_again() -> Iterator[None]:
    yield
    messages.use(messages.load("en"))


@pytest.mark.parametrize(
    ("code", "amount", "currency", "written"),
    [
        ("en", 2400, "EUR", "€24.00"),
        ("en", 5, "EUR", "€0.05"),
        ("en", 123456789, "EUR", "€1,234,567.89"),
        ("en", -490, "EUR", "-€4.90"),
        ("en", 2400, "JPY", "¥2,400"),
        ("en", 1500, "KWD", f"KWD{NBSP}1.500"),
        ("en", 2400, "RSD", f"RSD{NBSP}24.00"),  # a locale would show none; two decimals are charged
        ("en", 2400, "CHF", f"CHF{NBSP}24.00"),
        ("en", -2400, "CHF", f"-CHF{NBSP}24.00"),
        ("en", 240000, "ISK", f"ISK{NBSP}2,400.00"),
        ("en", 2400, "CAD", "CA$24.00"),  # ends in a sign
        ("en", 1200000, "IDR", f"IDR{NBSP}12,000.00"),
        ("ja", 2400, "CHF", f"CHF{NBSP}24.00"),
        ("de_CH", -2400, "CHF", "CHF-24.00"),  # the sign stands between
        ("sv", 2400, "SEK", f"24,00{NBSP}kr"),
        ("de", 2400, "EUR", f"24,00{NBSP}€"),
        ("de", 123456789, "EUR", f"1.234.567,89{NBSP}€"),
        ("de", 2400, "JPY", f"2.400{NBSP}¥"),
        ("de", 1500, "KWD", f"1,500{NBSP}KWD"),
        ("de", 2400, "RSD", f"24,00{NBSP}RSD"),
    ],
)
def test_an_amount_is_written_with_exactly_the_decimals_that_are_charged(
    code: str, amount: int, currency: str, written: str
) -> None:
    messages.use(messages.load(code))
    assert format_money(amount, currency) == written


@pytest.mark.parametrize(
    ("languages", "currencies"),
    [
        (["en", "de", "fr_CH", "ar", "hi", "ja"], list(money.CURRENCIES)),
        ([code for code in locale_identifiers() if "_" not in code], ["CHF", "ISK", "EUR"]),
        pytest.param(locale_identifiers(), ["CHF", "ISK", "KWD", "EUR", "USD"], marks=pytest.mark.slow),
    ],
    ids=["all-currencies", "all-languages", "all-locales"],
)
def test_no_code_touches_digits_and_no_amount_can_be_torn_apart(
    languages: list[str], currencies: list[str]
) -> None:
    wrong = []
    for code in languages:
        messages.use(messages.load(code))
        for text in (format_money(amount, each) for each in currencies for amount in (123456700, -2400)):
            beside = ((a, b) for a, b in pairwise(text) if a.isalnum() and b.isalnum())
            if " " in text or any(a.isdigit() != b.isdigit() for a, b in beside):
                wrong.append((code, text))
    assert wrong == []


def test_formatting_an_amount_leaves_the_next_one_as_it_was() -> None:
    format_money(2400, "JPY")
    assert messages.current().locale.currency_formats["standard"].frac_prec == (2, 2)  # shared by all
    assert format_money(2400, "EUR") == "€24.00"


def test_a_country_has_its_name_in_the_shops_language() -> None:
    assert [country_name(code) for code in ("DE", "IE", "GB")] == ["Germany", "Ireland", "United Kingdom"]
    messages.use(messages.load("de"))
    names = [country_name(code) for code in ("DE", "IE", "GB")]
    assert names == ["Deutschland", "Irland", "Vereinigtes Königreich"]


@pytest.mark.parametrize(
    ("code", "zone", "time", "day", "minute"),
    [
        ("en", "UTC", f"Dec 31, 2026, 11:30{NNBSP}PM", "December 31, 2026", "2026-12-31 23:30"),
        ("en", "Asia/Tokyo", f"Jan 1, 2027, 8:30{NNBSP}AM", "January 1, 2027", "2027-01-01 08:30"),
        ("de", "Europe/Berlin", "01.01.2027, 00:30", "1. Januar 2027", "2027-01-01 00:30"),
        ("ja", "Asia/Tokyo", "2027/01/01 8:30", "2027年1月1日", "2027-01-01 08:30"),
        ("en", "America/New_York", f"Dec 31, 2026, 6:30{NNBSP}PM", "December 31, 2026", "2026-12-31 18:30"),
        ("de", "Asia/Kathmandu", "01.01.2027, 05:15", "1. Januar 2027", "2027-01-01 05:15"),
    ],
)
def test_a_moment_is_told_by_the_shops_clock_to_the_minute(
    code: str, zone: str, time: str, day: str, minute: str
) -> None:
    messages.use(messages.load(code, ZoneInfo(zone)))
    moment = datetime(2026, 12, 31, 23, 30, 9, tzinfo=UTC)
    assert (format_time(moment), format_day(moment), format_minute(moment)) == (time, day, minute)


def test_no_language_tells_seconds_or_a_zone() -> None:
    """Of all that Babel knows, some with a zone in their longer forms."""
    moment = datetime(2026, 3, 5, 14, 7, 59, tzinfo=UTC)
    for code in locale_identifiers():
        messages.use(messages.load(code, ZoneInfo("Asia/Tokyo")))
        written = format_time(moment)
        assert not re.search("59|٥٩|UTC|GMT|JST|Tokyo", written), (code, written)


def test_messages_without_a_translation_stay_english() -> None:
    messages.use(messages.load("de"))
    assert gettext("Only %(left)s left.", left=3) == "Only 3 left."
    assert gettext("100 % wool") == "100 % wool"
    assert [ngettext("%(n)s item", "%(n)s items", n) for n in (0, 1, 2)] == ["0 items", "1 item", "2 items"]


def test_one_request_does_not_change_the_language_of_another() -> None:
    copy_context().run(messages.use, messages.load("de"))
    assert format_money(2400, "EUR") == "€24.00"


@pytest.mark.parametrize("code", ["xx", "EN-us", "", "../en"])
def test_a_language_that_is_none_is_refused(code: str) -> None:
    with pytest.raises((UnknownLocaleError, ValueError)):
        messages.load(code)
