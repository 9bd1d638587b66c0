"""What the mending of every product needs to know."""

from collections.abc import Callable
from dataclasses import dataclass

from webshop.catalog.importers.report import Report


@dataclass(frozen=True)
class Terms:
    """`mark` stands before the cents in the file. `picture_of` gives the file in static/img/products/ of a
    picture's address, "" where it is not there. `is_ours`: in this shop's own table a 0
    is meant."""

    currency: str
    tax_by_stripe: bool
    mark: str
    picture_of: Callable[[str], str]
    report: Report
    is_ours: bool = False
