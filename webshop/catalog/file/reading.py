"""From catalog.toml to products."""

from decimal import Decimal
from functools import partial
from pathlib import Path

from webshop.catalog.file.entries import CatalogEntry, ProductEntry, VariantEntry
from webshop.catalog.file.mistakes import list_mistakes, mistakes_of_stripe, prices_too_small_alone
from webshop.catalog.file.pictures import check_pictures
from webshop.catalog.model import (
    Catalogue,
    Picture,
    Product,
    Responsible,
    Variant,
    WrittenCategory,
    key_of,
)
from webshop.markdown import first_sentence
from webshop.pictures.studio import Studio
from webshop.pricing import money
from webshop.toml_files import FileError, read_partly

MOST_TOLD = 20  # mistakes at once
LONGEST_TITLE = 80  # of a variant, in the tables


def read_catalog(
    path: Path, currency: str, *, tax_by_stripe: bool = False, pictures: Studio | None = None
) -> Catalogue:
    """What `path` lists, in its order, priced in `currency`.

    Raises FileError naming each mistake with its place. If Stripe reckons the tax, a class that it cannot
    know is one. If `pictures` is given, one that is missing or broken is one, and so is a price
    that cannot be charged alone: with others, it can.
    """
    catalog, problems = read_partly(path, CatalogEntry, "products")
    if catalog is not None:
        problems += list_mistakes(catalog, currency)
        if tax_by_stripe:
            problems += [*mistakes_of_stripe(catalog)]
        if pictures:
            problems += [*prices_too_small_alone(catalog, currency)]
            problems += check_pictures(((each.title, _pictures(each)) for each in catalog.products), pictures)
    if catalog is None or problems:
        raise FileError([f"{path.name}: {problem}" for problem in _first(problems)])
    return _catalogue(catalog, currency)


def _first(problems: list[str]) -> list[str]:
    more = len(problems) - MOST_TOLD
    return problems if more <= 0 else [*problems[:MOST_TOLD], f"and {more} more mistakes like these"]


def _catalogue(catalog: CatalogEntry, currency: str) -> Catalogue:
    return Catalogue(
        tuple(map(partial(_product, currency), catalog.products, catalog.slugs)),
        tuple(
            WrittenCategory(entry.path, entry.slug or "", entry.description, tuple(entry.moved_from))
            for entry in catalog.categories
        ),
        currency,
    )


def _product(currency: str, entry: ProductEntry, name: str) -> Product:
    sold = [variant for variant in entry.variants if _is_sold(variant)]
    return Product(
        slug=name,
        title=entry.title,
        summary=entry.summary or first_sentence(entry.description),
        description=entry.description,
        variants=tuple(_variant(variant, name, currency) for variant in sold),
        pictures=_pictures(entry),
        categories=tuple(dict.fromkeys([*([entry.category] if entry.category else []), *entry.categories])),
        options=tuple(entry.options),
        brand=entry.brand,
        tags=tuple(dict.fromkeys(entry.tags)),
        facts=tuple(entry.facts.items()),
        tax=entry.tax,
        tax_code=entry.tax_code,
        shipped=entry.shipped,
        warnings=entry.warnings,
        responsible=Responsible(**dict(entry.responsible)) if entry.responsible else None,
        draft=not entry.active,
        moved_from=tuple(entry.moved_from),
        goes_with=tuple(dict.fromkeys(entry.goes_with)),
        unsold=tuple(
            {"place": place, **variant.model_dump(mode="json", exclude_defaults=True)}
            for place, variant in enumerate(entry.variants)
            if not _is_sold(variant)
        ),
    )


def _is_sold(variant: VariantEntry) -> bool:
    return variant.active and variant.price is not None


def _variant(entry: VariantEntry, product: str, currency: str) -> Variant:
    key = key_of(entry.sku)
    title = entry.title or " / ".join(entry.options)
    return Variant(
        sku=key,
        product=product,
        title=title if len(title) <= LONGEST_TITLE else title[: LONGEST_TITLE - 1] + "…",
        price=money.to_minor(entry.price or Decimal(0), currency),
        stock=entry.stock,
        weight=entry.weight or 0,
        options=tuple(entry.options),
        was=None if entry.was is None else money.to_minor(entry.was, currency),
        picture=entry.picture or "",
        gtin=entry.gtin,
        contents=entry.contents,
        code=entry.sku if key != entry.sku else "",
    )


def _pictures(entry: ProductEntry) -> tuple[Picture, ...]:
    """Those of the product, then those of variants that are not among them."""
    found = {picture.file: picture.alt for picture in entry.pictures}
    if entry.picture:
        found = {entry.picture: entry.picture_alt} | found
    for variant in entry.variants:
        if variant.picture:
            found.setdefault(variant.picture, "")
    return tuple(Picture(file, alt) for file, alt in found.items())
