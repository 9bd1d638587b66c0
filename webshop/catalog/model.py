"""Products and their variants. A variant's sku is the key of everything bought."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from webshop import text
from webshop.pricing.tax import TaxClass
from webshop.shop import Prices

LONGEST_SKU = 64
LONGEST_KEY = 40  # that the tables take for one; a longer sku gets a key of its own
FEW = 5  # pieces, of which pages say how many are left


@dataclass(frozen=True)
class Picture:
    """An original in static/img/products/, and what is made of it: `name` is what its files are called by
    content, "" where none were made. `width` and `height` in pixels, as it is shown."""

    file: str
    alt: str = ""
    name: str = ""
    width: int = 0
    height: int = 0


@dataclass(frozen=True)
class Responsible:
    """Who answers for a product's safety in the EU."""

    name: str
    address: str
    email: str


@dataclass(frozen=True)
class Variant:
    """`price` in minor units, `weight` in grams. `stock` is what can be bought now; None is unlimited.

    `options` has a value for each of the product's options. `was` is the earlier price of what is reduced,
    `lowest` the lowest one of the 30 days before it was, None where that is not known. `picture` is one of
    the product's, by its file. `code` is the sku as its owner writes it, where that is too long for a key.
    """

    sku: str
    product: str
    title: str
    price: int
    stock: int | None
    weight: int
    options: tuple[str, ...] = ()
    was: int | None = None
    lowest: int | None = None
    picture: str = ""
    gtin: str = ""
    contents: str = ""
    code: str = ""

    @property
    def written_sku(self) -> str:
        return self.code or self.sku

    @property
    def is_scarce(self) -> bool:
        """Whether it is worth saying how many are left."""
        return self.stock is not None and 0 < self.stock <= FEW

    @property
    def mark(self) -> str:
        return mark_of(self.sku)


@dataclass(frozen=True)
class Product:
    """`categories` are paths of titles, "Tableware > Mugs"; the first is its own. `facts` are pairs. `draft`:
    in the file, and not in the shop. `moved_from` are old slugs and paths. `goes_with` are slugs of others.
    `unsold` are variants that cannot be bought, as the file has them, each with its "place" among all."""

    slug: str
    title: str
    summary: str
    description: str
    variants: tuple[Variant, ...]
    pictures: tuple[Picture, ...] = ()
    categories: tuple[str, ...] = ()
    options: tuple[str, ...] = ()
    brand: str = ""
    tags: tuple[str, ...] = ()
    facts: tuple[tuple[str, str], ...] = ()
    tax: TaxClass = "standard"
    tax_code: str = ""  # what it is to Stripe, where Stripe reckons the tax
    shipped: bool = True
    warnings: str = ""
    responsible: Responsible | None = None
    draft: bool = False
    moved_from: tuple[str, ...] = ()
    goes_with: tuple[str, ...] = ()
    unsold: tuple[Mapping[str, Any], ...] = field(default=(), hash=False)

    @property
    def available(self) -> tuple[Variant, ...]:
        """The variants that can be bought now."""
        return tuple(variant for variant in self.variants if variant.stock != 0)

    @property
    def picture(self) -> Picture | None:
        return self.pictures[0] if self.pictures else None

    def picture_of(self, variant: Variant) -> Picture | None:
        """The variant's own, or the product's."""
        own = (picture for picture in self.pictures if picture.file == variant.picture)
        return next(own, self.picture)

    @property
    def category(self) -> str:
        """The title of its own category, or ""."""
        return self.categories[0].split(" > ")[-1] if self.categories else ""


@dataclass(frozen=True)
class WrittenCategory:
    """What catalog.toml says of a category of its own accord; `slug` may be ""."""

    path: str
    slug: str
    description: str
    moved_from: tuple[str, ...] = ()


@dataclass(frozen=True)
class Catalogue:
    """All of catalog.toml, priced in `currency`; `prices` says which earlier ones are shown."""

    products: tuple[Product, ...]
    categories: tuple[WrittenCategory, ...] = ()
    currency: str = ""
    prices: Prices = Prices()


def is_sku(written: str) -> bool:
    """Whether it can be a sku at all; everything else is not worth asking the database."""
    return 1 <= len(written) <= LONGEST_SKU and written.strip() == written and text.is_printable(written)


def key_of(sku: str) -> str:
    """What the tables call it: the sku itself, unless it is too long."""
    if len(sku) <= LONGEST_KEY:
        return sku
    return short_key(sku)


def short_key(sku: str, salt: str = "") -> str:
    """One that no other sku has; another one for each `salt`."""
    digest = sha256(f"{salt}{without_case(sku)}".encode()).hexdigest()[:8]
    return f"{sku[: LONGEST_KEY - len(digest) - 1]}~{digest}"


def mark_of(sku: str) -> str:
    """What addresses and pages call it, ?variant=5f2a…: a sku may be anything."""
    return sha256(without_case(sku).encode()).hexdigest()[:10]


def without_case(sku: str) -> str:
    """Skus are compared so: "mug-blue" is "MUG-BLUE"."""
    return sku.casefold()
