"""The quote: ways to send a cart somewhere, what they cost, and what is refused."""

import tomllib
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webshop.cart.model import Line
from webshop.cart.quote import Quote, goods_taxes, quote
from webshop.errors import Conflict, Invalid
from webshop.pricing.shipping import Method, Shipping, Zone
from webshop.pricing.tax import TaxClass, TaxLine
from webshop.shop import Shop

SHOP = """
name = "Test Pottery"
currency = "EUR"

[[shipping.zones]]
name = "Islands"
countries = ["DE", "FR"]
postcodes = ["27498", "265", "97"]

[[shipping.zones]]
name = "Highlands"
countries = ["GB"]
postcodes = ["IV", "KW1"]
methods = [{ key = "boat", title = "Boat", price = 19.90 }]

[[shipping.zones]]
name = "Home"
countries = ["DE", "GB"]
  [[shipping.zones.methods]]
  key = "parcel"
  title = "Parcel"
  delivery = "two days"
  rates = [{ up_to_weight = 1_000, price = 4.90 }, { up_to_weight = 2_000, price = 9.90 }]
  free_from = 50
  [[shipping.zones.methods]]
  key = "courier"
  title = "Courier"
  rates = [{ up_to_weight = 500, up_to_value = 100, price = 12 }]

[[shipping.zones]]
name = "Elsewhere"
countries = ["DE", "FR", "KW"]
methods = [{ key = "air", title = "By air", price = 30 }]

[tax]
DE = { standard = 19, reduced = 7 }
GB = { name = "British VAT", standard = 20, reduced = 5, low = 0, shipping = 5 }
"""


def shop(text: str = SHOP, **changes: Any) -> Shop:
    return Shop.model_validate({**tomllib.loads(text, parse_float=Decimal), **changes})


def line(price: int = 1000, weight: int = 100, quantity: int = 1, tax_class: TaxClass = "standard") -> Line:
    sku = f"{price}-{weight}-{tax_class}".upper()
    return Line(sku, "slug", "Title", "", None, price, quantity, None, weight, tax_class)


def prices(costs: Quote) -> dict[str, int]:
    return {option.key: option.price for option in costs.options}


# What is offered

OFFERED: list[tuple[Line, dict[str, int]]] = [
    (line(weight=499), {"parcel": 490, "courier": 1200}),
    (line(weight=500), {"parcel": 490, "courier": 1200}),
    (line(weight=501), {"parcel": 490}),
    (line(weight=1000), {"parcel": 490}),
    (line(weight=1001), {"parcel": 990}),
    (line(weight=250, quantity=4), {"parcel": 490}),
    (line(weight=251, quantity=4), {"parcel": 990}),
    (line(weight=2000), {"parcel": 990}),
    (line(weight=0), {"parcel": 490, "courier": 1200}),
    (line(price=4999), {"parcel": 490, "courier": 1200}),
    (line(price=5000), {"parcel": 0, "courier": 1200}),
    (line(price=2500, quantity=2), {"parcel": 0, "courier": 1200}),
    (line(price=5000, weight=2000), {"parcel": 0}),
    (line(price=10_000), {"parcel": 0, "courier": 1200}),
    (line(price=10_001), {"parcel": 0}),
]


@pytest.mark.parametrize(("bought", "offered"), OFFERED)
def test_methods_are_offered_at_the_first_rate_that_fits(bought: Line, offered: dict[str, int]) -> None:
    costs = quote(shop(), [bought], "DE", "10115")
    assert prices(costs) == offered
    assert costs.chosen.key == "parcel"


def test_weight_and_value_are_those_of_the_whole_cart() -> None:
    costs = quote(shop(), [line(price=3000, weight=600), line(price=2000, weight=601)], "DE", "10115")
    assert prices(costs) == {"parcel": 0}
    costs = quote(shop(), [line(price=2999, weight=600), line(price=2000, weight=401)], "DE", "10115")
    assert prices(costs) == {"parcel": 990}


def test_nothing_is_free_above_the_weight_that_is_sent_at_all() -> None:
    with pytest.raises(Invalid) as refusal:
        quote(shop(), [line(price=5000, weight=2001)], "DE", "10115")
    assert refusal.value.fields == {"country": "Sorry, we cannot send this much to Germany."}


def test_a_method_is_offered_with_its_words() -> None:
    parcel = quote(shop(), [line()], "DE", "10115").options[0]
    assert (parcel.key, parcel.title, parcel.delivery) == ("parcel", "Parcel", "two days")


