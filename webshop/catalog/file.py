"""catalog.toml: what it may say, each mistake in it named with its place."""

import re
from collections import Counter
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path
from typing import Annotated

from pydantic import Field, StringConstraints

from webshop.catalog.model import SKU, Product, Variant
from webshop.pricing import money
from webshop.pricing.tax import TaxClass
from webshop.toml_files import Entry, FileError, Line, Number, Paragraphs, Text, Whole, matching, read_toml

SMALL = r"[a-z0-9]+(-[a-z0-9]+)*"
Slug = Annotated[
    str,
    matching(SMALL, "small letters, digits and hyphens, such as blue-mug"),
    StringConstraints(max_length=80),
]
Sku = Annotated[
    str, matching(SKU, "capitals, digits and hyphens, such as MUG-BLUE"), StringConstraints(max_length=40)
]
Picture = Annotated[
    str,
    matching(
        r"[a-z0-9][a-z0-9._-]{0,150}\.(svg|webp|avif|jpg|png)",
        "a file in static/img/products/, in small letters, such as blue-mug.svg, or .webp, .avif, .jpg, .png",
    ),
]
TaxCode = Annotated[str, matching(r"(txcd_[0-9]{8})?", "one of Stripe's, such as txcd_00000000")]


# Of each kind of picture, by the end of its name.
FIRST_BYTES = {
    ".svg": re.compile(rb".*<svg[\s>]", re.DOTALL),
    ".png": re.compile(rb"\x89PNG\r\n\x1a\n"),
    ".jpg": re.compile(rb"\xff\xd8\xff"),
    ".webp": re.compile(rb"RIFF....WEBP", re.DOTALL),
    ".avif": re.compile(rb"....ftypavi[fs]", re.DOTALL),
}


class VariantEntry(Entry):
    sku: Sku
    title: Annotated[Line, StringConstraints(max_length=80)] = ""
    price: Number = Field(gt=0, le=money.MOST_WRITTEN)
    stock: Whole | None = Field(None, ge=0, le=1_000_000)
    weight: Whole = Field(ge=0, le=1_000_000)


class ProductEntry(Entry):
    slug: Slug
    title: Text
    category: Text
    summary: Text
    description: Paragraphs
    picture: Picture
    picture_alt: Text
    tax: TaxClass = "standard"
    tax_code: TaxCode = ""
    variants: list[VariantEntry] = Field(min_length=1, max_length=50)


class Catalog(Entry):
    """catalog.toml."""

    products: list[ProductEntry] = Field(max_length=10_000)


def read_catalog(
    path: Path, currency: str, *, tax_by_stripe: bool = False, pictures: Path | None = None
) -> list[Product]:
    """The products that `path` lists, in its order, priced in `currency`.

    Raises FileError naming each mistake with its place. If Stripe reckons the tax, a class that it cannot
    know is one. If the folder `pictures` is given, a picture that is
    not in it is one, and so is a price that cannot be charged alone: with others, it can.
    """
    catalog = read_toml(path, Catalog)
    problems = [*_repetitions(catalog), *_prices_that_cannot_be_charged(catalog, currency)]
    if tax_by_stripe:
        problems += [*_classes_unknown_to_stripe(catalog)]
    if pictures:
        problems += [*_prices_too_small_alone(catalog, currency)]
        problems += missing_pictures(catalog.products, pictures)
        problems += broken_pictures(catalog.products, pictures)
    if problems:
        raise FileError([f"{path.name}: {problem}" for problem in problems])
    return [_product(entry, currency) for entry in catalog.products]


def _repetitions(catalog: Catalog) -> Iterable[str]:
    slugs = Counter(product.slug for product in catalog.products)
    skus = Counter(variant.sku for product in catalog.products for variant in product.variants)
    for kind, counts in (("slug", slugs), ("sku", skus)):
        yield from (f"{kind} {value!r} is used {n} times" for value, n in counts.items() if n > 1)
    for product in catalog.products:
        if len(product.variants) > 1 and not all(variant.title for variant in product.variants):
            yield f"product {product.slug!r}: each of several variants needs a title"


def _prices_that_cannot_be_charged(catalog: Catalog, currency: str) -> Iterable[str]:
    for place, price in _prices(catalog):
        if problem := money.too_much(price, currency):
            yield f"{place}: price {problem}; lower it"
            continue
        try:
            money.to_minor(price, currency)
        except ValueError as error:
            yield f"{place}: price {error}"


def _classes_unknown_to_stripe(catalog: Catalog) -> Iterable[str]:
    for product in catalog.products:
        if product.tax in ("reduced", "low") and not product.tax_code:
            yield (
                f'product {product.title!r}: Stripe reckons the tax and does not know tax = "{product.tax}"; '
                "give it Stripe's tax_code, too (https://docs.stripe.com/tax/tax-codes)"
            )


def _prices_too_small_alone(catalog: Catalog, currency: str) -> Iterable[str]:
    for place, price in _prices(catalog):
        if problem := money.too_little(price, currency):
            yield f"{place}: price {problem}; raise it, or sell several pieces as one"


def _prices(catalog: Catalog) -> Iterable[tuple[str, Decimal]]:
    for product in catalog.products:
        for variant in product.variants:
            yield f"product {product.title!r}, sku {variant.sku!r}", variant.price


def missing_pictures(products: Iterable[Product | ProductEntry], folder: Path) -> list[str]:
    """A line for each product whose picture is not in `folder`."""
    return [
        f"product {product.title!r}: there is no picture {product.picture!r} in static/img/products/"
        for product in products
        if not (folder / product.picture).is_file()
    ]


def broken_pictures(products: Iterable[Product | ProductEntry], folder: Path) -> list[str]:
    """A line for each product whose picture is there, and is not what its name says, by its first bytes."""
    return [
        f"product {product.title!r}: {product.picture!r} in static/img/products/ is broken, or another kind "
        "of file"
        for product in products
        if (folder / product.picture).is_file() and not _is_picture(folder / product.picture)
    ]


def _is_picture(path: Path) -> bool:
    with path.open("rb") as file:
        return FIRST_BYTES[path.suffix].match(file.read(4096)) is not None


def _product(entry: ProductEntry, currency: str) -> Product:
    variants = tuple(
        Variant(
            each.sku, entry.slug, each.title, money.to_minor(each.price, currency), each.stock, each.weight
        )
        for each in entry.variants
    )
    return Product(**{**dict(entry), "variants": variants})
