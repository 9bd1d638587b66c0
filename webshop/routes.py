"""All addresses of the shop, on one screen."""

from starlette.convertors import StringConvertor, register_url_convertor
from starlette.routing import BaseRoute, Route

from webshop.cart import views as cart
from webshop.catalog import views as catalog
from webshop.checkout import returns, webhook
from webshop.checkout import views as checkout
from webshop.orders import views as orders
from webshop.web import health

FORM_LIMIT = 64 * 1024  # bytes of a request's body
WEBHOOK_LIMIT = 256 * 1024


class Slug(StringConvertor):
    regex = "[a-z0-9-]{1,80}"


class Sku(StringConvertor):
    regex = "[A-Z0-9-]{1,40}"


register_url_convertor("slug", Slug())
register_url_convertor("sku", Sku())

ROUTES: list[BaseRoute] = [
    Route("/", catalog.index),
    Route("/products/{slug:slug}", catalog.show),
    Route("/cart", cart.show),
    Route("/cart/lines", cart.add_line, methods=["POST"]),
    Route("/cart/lines/{sku:sku}", cart.change_line, methods=["POST"]),
    Route("/cart/restore", cart.restore, methods=["POST"]),
    Route("/checkout", checkout.show),
    Route("/checkout/quote", checkout.show_quote),
    Route("/checkout", checkout.place, methods=["POST"]),
    Route("/charge", returns.charge, methods=["POST"]),
    Route("/charge", returns.returned),
    Route("/orders/{signed}", orders.show),
    Route("/orders/{signed}/payment", checkout.resume, methods=["POST"]),
    Route("/stripe/webhook", webhook.receive, methods=["POST"], max_body_size=WEBHOOK_LIMIT),
    Route("/healthz", health.alive),
    Route("/readyz", health.ready),
]
