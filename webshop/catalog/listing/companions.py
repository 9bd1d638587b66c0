"""What goes well with a product: what its owner names, else others from where it stands."""

from collections.abc import Sequence

from sqlalchemy import Connection, bindparam, select

from webshop.catalog.listing.cards import Card, list_cards
from webshop.catalog.listing.categories import EVERYTHING, Category
from webshop.catalog.model import Product
from webshop.db.tables import listings

MOST_SHOWN = 4
LOOKED_AT = 8  # of a category: some may be sold out

# Written once, as in cards.py.
INSIDE = (
    select(listings.c.product)
    .where(listings.c.category == bindparam("category"))
    .order_by(listings.c.position)
    .limit(LOOKED_AT)
)
OWN = select(listings.c.position).where(
    listings.c.category == bindparam("category"), listings.c.product == bindparam("slug")
)
AFTER = INSIDE.where(listings.c.position > OWN.scalar_subquery())


def list_companions(connection: Connection, product: Product, way: Sequence[Category]) -> list[Card]:
    """At most four that can be bought. Of the category at the end of `way`, those after the product come
    first, so that each product of a category shows others; the categories around it fill up."""
    found = _buyable(connection, product.goes_with)
    categories = [each.slug for each in reversed(way)] or [EVERYTHING]
    while not product.goes_with and len(found) < MOST_SHOWN and categories:
        known = {product.slug, *(card.product.slug for card in found)}
        slugs = [each for each in _around(connection, categories.pop(0), product.slug) if each not in known]
        found += _buyable(connection, slugs)
    return found[:MOST_SHOWN]


def _buyable(connection: Connection, slugs: Sequence[str]) -> list[Card]:
    return [card for card in list_cards(connection, slugs) if card.variant.stock != 0]


def _around(connection: Connection, category: str, slug: str) -> list[str]:
    """The next ones of a category, and then its first ones."""
    found = [*connection.execute(AFTER, {"category": category, "slug": slug}).scalars()]
    if len(found) < LOOKED_AT:
        found += connection.execute(INSIDE, {"category": category}).scalars()
    return [*dict.fromkeys(found)]
