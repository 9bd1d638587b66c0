"""What pages promise before anybody has said where to."""

from decimal import Decimal
from typing import Any

import pytest

from webshop.pricing.promises import Promise, promised
from webshop.pricing.shipping import Shipping

ISLANDS: dict[str, Any] = {"name": "Islands", "countries": ["DE"], "postcodes": ["27498"]}
PARCEL: dict[str, Any] = {"key": "parcel", "title": "Parcel", "delivery": "2 days", "price": Decimal("4.90")}
EXPRESS: dict[str, Any] = {"key": "express", "title": "Express", "price": Decimal("14.90")}
BY_WEIGHT: dict[str, Any] = {
    "key": "parcel",
    "title": "Parcel",
    "rates": [
        {"up_to_weight": 5000, "price": Decimal("9.90")},
        {"up_to_weight": 500, "price": Decimal("3.90")},
    ],
}


def germany(*methods: dict[str, Any]) -> dict[str, Any]:
    return {"name": "Germany", "countries": ["DE"], "methods": [*methods]}


@pytest.mark.parametrize(
    ("zones", "returns", "expected"),
    [
        ([germany(PARCEL, EXPRESS)], 14, Promise("DE", "2 days", 490, None, 14)),
        ([germany(BY_WEIGHT)], 0, Promise("DE", "", 390, None, 0)),
        (
            [ISLANDS, {**ISLANDS, "methods": [EXPRESS]}, germany({**PARCEL, "free_from": 150})],
            30,
            Promise("DE", "2 days", 490, 15000, 30),
        ),
        ([germany({**PARCEL, "price": 0})], 0, Promise("DE", "2 days", 0, None, 0)),
    ],
    ids=["the first method", "the least of its rates", "a whole country before its islands", "nothing"],
)
def test_it_is_what_most_parcels_to_the_first_country_cost(
    zones: list[dict[str, Any]], returns: int, expected: Promise
) -> None:
    assert promised(Shipping.model_validate({"zones": zones}), "EUR", returns) == expected


def test_what_costs_nothing_from_the_start_is_always_free() -> None:
    assert Promise("DE", "", 0, None, 0).always_free
    assert Promise("DE", "", 490, 0, 0).always_free
    assert not Promise("DE", "", 490, 1, 0).always_free
