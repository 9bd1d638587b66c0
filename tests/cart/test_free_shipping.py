"""How much is missing until a parcel goes for nothing: in the zone of the shop's first country."""

from pathlib import Path

import pytest

from webshop import shop
from webshop.cart.model import Line
from webshop.cart.quote import list_options, to_free_shipping

ZONES = {
    "a price": ('{ key = "p", title = "P", price = 4.90, free_from = 150 }', 15_000),
    "the lower of two": (
        '{ key = "p", title = "P", price = 4, free_from = 150 }, '
        '{ key = "e", title = "E", price = 9, free_from = 99 }',
        9_900,
    ),
    "never": ('{ key = "p", title = "P", price = 4.90 }', None),
    "too heavy for it": (
        '{ key = "p", title = "P", rates = [{ up_to_weight = 500, price = 4 }], free_from = 150 }, '
        '{ key = "e", title = "E", price = 9 }',
        None,
    ),
}
FILE = """
name = "S"
currency = "EUR"
[[shipping.zones]]
name = "Islands"
countries = ["DE"]
postcodes = ["27498"]
[[shipping.zones]]
name = "Germany"
countries = ["DE"]
methods = [{methods}]
[[shipping.zones]]
name = "Elsewhere"
countries = ["AT"]
methods = [{{ key = "p", title = "P", price = 9, free_from = 1 }}]
"""


def line(price: int, *, shipped: bool = True) -> Line:
    return Line("A", "a", "A", "", None, price, 1, None, 1000, shipped=shipped)


@pytest.mark.parametrize("name", ZONES)
def test_what_is_missing_is_what_the_checkout_then_charges_nothing_for(tmp_path: Path, name: str) -> None:
    methods, free_from = ZONES[name]
    (tmp_path / "shop.toml").write_text(FILE.format(methods=methods))
    store = shop.load(tmp_path / "shop.toml")
    if free_from is None:
        assert to_free_shipping(store, [line(20_000)]) is None
        return
    assert to_free_shipping(store, [line(2_400)]) == free_from - 2_400
    assert to_free_shipping(store, [line(free_from - 1)]) == 1
    assert to_free_shipping(store, [line(free_from)]) == 0
    assert to_free_shipping(store, [line(free_from + 1)]) == 0
    assert to_free_shipping(store, [line(free_from, shipped=False)]) is None
    assert to_free_shipping(store, []) is None
    for value in (free_from - 1, free_from):
        prices = [option.price for option in list_options(store, [line(value)], "DE", "10115")]
        assert (0 in prices) == (value >= free_from)
