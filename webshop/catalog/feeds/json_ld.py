"""Data in pages, in the vocabulary of https://schema.org, as JSON-LD."""

from collections.abc import Sequence
from typing import Any

from webshop.catalog.feeds import addresses
from webshop.catalog.feeds.words import ATTRIBUTES, summary_of, text_of
from webshop.catalog.model import Product, Variant
from webshop.pricing import money
from webshop.shop import Shop

CONTEXT = {"@context": "https://schema.org"}
MOST_VARIANTS = 30  # told one by one; of more, the lowest and the highest price
LONGEST_DESCRIPTION = 5_000

Data = dict[str, Any]


def of_shop(origin: str, shop: Shop) -> Data:
    """For the home page."""
    return CONTEXT | {
        "@type": "Organization",
        "name": shop.name,
        "url": f"{origin}/",
        **({"description": shop.tagline} if shop.tagline else {}),
    }


def of_trail(origin: str, trail: Sequence[tuple[str, str]]) -> Data:
    """The breadcrumb: titles and paths from the home page on."""
    return CONTEXT | {
        "@type": "BreadcrumbList",
        "itemListElement": [
            {"@type": "ListItem", "position": place, "name": title, "item": f"{origin}{path}"}
            for place, (title, path) in enumerate(trail, start=1)
        ],
    }


def of_product(origin: str, shop: Shop, product: Product) -> Data:
    if len(product.variants) == 1:
        [variant] = product.variants
        offered = {"offers": _offer(origin, shop, product, variant), **_numbers(variant)}
        return CONTEXT | {"@type": "Product"} | _about(origin, product) | offered
    if len(product.variants) > MOST_VARIANTS:
        return (
            CONTEXT
            | {"@type": "Product"}
            | _about(origin, product)
            | {"offers": _range(origin, shop, product)}
        )
    varies = [ATTRIBUTES.get(option.casefold(), option) for option in product.options]
    return (
        CONTEXT
        | {"@type": "ProductGroup"}
        | _about(origin, product)
        | {
            "productGroupID": product.slug,
            **({"variesBy": varies} if varies else {}),
            "hasVariant": [_variant(origin, shop, product, variant) for variant in product.variants],
        }
    )


def _about(origin: str, product: Product) -> Data:
    found: Data = {
        "name": product.title,
        "url": addresses.of_product(origin, product),
        "description": text_of(product.description)[:LONGEST_DESCRIPTION] or summary_of(product),
        "image": addresses.of_pictures(origin, product.pictures),
        "brand": {"@type": "Brand", "name": product.brand} if product.brand else None,
        "category": product.categories[0] if product.categories else None,
    }
    return {name: value for name, value in found.items() if value}


def _variant(origin: str, shop: Shop, product: Product, variant: Variant) -> Data:
    values = zip(product.options, variant.options, strict=False)
    known = {ATTRIBUTES[name.casefold()]: value for name, value in values if name.casefold() in ATTRIBUTES}
    images = addresses.of_pictures(origin, [product.picture_of(variant)])
    return {
        "@type": "Product",
        "name": f"{product.title}, {variant.title}" if variant.title else product.title,
        **_numbers(variant),
        **known,
        **({"image": images[0]} if images else {}),
        "offers": _offer(origin, shop, product, variant),
    }


def _numbers(variant: Variant) -> Data:
    return {"sku": variant.written_sku, **({"gtin": variant.gtin} if variant.gtin else {})}


def _offer(origin: str, shop: Shop, product: Product, variant: Variant) -> Data:
    return {
        "@type": "Offer",
        "url": addresses.of_product(origin, product, variant),
        "price": _amount(variant.price, shop),
        "priceCurrency": shop.currency,
        "availability": _availability(there=variant.stock != 0),
        "itemCondition": "https://schema.org/NewCondition",
        **_earlier(shop, variant),
    }


def _earlier(shop: Shop, variant: Variant) -> Data:
    earlier = shop.prices.earlier_of(variant.price, variant.was, variant.lowest)
    if earlier is None:
        return {}
    return {
        "priceSpecification": {
            "@type": "UnitPriceSpecification",
            "priceType": "https://schema.org/StrikethroughPrice",
            "price": _amount(earlier, shop),
            "priceCurrency": shop.currency,
        }
    }


def _range(origin: str, shop: Shop, product: Product) -> Data:
    prices = [variant.price for variant in product.available or product.variants]
    return {
        "@type": "AggregateOffer",
        "url": addresses.of_product(origin, product),
        "lowPrice": _amount(min(prices), shop),
        "highPrice": _amount(max(prices), shop),
        "priceCurrency": shop.currency,
        "offerCount": len(product.variants),
        "availability": _availability(there=bool(product.available)),
    }


def _amount(amount: int, shop: Shop) -> str:
    return f"{money.to_major(amount, shop.currency):f}"


def _availability(*, there: bool) -> str:
    return f"https://schema.org/{'InStock' if there else 'OutOfStock'}"
