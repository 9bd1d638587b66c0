"""The catalogue for machines, a bounded part at a time, by the index of positions."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from webshop.catalog.model import Product
from webshop.catalog.queries import product_of, variant_of
from webshop.db.engine import Database
from webshop.db.tables import catalog_loads, categories, products, variants

PART = 5_000  # products of a part of the sitemap, by their positions; some of those may not be on sale
MOST_PARTS = 1_000
BATCH = 250  # read at a time
MOST_CATEGORIES = 40_000  # in a sitemap, which may have 50,000 addresses


@dataclass(frozen=True)
class Entry:
    """A product on sale, and when a load last changed it: None if the release before loaded it."""

    product: Product
    changed_at: datetime | None


def list_parts(connection: Connection) -> list[int]:
    """The numbers, from 1, of all parts in which a product is on sale: a step in the index for each."""
    found: list[int] = []
    at = 0
    while (position := _first_position(connection, at)) is not None:
        found.append(position // PART + 1)
        at = found[-1] * PART
    return found


def _first_position(connection: Connection, at: int) -> int | None:
    query = select(products.c.position).where(products.c.active, products.c.position >= at)
    return connection.execute(query.order_by(products.c.position).limit(1)).scalar()


def read_part(db: Database, number: int) -> Iterator[Sequence[Entry]]:
    return _read(db, (number - 1) * PART, number * PART)


def read_everything(db: Database) -> Iterator[Sequence[Entry]]:
    return _read(db, 0, None)


def _read(db: Database, start: int, end: int | None) -> Iterator[Sequence[Entry]]:
    """In batches, each in a transaction of its own: whoever takes them may be slow."""
    at: int | None = start
    while at is not None:
        with db.read() as connection:
            found, at = _read_batch(connection, at, end)
        if found:
            yield found


def _read_batch(connection: Connection, start: int, end: int | None) -> tuple[list[Entry], int | None]:
    """And where the next one starts, None at the end."""
    query = select(products).where(products.c.active, products.c.position >= start)
    if end is not None:
        query = query.where(products.c.position < end)
    rows = connection.execute(query.order_by(products.c.position).limit(BATCH)).all()
    of_these = select(variants).where(variants.c.active, variants.c.product.in_([row.slug for row in rows]))
    sold = defaultdict(list)
    for row in connection.execute(of_these.order_by(variants.c.position)):
        sold[row.product].append(variant_of(row))
    found = [Entry(product_of(row, sold[row.slug]), row.changed_at) for row in rows if sold[row.slug]]
    return found, rows[-1].position + 1 if len(rows) == BATCH else None


def list_category_slugs(connection: Connection) -> list[str]:
    """Of those in which something is on sale."""
    query = select(categories.c.slug).where(categories.c.products > 0).order_by(categories.c.position)
    return list(connection.execute(query.limit(MOST_CATEGORIES)).scalars())


def loaded_at(connection: Connection) -> datetime | None:
    """When the catalogue was last loaded."""
    return connection.execute(select(catalog_loads.c.at)).scalar()
