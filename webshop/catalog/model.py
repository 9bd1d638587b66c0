"""Products and their variants. A variant's sku is the key of everything bought."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

from webshop.pricing.tax import TaxClass

SKU = r"[A-Z0-9]+(-[A-Z0-9]+)*"


@dataclass(frozen=True)
class Variant:
    """`price` in minor units, `weight` in grams. `stock` is what can be bought now; None is unlimited."""

    sku: str
    product: str
    title: str
    price: int
    stock: int | None
    weight: int


@dataclass(frozen=True)
class Product:
    slug: str
    title: str
    category: str
    summary: str
    description: str
    picture: str
    picture_alt: str
    variants: tuple[Variant, ...]
    tax: TaxClass = "standard"
    tax_code: str = ""  # what it is to Stripe, where Stripe reckons the tax

    @property
    def available(self) -> tuple[Variant, ...]:
        """The variants that can be bought now."""
        return tuple(variant for variant in self.variants if variant.stock != 0)


@dataclass(frozen=True)
class Category:
    """Products that are listed together, under a title."""

    title: str
    products: tuple[Product, ...]


def by_category(products: Iterable[Product]) -> list[Category]:
    """In the order given; neighbours of the same category are together."""
    groups = groupby(products, key=lambda product: product.category)
    return [Category(title, tuple(group)) for title, group in groups]


def is_sku(text: str) -> bool:
    """Whether `text` can be a sku at all; everything else is not worth asking the database."""
    return len(text) <= 40 and re.fullmatch(SKU, text) is not None
