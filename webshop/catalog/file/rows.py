"""What the tables have of a product that the file lists."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any, TypeAlias

from webshop.catalog.file.traps import UNCOUNTED
from webshop.catalog.model import Product, without_case

Row: TypeAlias = dict[str, Any]


def product_row(product: Product, position: int) -> Row:
    first = product.picture
    return {
        "slug": product.slug,
        "title": product.title,
        "category": product.category,
        "summary": product.summary,
        "description": product.description,
        "picture": first.file if first else "",
        "picture_alt": first.alt if first else "",
        "position": position,
        "active": not product.draft,
        "draft": product.draft,
        "tax_class": product.tax,
        "tax_code": product.tax_code,
        "pictures": [asdict(picture) for picture in product.pictures],
        "categories": list(product.categories),
        "brand": product.brand,
        "tags": list(product.tags),
        "options": list(product.options),
        "facts": [list(fact) for fact in product.facts],
        "shipped": product.shipped,
        "warnings": product.warnings,
        "responsible": asdict(product.responsible) if product.responsible else None,
        "goes_with": list(product.goes_with) or None,  # as in rows that the release before has written
        "unsold": [dict(variant) for variant in product.unsold] or None,
    }


def variant_rows(product: Product, keys: Mapping[str, str]) -> Iterator[Row]:
    for position, variant in enumerate(product.variants):
        key = keys[variant.sku]
        yield {
            "sku": key,
            "product": product.slug,
            "title": variant.title,
            "price": variant.price,
            "stock": variant.stock,
            "weight": variant.weight,
            "position": position,
            "active": not product.draft,
            "code": variant.written_sku if variant.written_sku != key else "",
            "sku_key": without_case(variant.sku),
            "was": variant.was,
            "options": list(variant.options),
            "picture": variant.picture,
            "gtin": variant.gtin,
            "contents": variant.contents,
            "stock_in_file": UNCOUNTED if variant.stock is None else variant.stock,
        }
