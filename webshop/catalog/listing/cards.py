"""Products as lists show them: each with one variant to speak for all."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

from sqlalchemy import Connection, select

from webshop.catalog.model import Product, Variant
from webshop.catalog.queries import product_of, variant_of
from webshop.db.hot import Hot, among
from webshop.db.rows import Stored
from webshop.db.tables import products, variants

NOT_SHOWN = {"position", "added_at", "changed_at", "sku_key", "stock_in_file"}
MOST_KEPT = 1000  # cards, as they were read: some kilobytes each
FEW = 20  # variants of a product whose card is kept
LONG = 8000  # letters of its text, beyond which it is not kept


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


OF_PRODUCT = Stored(*(column for column in products.c if column.name not in NOT_SHOWN))
OF_VARIANT = Stored(*(column for column in variants.c if column.name not in NOT_SHOWN))


@cache
def _statements(dialect: str) -> tuple[Hot, Hot]:
    """What there is of `slugs`, and its variants on sale. Written once: to write them takes longer than to
    answer them. Were `active` asked of products, SQLite would look through all that are."""
    found = select(*OF_PRODUCT.columns).where(among(dialect, products.c.slug, "slugs"))
    sold = select(*OF_VARIANT.columns).where(variants.c.active, among(dialect, variants.c.product, "slugs"))
    return Hot(found), Hot(sold.order_by(variants.c.position))


def list_cards(connection: Connection, slugs: Sequence[str]) -> list[Card]:
    """In this order, without those that are not on sale. What is read again as it was is the same Card."""
    if not slugs:
        return []
    asked = {"slugs": [*slugs]}
    of_products, of_variants = _statements(connection.dialect.name)
    found = {row.slug: row for row in of_products.all(connection, asked) if row.active}
    sold: dict[str, list[tuple[Any, ...]]] = defaultdict(list)
    for row in of_variants.all(connection, asked):
        sold[row.product].append(tuple(row))
    there = [(found[slug], sold[slug]) for slug in slugs if slug in found and slug in sold]
    return [(_kept if _is_small(row, rows) else _card)(tuple(row), tuple(rows)) for row, rows in there]


def _is_small(product: Any, rows: Sequence[object]) -> bool:
    return len(rows) <= FEW and len(product.description) + len(product.unsold or "") <= LONG


def _card(product: tuple[Any, ...], rows: tuple[tuple[Any, ...], ...]) -> Card:
    sold = [variant_of(OF_VARIANT.read(row)) for row in rows]
    best = min(sold, key=lambda each: (each.stock == 0, each.price))
    prices = [each.price for each in sold if (each.stock == 0) == (best.stock == 0)]
    values = tuple(dict.fromkeys(each.options[0] for each in sold if each.options))
    return Card(
        product=product_of(OF_PRODUCT.read(product), [best]),
        variant=best,
        count=len(sold),
        price_from=best.price,
        price_to=max(prices),
        values=values if len(values) > 1 else (),
    )


_kept = lru_cache(maxsize=MOST_KEPT)(_card)
