"""All that the page of a list shows, read in one go."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from webshop.catalog.listing.asked import Asked, address, parameter, without
from webshop.catalog.listing.filters import Facet, list_filters
from webshop.catalog.listing.matching import match
from webshop.catalog.listing.queries import ListPage, Total, read_page, read_ranked


@dataclass(frozen=True)
class Active:
    """A filter that is on: `words` where it has a value, and the address of the list without it."""

    kind: str
    value: str
    address: str


@dataclass(frozen=True)
class Listing:
    """`path` is the list's own, without what is asked for."""

    path: str
    asked: Asked
    page: ListPage
    filters: Sequence[Facet]

    @property
    def active(self) -> list[Active]:
        on = [(kind, value) for kind, values in self.asked.chosen.items() for value in values]
        on += [("price", "")] if self.asked.low is not None or self.asked.high is not None else []
        on += [("stock", "")] if self.asked.in_stock else []
        return [
            Active(kind, value, address(self.path, without(self.asked, kind, value))) for kind, value in on
        ]

    @property
    def address(self) -> str:
        return address(self.path, self.asked, after=self.asked.after, before=self.asked.before)

    @property
    def plain(self) -> str:
        """Without any filter."""
        return address(self.path, Asked(words=self.asked.words, sort=self.asked.sort))

    def sorted_by(self, sort: str) -> str:
        return address(self.path, self.asked, sort=sort)

    @property
    def next(self) -> str:
        return address(self.path, self.asked, after=self.page.after) if self.page.after else ""

    @property
    def previous(self) -> str:
        return address(self.path, self.asked, before=self.page.before) if self.page.before else ""

    def parameter(self, kind: str) -> str:
        return parameter(kind)


def read_listing(
    connection: Connection, path: str, category: str, asked: Asked, among: Sequence[str] | None = None
) -> Listing:
    """`among`: only these products, the best first."""
    matching = match(connection, category, asked, among)
    ranked = among is not None and not asked.sort
    page = read_ranked(connection, matching) if ranked else read_page(connection, matching)
    filters = list_filters(connection, matching, Total(page.total, page.more))
    return Listing(path, asked, page, filters)
