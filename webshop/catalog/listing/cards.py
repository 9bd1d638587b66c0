"""Products as lists show them: each with one variant to speak for all."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import BindParameter, Connection, bindparam, case, func, or_, select

from webshop.catalog.model import Product, Variant
from webshop.catalog.queries import product_of, variant_of
from webshop.db.tables import products, variants


@dataclass(frozen=True)
class Card:
    """`variant` is the cheapest that can be bought, or the cheapest. Prices are those of what can be bought,
    in minor units, or of all `count` variants where nothing can. `product` has this one variant only.
    `values` are those of its first option, as far as there are several."""

    product: Product
    variant: Variant
    count: int
    price_from: int
    price_to: int
    values: tuple[str, ...] = ()


# Statements that are written once: to write them takes longer than to answer them.
SOLD_OUT = case((or_(variants.c.stock.is_(None), variants.c.stock > 0), 0), else_=1)
BEST_FIRST = (SOLD_OUT, variants.c.price, variants.c.position)
ALIKE = (variants.c.product, SOLD_OUT)  # the first one is the cheapest of those that are as it is
SLUGS: BindParameter[str] = bindparam("slugs", expanding=True)
# Were `active` asked for here, SQLite would look through all that are.
PRODUCTS = select(products).where(products.c.slug.in_(SLUGS))
RANKED = (
    select(
        variants,
        func.row_number().over(partition_by=variants.c.product, order_by=BEST_FIRST).label("place"),
        func.count().over(partition_by=variants.c.product).label("count_of_all"),
        func.max(variants.c.price).over(partition_by=ALIKE).label("price_to"),
    )
    .where(variants.c.active, variants.c.product.in_(SLUGS))
    .subquery()
)
SPEAKERS = select(RANKED).where(RANKED.c.place == 1)
VALUES = (
    select(variants.c.product, variants.c.options)
    .where(variants.c.active, variants.c.product.in_(SLUGS))
    .order_by(variants.c.position)
)


def list_cards(connection: Connection, slugs: Sequence[str]) -> list[Card]:
    """In this order, without those that are not on sale."""
    if not slugs:
        return []
    speakers = _speakers(connection, slugs)
    rows = connection.execute(PRODUCTS, {"slugs": slugs})
    found = {row.slug: row for row in rows if row.active}
    values = _values(connection, [slug for slug, speaker in speakers.items() if speaker[1] > 1])
    return [
        Card(product_of(found[slug], [variant]), variant, count, price_from, price_to, values.get(slug, ()))
        for slug in slugs
        if slug in found and slug in speakers
        for variant, count, price_from, price_to in [speakers[slug]]
    ]


def _speakers(connection: Connection, slugs: Sequence[str]) -> dict[str, tuple[Variant, int, int, int]]:
    rows = connection.execute(SPEAKERS, {"slugs": slugs})
    return {row.product: (variant_of(row), row.count_of_all, row.price, row.price_to) for row in rows}


def _values(connection: Connection, slugs: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Of the first option, in the order of the variants."""
    found: dict[str, dict[str, None]] = {}
    for product, options in connection.execute(VALUES, {"slugs": slugs}) if slugs else ():
        if options:
            found.setdefault(product, {})[options[0]] = None
    return {product: tuple(values) for product, values in found.items() if len(values) > 1}