def test_the_method_that_was_chosen_is_taken() -> None:
    costs = quote(shop(), [line()], "DE", "10115", "courier")
    assert (costs.chosen.key, costs.chosen.price, costs.total) == ("courier", 1200, 2200)
    assert prices(costs) == {"parcel": 490, "courier": 1200}


@pytest.mark.parametrize("chosen", ["boat", "air", "Parcel", "parcel ", "x" * 10_000, "\x00"])
def test_a_method_that_is_not_offered_there_is_a_conflict(chosen: str) -> None:
    with pytest.raises(Conflict) as refusal:
        quote(shop(), [line()], "DE", "10115", chosen)
    assert refusal.value.message == "This way of shipping is not offered there. Please choose another one."


def test_a_method_that_is_too_small_for_the_cart_is_a_conflict() -> None:
    with pytest.raises(Conflict):
        quote(shop(), [line(weight=501)], "DE", "10115", "courier")
    with pytest.raises(Conflict):
        quote(shop(), [line(price=10_001)], "DE", "10115", "courier")


# Where it goes


ZONES: list[tuple[str, str, list[str]]] = [
    ("GB", "IV1 1AA", ["boat"]),
    ("GB", "iv1 1aa", ["boat"]),
    ("GB", "  Iv-1 1aA ", ["boat"]),
    ("GB", "KW1 4AB", ["boat"]),
    ("GB", "kw14ab", ["boat"]),
    ("GB", "k w 1", ["boat"]),
    ("GB", "KW2 4AB", ["parcel", "courier"]),
    ("GB", "K1W 4AB", ["parcel", "courier"]),
    ("GB", "AIV1 1AA", ["parcel", "courier"]),
    ("GB", "I", ["parcel", "courier"]),
    ("GB", "", ["parcel", "courier"]),
    ("DE", "27499", ["parcel", "courier"]),
    ("DE", "2749", ["parcel", "courier"]),
    ("DE", "12650", ["parcel", "courier"]),
    ("DE", "IV1 1AA", ["parcel", "courier"]),
    ("FR", "75001", ["air"]),
    ("KW", "97000", ["air"]),
]


@pytest.mark.parametrize(("country", "postal_code", "methods"), ZONES)
def test_the_first_zone_with_the_country_and_postcode_counts(
    country: str, postal_code: str, methods: list[str]
) -> None:
    assert list(prices(quote(shop(), [line()], country, postal_code))) == methods


@pytest.mark.parametrize(
    ("country", "postal_code"),
    [
        ("DE", "27498"),
        ("DE", "27 498"),
        ("DE", "27-498"),
        ("DE", "274-98 "),
        ("DE", "26548"),
        ("FR", "97410"),
    ],
)
def test_a_postcode_in_a_zone_without_methods_is_refused_at_its_field(country: str, postal_code: str) -> None:
    with pytest.raises(Invalid) as refusal:
        quote(shop(), [line()], country, postal_code)
    assert refusal.value.fields == {"postal_code": "Sorry, we do not deliver to this postcode."}


@pytest.mark.parametrize("country", ["AT", "XX", "", "de", "DE ", "DEU", "x" * 10_000, "\x00", "\ud800"])
def test_a_country_in_no_zone_is_refused_at_its_field(country: str) -> None:
    with pytest.raises(Invalid) as refusal:
        quote(shop(), [line()], country, "")
    assert refusal.value.fields == {"country": "Please choose a country that we deliver to."}


def test_a_country_that_only_has_a_zone_without_methods_is_refused() -> None:
    text = SHOP.replace('"DE", "FR"]', '"DE", "FR", "IT"]')
    with pytest.raises(Invalid) as refusal:
        quote(shop(text), [line()], "IT", "00100")
    assert refusal.value.fields == {"country": "Please choose a country that we deliver to."}


def test_what_is_too_heavy_or_too_dear_is_refused_at_the_country() -> None:
    heavy, dear = line(weight=2001), line(price=10_001)
    text = SHOP.replace(
        "rates = [{ up_to_weight = 1_000", "rates = [{ up_to_value = 100, up_to_weight = 1_000"
    )
    text = text.replace("{ up_to_weight = 2_000, price", "{ up_to_value = 100, up_to_weight = 2_000, price")
    for bought in (heavy, dear):
        with pytest.raises(Invalid) as refusal:
            quote(shop(text), [bought], "GB", "SW1A 1AA")
        assert refusal.value.fields == {"country": "Sorry, we cannot send this much to United Kingdom."}


