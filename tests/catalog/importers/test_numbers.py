"""Prices, weights and counts as shops write them."""

from decimal import Decimal

import pytest

from webshop.catalog.importers.numbers import decimal_mark, read_amount, read_count, read_weight


@pytest.mark.parametrize(
    ("written", "mark", "amount"),
    [
        ("1 050 000", "", "1050000"),
        ("1.234,56", "", "1234.56"),
        ("1,234.56", "", "1234.56"),
        ("€12.00", "", "12"),
        ("12,40", "", "12.40"),
        ("12,40 €", ",", "12.40"),
        ("1\u202f050,00 €", "", "1050"),
        ("1'234.50", "", "1234.50"),
        ("12,-", "", "12"),
        ("CHF 12.–", "", "12"),
        ("Rs. 1,05,000.00", "", "105000"),
        ("R$ 1.234,00", "", "1234"),
        ("1,050,000", "", "1050000"),
        ("1.050", "", "1050"),  # nobody has a thousandth of a cent
        ("1.050", ".", "1.050"),  # unless the file's other prices say so
        ("1,050", ".", "1050"),
        ("0.500", "", "0.5"),
        (".5", "", "0.5"),
        ("１２．５０", "", "12.5"),
        ("1050000.00", "", "1050000"),
        ("0", "", "0"),
    ],
)
def test_a_price_is_read_however_it_is_written(written: str, mark: str, amount: str) -> None:
    assert read_amount(written, mark) == Decimal(amount)


def test_what_is_no_price_is_none() -> None:
    for written in ("", "free", "-5", "−5", "EUR -5", "12-15", "1e5", "1/2", "#N/A", "9" * 31, "٣"):
        assert read_amount(written) is None, written


def test_the_sign_before_the_cents_is_that_of_most_prices() -> None:
    assert decimal_mark(["12.00", "1,050", "9.50"]) == "."
    assert decimal_mark(["12,00 €", "1.050", "9,5"]) == ","
    assert decimal_mark(["12", "1.050"]) == ""
    assert decimal_mark(["12.340"], decimals=3) == "."


def test_weights_are_whole_grams() -> None:
    weights = {
        ("100.0", "g"): 100,
        ("1.3", "kg"): 1300,
        ("0,5", "kg"): 500,
        ("2", "lb"): 907,
        ("1.5", "lbs"): 680,
        ("16", "oz"): 454,
        ("1.250 kg", "g"): 1250,  # what stands beside the number counts more
        ("1,200", "g"): 1200,
        ("3 KG", "g"): 3000,
        ("0,75", "кг"): 750,
    }
    assert {given: read_weight(*given) for given in weights} == weights
    assert [read_weight(written, "g") for written in ("heavy", "-1", "", "5 stone")] == [None] * 4


def test_counts_may_be_negative_and_written_with_decimals() -> None:
    assert [read_count(each) for each in ("5", "-3", "−4", "12.0", "1,000")] == [5, -3, -4, 12, 1000]
    assert [read_count(each) for each in ("", "many", "2.5")] == [None] * 3
