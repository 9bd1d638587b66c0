"""Products and their variants. A variant's sku is the key of everything bought."""

import re
from dataclasses import dataclass

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

    @property
    def available(self) -> tuple[Variant, ...]:
        """The variants that can be bought now."""
        return tuple(variant for variant in self.variants if variant.stock != 0)


def is_sku(text: str) -> bool:
    """Whether `text` can be a sku at all; everything else is not worth asking the database."""
    return len(text) <= 40 and re.fullmatch(SKU, text) is not None
