"""What each country's tax is called and how high it is: [tax] and [[tax_parts]] of shop.toml."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Annotated, Any, TypeAlias, get_args

from pydantic import BeforeValidator, Field, StringConstraints, model_validator

from webshop import address
from webshop.pricing import tax
from webshop.pricing.shipping import Prefix, unknown_region
from webshop.pricing.tax import Following, TaxClass
from webshop.toml_files import Country, Entry, Number, Text, quoted


def _percent_or_following(given: Any) -> Any:
    if isinstance(given, str) and given.isalpha() and given not in get_args(Following):
        raise ValueError(f'{quoted(given)} is neither a rate in percent nor "main" or "proportion"')
    return given


def _rates_or_none(given: Any) -> Any:
    if isinstance(given, dict | CountryTax | None):
        return given
    if given != "none":
        raise ValueError(f'{quoted(str(given))} is neither "none" nor rates such as {{ standard = 19 }}')
    return None


Percent: TypeAlias = Annotated[Number, Field(ge=0, le=100, decimal_places=4)]


class CountryTax(Entry):
    """What a country calls its tax, and its rates in percent. A rate that it does not have is its standard
    one; `shipping` is the rate of what the parcel costs, or says how it follows the goods."""

    name: Annotated[Text, StringConstraints(max_length=80)] = "VAT"
    standard: Percent
    reduced: Percent | None = None
    low: Percent | None = None
    shipping: Annotated[Percent | Following | None, BeforeValidator(_percent_or_following)] = None

    def rate(self, kind: TaxClass) -> int:
        """In millionths."""
        return 0 if kind == "none" else self._millionths(getattr(self, kind))

    def tax_parcel(
        self, goods: Iterable[tuple[int, int]], price: int, currency: str
    ) -> list[tuple[int, int]]:
        """What the parcel with these goods costs, as pairs of a rate and an amount; so are the goods."""
        if isinstance(self.shipping, str):
            return tax.follow(goods, price, self.shipping, currency)
        return [(self._millionths(self.shipping), price)]

    def _millionths(self, percent: Decimal | None) -> int:
        return int((self.standard if percent is None else percent).scaleb(4))


class TaxPart(Entry):
    """A part of a country with rates of its own, or without the country's tax, which is None here and "none"
    in the file: beginnings of its postcodes, or its regions (a state, a province) as an address has them."""

    name: Text
    country: Country
    postcodes: list[Prefix] = []
    regions: list[Text] = []
    tax: Annotated[CountryTax | None, BeforeValidator(_rates_or_none)]

    @model_validator(mode="after")
    def _is_somewhere(self) -> "TaxPart":
        if not self.postcodes and not self.regions:
            raise ValueError(f"{self.name} needs postcodes, or regions; without, it is all of the country")
        if unknown := unknown_region(self.regions, [self.country]):
            raise ValueError(unknown)
        return self

    def holds(self, country: str, postal_code: str, region: str) -> bool:
        """Whether an address with a postcode, as it was typed, is in it."""
        if country != self.country:
            return False
        begun = (address.postcode_begins(postal_code, prefix, country) for prefix in self.postcodes)
        return address.is_one_of(region, self.regions, country) or any(begun)
