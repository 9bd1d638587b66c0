"""Amounts as people type them, in any currency: read as they are meant, or refused with a sentence."""

from decimal import Decimal

import pytest

from webshop.language.amounts import read_amount
from webshop.language.formats import format_money
from webshop.pricing import money

READ = {
    "EUR": {
        "12": "12",
        "12.4": "12.4",
        "12,4": "12.4",
        "12.40": "12.40",
        "12,40": "12.40",
        " 12,40 ": "12.40",
        "€12.40": "12.40",
        "€ 12,40": "12.40",
        "12,40 €": "12.40",
        "12,40\u00a0€": "12.40",
        "12,40 EUR": "12.40",
        "eur 12.40": "12.40",
        "12,-": "12",
        "12,– €": "12",
        "12.--": "12",
        "1.234,50": "1234.50",
        "1,234.50": "1234.50",
        "1 234,50": "1234.50",
        "1\u202f234,50 €": "1234.50",
        "1'234.50": "1234.50",
        "1’234’567.50": "1234567.50",
        "1.234.567": "1234567",
        "1,234,567.8": "1234567.8",
        "1234,50": "1234.50",
        "1 234": "1234",
        "0,500": "0.500",
        "1234.567": "1234.567",  # more decimals than there are, which the money says
        "１２，４０": "12.40",
        "999999999999": "999999999999",
    },
    "JPY": {
        "1,234": "1234",
        "1.234": "1234",
        "¥1,234": "1234",
        "￥1,234": "1234",
        "1234円": "1234",
        "JPY 1234": "1234",
        "12.40": "12.40",
    },
    "KWD": {"1.230": "1.230", "1,230.500": "1230.500", "1.230,500": "1230.500", "KWD 12,5": "12.5"},
    "USD": {"$1,234.50": "1234.50", "US$12": "12", "12.40 USD": "12.40"},
    "CAD": {"$12.40": "12.40", "CA$12.40": "12.40"},
    "CHF": {"12.-": "12", "Fr. 12.40": "12.40", "12.40 CHF": "12.40"},
    "SEK": {"12,-": "12", "12,40 kr": "12.40"},
    "PLN": {"1 234,50 zł": "1234.50"},
    "GBP": {"£5": "5"},
    "CZK": {"12,40 Kč": "12.40"},
}


def test_an_amount_is_read_as_it_is_meant() -> None:
    read = {
        currency: {typed: str(read_amount(typed, currency)) for typed in cases}
        for currency, cases in READ.items()
    }
    right = {
        currency: {typed: value if "." in value else f"{value}.0" for typed, value in cases.items()}
        for currency, cases in READ.items()
    }
    assert read == right


def test_what_may_be_a_thousand_or_one_is_refused_with_both_ways_to_type_it() -> None:
    for typed, currency, sentence in (
        ("1,234", "EUR", "'1,234' may be 1234 or 1.234: type 1234.00 for the one, 1.23 for the other"),
        ("€1.234", "EUR", "'€1.234' may be 1234 or 1.234: type 1234.00 for the one, 1.23 for the other"),
        (
            "12,500",
            "KWD",
            "'12,500' may be 12500 or 12.500: type 12500.000 for the one, 12.500 for the other",
        ),
    ):
        with pytest.raises(ValueError) as refusal:  # noqa: PT011  # the whole sentence is compared
            read_amount(typed, currency)
        assert str(refusal.value) == sentence


def test_another_currency_s_sign_is_refused() -> None:
    for typed, currency in (
        ("$12.40", "EUR"),
        ("12.40 USD", "EUR"),
        ("12,40 £", "EUR"),
        ("€12", "USD"),
        ("12 kr", "EUR"),
        ("€ 12 USD", "EUR"),
        ("¥12", "EUR"),
        ("12 apples", "EUR"),
    ):
        sentence = f"{typed!r} is not an amount in {currency}, the order's currency"
        with pytest.raises(ValueError) as refusal:  # noqa: PT011
            read_amount(typed, currency)
        assert str(refusal.value) == sentence


def test_what_is_no_amount_is_refused_with_an_example() -> None:
    bad = [
        "",
        " ",
        "€",
        "-5",
        "+5",
        "5-",
        "12,",
        "12.",
        ",50",
        ".5",
        "1,2,3",
        "1.23.456",
        "1,23.456,7",
        "12..5",
    ]
    bad += ["1.234,567.8", "1,234.567,8", "12 40", "1 23 4", "1e3", "NaN", "١٢", "12²", "0x10", "1_000"]
    bad += ["5%", "1.234.56", "01,234,567", "1" * 13, "1\n2", "--", "12,-5", "5\x00", "\udcff"]
    accepted = []
    for typed in bad:
        try:
            accepted.append((typed, read_amount(typed, "EUR")))
        except ValueError as error:
            assert repr(typed) in str(error)  # noqa: PT017
    assert accepted == []
    for currency, example in (("EUR", "5.00"), ("JPY", "5"), ("KWD", "5.000")):
        with pytest.raises(ValueError, match=f"'5-' is not an amount such as {example}$"):
            read_amount("5-", currency)


def test_what_the_shop_prints_can_be_typed_in_every_currency() -> None:
    failed = []
    for currency in money.CURRENCIES:
        for amount in (12300, 500, 12345600):  # multiples of every step
            shown = format_money(amount, currency)
            try:
                if money.to_minor(read_amount(shown, currency), currency) != amount:
                    failed.append(shown)
            except ValueError as error:
                failed.append(f"{shown}: {error}")
    assert failed == []
    assert read_amount("1.5", "EUR") == Decimal("1.5")
