"""What the checkout's form shows."""

from collections.abc import Mapping
from dataclasses import dataclass

from webshop.cart.model import Cart
from webshop.cart.quote import Quote, cost_of, find_option, list_options
from webshop.checkout.details import FIELDS
from webshop.errors import Invalid, ShopError
from webshop.shop import Shop


@dataclass(frozen=True)
class CheckoutPage:
    """`values` is what was typed, and `problems` what is wrong with it, by field; `problem` is about all.
    `countries` are the codes of where parcels go. `costs` is None where nothing is sent."""

    values: Mapping[str, str]
    problem: str
    problems: Mapping[str, str]
    countries: list[str]
    costs: Quote | None


def checkout_page(
    shop: Shop, cart: Cart, typed: Mapping[str, str], problem: ShopError | None = None
) -> CheckoutPage:
    """The form with what was typed. A way of shipping that was chosen for another country is replaced by the
    first one that is offered."""
    values = {field: typed.get(field, "") for field in FIELDS}
    problems = problem.fields if isinstance(problem, Invalid) else {}
    costs = None
    try:
        where = values["country"], values["postal_code"], values["region"]
        options = list_options(shop, cart.lines, *where)
    except Invalid as nowhere:
        problems = {**nowhere.fields, **problems}
    else:
        chosen = find_option(options, typed.get("shipping_method", "")) or options[0]
        costs = cost_of(shop, cart.lines, shop.tax_at(*where), options, chosen)
    return CheckoutPage(values, problem.message if problem else "", problems, shop.countries, costs)
