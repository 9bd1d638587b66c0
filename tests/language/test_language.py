"""What a shopper reads: amounts, moments and countries, written out by hand in two languages."""

from collections.abc import Iterator
from contextvars import copy_context
from datetime import UTC, datetime
from itertools import pairwise

import pytest
from babel import UnknownLocaleError
from babel.localedata import locale_identifiers

from webshop.language import messages
from webshop.language.formats import country_name, format_money, format_time
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


def test_a_moment_says_that_it_is_utc() -> None:
    moment = datetime(2026, 3, 5, 14, 7, 9, tzinfo=UTC)
    assert format_time(moment) == f"Mar 5, 2026, 2:07:09{NNBSP}PM UTC"
    messages.use(messages.load("de"))
    assert format_time(moment) == "05.03.2026, 14:07:09 UTC"


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
