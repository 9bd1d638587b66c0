"""Addresses as they are told to others: absolute, from the shop's origin."""

from collections.abc import Iterable

from webshop.catalog.model import Picture, Product, Variant
from webshop.pictures.addresses import picture_src, thumbnail_src


def of_product(origin: str, product: Product, variant: Variant | None = None) -> str:
    """Its page, on which the variant is chosen where there is a choice."""
    chosen = f"?variant={variant.mark}" if variant and len(product.variants) > 1 else ""
    return f"{origin}/products/{product.slug}{chosen}"


def of_category(origin: str, slug: str) -> str:
    return f"{origin}/c/{slug}"


def of_thumbnail(origin: str, picture: Picture) -> str:
    """A small picture for a mail; "" where there is none that mail programs show."""
    path = thumbnail_src(picture) if picture.name else ""
    return path if "://" in path or not path else f"{origin}{path}"


def of_pictures(origin: str, pictures: Iterable[Picture | None]) -> list[str]:
    """Each once, in this order, without those of which nothing was made."""
    paths = (picture_src(picture) for picture in pictures if picture and picture.name)
    return [path if "://" in path else f"{origin}{path}" for path in dict.fromkeys(paths)]
