"""Postal addresses: how each country writes one, its postcodes and its states; phone numbers and e-mail."""

from webshop.address.countries import is_country, list_countries
from webshop.address.envelope import form_rows, lines
from webshop.address.model import Address
from webshop.address.postcodes import (
    is_numeric,
    normalized_postcode,
    postcode_begins,
    postcode_problem,
    read_postcode,
)
from webshop.address.regions import find_region, is_one_of, regions, regions_of_postcode

__all__ = [
    "Address",
    "find_region",
    "form_rows",
    "is_country",
    "is_numeric",
    "is_one_of",
    "lines",
    "list_countries",
    "normalized_postcode",
    "postcode_begins",
    "postcode_problem",
    "read_postcode",
    "regions",
    "regions_of_postcode",
]
