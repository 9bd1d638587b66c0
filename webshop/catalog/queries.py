"""Products and variants: what the catalogue pages read, and what loads catalog.toml."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, Table, func, select, update

from webshop.catalog.model import Product, Variant
from webshop.db import rows
from webshop.db.tables import products, variants
from webshop.db.upsert import insert
from webshop.errors import NotFound
from webshop.language.messages import gettext as _


def list_products(connection: Connection) -> list[Product]:
    """Everything on sale, in the catalogue's order."""
    shown = select(products).where(products.c.active).order_by(products.c.position)
    found = connection.execute(shown).all()
    variants_of = _list_variants(connection, [row.slug for row in found])
    return [_product(row, variants_of[row.slug]) for row in found if variants_of[row.slug]]


def get_product(connection: Connection, slug: str) -> Product:
    """Raises NotFound."""
    wanted = select(products).where(products.c.active, products.c.slug == slug)
    row = connection.execute(wanted).first()
    found = _list_variants(connection, [slug])[slug] if row else []
    if row is None or not found:
        raise NotFound(_("We do not have this product."))
    return _product(row, found)


def _list_variants(connection: Connection, slugs: Sequence[str]) -> dict[str, list[Variant]]:
    """Those on sale of these products, by product."""
    query = select(variants).where(variants.c.active, variants.c.product.in_(slugs))
    by_product: dict[str, list[Variant]] = defaultdict(list)
    for row in connection.execute(query.order_by(variants.c.position)):
        by_product[row.product].append(rows.read(Variant, row))
    return by_product


def _product(row: Row[Any], found: Sequence[Variant]) -> Product:
    return rows.read(Product, row, tax=row.tax_class, variants=tuple(found))


def is_empty(connection: Connection) -> bool:
    """Whether no catalogue was ever loaded."""
    return connection.execute(select(func.count()).select_from(products)).scalar_one() == 0


def load(connection: Connection, catalog: Sequence[Product]) -> list[str]:
    """Make the catalogue what the file says; what it no longer lists is kept, but not sold.

    A stock belongs to the database once it is loaded: orders have changed it since, or the owner has. The
    file's number is taken only for a new sku; the answer names those that the file would count otherwise.
    """
    stocks = {row.sku: row.stock for row in connection.execute(select(variants.c.sku, variants.c.stock))}
    for table in (products, variants):
        connection.execute(update(table).values(active=False))
    for position, product in enumerate(catalog):
        values = {**rows.values(product, products), "tax_class": product.tax}
        _put(connection, products, "slug", {**values, "position": position, "active": True})
        for place, variant in enumerate(product.variants):
            _load_variant(connection, variant, place)
    loaded = [variant for product in catalog for variant in product.variants if variant.sku in stocks]
    return [words for variant in loaded if (words := _stock_differs(variant, stocks[variant.sku]))]


def _load_variant(connection: Connection, variant: Variant, position: int) -> None:
    values = {**rows.values(variant, variants), "position": position, "active": True}
    del values["stock"]
    _put(connection, variants, "sku", values, stock=variant.stock)


def _put(connection: Connection, table: Table, key: str, values: dict[str, Any], **when_new: Any) -> None:
    statement = insert(connection, table).values(**values, **when_new)
    connection.execute(statement.on_conflict_do_update(index_elements=[key], set_=values))


def _stock_differs(variant: Variant, stock: int | None) -> str:
    """Numbers differ after each sale; what is worth a word is that only one of the two counts."""
    if stock is not None and variant.stock is None:
        return f"{variant.sku}: {stock} are counted, although the file has no stock for it"
    if stock is None and variant.stock is not None:
        return f"{variant.sku}: unlimited, although the file has a stock of {variant.stock} for it"
    return ""
