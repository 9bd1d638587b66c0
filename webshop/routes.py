"""All addresses of the shop, on one screen."""

from starlette.convertors import StringConvertor, register_url_convertor
from starlette.routing import BaseRoute, Route

from webshop.cart import views as cart
from webshop.cart.again import order_again
from webshop.catalog import views as catalog
from webshop.catalog.feeds import views as feeds
from webshop.catalog.listing import views as listing
from webshop.checkout import returns, webhook
from webshop.checkout import views as checkout
from webshop.orders import views as orders
from webshop.pages import views as pages
from webshop.pictures import views as pictures
from webshop.web import health

FORM_LIMIT = 64 * 1024  # bytes of a request's body
WEBHOOK_LIMIT = 256 * 1024


class Slug(StringConvertor):
    regex = "[a-z0-9-]{1,80}"


register_url_convertor("slug", Slug())

ROUTES: list[BaseRoute] = [
    Route("/", catalog.index),
    Route("/products", listing.everything),
    Route("/products/{slug:slug}", catalog.show),
    Route("/c/{slug:slug}", listing.category),
    Route("/search", listing.search),
    Route("/search/suggestions", listing.suggestions),
    Route("/pictures/{file}/{version}", pictures.show),
    Route("/pages/{slug:slug}", pages.show),
    Route("/cart", cart.show),
    Route("/cart/lines", cart.add_line, methods=["POST"]),
    Route("/cart/lines/change", cart.change_line, methods=["POST"]),
    Route("/cart/lines/undo", cart.put_back, methods=["POST"]),
    Route("/cart/restore", cart.restore, methods=["POST"]),
    Route("/checkout", checkout.show),
    Route("/checkout/quote", checkout.show_quote),
    Route("/checkout/draft", checkout.keep_draft, methods=["POST"]),
    Route("/checkout", checkout.place, methods=["POST"]),
    Route("/charge", returns.charge, methods=["POST"]),
    Route("/charge", returns.returned),
    Route("/orders/{signed}", orders.show),
    Route("/orders/{signed}/payment", checkout.show_payment),
    Route("/orders/{signed}/again", order_again, methods=["POST"]),
    Route("/orders/{signed}/payment", checkout.resume, methods=["POST"]),
    Route("/stripe/webhook", webhook.receive, methods=["POST"], max_body_size=WEBHOOK_LIMIT),
    Route("/sitemap.xml", feeds.sitemap),
    Route("/sitemaps/pages.xml", pages.sitemap),
    Route("/sitemaps/products-{part:int}.xml", feeds.sitemap_of_products),
    Route("/robots.txt", feeds.robots),
    Route("/feeds/google.xml", feeds.google),
    Route("/healthz", health.alive),
    Route("/readyz", health.ready),
]

# Pages that are the same for everybody without a cart, and what may stand behind the "?" of each: what ends
# in "/" is all that are directly under it.
FILTERS = frozenset({"sort", "from", "to", "stock", "sale", "brand", "tag", "option.", "after", "before"})
EVERYBODYS = {
    "/": frozenset[str](),
    "/products": FILTERS,
    "/products/": frozenset({"variant"}),
    "/c/": FILTERS,
    "/search": FILTERS | {"q"},
    "/pages/": frozenset[str](),
    "/sitemap.xml": frozenset[str](),
    "/sitemaps/": frozenset[str](),
    "/robots.txt": frozenset[str](),
}


def gallery_routes(*, design: bool) -> list[BaseRoute]:
    """Of a shop that is looked at, not of one that takes real money, which does not even load them. For
    whoever `design`s also streams, and what reads all files: they stand before the gallery's."""
    from webshop.design import live
    from webshop.design import views as gallery

    streams = [Route("/gallery/changes", live.changes), Route("/gallery/problems", live.problems)]
    return [
        *(streams if design else []),
        Route("/gallery", gallery.index),
        Route("/gallery/draw", gallery.draw_state),
        Route("/gallery/shop.css", gallery.stylesheet),
        Route("/gallery/{template:path}", gallery.show),
    ]


NOT_HERE = feeds.not_here  # for every address that nothing is at
