"""What the shop tells its doctor: how it sees a request that came the way that shoppers' do."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from webshop.cart.cookie import new_cart_id, remember_cart
from webshop.web.site import site_of
from webshop.web.visitor import count_hops


def tell(request: Request) -> Response:
    """Only whom the webhook's secret has let in. Nothing is written: the cart of its cookie is nobody's."""
    config = site_of(request).settings
    seen = {
        "release": config.release,
        "mode": config.mode,
        "url": config.url,
        "proxies": config.proxies,
        "hops": count_hops(request),
    }
    return remember_cart(request, JSONResponse(seen), new_cart_id())
