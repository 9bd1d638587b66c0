"""Filling the lists when a catalogue is loaded, so that pages only read what they show."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, TypeAlias

from sqlalchemy import Connection, Table, bindparam, delete, select

from webshop.catalog.listing.categories import EVERYTHING, Branch, grow, ways
from webshop.catalog.model import Catalogue, Product
from webshop.db.tables import categories, facet_counts, facets, listings, products, variants
from webshop.db.upsert import insert
from webshop.shop import Prices

MOST_VALUES = 60  # of a kind, that are counted for filters: the most frequent ones
MOST_OPTIONS = 8  # kinds of options of a category, likewise
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)  # when the release before has loaded something

Row: TypeAlias = tuple[Any, ...]  # the columns of its table, of which the key comes first
Facet: TypeAlias = tuple[str, str]


def fill(connection: Connection, catalogue: Catalogue) -> None:
    """Make the lists what the catalogue says, which has been loaded; only what differs is written."""
    shown = [
        (place, product)
        for place, product in enumerate(catalogue.products)
        if product.variants and not product.draft
    ]
    known = {path: slug for slug, path in connection.execute(select(categories.c.slug, categories.c.path))}
    tree = grow(catalogue, known)
    homes = {product.slug: _homes(product, tree) for _place, product in shown}
    spelled = _Spelling()
    found = {product.slug: [*spelled.facets_of(product)] for _place, product in shown}
    for slug in _reduced(connection, catalogue.prices) & {*found}:
        found[slug].append(("sale", "yes"))
    totals = Counter(category for inside in homes.values() for category in inside)
    _make(connection, categories, _category_rows(tree, totals))
    _make(connection, listings, _listing_rows(shown, homes, _added(connection)))
    _make(connection, facets, _facet_rows(found))
    _make(connection, facet_counts, _count_rows(homes, found, totals))


def _homes(product: Product, tree: Mapping[str, Branch]) -> list[str]:
    """The slugs of all categories that a product is listed in."""
    inside = (tree[path].slug for each in product.categories for path in ways(each))
    return [EVERYTHING, *dict.fromkeys(inside)]


class _Spelling:
    """A value is a filter once, however products write it: "blue" is "Blue", as the first one has it."""

    def __init__(self) -> None:
        self._first: dict[Facet, Facet] = {}

    def facets_of(self, product: Product) -> Iterable[Facet]:
        return dict.fromkeys(self._as_first(kind, value) for kind, value in _facets(product))

    def _as_first(self, kind: str, value: str) -> Facet:
        kind, _as_written = self._first.setdefault((kind.casefold(), ""), (kind, ""))
        return self._first.setdefault((kind.casefold(), value.casefold()), (kind, value))


def _facets(product: Product) -> Iterator[Facet]:
    if product.brand:
        yield "brand", product.brand
    for tag in product.tags:
        yield "tag", tag
    for variant in product.variants:
        for name, value in zip(product.options, variant.options, strict=False):
            yield f"option:{name}", value


def _reduced(connection: Connection, prices: Prices) -> set[str]:
    """The products whose price is shown as reduced: nothing else may be called so."""
    columns = (variants.c.product, variants.c.price, variants.c.was, variants.c.lowest)
    rows = connection.execute(select(*columns).where(variants.c.active, variants.c.was > variants.c.price))
    return {row.product for row in rows if prices.earlier_of(row.price, row.was, row.lowest)}


def _added(connection: Connection) -> dict[str, datetime]:
    rows = connection.execute(select(products.c.slug, products.c.added_at))
    return {slug: added_at or LONG_AGO for slug, added_at in rows}


def _category_rows(tree: Mapping[str, Branch], totals: Mapping[str, int]) -> Iterator[Row]:
    for position, branch in enumerate(tree.values()):
        products = totals.get(branch.slug, 0)
        yield branch.slug, branch.path, branch.title, branch.parent, position, branch.description, products


def _listing_rows(
    shown: Iterable[tuple[int, Product]], homes: Mapping[str, list[str]], added: Mapping[str, datetime]
) -> Iterator[Row]:
    for place, product in shown:
        price = min(variant.price for variant in product.variants)
        for category in homes[product.slug]:
            yield category, product.slug, place, price, added[product.slug]


def _facet_rows(found: Mapping[str, list[Facet]]) -> Iterator[Row]:
    for slug, facets_of_it in found.items():
        for kind, value in facets_of_it:
            yield slug, kind, value


def _count_rows(
    homes: Mapping[str, list[str]], found: Mapping[str, list[Facet]], totals: Mapping[str, int]
) -> Iterator[Row]:
    """Of each category the values that most of its products have, and as kind "" the number of these."""
    counts: dict[str, dict[str, Counter[str]]] = {category: {} for category in totals}
    for slug, facets_of_it in found.items():
        for category in homes[slug]:
            for kind, value in facets_of_it:
                counts[category].setdefault(kind, Counter())[value] += 1
    for category, kinds in counts.items():
        yield category, "", "", totals[category]
        for kind in _kinds_worth_showing(kinds):
            for value, number in kinds[kind].most_common(MOST_VALUES):
                yield category, kind, value, number


def _kinds_worth_showing(kinds: Mapping[str, Counter[str]]) -> list[str]:
    options = [kind for kind in kinds if kind.startswith("option:")]
    often = sorted(options, key=lambda kind: -kinds[kind].total())[:MOST_OPTIONS]
    return [kind for kind in kinds if kind not in options or kind in often]


def _make(connection: Connection, table: Table, wanted: Iterable[Row]) -> None:
    """Make the table what is wanted, in three statements at most."""
    names = [column.name for column in table.c]
    keys = [column.name for column in table.primary_key]
    old = {row[: len(keys)]: row for row in map(tuple, connection.execute(select(table)))}
    new = {row[: len(keys)]: row for row in wanted}
    if gone := [_named(keys, key, "old_") for key in old if key not in new]:
        which = [table.c[name] == bindparam(f"old_{name}") for name in keys]
        connection.execute(delete(table).where(*which), gone)
    if changed := [_named(names, row) for key, row in new.items() if old.get(key) != row]:
        statement = insert(connection, table)
        rest = {name: statement.excluded[name] for name in names if name not in keys}
        if rest:
            statement = statement.on_conflict_do_update(index_elements=keys, set_=rest)
        else:
            statement = statement.on_conflict_do_nothing()
        connection.execute(statement, changed)


def _named(names: Iterable[str], row: Row, before: str = "") -> dict[str, Any]:
    return {before + name: value for name, value in zip(names, row, strict=True)}
