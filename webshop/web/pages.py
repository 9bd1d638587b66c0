"""Whole pages: what the view shows, in the layout with the one slot that depends on the visitor."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from webshop.cart import Cart
from webshop.errors import ShopError, Unavailable
from webshop.web.rendering import wants_fragment
from webshop.web.site import site_of
from webshop.web.visitor import load_cart


def page(
    request: Request,
    template: str,
    *,
    cart: Cart | None = None,
    message: str = "",
    status: int = 200,
    pays: bool = False,
    **context: Any,
) -> Response:
    """The whole page. `message` is said in the status region; `pays` lets Stripe's scripts run on it."""
    site = site_of(request)
    names = {**context, "cart": cart or load_cart(request), "message": message}
    response = site.pages.render(template, names, status)
    if pays:
        response.headers["Content-Security-Policy"] = site.checkout_policy
    return response


def fragment(request: Request, template: str, *, status: int = 200, **context: Any) -> Response:
    """A part of a page, for htmx to put in its place."""
    return site_of(request).pages.render(template, context, status)


def problem_answer(request: Request, problem: ShopError) -> Response:
    """The sentence of an expected failure: into the status region for htmx, else a page of its own."""
    if wants_fragment(request):
        response = fragment(request, "shared/_message.html", status=problem.status, message=problem.message)
    else:
        response = _problem_page(request, problem)
    if isinstance(problem, Unavailable):
        response.headers["Retry-After"] = str(problem.retry_after)
    return response


def _problem_page(request: Request, problem: ShopError) -> Response:
    cart = _cart_beside(request, problem)
    return page(request, "errors/show.html", cart=cart, status=problem.status, problem=problem.message)


def _cart_beside(request: Request, problem: ShopError) -> Cart:
    """The visitor's cart; or one that nobody has looked at, where the database may be what failed, and for a
    visitor without one: an error page restores none."""
    unread = Cart(currency=site_of(request).shop.currency, known=None)
    try:
        cart = unread if isinstance(problem, Unavailable) else load_cart(request)
    except Unavailable:
        return unread
    return cart if cart.known else unread
