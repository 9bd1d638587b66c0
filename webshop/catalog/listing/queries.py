"""A page of a list, by keys: whoever goes on says after which product, however many come before it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, FromClause, Row, Select, func, select, tuple_

from webshop.catalog.listing.asked import CHEAP, DEAR, NEW, OURS
from webshop.catalog.listing.cards import Card, list_cards
from webshop.catalog.listing.matching import COUNTED, MOST, Matching, count_all, find_count
from webshop.db.tables import listings

A_PAGE = 24
KEYS: Mapping[str, tuple[str, ...]] = {
    OURS: ("position",),
    CHEAP: ("price", "position"),
    DEAR: ("price", "position"),
    NEW: ("added_at", "position"),
}
BACKWARDS = (DEAR, NEW)


class Total(NamedTuple):
    """`total` fit; or `more`, where nobody has counted to the end."""

    total: int = 0
    more: bool = False


@dataclass(frozen=True)
class ListPage:
    """`before` and `after` are the products where the pages around this one go on, "" where there is none.
    `total` is how many fit in all; there are `more` than that where nobody has counted to the end."""

    cards: Sequence[Card] = ()
    total: int = 0
    more: bool = False
    before: str = ""
    after: str = ""


def read_page(connection: Connection, matching: Matching) -> ListPage:
    """The page that is asked for: the first one where the product to go on from is gone."""
    asked = matching.asked
    place = _place(connection, matching.category, asked.after or asked.before)
    backwards = place is not None and not asked.after
    slugs, rest = _slugs(connection, matching, place, not backwards)
    if backwards and not rest:
        place, backwards = None, False
        slugs, rest = _slugs(connection, matching, place, True)
    first, last = ("", "") if not slugs else (slugs[-1], slugs[0]) if backwards else (slugs[0], slugs[-1])
    total, more = count(connection, matching)
    return ListPage(
        cards=list_cards(connection, slugs[::-1] if backwards else slugs),
        total=total,
        more=more,
        before=rest if backwards else first if place is not None else "",
        after=last if backwards else rest,
    )


def read_ranked(connection: Connection, matching: Matching) -> ListPage:
    """The same for few products that come in the order of `among`: the best first."""
    asked, among = matching.asked, matching.among or ()
    fitting = set(connection.execute(matching.products()).scalars())
    slugs = [slug for slug in among if slug in fitting]
    start = slugs.index(asked.after) + 1 if asked.after in slugs else 0
    if asked.before in slugs:
        start = max(slugs.index(asked.before) - A_PAGE, 0)
    shown = slugs[start : start + A_PAGE]
    return ListPage(
        cards=list_cards(connection, shown),
        total=len(slugs),
        before=shown[0] if start else "",
        after=shown[-1] if slugs[start + A_PAGE :] else "",
    )


def _place(connection: Connection, category: str, slug: str) -> Row[Any] | None:
    if not slug:
        return None
    which = [listings.c.category == category, listings.c.product == slug]
    return connection.execute(select(listings).where(*which)).first()


def _slugs(
    connection: Connection, matching: Matching, place: Row[Any] | None, forwards: bool
) -> tuple[list[str], str]:
    """Those of a page, from its place on, and after which product the next one goes on: "" at the end."""
    sort = matching.asked.sort
    query = _ordered(matching.products(), sort, place, forwards).limit(A_PAGE + 1)
    end = None
    if not matching.few and matching.asked.is_filtered:
        end = _end_of_stretch(connection, matching, sort, place, forwards)
        query = query if end is None else query.where(_beyond(end, sort, not forwards, or_at=True))
    found = [*connection.execute(query).scalars()]
    if len(found) > A_PAGE:
        return found[:A_PAGE], found[A_PAGE - 1]
    return found, "" if end is None else end.product


def _end_of_stretch(
    connection: Connection, matching: Matching, sort: str, place: Row[Any] | None, forwards: bool
) -> Row[Any] | None:
    """The last product that one look goes through, None where the list ends before. A condition, unlike a
    subquery with a limit, lets databases stop as soon as a page is full."""
    everything = select(listings).where(listings.c.category == matching.category)
    ordered = _ordered(everything, sort, place, forwards)
    return connection.execute(ordered.offset(MOST - 1).limit(1)).first()


def _ordered(query: Select[Any], sort: str, place: Row[Any] | None, forwards: bool) -> Select[Any]:
    keys = [listings.c[name] for name in KEYS[sort]]
    falls = (sort in BACKWARDS) == forwards
    if place is not None:
        query = query.where(_beyond(place, sort, forwards))
    return query.order_by(*(key.desc() if falls else key.asc() for key in keys))


def _beyond(place: Row[Any], sort: str, forwards: bool, or_at: bool = False) -> ColumnElement[bool]:
    """What comes after this product in that order, or before it."""
    keys = [listings.c[name] for name in KEYS[sort]]
    here = tuple_(*(getattr(place, name) for name in KEYS[sort]), types=[key.type for key in keys])
    if (sort in BACKWARDS) == forwards:
        return tuple_(*keys) <= here if or_at else tuple_(*keys) < here
    return tuple_(*keys) >= here if or_at else tuple_(*keys) > here


def count(connection: Connection, matching: Matching) -> Total:
    """How many fit: as it was counted when the catalogue was loaded, or up to COUNTED."""
    if matching.is_all:
        return Total(count_all(connection, matching.category))
    if only := matching.only_value:
        known = find_count(connection, matching.category, *only)
        if known is not None:
            return Total(known)
    some = fitting(connection, matching, COUNTED + 1)
    found = connection.execute(select(func.count()).select_from(some)).scalar_one()
    return Total(min(found, COUNTED), found > COUNTED or not matching.few)


def fitting(connection: Connection, matching: Matching, most: int) -> FromClause:
    """The products that fit, as `product`: those at the beginning of the list, where it is long."""
    query = matching.products()
    if not matching.few and (end := _end_of_stretch(connection, matching, OURS, None, True)):
        query = query.where(_beyond(end, OURS, False, or_at=True)).order_by(listings.c.position)
    return query.limit(most).subquery("fitting")
