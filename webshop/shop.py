"""shop.toml: the shop's name, currency, language, shipping and tax. A person edits it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

from babel import Locale, UnknownLocaleError
from pydantic import AfterValidator, model_validator

from webshop.pricing import money
from webshop.pricing.shipping import Shipping
from webshop.pricing.tax import Mode
from webshop.pricing.tax_rates import CountryTax, TaxPart
from webshop.toml_files import Country, Entry, FileError, Text, read_toml


def _known_language(code: str) -> str:
    try:
        Locale.parse(code)
    except (UnknownLocaleError, ValueError) as error:
        raise ValueError(f"{code!r} is not a language such as en or de_AT") from error
    return code


def _known_currency(code: str) -> str:
    if code not in money.CURRENCIES:
        raise ValueError(f"{code!r} is no currency that Stripe charges, such as EUR or USD")
    return code


class Shop(Entry):
    name: Text
    tagline: str = ""
    imprint: list[Text] = []  # who sells, line by line, for receipts
    currency: Annotated[str, AfterValidator(_known_currency)]
    language: Annotated[str, AfterValidator(_known_language)] = "en"
    shipping: Shipping
    prices_include_tax: bool = True
    tax: dict[Country, CountryTax] = {}
    tax_parts: list[TaxPart] = []  # they come before their countries, and the first one counts
    tax_by_stripe: bool = False

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
            yield f"{place}: {problem}"
            continue
        try:
            money.to_minor(price, shop.currency)
        except ValueError as error:
            yield f"{place}: {error}"
