"""Products and variants: what the catalogue pages read, and what loads catalog.toml."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, Table, func, select, update

from webshop.catalog import Product, Variant
from webshop.db.tables import products, variants
from webshop.db.upsert import insert
from webshop.errors import NotFound
from webshop.language import gettext as _


def list_products(connection: Connection) -> list[Product]:
    """Everything on sale, in the catalogue's order."""
    shown = select(products).where(products.c.active).order_by(products.c.position)
    rows = connection.execute(shown).all()
    variants_of = _list_variants(connection, [row.slug for row in rows])
    return [_product(row, variants_of[row.slug]) for row in rows if variants_of[row.slug]]


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
        variant = Variant(row.sku, row.product, row.title, row.price, row.stock, row.weight)
        by_product[row.product].append(variant)
    return by_product


def _product(row: Row[Any], found: Sequence[Variant]) -> Product:
    return Product(
        row.slug,
        row.title,
        row.category,
        row.summary,
        row.description,
        row.picture,
        row.picture_alt,
        tuple(found),
        row.tax_class,
    )


def is_empty(connection: Connection) -> bool:
    """Whether no catalogue was ever loaded."""
    return connection.execute(select(func.count()).select_from(products)).scalar_one() == 0


def load(connection: Connection, catalog: Sequence[Product]) -> None:
    """Make the catalogue what the file says; what it no longer lists is kept, but not sold.

    A counted stock belongs to the database once it is loaded, because orders have changed it since:
    the file's number is taken only for a new sku, or one whose stock was unlimited.
    """
    for table in (products, variants):
        connection.execute(update(table).values(active=False))
    for position, product in enumerate(catalog):
        values = {
            "slug": product.slug,
            "title": product.title,
            "category": product.category,
            "summary": product.summary,
            "description": product.description,
            "picture": product.picture,
            "picture_alt": product.picture_alt,
            "tax_class": product.tax,
        }
        _put(connection, products, "slug", {**values, "position": position, "active": True})
        for place, variant in enumerate(product.variants):
            _load_variant(connection, variant, place)


def _load_variant(connection: Connection, variant: Variant, position: int) -> None:
    values = {
        "sku": variant.sku,
        "product": variant.product,
        "title": variant.title,
        "price": variant.price,
        "weight": variant.weight,
        "position": position,
        "active": True,
    }
    stock = None if variant.stock is None else func.coalesce(variants.c.stock, variant.stock)
    _put(connection, variants, "sku", {**values, "stock": variant.stock}, {"stock": stock})


def _put(
    connection: Connection,
    table: Table,
    key: str,
    values: dict[str, Any],
    on_update: dict[str, Any] | None = None,
) -> None:
    changes = {**values, **(on_update or {})}
    statement = insert(connection, table).values(**values)
    connection.execute(statement.on_conflict_do_update(index_elements=[key], set_=changes))
