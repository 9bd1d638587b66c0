"""What a shop promises whoever thinks of buying: when it comes, what that costs, when it may be returned."""

from dataclasses import dataclass

from webshop.pricing import money
from webshop.pricing.shipping import Shipping


@dataclass(frozen=True)
class Promise:
    """For parcels to `country`, by the first method that is offered there. `delivery` says how long it takes,
    in the owner's words, or is "". `shipping` is the least it costs, `free_from` the value of goods from
    which it costs nothing, None where it never does; in minor units. `returns` is days, 0 where nothing is
    said."""

    country: str
    delivery: str
    shipping: int
    free_from: int | None
    returns: int

    @property
    def always_free(self) -> bool:
        return self.shipping == 0 or self.free_from == 0


def promised(shipping: Shipping, currency: str, returns: int) -> Promise:
    """To the country that comes first in shop.toml."""
    country = shipping.countries[0]
    here = [zone for zone in shipping.zones if country in zone.countries and zone.methods]
    everywhere = [zone for zone in here if not zone.postcodes and not zone.regions]
    method = (everywhere or here)[0].methods[0]
    prices = [rate.price for rate in method.rates] if method.price is None else [method.price]
    free_from = None if method.free_from is None else money.to_minor(method.free_from, currency)
    return Promise(country, method.delivery, money.to_minor(min(prices), currency), free_from, returns)
