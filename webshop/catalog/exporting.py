"""What the database sells, as entries of catalog.toml."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, select

from webshop.catalog.file.entries import PictureEntry, ProductEntry, VariantEntry
from webshop.catalog.model import Product, Variant
from webshop.catalog.queries import list_with_drafts
from webshop.db.tables import moved_addresses
from webshop.pricing import money
from webshop.shop import ResponsibleEntry


def export_products(connection: Connection, currency: str) -> Iterator[ProductEntry]:
    """In the catalogue's order, with today's stock; drafts too, and what cannot be bought."""
    moved: dict[str, list[str]] = {}
    for row in connection.execute(select(moved_addresses).order_by(moved_addresses.c.path)):
        moved.setdefault(row.product, []).append(row.path)
    for product in list_with_drafts(connection):
        if product.variants or product.unsold:
            yield _entry(product, moved.get(product.slug, []), currency)


def _entry(product: Product, moved_from: Sequence[str], currency: str) -> ProductEntry:
    who = product.responsible
    return ProductEntry(
        slug=product.slug,
        title=product.title,
        categories=list(product.categories),
        summary=product.summary,
        description=product.description,
        pictures=[PictureEntry(file=each.file, alt=each.alt) for each in product.pictures],
        brand=product.brand,
        tags=list(product.tags),
        options=list(product.options),
        facts=dict(product.facts),
        active=not product.draft,
        shipped=product.shipped,
        tax=product.tax,
        tax_code=product.tax_code,
        warnings=product.warnings,
        responsible=ResponsibleEntry(**asdict(who)) if who else None,
        moved_from=list(moved_from),
        goes_with=list(product.goes_with),
        variants=_with_unsold(
            [*_variants(product.variants, currency, shipped=product.shipped)], product.unsold
        ),
    )


def _with_unsold(sold: Sequence[VariantEntry], unsold: Sequence[Mapping[str, Any]]) -> list[VariantEntry]:
    """In the order of the file."""
    found = [*sold]
    for row in unsold:
        fields = {name: value for name, value in row.items() if name != "place"}
        for name in {"price", "was"} & {*fields}:
            fields[name] = Decimal(fields[name])
        found.insert(row["place"], VariantEntry(**fields))
    return found


def _variants(variants: Iterable[Variant], currency: str, *, shipped: bool) -> Iterator[VariantEntry]:
    for each in variants:
        joined = " / ".join(each.options)
        yield VariantEntry(
            sku=each.written_sku,
            title="" if each.options and joined.startswith(each.title.removesuffix("…")) else each.title,
            options=list(each.options),
            price=money.to_major(each.price, currency),
            was=None if each.was is None else money.to_major(each.was, currency),
            stock=each.stock,
            weight=each.weight if each.weight or shipped else None,
            gtin=each.gtin,
            picture=each.picture or None,
            contents=each.contents,
        )
