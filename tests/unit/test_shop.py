"""shop.toml: the shop's name, currency, language, countries and shipping."""

from pathlib import Path

import pytest

from webshop import shop
from webshop.files import FileError
from webshop.settings import ROOT

RIGHT = """
name = "Test Pottery"
currency = "EUR"
language = "de_AT"
countries = ["DE", "IE"]

[shipping]
title = "Parcel"
price = 4.90
"""


def problems(folder: Path, text: str) -> list[str]:
    path = folder / "shop.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(FileError) as refusal:
        shop.load(path)
    return refusal.value.problems


def test_a_shop_is_read(tmp_path: Path) -> None:
    path = tmp_path / "shop.toml"
    path.write_text(RIGHT)
    read = shop.load(path)
    assert (read.name, read.tagline, read.currency, read.language) == ("Test Pottery", "", "EUR", "de_AT")
    assert read.countries == ["DE", "IE"]
    assert (read.shipping.title, read.shipping_price) == ("Parcel", 490)


@pytest.mark.parametrize(
    ("right", "wrong", "problem"),
    [
        ("name", "nmae", ["name: Field required", "nmae: Extra inputs are not permitted"]),
        ('"EUR"', '"eur"', ["currency: String should match pattern '^[A-Z]{3}$'"]),
        ('"de_AT"', '"xx"', ["language: 'xx' is not a language such as en or de_AT"]),
        ('"de_AT"', '"de-AT"', ["language: 'de-AT' is not a language such as en or de_AT"]),
        ('"IE"', '"XX"', ["countries[2]: 'XX' is not a country code such as DE or IE"]),
        ('"IE"', '"ZZ"', ["countries[2]: 'ZZ' is not a country code such as DE or IE"]),
        ('"IE"', '"ie"', ["countries[2]: String should match pattern '^[A-Z]{2}$'"]),
        ('"DE", "IE"', "", ["countries: List should have at least 1 item after validation, not 0"]),
        ("4.90", "-1", ["shipping.price: Input should be greater than or equal to 0"]),
        ("4.90", "4.905", ["shipping.price: 4.905 has more than 2 decimals (EUR)"]),
        ('"EUR"', '"JPY"', ["shipping.price: 4.90 has more than 0 decimals (JPY)"]),
        ("[shipping]", "[shiping]", ["shipping: Field required", "shiping: Extra inputs are not permitted"]),
    ],
)
def test_a_mistake_is_named_with_its_place(
    tmp_path: Path, right: str, wrong: str, problem: list[str]
) -> None:
    assert RIGHT.count(right) == 1
    assert problems(tmp_path, RIGHT.replace(right, wrong)) == [f"shop.toml: {each}" for each in problem]


def test_shipping_may_be_free(tmp_path: Path) -> None:
    path = tmp_path / "shop.toml"
    path.write_text(RIGHT.replace("4.90", "0"))
    assert shop.load(path).shipping_price == 0


def test_the_shop_file_that_comes_with_the_shop_is_right() -> None:
    read = shop.load(ROOT / "shop.toml")
    assert (read.currency, read.shipping_price) == ("EUR", 490)
    assert {"DE", "GB", "US", "IE"} <= set(read.countries)
