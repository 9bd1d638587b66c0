"""The order page behind its signed link."""

from starlette.requests import Request
from starlette.responses import Response

from webshop.orders.page import FOR_NOBODY_ELSE, context_of_link
from webshop.web.pages import fragment, page
from webshop.web.rendering import wants_fragment


def show(request: Request) -> Response:
    """The order as it is."""
    context = context_of_link(request)
    if wants_fragment(request):
        response = fragment(request, "orders/_order.html", **context)
    else:
        response = page(request, "orders/show.html", **context)
    response.headers.update(FOR_NOBODY_ELSE)
    return response
