"""What is in a package, and what a unit of it costs."""

import pytest

from webshop.language import messages
from webshop.language.formats import format_reduction, format_unit_price
from webshop.pricing.contents import read_contents, unit_price

# A price in cents, what it is for, and what is shown.
SHOWN = [
    (2500, "350 ml", "€71.43 / l"),
    (1785, "250 ml", "€7.14 / 100 ml"),
    (1785, "251 ml", "€71.12 / l"),
    (1500, "0,5 l", "€30.00 / l"),
    (1500, "0.125l", "€12.00 / 100 ml"),
    (1500, "75 cl", "€20.00 / l"),
    (1500, "2 dl", "€7.50 / 100 ml"),
    (1500, "6 x 0.33 l", "€7.58 / l"),
    (1500, "6×330 ML", "€7.58 / l"),
    (500, "100 g", ""),
    (500, "250 g", "€2.00 / 100 g"),
    (500, "500 g", "€10.00 / kg"),
    (500, "1 kg", ""),
    (500, "1000 g", ""),
    (500, "2.5 kg", "€2.00 / kg"),
    (500, "500 mg", "€1,000.00 / 100 g"),
    (500, "2 m", "€2.50 / m"),
    (500, "80 cm", "€6.25 / m"),
    (500, "5 mm", "€1,000.00 / m"),
    (500, "1.5 m²", "€3.33 / m²"),
    (500, "2500 cm2", "€20.00 / m²"),
    (500, "6 pieces", "€0.83 / piece"),
    (500, "20 Stück", "€0.25 / piece"),
    (500, "1 piece", ""),
    (500, "12 oz", "€0.42 / oz"),
    (500, "8 fl. oz.", "€0.63 / fl oz"),
    (1, "9999999 pcs", ""),
    (500, "", ""),
    (500, "a lot", ""),
]  # fmt: skip


def test_the_price_of_a_unit() -> None:
    wrong = [
        (price, contents, shown)
        for price, contents, expected in SHOWN
        if (shown := format_unit_price(price, contents, "EUR")) != expected
    ]
    assert wrong == []


def test_it_is_rounded_to_what_the_currency_has() -> None:
    assert unit_price(1000, read_contents("300 ml"), "JPY") == (3333, "l")
    assert unit_price(100_000, read_contents("300 ml"), "ISK") == (333_300, "l")
    assert unit_price(12_500, read_contents("8 pieces"), "EUR") == (1563, "piece")


def test_it_is_written_as_the_language_writes_money() -> None:
    with messages.speaking(messages.load("de")):
        assert format_unit_price(1785, "250 ml", "EUR") == "7,14\N{NO-BREAK SPACE}€ / 100 ml"


@pytest.mark.parametrize(
    "text", ["350", "ml", "350 mm²", "-1 l", "1 l 2", "٣ l", "1e3 g", "0 x 3 l", "12345678 g", "1.2345 kg"]
)
def test_what_nobody_can_read_is_told(text: str) -> None:
    with pytest.raises(ValueError, match="must be a number and ml, cl, l, g, kg"):
        read_contents(text)


def test_a_number_in_doubt_and_nothing_are_told() -> None:
    with pytest.raises(ValueError, match=r"'1,500 g' may be 1500 or 1\.5: write one of them"):
        read_contents("1,500 g")
    with pytest.raises(ValueError, match="must be more than 0"):
        read_contents("0 ml")


def test_a_reduction_is_never_told_as_more_than_it_is() -> None:
    assert format_reduction(2000, 3000) == "\N{MINUS SIGN}33%"
    assert format_reduction(1001, 2000) == "\N{MINUS SIGN}49%"
    assert format_reduction(1500, 3000) == "\N{MINUS SIGN}50%"
    assert format_reduction(2990, 3000) == ""
