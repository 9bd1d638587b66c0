"""What each country's tax is called and how high it is: the part [tax] of shop.toml."""

from decimal import Decimal
from typing import Annotated, Literal, TypeAlias

from pydantic import Field, StringConstraints

from webshop.pricing.tax import TaxClass
from webshop.toml_files import Entry

Percent: TypeAlias = Annotated[Decimal, Field(ge=0, le=100, decimal_places=4)]


class CountryTax(Entry):
    """What a country calls its tax, and its rates in percent. A rate that it does not have is its standard
    one; `shipping` is the rate of what the parcel costs."""

    name: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=80)] = "VAT"
    standard: Percent
    reduced: Percent | None = None
    low: Percent | None = None
    shipping: Percent | None = None

    def rate(self, kind: TaxClass | Literal["shipping"]) -> int:
        """In millionths."""
        if kind == "none":
            return 0
        percent: Decimal | None = getattr(self, kind)
        return int((self.standard if percent is None else percent).scaleb(4))
