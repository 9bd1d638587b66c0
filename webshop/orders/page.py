"""What an order's page shows, wherever it is drawn."""

from typing import Any

from starlette.requests import Request

from webshop import links
from webshop.orders.model import Order
from webshop.web.site import site_of

FOR_NOBODY_ELSE = {"Cache-Control": "no-store", "X-Robots-Tag": "noindex"}  # headers of every such answer
POLLS = frozenset("1234567")  # an undecided order's page looks again after 2, 4, 8 … 64 seconds


def order_context(request: Request, order: Order) -> dict[str, Any]:
    """What orders/_order.html shows."""
    poll = min(int(text) if (text := request.query_params.get("poll", "")) in POLLS else 1, 6)
    return {"order": order, "link": order_link(request, order), "poll": poll, "pause": 2**poll}


def order_link(request: Request, order: Order) -> str:
    """The path of its page."""
    return links.order(site_of(request).signatures.sign_order(order.number))
