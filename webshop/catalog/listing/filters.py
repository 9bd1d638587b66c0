"""The filters of a list: what its products differ in, and how many have each."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, func, select

from webshop.catalog.listing.asked import Asked, without
from webshop.catalog.listing.matching import COUNTED, Matching, match
from webshop.catalog.listing.queries import Total, count, fitting
from webshop.catalog.listing.shelves import MOST_OPTIONS, MOST_VALUES
from webshop.db.tables import facet_counts, facets

SHOWN = 8  # values of a kind that are seen at once


@dataclass(frozen=True)
class FacetValue:
    """`products` have it, of those that the other filters leave, where these were counted."""

    name: str
    products: int
    chosen: bool


@dataclass(frozen=True)
class Facet:
    """`kind` is "brand", "tag", "sale" or "option:Glaze". Where so much is left that it
    was not `counted`, the values are the category's."""

    kind: str
    values: tuple[FacetValue, ...]
    counted: bool

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


def list_filters(connection: Connection, matching: Matching, total: Total) -> list[Facet]:
    """Each value with the number of products that would be left if it were chosen alone of its kind. So many
    fit now."""
    counts, counted = _counts(connection, matching, total)
    told = dict.fromkeys(counts, counted)
    for kind in matching.asked.chosen:
        counts[kind], told[kind] = _without_its_own(connection, matching, kind)
    return [*_filters(counts, told, matching.asked)]


def _without_its_own(connection: Connection, matching: Matching, kind: str) -> tuple[dict[str, int], bool]:
    """Of one kind several values can be chosen, so each is counted as if none of it were."""
    asked = matching.asked
    for value in asked.chosen[kind]:
        asked = without(asked, kind, value)
    others = match(connection, matching.category, asked, matching.among)
    counts, counted = _counts(connection, others, count(connection, others), kind)
    return counts.get(kind, {}), counted


def _counts(connection: Connection, matching: Matching, total: Total, kind: str = "") -> tuple[Counts, bool]:
    """Of all kinds or this one; and whether they are right. Where so much fits that nobody counts it, they
    are those of the whole category: its values, the most frequent ones first."""
    if matching.is_all or total.more or total.total > COUNTED:
        return _known(connection, matching.category, kind), matching.is_all
    return _counted(connection, matching, kind), True


def _known(connection: Connection, category: str, kind: str) -> Counts:
    column = facet_counts.c
    query = select(column.kind, column.value, column.products).where(column.category == category)
    return _by_kind(connection.execute(query.where(column.kind == kind if kind else column.kind != "")))


def _counted(connection: Connection, matching: Matching, kind: str) -> Counts:
    found = fitting(connection, matching, COUNTED)
    query = select(facets.c.kind, facets.c.value, func.count()).join(
        found, found.c.product == facets.c.product
    )
    if kind:
        query = query.where(facets.c.kind == kind)
    return _by_kind(connection.execute(query.group_by(facets.c.kind, facets.c.value)))


def _by_kind(rows: Iterable[Sequence[object]]) -> Counts:
    counts: Counts = {}
    for kind, value, products in rows:
        counts.setdefault(str(kind), {})[str(value)] = int(str(products))
    return counts


def _filters(counts: Counts, told: Mapping[str, bool], asked: Asked) -> Iterator[Facet]:
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
            values = tuple(FacetValue(name, found.get(name, 0), name in chosen) for name in names)
            yield Facet(kind, values, told.get(kind, True))
