"""What an order had goes into the cart once more."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from webshop.cart import queries as carts
from webshop.cart.cookie import find_cart_id, new_cart_id, remember_cart
from webshop.orders.page import order_of_link
from webshop.web.site import site_of
from webshop.web.visitor import visitor_of


def order_again(request: Request) -> Response:
    """As far as it can be bought today, and beside what is in the cart already: twice is as good as once."""
    order = order_of_link(request)
    known_id = find_cart_id(request)
    cart_id = known_id or new_cart_id()
    visitor = "" if known_id else visitor_of(request)  # whoever has a cart begins none
    with carts.beginning(site_of(request).db, visitor) as connection:
        wanted = [(line.written_sku, line.quantity) for line in order.lines]
        found, missing = carts.restore(connection, cart_id, wanted)
    outcome = "none" if not found else "some" if missing else "all"
    response = RedirectResponse(f"/cart?again={outcome}", status_code=303)
    return remember_cart(request, response, cart_id) if found else response
