"""The filters of a list: what its products differ in, and how many have each."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, func, select

from webshop.catalog.listing.asked import Asked, without
from webshop.catalog.listing.matching import Matching, match
from webshop.catalog.listing.queries import looked_through
from webshop.catalog.listing.shelves import MOST_OPTIONS, MOST_VALUES
from webshop.db.tables import facet_counts, facets

SHOWN = 8  # values of a kind that are seen at once


@dataclass(frozen=True)
class FacetValue:
    """`products` have it, of those that the other filters leave; 0 where nobody knows."""

    name: str
    products: int
    chosen: bool


@dataclass(frozen=True)
class Facet:
    """`kind` is "brand", "tag", "sale" or "option:Glaze"."""

    kind: str
    values: tuple[FacetValue, ...]

    @property
    def option(self) -> str:
        """The option's name, or ""."""
        return self.kind.partition(":")[2]

    @property
    def first(self) -> tuple[FacetValue, ...]:
        """What is seen at once: the most frequent values, and all chosen ones."""
        return tuple(v for place, v in enumerate(self.values) if place < SHOWN or v.chosen)

    @property
    def rest(self) -> tuple[FacetValue, ...]:
        return tuple(value for value in self.values if value not in self.first)


Counts = dict[str, dict[str, int]]


def list_filters(connection: Connection, matching: Matching) -> list[Facet]:
    """Each value with the number of products that would be left if it were chosen alone of its kind."""
    asked = matching.asked
    if matching.among is None and not asked.is_filtered:
        counts = _known(connection, matching.category)
    else:
        counts = _counted(connection, matching)
        for kind in asked.chosen:
            counts |= _without_its_own(connection, matching, kind)
    return [*_filters(counts, asked)]


def _known(connection: Connection, category: str) -> Counts:
    query = select(facet_counts.c.kind, facet_counts.c.value, facet_counts.c.products)
    return _by_kind(
        connection.execute(query.where(facet_counts.c.category == category, facet_counts.c.kind != ""))
    )


def _counted(connection: Connection, matching: Matching, kind: str = "") -> Counts:
    fitting = looked_through(matching)
    query = select(facets.c.kind, facets.c.value, func.count()).join(
        fitting, fitting.c.product == facets.c.product
    )
    if kind:
        query = query.where(facets.c.kind == kind)
    return _by_kind(connection.execute(query.group_by(facets.c.kind, facets.c.value)))


def _without_its_own(connection: Connection, matching: Matching, kind: str) -> Counts:
    """Of one kind several values can be chosen, so each is counted as if none of it were."""
    asked = matching.asked
    for value in asked.chosen[kind]:
        asked = without(asked, kind, value)
    return _counted(connection, match(connection, matching.category, asked, matching.among), kind)


def _by_kind(rows: Iterable[Sequence[object]]) -> Counts:
    counts: Counts = {}
    for kind, value, products in rows:
        counts.setdefault(str(kind), {})[str(value)] = int(str(products))
    return counts


def _filters(counts: Counts, asked: Asked) -> Iterator[Facet]:
    options = sorted(
        (kind for kind in counts.keys() | asked.chosen.keys() if kind.startswith("option:")),
        key=lambda kind: (kind not in asked.chosen, -sum(counts.get(kind, {}).values()), kind),
    )[:MOST_OPTIONS]
    for kind in [*sorted(options), "brand", "tag", "sale"]:
        found = counts.get(kind, {})
        chosen = asked.chosen.get(kind, ())
        often = sorted(found, key=lambda value: (-found[value], value))[:MOST_VALUES]
        names = [*often, *(value for value in chosen if value not in often)]
        if chosen or len(names) > 1 or kind == "sale" and names:
            yield Facet(kind, tuple(FacetValue(name, found.get(name, 0), name in chosen) for name in names))
