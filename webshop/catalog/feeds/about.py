"""What a page says to machines about itself, joined from what it shows."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from webshop.catalog.feeds import addresses, json_ld
from webshop.catalog.feeds.words import shortened, summary_of
from webshop.catalog.listing.categories import Category
from webshop.catalog.model import Product
from webshop.shop import Shop

Trail = Sequence[tuple[str, str]]  # titles and paths of what is around a page, from the home page on


@dataclass(frozen=True)
class About:
    """`url` is the page's one address, whatever stands behind it, and `words` a sentence or two about it.
    `kind` is Open Graph's word; `pictures` are addresses. `data` is written into the page as JSON-LD."""

    title: str
    url: str
    words: str
    kind: str = "website"
    pictures: Sequence[str] = ()
    data: Sequence[dict[str, Any]] = ()


def about_home(origin: str, shop: Shop) -> About:
    words = shop.tagline or shop.name
    return About(shop.name, f"{origin}/", words, data=[json_ld.of_shop(origin, shop)])


def about_product(origin: str, shop: Shop, product: Product, trail: Trail = ()) -> About:
    """`trail` has the categories around it."""
    own = (product.title, f"/products/{product.slug}")
    return About(
        product.title,
        addresses.of_product(origin, product),
        summary_of(product),
        kind="product",
        pictures=addresses.of_pictures(origin, product.pictures),
        data=[json_ld.of_product(origin, shop, product), _trail(origin, shop, [*trail, own])],
    )


def about_list(origin: str, shop: Shop, title: str, words: str, trail: Trail) -> About:
    """A page with products, of a category, or all; `trail` ends with the page itself. Sorted and filtered it
    is the same page."""
    path = trail[-1][1]
    found = shortened(words) or f"{title} · {shop.tagline or shop.name}"
    return About(title, f"{origin}{path}", found, data=[_trail(origin, shop, trail)])


def about_page(origin: str, shop: Shop, title: str, words: str, path: str) -> About:
    """A page of the shop's own."""
    found = shortened(words) or f"{title} · {shop.name}"
    return About(title, f"{origin}{path}", found, data=[_trail(origin, shop, [(title, path)])])


def trail_of(categories: Iterable[Category]) -> Trail:
    """Categories one in the other, from the root."""
    return [(each.title, f"/c/{each.slug}") for each in categories]


def _trail(origin: str, shop: Shop, trail: Trail) -> dict[str, Any]:
    return json_ld.of_trail(origin, [(shop.name, "/"), *trail])
