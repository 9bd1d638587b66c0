"""What a cart costs when it is sent somewhere: the ways to send it, tax, and the total."""

from collections.abc import Sequence
from dataclasses import dataclass

from webshop import address
from webshop.cart.model import Line
from webshop.errors import Conflict, Invalid
from webshop.language.formats import country_name
from webshop.language.messages import gettext as _
from webshop.pricing import money, tax
from webshop.pricing.shipping import Zone
from webshop.pricing.tax import TaxLine
from webshop.pricing.tax_rates import CountryTax
from webshop.shop import Shop


@dataclass(frozen=True)
class Option:
    """A way to send the parcel, at a `price` in minor units. `key` names it in the form."""

    key: str
    title: str
    delivery: str
    price: int


UNSENT = Option("", "", "", 0)  # what goes into no parcel


@dataclass(frozen=True)
class Quote:
    """`options` can be chosen from, `chosen` is one of them; where nothing is sent there are none. `rates`
    are the tax rates of the lines, in their order. Amounts in minor units; `total` is what is charged,
    without a tax that Stripe is to add."""

    options: tuple[Option, ...]
    chosen: Option
    subtotal: int
    tax_mode: tax.Mode
    rates: tuple[int, ...]
    taxes: tuple[TaxLine, ...]
    total: int


def quote(
    shop: Shop, lines: Sequence[Line], country: str, postal_code: str, chosen: str = "", *, region: str = ""
) -> Quote:
    """With the method whose key is `chosen`, or the first one for "".

    Raises Invalid, with a sentence at its field, when nothing is sent there, and Conflict when the chosen
    method is not offered there.
    """
    options = list_options(shop, lines, country, postal_code, region)
    option = find_option(options, chosen) if options else UNSENT
    if option is None:
        sentence = _("This way of shipping is not offered there. Please choose another one.")
        raise Conflict(sentence, {"shipping_method": sentence})
    return cost_of(shop, lines, shop.tax_at(country, postal_code, region), options, option)


def cost_of(
    shop: Shop, lines: Sequence[Line], there: CountryTax | None, options: tuple[Option, ...], chosen: Option
) -> Quote:
    """What the lines cost when they are sent by the `chosen` one of the `options`, with the tax that is owed
    `there`."""
    subtotal = sum(line.total for line in lines)
    goods = _taxed(lines, there)
    rates = tuple(rate for rate, _amount in goods)
    sent = [taxed for taxed, line in zip(goods, lines, strict=True) if line.shipped]
    parcel = there.tax_parcel(sent, chosen.price, shop.currency) if there and sent else []
    taxes = _taxes(shop, [*goods, *parcel], there)
    added = sum(line.amount for line in taxes) if shop.tax_mode == "added" else 0
    total = subtotal + chosen.price + added
    return Quote(options, chosen, subtotal, shop.tax_mode, rates, taxes, total)


def find_option(options: Sequence[Option], key: str) -> Option | None:
    """The one of this key; the first one for ""."""
    return next((option for option in options if key in ("", option.key)), None)


def list_options(
    shop: Shop, lines: Sequence[Line], country: str, postal_code: str, region: str = ""
) -> tuple[Option, ...]:
    """The ways in which the lines can be sent there, at least one if anything is sent. Raises Invalid, with a
    sentence at its field, when there is none."""
    if lines and not any(line.shipped for line in lines):
        _refuse_unknown(shop, country)
        return ()
    value = sum(line.total for line in lines)
    zone = _get_zone(shop, country, postal_code, region)
    weight = sum(line.weight * line.quantity for line in lines if line.shipped)
    prices = [(method, method.price_of(shop.currency, weight, value)) for method in zone.methods]
    options = tuple(
        Option(method.key, method.title, method.delivery, price)
        for method, price in prices
        if price is not None
    )
    if not options:
        sentence = _("Sorry, we cannot send this much to %(country)s.", country=country_name(country))
        raise Invalid(_("Please check the marked fields."), {"country": sentence})
    return options


def _refuse_unknown(shop: Shop, country: str) -> None:
    if country not in shop.countries:
        problem = {"country": _("Please choose a country that we sell to.")}
        raise Invalid(_("Please check the marked fields."), problem)


def _get_zone(shop: Shop, country: str, postal_code: str, region: str) -> Zone:
    """Raises Invalid, with the sentence at the field that is in the way."""
    zone = shop.shipping.find_zone(country, postal_code, region)
    if zone and zone.methods:
        return zone
    by_region = any(each.regions for each in shop.shipping.zones if country in each.countries)
    if by_region and not region:
        problem = {"region": _("Please choose one.")}
    elif zone and region in zone.regions:
        problem = {"region": _("Sorry, we do not deliver there.")}
    elif zone or (country in shop.countries and address.normalized_postcode(postal_code)):
        problem = {"postal_code": _("Sorry, we do not deliver to this postcode.")}
    elif country in shop.countries:  # but not to all of its postcodes
        problem = {"postal_code": _("Please fill in this field.")}
    else:
        problem = {"country": _("Please choose a country that we deliver to.")}
    raise Invalid(_("Please check the marked fields."), problem)


def _taxed(lines: Sequence[Line], there: CountryTax | None) -> list[tuple[int, int]]:
    """The rate and the amount of each line."""
    return [(there.rate(line.tax_class) if there else 0, line.total) for line in lines]


def _taxes(shop: Shop, taxed: Sequence[tuple[int, int]], there: CountryTax | None) -> tuple[TaxLine, ...]:
    if there is None:
        return ()
    return tax.assess(taxed, there.name, shop.currency, included=shop.prices_include_tax)


def to_free_shipping(shop: Shop, lines: Sequence[Line]) -> int | None:
    """What is missing, in minor units, until a parcel with the lines is sent for nothing in the shop's first
    country, 0 when it is; None where that never happens, or nothing is sent."""
    zone = shop.shipping.find_zone(shop.countries[0], "")
    if zone is None or not any(line.shipped for line in lines):
        return None
    value = sum(line.total for line in lines)
    weight = sum(line.weight * line.quantity for line in lines if line.shipped)
    missing = [
        money.to_minor(method.free_from, shop.currency) - value
        for method in zone.methods
        if method.free_from is not None and method.price_of(shop.currency, weight, value) is not None
    ]
    return max(0, min(missing)) if missing else None


def goods_taxes(shop: Shop, lines: Sequence[Line], country: str) -> tuple[TaxLine, ...]:
    """The tax of what is in a cart, before anybody knows how it is sent, and where in the country."""
    there = shop.tax_at(country)
    return _taxes(shop, _taxed(lines, there), there)
