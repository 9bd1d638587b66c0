"""The whole purchase without JavaScript, by following links and filling in forms."""

from tests.conftest import both_databases
from tests.people import TYPED
from tests.shopper import Shopper

pytestmark = both_databases


def test_two_products_one_of_them_twice_end_on_a_paid_order(shopper: Shopper) -> None:
    shopper.visit("/").follow("Blue mug").submit("form.buy", quantity="2")
    assert shopper.message == "Blue mug added. 2 items, €24.00"

    shopper.visit("/").follow("Glaze tiles").submit("form.buy")
    assert shopper.message == "Glaze tiles added. 3 items, €24.99"

    shopper.follow("checkout").submit(
        "main form", **{key.replace("-", "_"): value for key, value in TYPED.items()}
    )
    shopper.pay()

    assert shopper.response.url.path.startswith("/orders/")
    assert "your order is paid" in shopper.text
    assert "2 × Blue mug €24.00 1 × Glaze tiles €0.99 Parcel €4.90 Total €29.89" in shopper.text
