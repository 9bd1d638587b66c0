"""shop.toml: the shop's name, currency, language, shipping and tax. A person edits it."""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal, TypeAlias

from babel import Locale, UnknownLocaleError
from pydantic import AfterValidator, Field, StringConstraints, model_validator

from webshop import address, money
from webshop.files import Entry, FileError, Text, read_toml
from webshop.tax import Class, Mode


def _known_country(code: str) -> str:
    if not address.is_country(code):
        raise ValueError(f"{code!r} is not a country code such as DE or IE")
    return code


def _known_language(code: str) -> str:
    try:
        Locale.parse(code)
    except (UnknownLocaleError, ValueError) as error:
        raise ValueError(f"{code!r} is not a language such as en or de_AT") from error
    return code


Country: TypeAlias = Annotated[str, StringConstraints(pattern="^[A-Z]{2}$"), AfterValidator(_known_country)]
Key: TypeAlias = Annotated[str, StringConstraints(pattern="^[a-z0-9]+(-[a-z0-9]+)*$", max_length=40)]
Prefix: TypeAlias = Annotated[str, StringConstraints(pattern="^[A-Z0-9]{1,10}$")]
Price: TypeAlias = Annotated[Decimal, Field(ge=0, le=1_000_000)]
Percent: TypeAlias = Annotated[Decimal, Field(ge=0, le=100, decimal_places=4)]


class Rate(Entry):
    """One step of a price list: for parcels up to a weight in grams, and goods up to a value."""

    price: Price
    up_to_weight: int | None = Field(None, gt=0)
    up_to_value: Price | None = None


class Method(Entry):
    """A way to send a parcel: at one `price`, or at the first of the `rates` that fits; for nothing from a
    value of `free_from`. `delivery` says in words how long it takes."""

    key: Key
    title: Text
    delivery: Annotated[str, StringConstraints(max_length=200)] = ""
    price: Price | None = None
    rates: list[Rate] = Field([], max_length=50)
    free_from: Price | None = None

    @model_validator(mode="after")
    def _one_kind_of_price(self) -> "Method":
        if (self.price is None) == (not self.rates):
            raise ValueError("needs a price, or rates")
        return self

    @property
    def steps(self) -> list[Rate]:
        return self.rates or [Rate(price=self.price or Decimal(), up_to_weight=None)]


class Zone(Entry):
    """Where the same methods are offered. `postcodes` are beginnings of postcodes, for a part of a country;
    with them, a zone without methods is where nothing is sent to."""

    name: Text
    countries: list[Country] = Field(min_length=1)
    postcodes: list[Prefix] = []
    methods: list[Method] = Field([], max_length=5)  # Stripe takes no more

    @model_validator(mode="after")
    def _methods_make_sense(self) -> "Zone":
        keys = [method.key for method in self.methods]
        if len(set(keys)) < len(keys):
            raise ValueError("each of its methods needs a key of its own")
        if not keys and not self.postcodes:
            raise ValueError("needs methods; only a zone of postcodes can do without")
        return self


class Shipping(Entry):
    """The first zone that holds a country and postcode counts."""

    zones: list[Zone] = Field(min_length=1, max_length=100)

    @model_validator(mode="after")
    def _goes_somewhere(self) -> "Shipping":
        if not any(zone.methods for zone in self.zones):
            raise ValueError("needs a zone with methods")
        return self


class CountryTax(Entry):
    """What a country calls its tax, and its rates in percent. A rate that it does not have is its standard
    one; `shipping` is the rate of what the parcel costs."""

    name: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=80)] = "VAT"
    standard: Percent
    reduced: Percent | None = None
    low: Percent | None = None
    shipping: Percent | None = None

    def rate(self, kind: Class | Literal["shipping"]) -> int:
        """In millionths."""
        if kind == "none":
            return 0
        percent: Decimal | None = getattr(self, kind)
        return int((self.standard if percent is None else percent).scaleb(4))


class Shop(Entry):
    name: Text
    tagline: str = ""
    imprint: list[Text] = []  # who sells, line by line, for receipts
    currency: Annotated[str, StringConstraints(pattern="^[A-Z]{3}$")]
    language: Annotated[str, AfterValidator(_known_language)] = "en"
    shipping: Shipping
    prices_include_tax: bool = True
    tax: dict[Country, CountryTax] = {}
    tax_by_stripe: bool = False

    @model_validator(mode="before")
    @classmethod
    def _one_word_for_stripe(cls, given: dict[str, Any]) -> dict[str, Any]:
        """`tax = "stripe"` is short for no table and `tax_by_stripe`."""
        return {**given, "tax": {}, "tax_by_stripe": True} if given.get("tax") == "stripe" else given

    @property
    def countries(self) -> list[str]:
        """Where something is sent to, in the order of the zones."""
        delivered = (code for zone in self.shipping.zones if zone.methods for code in zone.countries)
        return list(dict.fromkeys(delivered))

    @property
    def tax_mode(self) -> Mode:
        if self.tax_by_stripe:
            return "stripe_included" if self.prices_include_tax else "stripe_added"
        if not self.tax:
            return "none"
        return "included" if self.prices_include_tax else "added"

    def country_tax(self, country: str) -> CountryTax | None:
        """None where no tax is owed, or Stripe computes it."""
        return None if self.tax_by_stripe else self.tax.get(country)


def load(path: Path) -> Shop:
    """The shop that `path` describes. Raises FileError."""
    shop = read_toml(path, Shop)
    problems = [f"{path.name}: {problem}" for problem in _prices_with_too_many_decimals(shop)]
    if problems:
        raise FileError(problems)
    return shop


def _prices_with_too_many_decimals(shop: Shop) -> Iterator[str]:
    for place, price in _prices(shop):
        try:
            money.to_minor(price, shop.currency)
        except ValueError as error:
            yield f"{place}: {error}"


def _prices(shop: Shop) -> Iterator[tuple[str, Decimal]]:
    """Every amount of money in the file, with its place."""
    for zone_number, zone in enumerate(shop.shipping.zones, 1):
        for number, method in enumerate(zone.methods, 1):
            place = f"shipping.zones[{zone_number}].methods[{number}]"
            found = {f"{place}.price": method.price, f"{place}.free_from": method.free_from}
            for step, rate in enumerate(method.rates, 1):
                found[f"{place}.rates[{step}].price"] = rate.price
                found[f"{place}.rates[{step}].up_to_value"] = rate.up_to_value
            yield from ((name, price) for name, price in found.items() if price is not None)
