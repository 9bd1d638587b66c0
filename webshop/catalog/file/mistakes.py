"""What is wrong in catalog.toml beyond a single field, in sentences that name the product and what to do."""

from collections import Counter
from collections.abc import Iterable
from decimal import Decimal

from webshop.catalog.file.entries import CatalogEntry, ProductEntry, VariantEntry
from webshop.catalog.model import key_of, without_case
from webshop.pricing import money
from webshop.pricing.contents import read_contents

OR_UNSHIPPED = "or the product shipped = false"
DEEPEST = 8  # categories in each other


def list_mistakes(catalog: CatalogEntry, currency: str) -> list[str]:
    """Whatever the shop: see `mistakes_of_stripe` and `prices_too_small_alone` for some of them."""
    return [
        *_repetitions(catalog),
        *_what_is_missing(catalog),
        *_options_that_do_not_fit(catalog),
        *_contents_that_nobody_can_read(catalog),
        *_prices_that_cannot_be_charged(catalog, currency),
        *_earlier_prices_that_are_lower(catalog),
        *_categories_without_a_name(catalog),
        *_old_addresses_of_others(catalog),
        *_companions_that_there_are_not(catalog),
    ]


def _repetitions(catalog: CatalogEntry) -> Iterable[str]:
    slugs = Counter(product.slug for product in catalog.products if product.slug)
    yield from (f"slug {value!r} is used {n} times" for value, n in slugs.items() if n > 1)
    skus = [variant.sku for product in catalog.products for variant in product.variants]
    counts = Counter(without_case(key_of(sku)) for sku in skus)
    written = {without_case(key_of(sku)): sku for sku in reversed(skus)}
    yield from (f"sku {written[key]!r} is used {n} times" for key, n in counts.items() if n > 1)
    for product in catalog.products:
        several = len(product.variants) > 1 and not product.options
        if several and not all(variant.title for variant in product.variants):
            yield f"{product.title}: each of several variants needs a title"


def _what_is_missing(catalog: CatalogEntry) -> Iterable[str]:
    for product in catalog.products:
        for variant in product.variants:
            if not (product.active and variant.active):
                continue
            if variant.price is None:
                yield f"{_place(product, variant)}: the price is missing"
            if variant.weight is None and product.shipped:
                yield f"{_place(product, variant)}: the weight is missing; give it in grams, {OR_UNSHIPPED}"


def _options_that_do_not_fit(catalog: CatalogEntry) -> Iterable[str]:
    for product in catalog.products:
        seen: set[tuple[str, ...]] = set()
        for variant in product.variants:
            if len(variant.options) != len(product.options):
                yield (
                    f"{_place(product, variant)}: has {len(variant.options)} options, and the product "
                    f"{len(product.options)}; give a value for each"
                )
            elif variant.options and tuple(variant.options) in seen:
                yield f"{_place(product, variant)}: {' / '.join(variant.options)} is there twice"
            seen.add(tuple(variant.options))


def _contents_that_nobody_can_read(catalog: CatalogEntry) -> Iterable[str]:
    for product in catalog.products:
        for variant in product.variants:
            try:
                if variant.contents:
                    read_contents(variant.contents)
            except ValueError as error:
                yield f"{_place(product, variant)}: contents {error}"


def _prices_that_cannot_be_charged(catalog: CatalogEntry, currency: str) -> Iterable[str]:
    for place, price in _prices(catalog):
        if problem := money.too_much(price, currency):
            yield f"{place}: price {problem}; lower it"
            continue
        try:
            money.to_minor(price, currency)
        except ValueError as error:
            yield f"{place}: price {error}"


def _earlier_prices_that_are_lower(catalog: CatalogEntry) -> Iterable[str]:
    for product in catalog.products:
        for variant in product.variants:
            if variant.was is not None and variant.price is not None and variant.was < variant.price:
                yield (
                    f"{_place(product, variant)}: was {variant.was} is less than the price {variant.price}; "
                    "it is the earlier price of what is reduced: leave it out"
                )


def _categories_without_a_name(catalog: CatalogEntry) -> Iterable[str]:
    for product in catalog.products:
        paths = filter(None, (product.category, *product.categories))
        yield from (f"{product.title}: {words}" for path in paths if (words := _of_path(path)))
    for category in catalog.categories:
        if words := _of_path(category.path):
            yield words


def _of_path(path: str) -> str:
    titles = [title.strip() for title in path.split(">")]
    if not all(titles):
        return f"category {path!r} has an empty part; write it as Tableware > Mugs"
    return f"category {path!r} is more than {DEEPEST} deep" if len(titles) > DEEPEST else ""


def _old_addresses_of_others(catalog: CatalogEntry) -> Iterable[str]:
    slugs = {product.slug: product for product in catalog.products if product.slug}
    first: dict[str, ProductEntry] = {}
    for product in catalog.products:
        for old in dict.fromkeys(product.moved_from):
            other = slugs.get(old) or first.setdefault(old, product)
            if other is not product:
                yield f"{product.title}: moved_from {old!r} is an address of {other.title}; only one has it"


def _companions_that_there_are_not(catalog: CatalogEntry) -> Iterable[str]:
    slugs = catalog.slugs
    known = {*slugs}
    for product, own in zip(catalog.products, slugs, strict=True):
        for other in product.goes_with:
            if other == own:
                yield f"{product.title}: goes_with names the product itself; leave it out"
            elif other not in known:
                yield f"{product.title}: goes_with {other!r} is no product of this file; it names slugs"


def mistakes_of_stripe(catalog: CatalogEntry) -> Iterable[str]:
    for product in catalog.products:
        if product.tax in ("reduced", "low") and not product.tax_code:
            yield (
                f'{product.title}: Stripe reckons the tax and does not know tax = "{product.tax}"; '
                "give it Stripe's tax_code, too (https://docs.stripe.com/tax/tax-codes)"
            )


def prices_too_small_alone(catalog: CatalogEntry, currency: str) -> Iterable[str]:
    for place, price in _prices(catalog):
        if problem := money.too_little(price, currency):
            yield f"{place}: price {problem}; raise it, or sell several pieces as one"


def _prices(catalog: CatalogEntry) -> Iterable[tuple[str, Decimal]]:
    for product in catalog.products:
        for variant in product.variants:
            for price in (variant.price, variant.was):
                if price is not None:
                    yield _place(product, variant), price


def _place(product: ProductEntry, variant: VariantEntry) -> str:
    """As a person calls it; one that has no name, by its sku."""
    if len(product.variants) == 1:
        return product.title
    return f"{product.title}, variant {variant.title or ' / '.join(variant.options) or variant.sku}"
