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
        ("NaN", "EUR", "NaN has more than 2 decimals (EUR)"),
        ("Infinity", "EUR", "Infinity has more than 2 decimals (EUR)"),
    ],
)
def test_a_price_that_cannot_be_charged_exactly_is_refused(written: str, currency: str, problem: str) -> None:
    with pytest.raises(ValueError) as refusal:
        money.to_minor(Decimal(written), currency)
    assert str(refusal.value) == problem
