"""Where parcels go, by which methods and at what rates: the part [shipping] of shop.toml."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Annotated, Any, TypeAlias

from pydantic import BeforeValidator, Field, StringConstraints, model_validator

from webshop import address
from webshop.pricing import money
from webshop.text import clean_code
from webshop.toml_files import Country, Entry, Line, Number, Text, Whole, matching


def _plain(prefix: Any) -> Any:
    return clean_code(prefix) if isinstance(prefix, str) else prefix


Key: TypeAlias = Annotated[
    str,
    matching("[a-z0-9]+(-[a-z0-9]+)*", "small letters, digits and hyphens, such as parcel"),
    StringConstraints(max_length=40),
]
Prefix: TypeAlias = Annotated[
    str,
    BeforeValidator(_plain),
    matching("[A-Z0-9]([A-Z0-9 -]{0,8}[A-Z0-9])?", "the beginning of a postcode, such as 27498"),
]
Price: TypeAlias = Annotated[Number, Field(ge=0, le=money.MOST_WRITTEN)]


class Rate(Entry):
    """One step of a price list: for parcels up to a weight in grams, and goods up to a value."""

    price: Price
    up_to_weight: Whole | None = Field(None, gt=0)
    up_to_value: Price | None = None


class Method(Entry):
    """A way to send a parcel: at one `price`, or at the first of the `rates` that fits; for nothing from a
    value of `free_from`. `delivery` says in words how long it takes."""

    key: Key
    title: Text
    delivery: Line = ""
    price: Price | None = None
    rates: list[Rate] = Field([], max_length=50)
    free_from: Price | None = None

    @model_validator(mode="after")
    def _one_kind_of_price(self) -> "Method":
        if (self.price is None) == (not self.rates):
            raise ValueError("needs a price, or rates")
        return self

    def price_of(self, currency: str, weight: int, value: int) -> int | None:
        """Of a parcel of `weight` grams with goods of `value`, in minor units; None when it is too heavy, or
        worth too much, for each of the rates."""
        for rate in self.rates or [Rate(price=self.price or Decimal(), up_to_weight=None)]:
            light = rate.up_to_weight is None or weight <= rate.up_to_weight
            cheap = rate.up_to_value is None or value <= money.to_minor(rate.up_to_value, currency)
            if light and cheap:
                free = self.free_from is not None and value >= money.to_minor(self.free_from, currency)
                return 0 if free else money.to_minor(rate.price, currency)
        return None


class Zone(Entry):
    """Where the same methods are offered. `postcodes` are beginnings of postcodes, `regions` are states or
    the like, for a part of a country; with them, a zone without methods is where nothing is sent to."""

    name: Text
    countries: list[Country] = Field(min_length=1)
    postcodes: list[Prefix] = []
    regions: list[Text] = []
    methods: list[Method] = Field([], max_length=5)  # Stripe takes no more

    @model_validator(mode="after")
    def _methods_make_sense(self) -> "Zone":
        keys = [method.key for method in self.methods]
        if len(set(keys)) < len(keys):
            raise ValueError("each of its methods needs a key of its own")
        if not keys and not self.postcodes and not self.regions:
            raise ValueError("needs methods; only a zone of postcodes can do without")
        if unknown := unknown_region(self.regions, self.countries):
            raise ValueError(unknown)
        return self

    def holds(self, country: str, postal_code: str, region: str = "") -> bool:
        """Whether a postcode, as it was typed, or a region of one of its countries is in it."""
        if country not in self.countries:
            return False
        if not self.postcodes and not self.regions:
            return True
        begun = (address.postcode_begins(postal_code, prefix, country) for prefix in self.postcodes)
        return any(begun) or address.is_one_of(region, self.regions, country)


def unknown_region(regions: list[str], countries: list[str]) -> str:
    """Which of the regions is none of the countries', as a sentence for the owner; "" if all are known."""
    for region in regions:
        if not any(address.find_region(region, country) for country in countries):
            known = [code for country in countries for code, _name in address.regions(country)]
            such = f"such as {known[0]}" if known else "whose addresses have none"
            return f"{region!r} is no region of {', '.join(countries)}, {such}"
    return ""


class Shipping(Entry):
    """The first zone that holds a country and postcode counts."""

    zones: list[Zone] = Field(min_length=1, max_length=100)

    @model_validator(mode="after")
    def _goes_somewhere(self) -> "Shipping":
        if not any(zone.methods for zone in self.zones):
            raise ValueError("needs a zone with methods")
        return self

    @property
    def countries(self) -> list[str]:
        """Where something is sent to, in the order of the zones."""
        delivered = (code for zone in self.zones if zone.methods for code in zone.countries)
        return list(dict.fromkeys(delivered))

    def find_zone(self, country: str, postal_code: str, region: str = "") -> Zone | None:
        """The zone that counts, if there is one; without methods, nothing is sent there."""
        return next((zone for zone in self.zones if zone.holds(country, postal_code, region)), None)

    def prices(self) -> Iterator[tuple[str, Decimal]]:
        """Every amount of money, with its place in the file."""
        for zone in self.zones:
            for method in zone.methods:
                place = f"shipping, zone {zone.name!r}, method {method.title!r}"
                found = {f"{place}: price": method.price, f"{place}: free_from": method.free_from}
                for step, rate in enumerate(method.rates, 1):
                    found[f"{place}, rate {step}: price"] = rate.price
                    found[f"{place}, rate {step}: up_to_value"] = rate.up_to_value
                yield from ((name, price) for name, price in found.items() if price is not None)
