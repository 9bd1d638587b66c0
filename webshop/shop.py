"""shop.toml: the shop's name, currency, language, shipping and tax. A person edits it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal, TypeAlias

from babel import Locale, UnknownLocaleError
from pydantic import AfterValidator, StringConstraints, model_validator

from webshop.pricing import money
from webshop.pricing.shipping import Shipping
from webshop.pricing.tax import Mode
from webshop.pricing.tax_rates import CountryTax
from webshop.toml_files import Country, Entry, FileError, Text, read_toml


def _known_language(code: str) -> str:
    try:
        Locale.parse(code)
    except (UnknownLocaleError, ValueError) as error:
        raise ValueError(f"{code!r} is not a language such as en or de_AT") from error
    return code


AskedFor: TypeAlias = Literal["required", "optional", "no"]


class Shop(Entry):
    name: Text
    tagline: str = ""
    imprint: list[Text] = []  # who sells, line by line, for receipts
    currency: Annotated[str, StringConstraints(pattern="^[A-Z]{3}$")]
    language: Annotated[str, AfterValidator(_known_language)] = "en"
    phone: AskedFor = "no"  # of the shopper, for the carrier
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
        return self.shipping.countries

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
    for place, price in shop.shipping.prices():
        try:
            money.to_minor(price, shop.currency)
        except ValueError as error:
            yield f"{place}: {error}"
