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
    bindparam,
    exists,
    func,
    literal_column,
    or_,
    select,
)

from webshop.catalog.listing.asked import Asked
from webshop.catalog.listing.categories import EVERYTHING
from webshop.db.tables import facet_counts, facets, listings, variants

MOST = 3_000  # products that one look goes through
COUNTED = 250  # of those that fit: ten pages; then "250 or more" is all that a shopper needs to know
KEPT = select(facet_counts.c.products).where(  # written once
    facet_counts.c.category == bindparam("category"),
    facet_counts.c.kind == bindparam("kind"),
    facet_counts.c.value == bindparam("value"),
)


@dataclass(frozen=True)
class Matching:
    """`few`: all that can fit are at most MOST, and `source`, where it is given, has their slugs."""

    category: str
    asked: Asked
    among: Sequence[str] | None
    few: bool
    source: FromClause | None

    @property
    def is_all(self) -> bool:
        return self.among is None and not self.asked.is_filtered

    @property
    def only_value(self) -> tuple[str, str] | None:
        """A filter's kind and value where nothing else is asked for."""
        asked = self.asked
        if self.among is not None or asked.in_stock or asked.low is not None or asked.high is not None:
            return None
        chosen = [(kind, value) for kind, values in asked.chosen.items() for value in values]
        return chosen[0] if len(chosen) == 1 else None

    def products(self) -> Select[str]:
        """The slugs of what fits."""
        query = select(listings.c.product).where(listings.c.category == self.category)
        if self.source is not None:
            query = query.join_from(listings, self.source, self.source.c.product == listings.c.product)
        return query.where(*_conditions(self.asked, self.among))


def match(
    connection: Connection, category: str, asked: Asked, among: Sequence[str] | None = None
) -> Matching:
    """`among`: only these products, of which there are few."""
    if among is not None or count_all(connection, category) <= MOST:
        return Matching(category, asked, among, few=True, source=None)
    for kind, values in asked.chosen.items():
        of_kind = select(facets.c.product).where(facets.c.kind == kind, facets.c.value.in_(values))
        if not _are_many(connection, kind, values) and _are_few(connection, of_kind):
            return Matching(category, asked, None, few=True, source=_few(of_kind))
    if asked.low is not None or asked.high is not None:
        of_price = select(listings.c.product).where(listings.c.category == category, *_price(asked))
        if _are_few(connection, of_price):
            return Matching(category, asked, None, few=True, source=_few(of_price))
    return Matching(category, asked, None, few=False, source=None)


def count_all(connection: Connection, category: str) -> int:
    """How many products a category has on sale, in it and below."""
    return find_count(connection, category, "", "") or 0


def find_count(connection: Connection, category: str, kind: str, value: str) -> int | None:
    """How many of them have this, where it is among the frequent ones, which are kept."""
    which = {"category": category, "kind": kind, "value": value}
    return connection.execute(KEPT, which).scalar()


def _are_many(connection: Connection, kind: str, values: Sequence[str]) -> bool:
    """Whether it is known that more than MOST of all products have one of them."""
    return any((find_count(connection, EVERYTHING, kind, value) or 0) > MOST for value in values)


def _are_few(connection: Connection, products: Select[str]) -> bool:
    some = products.limit(MOST + 1).subquery()
    return connection.execute(select(func.count()).select_from(some)).scalar_one() <= MOST


def _few(products: Select[str]) -> FromClause:
    """The limit keeps databases from taking the question apart, and looking through the whole category."""
    return products.distinct().limit(MOST).subquery("few")


def _conditions(asked: Asked, among: Sequence[str] | None) -> list[ColumnElement[bool]]:
    conditions = _price(asked)
    if among is not None:
        conditions.append(listings.c.product.in_(among))
    for kind, values in asked.chosen.items():
        has_it = [facets.c.product == listings.c.product, facets.c.kind == kind, facets.c.value.in_(values)]
        conditions.append(exists(literal_column("1")).where(*has_it))
    if asked.in_stock:
        there = or_(variants.c.stock.is_(None), variants.c.stock > 0)
        is_there = [variants.c.product == listings.c.product, variants.c.active, there]
        conditions.append(exists(literal_column("1")).where(*is_there))
    return conditions


def _price(asked: Asked) -> list[ColumnElement[bool]]:
    low = [] if asked.low is None else [listings.c.price >= asked.low]
    return low + ([] if asked.high is None else [listings.c.price <= asked.high])
