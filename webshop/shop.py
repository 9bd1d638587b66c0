"""shop.toml: the shop's name, currency, language, shipping, carriers and tax. A person edits it."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal, TypeAlias
from urllib.parse import quote
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from pydantic import AfterValidator, StringConstraints, model_validator

from webshop.pricing import money
from webshop.pricing.shipping import Shipping
from webshop.pricing.tax import Mode
from webshop.pricing.tax_rates import CountryTax, TaxPart
from webshop.toml_files import Country, Entry, FileError, Flag, Line, Text, quoted, read_toml


def _known_language(code: str) -> str:
    try:
        Locale.parse(code)
    except (UnknownLocaleError, ValueError) as error:
        raise ValueError(f"{quoted(code)} is not a language such as en or de_AT") from error
    return code


def _known_time_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:  # unknown, no name at all, or a folder of names
        raise ValueError(f"{quoted(name)} is not a time zone such as Europe/Berlin or Asia/Tokyo") from error
    return name


SITE = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)+(:[0-9]{1,5})?", re.IGNORECASE)
TRACKING = "{tracking}"  # where a carrier's link has the parcel's number


def _tracking_link(template: str) -> str:
    """Whatever number is put into it, it leads to the carrier's own site."""
    words = template.replace(TRACKING, "")
    site, slash, rest = template.removeprefix("https://").partition("/")
    if not template.startswith("https://") or not slash or not SITE.fullmatch(site):
        raise ValueError("must be a link to the carrier's site that begins with https://")
    if not words.isascii() or not words.isprintable() or set(words) & set(' "<>\\^`{|}'):
        raise ValueError(f"must not have letters that no link has; the parcel's number stands at {TRACKING}")
    if TRACKING not in rest:
        raise ValueError(f"must have {TRACKING} where the parcel's number stands")
    return template


def _carrier_name(name: str) -> str:
    """As people type it: in any case, with any spaces."""
    return " ".join(name.casefold().split())


def _each_once(carriers: dict[str, str]) -> dict[str, str]:
    for name in carriers:
        if [_carrier_name(each) for each in carriers].count(_carrier_name(name)) > 1:
            raise ValueError(f"{name!r} stands there twice; capitals make no difference")
    return carriers


TrackingLink: TypeAlias = Annotated[
    str, StringConstraints(strip_whitespace=True, max_length=500), AfterValidator(_tracking_link)
]


def _known_currency(code: str) -> str:
    if code not in money.CURRENCIES:
        raise ValueError(f"{quoted(code)} is no currency that Stripe charges, such as EUR or USD")
    return code


AskedFor: TypeAlias = Literal["required", "optional", "no"]


class Shop(Entry):
    name: Text
    tagline: Line = ""
    imprint: list[Text] = []  # who sells, line by line, for receipts
    currency: Annotated[str, AfterValidator(_known_currency)]
    language: Annotated[str, AfterValidator(_known_language)] = "en"
    timezone: Annotated[str, AfterValidator(_known_time_zone)] = "UTC"
    phone: AskedFor = "no"  # of the shopper, for the carrier
    shipping: Shipping
    carriers: Annotated[dict[Text, TrackingLink], AfterValidator(_each_once)] = {}  # links, by carrier
    prices_include_tax: Flag = True
    tax: dict[Country, CountryTax] = {}
    tax_parts: list[TaxPart] = []  # they come before their countries, and the first one counts
    tax_by_stripe: Flag = False

    @model_validator(mode="before")
    @classmethod
    def _one_word_for_stripe(cls, given: dict[str, Any]) -> dict[str, Any]:
        """`tax = "stripe"` is short for no table and `tax_by_stripe`."""
        return {**given, "tax": {}, "tax_by_stripe": True} if given.get("tax") == "stripe" else given

    @model_validator(mode="after")
    def _one_reckons(self) -> "Shop":
        if self.tax_by_stripe and self.tax_parts:
            raise ValueError('tax_parts: with tax = "stripe", Stripe knows every place; leave them out')
        return self

    @property
    def zone(self) -> ZoneInfo:
        """Where the shop's days begin and end."""
        return ZoneInfo(self.timezone)

    @property
    def countries(self) -> list[str]:
        """Where something is sent to, in the order of the zones."""
        return self.shipping.countries

    @property
    def tax_mode(self) -> Mode:
        if self.tax_by_stripe:
            return "stripe_included" if self.prices_include_tax else "stripe_added"
        if not self.tax and not self.tax_parts:
            return "none"
        return "included" if self.prices_include_tax else "added"

    def tracking_link(self, carrier: str, tracking: str) -> str:
        """Where the carrier tells how far a parcel is; "" for a carrier whose link nobody has said."""
        links = {_carrier_name(name): link for name, link in self.carriers.items()}
        link = links.get(_carrier_name(carrier), "") if tracking else ""
        return link.replace(TRACKING, quote(tracking, safe=""))

    def tax_at(self, country: str, postal_code: str = "", region: str = "") -> CountryTax | None:
        """None where no tax is owed, or Stripe computes it."""
        if self.tax_by_stripe:
            return None
        for part in self.tax_parts:
            if part.holds(country, postal_code, region):
                return part.tax
        return self.tax.get(country)


def load(path: Path) -> Shop:
    """The shop that `path` describes. Raises FileError."""
    shop = read_toml(path, Shop)
    problems = [f"{path.name}: {problem}" for problem in _prices_that_cannot_be_charged(shop)]
    if problems:
        raise FileError(problems)
    return shop


def _prices_that_cannot_be_charged(shop: Shop) -> Iterator[str]:
    for place, price in shop.shipping.prices():
        if place.endswith("price") and (problem := money.too_much(price, shop.currency)):
            yield f"{place} {problem}"
            continue
        try:
            money.to_minor(price, shop.currency)
        except ValueError as error:
            yield f"{place} {error}"
