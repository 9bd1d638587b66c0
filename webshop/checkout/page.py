"""What the checkout's form shows."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from webshop import address
from webshop.cart.model import Cart
from webshop.cart.quote import UNSENT, Quote, cost_of, find_option, list_options
from webshop.checkout.details import ADDRESS, FIELDS
from webshop.errors import Invalid, ShopError
from webshop.language.formats import address_rows, format_money, sort_countries
from webshop.language.messages import Language, current
from webshop.language.messages import gettext as _
from webshop.shop import Shop
from webshop.web.rendering import Renderer

NOTHING: Mapping[str, str] = {}
QUOTED = frozenset(
    {"country", "region", "region_of", "postal_code", "shipping_method"}
)  # what it costs depends on
LONG = 100  # characters: nothing that is meant is so long
OF_A_PARCEL = frozenset({"company", "line1", "line2", "city", "phone"})


@dataclass(frozen=True)
class CheckoutPage:
    """`values` is what was typed, and `problems` what is wrong with it, by field; `problem` is about all.
    `labels` are what the fields are called, if anything is wrong; `needed` are those that the chosen country
    must have. `countries` are the codes of where parcels go, the shop's own first. `costs` is None where
    nothing can be sent. `rows` are the fields of an address as its country writes it, and `left_out` fields
    that are not asked for."""

    values: Mapping[str, str]
    problem: str
    problems: Mapping[str, str]
    labels: Mapping[str, str]
    needed: list[str]
    countries: list[str]
    costs: Quote | None
    rows: list[list[str]]
    left_out: list[str]


def draw_form(
    pages: Renderer,
    template: str,
    shop: Shop,
    cart: Cart,
    typed: Mapping[str, str],
    problem: ShopError | None = None,
    still_wrong: Mapping[str, str] = NOTHING,
    *,
    says: bool = False,
) -> bytes:
    """A template of checkout_page; if it `says` so, with a sentence of what is to be paid. Before anybody has
    typed who they are, it is drawn once for carts in which there is the same."""

    def context() -> Mapping[str, Any]:
        shown = checkout_page(shop, cart, typed, problem, still_wrong)
        return {"cart": cart, "message": _sentence(cart, shown) if says else "", **vars(shown)}

    is_anybodys = problem is None and typed.keys() <= QUOTED
    if is_anybodys and all(len(value) < LONG for value in typed.values()):
        return pages.once(template, (cart, *sorted(typed.items())), context)
    return pages.text(template, context()).encode()


def checkout_page(
    shop: Shop,
    cart: Cart,
    typed: Mapping[str, str],
    problem: ShopError | None = None,
    still_wrong: Mapping[str, str] = NOTHING,
) -> CheckoutPage:
    """The form with what was typed: it was refused just now, or before, and is `still_wrong`. A way of
    shipping that was chosen for another country is replaced by the first one that is offered, and a region
    of another country by none."""
    values = {field: typed.get(field, "") for field in FIELDS} | {"region": own_region(typed, shop.countries)}
    country, problems = values["country"], problem.fields if problem else still_wrong
    costs = None
    try:
        where = country, values["postal_code"], values["region"]
        options = list_options(shop, cart.lines, *where)
    except Invalid as nowhere:
        problems = {**nowhere.fields, **problems}
    else:
        chosen = find_option(options, typed.get("shipping_method", "")) or [*options, UNSENT][0]
        costs = cost_of(shop, cart.lines, shop.tax_at(*where), options, chosen)
    sentence = problem.message if problem else ""
    left_out = sorted(fields_left_out(shop, cart, country))
    needed = [field for field in _needed(shop, country) if field not in left_out]
    rows = _rows(country, left_out)
    problems = _as_they_follow(problems, rows)
    countries = _sorted(tuple(shop.countries), current())
    labels = _labels() if problems else {}
    return CheckoutPage(values, sentence, problems, labels, needed, countries, costs, rows, left_out)


def _sentence(cart: Cart, shown: CheckoutPage) -> str:
    """ "Parcel, insured: €4.90. Total €28.90": what has changed on the page, for whoever does not see it."""
    costs = shown.costs
    if costs is None:
        return " ".join(shown.problems.values())
    total = format_money(costs.total, cart.currency)
    if not cart.ships:
        return _("Total %(total)s.", total=total)
    return _(
        "%(title)s: %(price)s. Total %(total)s.",
        title=costs.chosen.title,
        price=format_money(costs.chosen.price, cart.currency),
        total=total,
    )


@lru_cache(maxsize=100)
def _sorted(countries: tuple[str, ...], _language: Language) -> list[str]:
    return sort_countries(list(countries))


def _rows(country: str, left_out: list[str]) -> list[list[str]]:
    hidden = {*left_out, *([] if address.regions(country) else ["region"])}
    rows = [[part for part in row if part not in hidden] for row in address_rows(country)]
    return [row for row in rows if row]


def _as_they_follow(problems: Mapping[str, str], rows: list[list[str]]) -> dict[str, str]:
    """In the order of the page: the first one has the focus."""
    others = [field for field in FIELDS if field not in ADDRESS]
    places = [*others, "country", *(part for row in rows for part in row)]
    return {name: problems[name] for name in sorted(problems, key=lambda name: (*places, name).index(name))}


def fields_left_out(shop: Shop, cart: Cart, country: str) -> frozenset[str]:
    """Where nothing is sent nobody is asked where they live, beyond what their tax depends on."""
    if cart.ships:
        return frozenset()
    parts = [part for part in shop.tax_parts if part.country == country]
    by_place = shop.tax_by_stripe and country in ("US", "CA")
    asked = {
        "region": by_place or any(part.regions for part in parts),
        "postal_code": by_place or any(part.postcodes for part in parts),
    }
    return OF_A_PARCEL | {field for field, is_asked in asked.items() if not is_asked}


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
