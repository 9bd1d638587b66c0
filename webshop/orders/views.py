"""The order page behind its signed link."""

from starlette.requests import Request
from starlette.responses import Response

from webshop.errors import NotFound
from webshop.language.messages import gettext as _
from webshop.orders import queries as orders
from webshop.orders.page import FOR_NOBODY_ELSE, order_context
from webshop.web.pages import fragment, page
from webshop.web.rendering import wants_fragment
from webshop.web.site import site_of
from webshop.web.visitor import visitor_of


def show(request: Request) -> Response:
    """The order as it is. It needs no cookie: whoever has the link may look."""
    site = site_of(request)
    site.order_pages.count(visitor_of(request))
    number = site.signatures.read_order(request.path_params["signed"])
    if number is None:
        raise NotFound(_("There is no such order."))
    with site.db.read() as connection:
        order = orders.get_order(connection, number)
    context = order_context(request, order)
    if wants_fragment(request):
        response = fragment(request, "orders/_order.html", **context)
    else:
        response = page(request, "orders/show.html", **context)
    response.headers.update(FOR_NOBODY_ELSE)
    return response
