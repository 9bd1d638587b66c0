"""Which products of a category fit what is asked for, in a number of steps that does not grow with it.

Where the category, one filter or the price leaves few products, they are looked through whole. Else the
list is gone through in its order, so many products at a time: who goes on gets to its end all the same.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
    Select,
    exists,
    func,
    literal_column,
    or_,
    select,
)

from webshop.catalog.listing.asked import Asked
from webshop.db.tables import facet_counts, facets, listings, variants

MOST = 3_000  # products that one look goes through


@dataclass(frozen=True)
class Matching:
    """`few`: all that can fit are at most MOST, and `source`, where it is given, has their slugs."""

    category: str
    asked: Asked
    among: Sequence[str] | None
    few: bool
    source: FromClause | None

    def products(self, of: FromClause = listings) -> Select[str]:
        """The slugs of what fits, out of `of`, which has the columns of listings."""
        query = select(of.c.product).where(of.c.category == self.category)
        if self.source is not None:
            query = query.join_from(of, self.source, self.source.c.product == of.c.product)
        return query.where(*_conditions(of, self.asked, self.among))


def match(
    connection: Connection, category: str, asked: Asked, among: Sequence[str] | None = None
) -> Matching:
    """`among`: only these products, of which there are few."""
    if among is not None or count_all(connection, category) <= MOST:
        return Matching(category, asked, among, few=True, source=None)
    for kind, values in asked.chosen.items():
        of_kind = select(facets.c.product).where(facets.c.kind == kind, facets.c.value.in_(values))
        if _are_few(connection, of_kind):
            return Matching(category, asked, None, few=True, source=_few(of_kind))
    if asked.low is not None or asked.high is not None:
        of_price = select(listings.c.product).where(listings.c.category == category, *_price(listings, asked))
        if _are_few(connection, of_price):
            return Matching(category, asked, None, few=True, source=_few(of_price))
    return Matching(category, asked, None, few=False, source=None)


def count_all(connection: Connection, category: str) -> int:
    """How many products a category has on sale, in it and below."""
    total = select(facet_counts.c.products).where(
        facet_counts.c.category == category, facet_counts.c.kind == "", facet_counts.c.value == ""
    )
    return connection.execute(total).scalar() or 0


def _are_few(connection: Connection, products: Select[str]) -> bool:
    some = products.limit(MOST + 1).subquery()
    return connection.execute(select(func.count()).select_from(some)).scalar_one() <= MOST


def _few(products: Select[str]) -> FromClause:
    """The limit keeps databases from taking the question apart, and looking through the whole category."""
    return products.distinct().limit(MOST).subquery("few")


def _conditions(of: FromClause, asked: Asked, among: Sequence[str] | None) -> list[ColumnElement[bool]]:
    conditions = _price(of, asked)
    if among is not None:
        conditions.append(of.c.product.in_(among))
    for kind, values in asked.chosen.items():
        has_it = [facets.c.product == of.c.product, facets.c.kind == kind, facets.c.value.in_(values)]
        conditions.append(exists(literal_column("1")).where(*has_it))
    if asked.in_stock:
        there = or_(variants.c.stock.is_(None), variants.c.stock > 0)
        is_there = [variants.c.product == of.c.product, variants.c.active, there]
        conditions.append(exists(literal_column("1")).where(*is_there))
    return conditions


def _price(of: FromClause, asked: Asked) -> list[ColumnElement[bool]]:
    low = [] if asked.low is None else [of.c.price >= asked.low]
    return low + ([] if asked.high is None else [of.c.price <= asked.high])
