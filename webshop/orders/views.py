"""The order page behind its signed link."""

from starlette.requests import Request
from starlette.responses import Response

from webshop.orders.page import FOR_NOBODY_ELSE, order_context, order_of_link
from webshop.web.pages import fragment, page
from webshop.web.rendering import wants_fragment


def show(request: Request) -> Response:
    """The order as it is. Where it can be paid, Stripe may run."""
    order = order_of_link(request)
    context = order_context(request, order)
    if wants_fragment(request):
        response = fragment(request, "orders/_order.html", **context)
    else:
        response = page(request, "orders/show.html", pays=order.is_open, **context)
    response.headers.update(FOR_NOBODY_ELSE)
    return response