# Tax


def test_tax_is_that_of_the_country_with_the_parcel_at_its_own_rate() -> None:
    bought = [
        line(1000),
        line(500, tax_class="reduced"),
        line(300, tax_class="none"),
        line(200, tax_class="low"),
    ]
    costs = quote(shop(), bought, "GB", "SW1A 1AA")
    assert costs.rates == (200_000, 50_000, 0, 0)
    assert costs.taxes == (
        TaxLine("British VAT", 200_000, 1000, 167),  # 10.00 × 20/120 = 1.6666…
        TaxLine("British VAT", 50_000, 990, 47),  # (5.00 + 4.90) × 5/105 = 0.4714…
    )
    assert (costs.subtotal, costs.total, costs.tax_mode) == (2000, 2490, "included")


def test_a_rate_that_the_country_does_not_have_is_its_standard_one() -> None:
    costs = quote(shop(), [line(1000, tax_class="low")], "DE", "10115")
    assert costs.rates == (190_000,)
    assert costs.taxes == (TaxLine("VAT", 190_000, 1490, 238),)  # 14.90 × 19/119 = 2.3789…


def test_a_country_that_is_not_listed_takes_no_tax() -> None:
    costs = quote(shop(), [line(1000)], "KW", "")
    assert (costs.rates, costs.taxes, costs.total) == ((0,), (), 4000)


@pytest.mark.parametrize(("included", "mode", "total"), [(True, "included", 1490), (False, "added", 1773)])
def test_tax_is_added_to_the_total_only_where_prices_are_without(
    included: bool, mode: str, total: int
) -> None:
    costs = quote(shop(prices_include_tax=included), [line(1000)], "DE", "10115")
    assert (costs.tax_mode, costs.total) == (mode, total)  # 14.90 × 0.19 = 2.831


def test_a_shop_without_a_list_of_taxes_reckons_none() -> None:
    for included in (True, False):
        costs = quote(shop(tax={}, prices_include_tax=included), [line(1000)], "DE", "10115")
        assert (costs.tax_mode, costs.rates, costs.taxes, costs.total) == ("none", (0,), (), 1490)


def test_tax_that_stripe_reckons_is_not_reckoned_here() -> None:
    for included, mode in ((True, "stripe_included"), (False, "stripe_added")):
        costs = quote(shop(tax="stripe", prices_include_tax=included), [line(1000)], "DE", "10115")
        assert (costs.tax_mode, costs.rates, costs.taxes, costs.total) == (mode, (0,), (), 1490)


def test_the_tax_of_a_cart_is_that_of_its_goods_alone() -> None:
    bought = [line(1200, quantity=2), line(800, tax_class="reduced")]
    assert goods_taxes(shop(), bought, "DE") == (
        TaxLine("VAT", 190_000, 2400, 383),  # 24.00 × 19/119 = 3.8319…
        TaxLine("VAT", 70_000, 800, 52),  # 8.00 × 7/107 = 0.5233…
    )
    assert goods_taxes(shop(), bought, "KW") == ()
    assert goods_taxes(shop(), [], "DE") == ()


def test_prices_of_three_decimals_are_read_and_taxed_in_tens() -> None:
    text = SHOP.replace('"EUR"', '"KWD"')
    costs = quote(shop(text, prices_include_tax=False), [line(11_510)], "DE", "10115")
    assert (costs.chosen.price, costs.taxes) == (4900, (TaxLine("VAT", 190_000, 16_410, 3120),))
    assert costs.total == 11_510 + 4900 + 3120  # 16.410 × 0.19 = 3.1179


# For any cart

lines = st.lists(
    st.builds(
        line,
        price=st.integers(1, 10**6),
        weight=st.integers(0, 60),
        quantity=st.integers(1, 3),
        tax_class=st.sampled_from(["standard", "reduced", "low", "none"]),
    ),
    min_size=1,
    max_size=10,
)
SHOPS: Mapping[bool, Shop] = {True: shop(), False: shop(prices_include_tax=False)}


