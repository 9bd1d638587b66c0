"""The visitor's cart: named by a signed cookie, which is set only when a cart is first written."""

import secrets
from collections.abc import Mapping
from contextlib import suppress

from starlette.requests import Request
from starlette.responses import Response

from webshop.cart import queries as carts
from webshop.cart.model import Cart
from webshop.cart.reading import glance, look
from webshop.db.engine import Database
from webshop.errors import Unavailable
from webshop.web.site import Site, site_of

A_YEAR = 365 * 24 * 3600  # seconds; browsers keep cookies for 400 days at most


def find_cart_id(request: Request) -> str | None:
    """The id in the cookie; None for no cookie, or one that is broken, forged or signed with a lost key."""
    site = site_of(request)
    signed = request.cookies.get(_cookie_name(site))
    return site.signatures.read_cart(signed) if signed else None


def load_cart(request: Request) -> Cart:
    """The visitor's cart at today's prices; an empty unknown one for a new visitor."""
    site = site_of(request)
    cart_id = find_cart_id(request)
    if not cart_id:
        return Cart(currency=site.shop.currency)
    cart, is_unseen = look(site.db, site.shop, cart_id)
    if is_unseen:
        _mark_seen(site.db, cart_id)
    return cart


async def glance_at_cart(request: Request) -> Cart | None:
    """The same in the event loop; None if that is for a thread to do, which may write that somebody has come
    back. Raises Unavailable."""
    site = site_of(request)
    cart_id = find_cart_id(request)
    if not cart_id:
        return Cart(currency=site.shop.currency)
    cart, is_unseen = await glance(site.db, site.shop, cart_id) or (None, False)
    return None if is_unseen else cart


def _mark_seen(db: Database, cart_id: str) -> None:
    """The cookie has come back, for the first time. What cannot be written now is tried at the next request:
    no page fails or waits for it."""
    with suppress(Unavailable), db.write(waits=False) as connection:
        carts.mark_seen(connection, cart_id)


def cart_slot(request: Request, status: int) -> Mapping[str, Cart]:
    """What the layout shows of the visitor. Beside a problem, a cart that nobody has looked at: where the
    database may be what failed, and for a visitor without one, because an error page restores none."""
    if status < 400:
        return {"cart": load_cart(request)}
    unread = Cart(currency=site_of(request).shop.currency, known=None)
    try:
        cart = load_cart(request) if status < 500 else unread
    except Unavailable:
        return {"cart": unread}
    return {"cart": cart if cart.known else unread}


def new_cart_id() -> str:
    """128 random bits."""
    return secrets.token_hex(16)


def remember_cart(request: Request, response: Response, cart_id: str) -> Response:
    """Give the visitor the cookie of this cart. (Python's own cookies take longer to be written.)"""
    site = site_of(request)
    named = f"{_cookie_name(site)}={site.signatures.sign_cart(cart_id)}"
    # Lax: strict would lose the cart on the way back from a bank's page.
    kept = f"HttpOnly; Max-Age={A_YEAR}; Path=/; SameSite=lax{'; Secure' if _is_https(site) else ''}"
    response.headers.append("Set-Cookie", f"{named}; {kept}")
    return response


def _cookie_name(site: Site) -> str:
    return "__Host-cart" if _is_https(site) else "cart"


def _is_https(site: Site) -> bool:
    return site.settings.url.startswith("https:")
