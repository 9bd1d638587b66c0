"""The visitor's cart: its id, and the tax it shows before anybody has said where it goes."""

import re

from tests.till import SHOP
from webshop.cart.cookie import new_cart_id
from webshop.cart.model import Line
from webshop.cart.reading import cart_of
from webshop.pricing.tax import TaxLine


def test_a_cart_has_an_id_of_128_random_bits_as_long_as_its_column() -> None:
    ids = {new_cart_id() for _each in range(100)}
    assert len(ids) == 100
    assert all(re.fullmatch("[0-9a-f]{32}", each) for each in ids)


def test_a_cart_shows_the_tax_of_the_shops_first_country() -> None:
    """DE, IE, GB, US."""
    mug = Line("MUG-BLUE", "blue-mug", "Blue mug", "", None, 1200, 2, None, 300)
    cart = cart_of(SHOP, [mug], known=True)
    assert (cart.tax_country, cart.currency, cart.lines) == ("DE", "EUR", (mug,))
    assert cart.taxes == (TaxLine("VAT", 190_000, 2400, 383),)  # 24.00 × 19/119 = 3.832