@given(lines, st.booleans(), st.sampled_from(["DE", "GB", "KW"]))
def test_a_total_is_the_goods_the_parcel_and_the_added_tax(
    bought: list[Line], included: bool, to: str
) -> None:
    costs = quote(SHOPS[included], bought, to, "")
    added = 0 if included else sum(tax.amount for tax in costs.taxes)
    assert costs.subtotal == sum(each.unit_price * each.quantity for each in bought)
    assert costs.total == costs.subtotal + costs.chosen.price + added
    assert len(costs.rates) == len(bought)
    assert costs.chosen in costs.options


@given(lines, st.booleans())
def test_what_is_taxed_is_every_line_and_the_parcel_once(bought: list[Line], included: bool) -> None:
    costs = quote(SHOPS[included], bought, "GB", "")
    taxed = sum(each.total for each in bought if each.tax_class in ("standard", "reduced"))
    assert sum(tax.base for tax in costs.taxes) == taxed + costs.chosen.price
    percent = {200_000: Fraction(1, 5), 50_000: Fraction(1, 20)}
    for tax in costs.taxes:
        share = percent[tax.rate]
        exact = tax.base * share / (1 + share) if included else tax.base * share
        assert abs(tax.amount - exact) <= Fraction(1, 2)


@given(lines)
def test_the_order_of_the_cart_does_not_change_what_it_costs(bought: list[Line]) -> None:
    costs = quote(SHOPS[True], bought, "DE", "")
    assert replace(quote(SHOPS[True], bought[::-1], "DE", ""), rates=()) == replace(costs, rates=())


@given(st.text(max_size=30), st.text(max_size=30), st.text(max_size=30))
def test_nothing_that_can_be_typed_is_more_than_refused(country: str, postal_code: str, chosen: str) -> None:
    for to in (country, "DE", "GB"):
        try:
            costs = quote(SHOPS[True], [line()], to, postal_code, chosen)
        except (Invalid, Conflict):
            continue
        assert chosen in ("", costs.chosen.key)


@pytest.mark.parametrize(
    ("postal_code", "sentence"),
    [("80331", "Sorry, we do not deliver to this postcode."), ("", "Please fill in this field.")],
)
def test_a_country_with_some_postcodes_only_says_so_at_the_postcode(postal_code: str, sentence: str) -> None:
    method = Method(key="bike", title="By bicycle", price=Decimal(3), rates=[])
    berlin = Zone(name="Berlin", countries=["DE"], postcodes=["10"], methods=[method])
    shop = Shop(name="Local", currency="EUR", shipping=Shipping(zones=[berlin]))
    assert quote(shop, [], "DE", "10115").total == 300
    with pytest.raises(Invalid) as refusal:
        quote(shop, [], "DE", postal_code)
    assert refusal.value.fields == {"postal_code": sentence}


# States

STATES = """
name = "Examples"
currency = "USD"

[[shipping.zones]]
name = "No parcels"
countries = ["US"]
regions = ["HI"]

[[shipping.zones]]
name = "Alaska, and an island"
countries = ["US"]
regions = ["AK"]
postcodes = ["04645"]
methods = [{ key = "boat", title = "By boat", price = 30 }]

[[shipping.zones]]
name = "Texas"
countries = ["US"]
regions = ["TX"]
methods = [{ key = "parcel", title = "Parcel", price = 5 }]
"""


@pytest.mark.parametrize(
    ("region", "postcode", "method"),
    [("AK", "99501", "boat"), ("TX", "73301", "parcel"), ("ME", "04645", "boat")],
)
def test_a_zone_can_be_of_states(region: str, postcode: str, method: str) -> None:
    assert list(prices(quote(shop(STATES), [line()], "US", postcode, region=region))) == [method]


@pytest.mark.parametrize(
    ("region", "postcode", "problem"),
    [
        ("HI", "96801", {"region": "Sorry, we do not deliver there."}),
        ("", "73301", {"region": "Please choose one."}),
        ("ME", "04101", {"postal_code": "Sorry, we do not deliver to this postcode."}),
    ],
)
def test_a_state_that_nothing_is_sent_to_is_told_at_its_field(
    region: str, postcode: str, problem: dict[str, str]
) -> None:
    with pytest.raises(Invalid) as refusal:
        quote(shop(STATES), [line()], "US", postcode, region=region)
    assert refusal.value.fields == problem


def test_a_state_that_there_is_not_is_a_mistake_in_the_file() -> None:
    with pytest.raises(ValueError, match="'Lone Star' is no region of US, such as AL"):
        shop(STATES.replace('"TX"', '"Lone Star"'))
