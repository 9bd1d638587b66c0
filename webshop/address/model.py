"""A postal address."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Address:
    """Where a parcel or an invoice goes. `country` is an ISO 3166 code; `line2` and `company` may be empty,
    and so may a postcode and a region (a state, a province) where the country has none."""

    name: str
    line1: str
    line2: str
    postal_code: str
    city: str
    country: str
    region: str = ""
    company: str = ""
