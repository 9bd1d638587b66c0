"""What an order's page shows, wherever it is drawn."""

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request

from webshop import links
from webshop.catalog.model import Picture
from webshop.catalog.queries import list_pictures
from webshop.errors import NotFound
from webshop.language.messages import gettext as _
from webshop.orders import queries as orders
from webshop.orders.model import Order
from webshop.web.site import site_of
from webshop.web.visitor import visitor_of

FOR_NOBODY_ELSE = {"Cache-Control": "no-store", "X-Robots-Tag": "noindex"}  # headers of every such answer
POLLS = frozenset("1234567")  # an undecided order's page looks again after 2, 4, 8 … 64 seconds


def order_of_link(request: Request) -> Order:
    """The order whose signed number is in the address. It needs no cookie: whoever has the link may look.
    Raises NotFound, or TooMany."""
    number = _number_of_link(request)
    with site_of(request).db.read() as connection:
        return orders.get_order(connection, number)


def _number_of_link(request: Request) -> str:
    site = site_of(request)
    site.order_pages.count(visitor_of(request))
    number = site.signatures.read_order(request.path_params["signed"])
    if number is None:
        raise NotFound(_("There is no such order."))
    return number


def context_of_link(request: Request) -> dict[str, Any]:
    """What orders/_order.html shows of the order in the address. Raises NotFound, or TooMany."""
    number = _number_of_link(request)
    with site_of(request).db.read() as connection:
        order = orders.get_order(connection, number)
        pictures = list_pictures(connection, order.skus)
    return _context(request, order, pictures)


def order_context(request: Request, order: Order) -> dict[str, Any]:
    """The same of an order that was read."""
    with site_of(request).db.read() as connection:
        pictures = list_pictures(connection, order.skus)
    return _context(request, order, pictures)


def _context(request: Request, order: Order, pictures: Mapping[str, Picture]) -> dict[str, Any]:
    poll = min(int(text) if (text := request.query_params.get("poll", "")) in POLLS else 1, 6)
    link = order_link(request, order)
    return {"order": order, "pictures": pictures, "link": link, "poll": poll, "pause": 2**poll}


def order_link(request: Request, order: Order) -> str:
    """The path of its page."""
    return links.order(site_of(request).signatures.sign_order(order.number))
