"""What the checkout's form shows."""

from collections.abc import Mapping
from dataclasses import dataclass

from webshop import address
from webshop.cart.model import Cart
from webshop.cart.quote import Quote, cost_of, find_option, list_options
from webshop.checkout.details import FIELDS
from webshop.errors import Invalid, ShopError
from webshop.language.messages import gettext as _
from webshop.shop import Shop


@dataclass(frozen=True)
class CheckoutPage:
    """`values` is what was typed, and `problems` what is wrong with it, by field; `problem` is about all.
    `labels` are what the fields are called; `needed` are those that the chosen country must have. `countries`
    are the codes of where parcels go. `costs` is None where nothing is sent."""

    values: Mapping[str, str]
    problem: str
    problems: Mapping[str, str]
    labels: Mapping[str, str]
    needed: list[str]
    countries: list[str]
    costs: Quote | None


def checkout_page(
    shop: Shop, cart: Cart, typed: Mapping[str, str], problem: ShopError | None = None
) -> CheckoutPage:
    """The form with what was typed. A way of shipping that was chosen for another country is replaced by the
    first one that is offered, and a region of another country by none."""
    values = {field: typed.get(field, "") for field in FIELDS} | {"region": own_region(typed, shop.countries)}
    country, problems = values["country"], problem.fields if problem else {}
    costs = None
    try:
        where = country, values["postal_code"], values["region"]
        options = list_options(shop, cart.lines, *where)
    except Invalid as nowhere:
        problems = {**nowhere.fields, **problems}
    else:
        chosen = find_option(options, typed.get("shipping_method", "")) or options[0]
        costs = cost_of(shop, cart.lines, shop.tax_at(*where), options, chosen)
    sentence = problem.message if problem else ""
    return CheckoutPage(values, sentence, problems, _labels(), _needed(shop, country), shop.countries, costs)


def own_region(typed: Mapping[str, str], countries: list[str]) -> str:
    """The region that was typed, if it is the chosen country's: "MA" is Massachusetts, and Málaga. Whoever
    does not say in `region_of` whose region it is may only mean one that no other country has."""
    country, region = typed.get("country", ""), typed.get("region", "")
    if whose := typed.get("region_of", ""):
        return region if whose == country else ""
    others = (code for code in countries if region and code != country)
    taken = any(region == known for code in others for known, _name in address.regions(code))
    return "" if taken else region


def _needed(shop: Shop, country: str) -> list[str]:
    """A postcode, where the country's addresses want one, or where parts of it are sent to in another way."""
    if country not in shop.countries:
        return []
    everywhere = shop.shipping.find_zone(country, "")
    wanted = everywhere is None or address.postcode_problem("", country) == "missing"
    return ["postal_code"] if wanted else []


def _labels() -> dict[str, str]:
    """What the fields are called where they are listed: as in templates/checkout/."""
    return {
        "email": _("E-mail"),
        "phone": _("Phone"),
        "vat_number": _("VAT number"),
        "billing_name": _("Billed to"),
        "billing_company": _("Business"),
        "billing_line1": _("Street, house number"),
        "billing_line2": _("Floor, door"),
        "billing_city": _("City"),
        "billing_country": _("Billed in"),
        "billing_region": _("Region"),
        "billing_postal_code": _("ZIP or postal code"),
        "name": _("Name"),
        "company": _("Company"),
        "line1": _("Street and number"),
        "line2": _("Flat, floor (optional)"),
        "city": _("Town or city"),
        "country": _("Country"),
        "region": _("State or province"),
        "postal_code": _("Postcode"),
        "shipping_method": _("Shipping"),
    }
