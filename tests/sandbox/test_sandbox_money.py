"""Amounts as the sandbox's pages write them: with the decimals that Stripe counts in."""

import pytest

from webshop.pricing import money
from webshop.sandbox.state.money import THREE_DECIMAL, ZERO_DECIMAL, format_amount


@pytest.mark.parametrize(
    ("amount", "currency", "written"),
    [
        (1250, "eur", "€12.50"),
        (1250, "jpy", "¥1,250"),
        (1250, "chf", "12.50 CHF"),
        (12500, "kwd", "12.500 KWD"),
        (10000, "ugx", "100.00 UGX"),  # no coins, and two decimals at Stripe all the same
        (10000, "isk", "100.00 ISK"),
        (-5, "usd", "-$0.05"),
    ],
)
def test_an_amount_is_written_for_people(amount: int, currency: str, written: str) -> None:
    assert format_amount(amount, currency) == written


def test_the_sandbox_counts_as_the_shop_does() -> None:
    """Each keeps its own table, because neither imports the other."""
    assert {code.upper() for code in ZERO_DECIMAL} == money.ZERO_DECIMALS
    assert {code.upper() for code in THREE_DECIMAL} == money.THREE_DECIMALS
