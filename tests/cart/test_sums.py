"""Whatever is in the cart: the parts are the total, and each of them can be charged."""

from decimal import Decimal
from random import Random
from typing import Any

import pytest

from webshop.cart.model import Line
from webshop.cart.quote import quote
from webshop.pricing import money
from webshop.pricing.tax import TaxClass
from webshop.shop import Shop

CLASSES: list[TaxClass] = ["standard", "reduced", "low", "none"]
FOLLOWS = [None, Decimal(7), "main", "proportion"]


def random_shop(random: Random, currency: str, parcel: int) -> Shop:
    """Its parcel costs this, in minor units."""
    rates: dict[str, Any] = {"standard": Decimal(random.choice(["19", "25.5", "8.875", "0"]))}
    rates |= {"reduced": Decimal("5.5"), "low": Decimal("2.1"), "shipping": random.choice(FOLLOWS)}
    method = {"key": "post", "title": "Post", "price": money.to_major(parcel, currency)}
    zone = {"name": "Here", "countries": ["DE"], "methods": [method]}
    return Shop.model_validate(
        {
            "name": "Any",
            "currency": currency,
            "shipping": {"zones": [zone]},
            "prices_include_tax": random.random() < 0.5,
            "tax": {"DE": rates},
        }
    )


def random_line(random: Random, step: int, number: int) -> Line:
    price, quantity = random.randint(1, 20_000) * step, random.randint(1, 99)
    return Line(f"A{number}", "a", "A", "", None, price, quantity, None, 1, random.choice(CLASSES))


@pytest.mark.parametrize("currency", ["EUR", "JPY", "KWD", "ISK", "UGX", "TND"])
def test_the_parts_are_the_total_and_can_be_charged(currency: str) -> None:
    random, step = Random(20261127), money.step(currency)
    for _basket in range(400):
        parcel = random.choice([0, random.randint(1, 5_000)]) * step
        lines = [random_line(random, step, number) for number in range(random.randint(1, 6))]
        costs = quote(random_shop(random, currency, parcel), lines, "DE", "10115")
        added = 0 if costs.tax_mode == "included" else sum(each.amount for each in costs.taxes)
        assert costs.subtotal + parcel + added == costs.total
        amounts = [costs.total, *(each.amount for each in costs.taxes), *(each.base for each in costs.taxes)]
        assert [amount % step for amount in amounts] == [0] * len(amounts)
        taxed = sum(line.total for line, rate in zip(lines, costs.rates, strict=True) if rate)
        assert taxed <= sum(each.base for each in costs.taxes) <= taxed + parcel
