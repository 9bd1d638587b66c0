"""A page of a list, by keys: whoever goes on says after which product, however many come before it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, FromClause, Row, Select, func, select, tuple_

from webshop.catalog.listing.asked import CHEAP, DEAR, NEW, OURS
from webshop.catalog.listing.cards import Card, list_cards
from webshop.catalog.listing.matching import MOST, Matching, count_all
from webshop.db.tables import listings

A_PAGE = 24
KEYS: Mapping[str, tuple[str, ...]] = {
    OURS: ("position",),
    CHEAP: ("price", "position"),
    DEAR: ("price", "position"),
    NEW: ("added_at", "position"),
}
BACKWARDS = (DEAR, NEW)


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
    total, more = _count(connection, matching)
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
    if matching.few or not matching.asked.is_filtered:
        query = _ordered(matching.products(), listings, sort, place, forwards)
        found = [*connection.execute(query.limit(A_PAGE + 1)).scalars()]
        return found[:A_PAGE], found[A_PAGE - 1] if len(found) > A_PAGE else ""
    everything = select(listings).where(listings.c.category == matching.category)
    stretch = _ordered(everything, listings, sort, place, forwards).limit(MOST).subquery("stretch")
    query = _ordered(matching.products(stretch), stretch, sort, None, forwards)
    found = [*connection.execute(query.limit(A_PAGE + 1)).scalars()]
    if len(found) > A_PAGE:
        return found[:A_PAGE], found[A_PAGE - 1]
    end = _ordered(
        select(listings.c.product).where(listings.c.category == matching.category),
        listings,
        sort,
        place,
        forwards,
    )
    return found, connection.execute(end.offset(MOST - 1).limit(1)).scalar() or ""


def _ordered(
    query: Select[Any], of: FromClause, sort: str, place: Row[Any] | None, forwards: bool
) -> Select[Any]:
    keys = [of.c[name] for name in KEYS[sort]]
    falls = (sort in BACKWARDS) == forwards
    if place is not None:
        here = tuple_(*(getattr(place, name) for name in KEYS[sort]), types=[key.type for key in keys])
        query = query.where(tuple_(*keys) < here if falls else tuple_(*keys) > here)
    return query.order_by(*(key.desc() if falls else key.asc() for key in keys))


def _count(connection: Connection, matching: Matching) -> tuple[int, bool]:
    """How many fit, and whether there may be more."""
    if matching.among is None and not matching.asked.is_filtered:
        return count_all(connection, matching.category), False
    return connection.execute(
        select(func.count()).select_from(looked_through(matching))
    ).scalar_one(), not matching.few


def looked_through(matching: Matching) -> FromClause:
    """The products that fit, as `product`: all of them, or those at the beginning of the list."""
    if matching.few:
        return matching.products().subquery("fitting")
    everything = select(listings).where(listings.c.category == matching.category)
    stretch = _ordered(everything, listings, OURS, None, True).limit(MOST).subquery("stretch")
    return matching.products(stretch).subquery("fitting")
