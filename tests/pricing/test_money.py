"""Money: between what a person writes and what is charged, exact in every currency."""

from decimal import Decimal

import pytest

from webshop.pricing import money


@pytest.mark.parametrize(
    ("written", "currency", "charged"),
    [
        ("24.00", "EUR", 2400),
        ("24", "EUR", 2400),
        ("24.5", "EUR", 2450),
        ("0.01", "EUR", 1),
        ("2400", "JPY", 2400),
        ("2400.00", "JPY", 2400),
        ("1.500", "KWD", 1500),
        ("1.5", "KWD", 1500),
        ("24.00", "RSD", 2400),
        ("100", "ISK", 10000),  # without coins, and yet charged with two decimals
        ("100", "UGX", 10000),
        ("90000000000000.99", "EUR", 9000000000000099),  # more than a float could tell apart
    ],
)
def test_a_price_is_charged_in_the_minor_units_that_stripe_counts(
    written: str, currency: str, charged: int
) -> None:
    assert money.to_minor(Decimal(written), currency) == charged
    assert money.to_major(charged, currency) == Decimal(written)


@pytest.mark.parametrize(
    ("written", "currency", "problem"),
    [
        ("4.905", "EUR", "4.905 has more than 2 decimals (EUR)"),
        ("0.5", "JPY", "0.5 has more than 0 decimals (JPY)"),
        ("1.2345", "KWD", "1.2345 has more than 3 decimals (KWD)"),
        ("1.234", "KWD", "1.234 must end in 0: card networks round KWD to two decimals"),
        ("10.50", "ISK", "10.50 must be a whole number: there are no fractions of ISK"),
        ("10.50", "UGX", "10.50 must be a whole number: there are no fractions of UGX"),
        ("NaN", "EUR", "NaN has more than 2 decimals (EUR)"),
        ("Infinity", "EUR", "Infinity has more than 2 decimals (EUR)"),
    ],
)
def test_a_price_that_cannot_be_charged_exactly_is_refused(written: str, currency: str, problem: str) -> None:
    with pytest.raises(ValueError) as refusal:
        money.to_minor(Decimal(written), currency)
    assert str(refusal.value) == problem


@pytest.mark.parametrize(
    ("currency", "row"),
    [
        ("EUR", (2, 1, 50, 99_999_999)),
        ("GBP", (2, 1, 30, 99_999_999)),
        ("CZK", (2, 1, 1500, 99_999_999)),
        ("HUF", (2, 1, 17500, 9_999_999_999)),  # whole in payouts only
        ("TWD", (2, 1, 50, 99_999_999)),
        ("MXN", (2, 1, 1000, 99_999_999)),
        ("JPY", (0, 1, 50, 9_999_999_999)),
        ("VND", (0, 1, 50, 99_999_999)),
        ("ISK", (2, 100, 100, 99_999_900)),
        ("UGX", (2, 100, 100, 99_999_900)),
        ("KWD", (3, 10, 50, 99_999_990)),
        ("IDR", (2, 1, 50, 999_999_999_999)),
        ("LBP", (2, 1, 50, 99_999_999_999)),
        ("COP", (2, 1, 50, 9_999_999_999)),
        ("INR", (2, 1, 50, 999_999_999)),
    ],
)
def test_the_table_says_what_stripes_documentation_says(
    currency: str, row: tuple[int, int, int, int]
) -> None:
    assert money.CURRENCIES[currency] == money.Currency(*row)


def test_the_table_is_one_of_currencies_and_of_amounts_that_can_be_charged() -> None:
    assert len(money.CURRENCIES) == 142
    for code, row in money.CURRENCIES.items():
        assert code.isupper() and len(code) == 3
        assert row.step in {0: {1}, 2: {1, 100}, 3: {10}}[row.decimals]
        assert 0 < row.least < row.most < 2**63
        assert row.least % row.step == row.most % row.step == 0


def test_an_amount_outside_what_stripe_charges_is_a_sentence_for_the_owner() -> None:
    assert money.too_little(Decimal("0.49"), "EUR") == "0.49 is less than Stripe charges at all: 0.50 EUR"
    assert money.too_little(Decimal("0.50"), "EUR") == ""
    sentence = "1000000 is more than Stripe charges at once: 999,999.99 EUR"
    assert money.too_much(Decimal(1_000_000), "EUR") == sentence
    assert money.too_much(Decimal(1_000_000), "IDR") == ""
    assert money.too_much(Decimal("999999.99"), "EUR") == ""
