"""shop.toml: the shop's name, currency, language, countries and shipping. A person edits it."""

from decimal import Decimal
from pathlib import Path
from typing import Annotated

from babel import Locale, UnknownLocaleError
from pydantic import AfterValidator, Field, StringConstraints, model_validator

from webshop import address, money
from webshop.files import Entry, Text, read_toml


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


Country = Annotated[str, StringConstraints(pattern="^[A-Z]{2}$"), AfterValidator(_known_country)]


class Shipping(Entry):
    title: Text
    price: Decimal = Field(ge=0, le=100_000)


class Shop(Entry):
    name: Text
    tagline: str = ""
    currency: Annotated[str, StringConstraints(pattern="^[A-Z]{3}$")]
    language: Annotated[str, AfterValidator(_known_language)] = "en"
    countries: list[Country] = Field(min_length=1)
    shipping: Shipping

    @model_validator(mode="after")
    def _price_fits_currency(self) -> "Shop":
        try:
            money.to_minor(self.shipping.price, self.currency)
        except ValueError as error:
            raise ValueError(f"shipping.price: {error}") from error
        return self

    @property
    def shipping_price(self) -> int:
        """The flat price of a parcel, in minor units."""
        return money.to_minor(self.shipping.price, self.currency)


def load(path: Path) -> Shop:
    """The shop that `path` describes. Raises FileError."""
    return read_toml(path, Shop)
