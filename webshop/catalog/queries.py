"""Products and variants, as pages read them."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, bindparam, select

from webshop.catalog.model import Picture, Product, Responsible, Variant, is_sku, key_of, without_case
from webshop.db.tables import products, variants
from webshop.errors import NotFound
from webshop.language.messages import gettext as _

# Written once: to write them takes as long as to answer them.
PRODUCT = select(products).where(products.c.active, products.c.slug == bindparam("slug"))
VARIANTS = (
    select(variants)
    .where(variants.c.active, variants.c.product.in_(bindparam("slugs", expanding=True)))
    .order_by(variants.c.position)
)
PICTURES = (
    select(variants.c.sku, variants.c.picture, products.c.pictures)
    .select_from(variants.join(products))
    .where(variants.c.sku.in_(bindparam("skus", expanding=True)))
)


def _by_key(key: ColumnElement[bool], sku: ColumnElement[bool]) -> ColumnElement[bool]:
    """A key is without case; the release before has written none."""
    return key | (variants.c.sku_key.is_(None) & sku)


SKUS = select(variants.c.sku, variants.c.sku_key).where(
    _by_key(
        variants.c.sku_key.in_(bindparam("keys", expanding=True)),
        variants.c.sku.in_(bindparam("skus", expanding=True)),
    )
)
# One alone, as `asked_for` writes it.
TYPED = _by_key(variants.c.sku_key == bindparam("key"), variants.c.sku == bindparam("sku"))


def list_products(connection: Connection) -> list[Product]:
    """Everything on sale, in the catalogue's order."""
    shown = select(products).where(products.c.active).order_by(products.c.position)
    found = connection.execute(shown).all()
    variants_of = _list_variants(connection, [row.slug for row in found])
    return [product_of(row, variants_of[row.slug]) for row in found if variants_of[row.slug]]


def list_with_drafts(connection: Connection) -> list[Product]:
    """All that catalog.toml has, in its order."""
    known = select(products).where(products.c.active | products.c.draft).order_by(products.c.position)
    found = connection.execute(known).all()
    of_file = variants.c.product.in_(select(products.c.slug).where(products.c.draft))
    query = select(variants).where(variants.c.active | of_file).order_by(variants.c.position)
    by_product: dict[str, list[Variant]] = defaultdict(list)
    for row in connection.execute(query):
        by_product[row.product].append(variant_of(row))
    return [product_of(row, by_product[row.slug]) for row in found]


def get_product(connection: Connection, slug: str) -> Product:
    """Raises NotFound."""
    row = connection.execute(PRODUCT, {"slug": slug}).first()
    found = _list_variants(connection, [slug])[slug] if row else []
    if row is None or not found:
        raise NotFound(_("We do not have this product."))
    return product_of(row, found)


def _list_variants(connection: Connection, slugs: Sequence[str]) -> dict[str, list[Variant]]:
    """Those on sale of these products, by product."""
    by_product: dict[str, list[Variant]] = defaultdict(list)
    for row in connection.execute(VARIANTS, {"slugs": slugs}):
        by_product[row.product].append(variant_of(row))
    return by_product


def product_of(row: Row[Any], found: Sequence[Variant]) -> Product:
    """What the release before has loaded has its one picture and category only."""
    pictures = row.pictures if row.pictures is not None else [_first_picture(row)]
    categories = row.categories if row.categories is not None else [row.category]
    return Product(
        slug=row.slug,
        title=row.title,
        summary=row.summary,
        description=row.description,
        variants=tuple(found),
        pictures=tuple(Picture(**picture) for picture in pictures),
        categories=tuple(categories),
        options=tuple(row.options or ()),
        brand=row.brand,
        tags=tuple(row.tags or ()),
        facts=tuple((name, value) for name, value in row.facts or ()),
        tax=row.tax_class,
        tax_code=row.tax_code,
        shipped=row.shipped,
        warnings=row.warnings,
        responsible=Responsible(**row.responsible) if row.responsible else None,
        draft=row.draft,
        goes_with=tuple(row.goes_with or ()),
        unsold=tuple(row.unsold or ()),
    )


def list_pictures(connection: Connection, skus: Sequence[str]) -> dict[str, Picture]:
    """The picture of each of these that has one, by its sku; also of what is not on sale any more."""
    rows = connection.execute(PICTURES, {"skus": skus})
    found = ((sku, picture_of(pictures, own)) for sku, own, pictures in rows)
    return {sku: picture for sku, picture in found if picture}


def picture_of(pictures: Sequence[Mapping[str, Any]] | None, own: str) -> Picture | None:
    """Of a variant, whose product has these: its own, or the first; None where there is none."""
    shown = next((each for each in pictures or () if each["file"] == own), pictures[0] if pictures else None)
    return Picture(**shown) if shown else None


def _first_picture(row: Row[Any]) -> dict[str, Any]:
    return {"file": row.picture, "alt": row.picture_alt}


def variant_of(row: Row[Any]) -> Variant:
    return Variant(
        sku=row.sku,
        product=row.product,
        title=row.title,
        price=row.price,
        stock=row.stock,
        weight=row.weight,
        options=tuple(row.options or ()),
        was=row.was,
        lowest=row.lowest,
        picture=row.picture,
        gtin=row.gtin,
        contents=row.contents,
        code=row.code,
    )


def find_skus(connection: Connection, typed: Collection[str]) -> dict[str, str]:
    """The skus as the tables have them, by how each was typed, in whatever case; what there is not is left
    out."""
    keys = {each: key_of(each) for each in typed if is_sku(each)}
    if not keys:
        return {}
    asked = {"keys": [without_case(key) for key in keys.values()], "skus": [*keys.values()]}
    found = {key or sku: sku for sku, key in connection.execute(SKUS, asked)}
    spelt = {each: found.get(without_case(key), found.get(key)) for each, key in keys.items()}
    return {each: sku for each, sku in spelt.items() if sku is not None}


def asked_for(typed: str) -> dict[str, str]:
    """What TYPED wants to know of a sku in whatever case."""
    key = key_of(typed)
    return {"key": without_case(key), "sku": key}
