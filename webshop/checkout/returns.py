"""Back from Stripe: the charge route, to which the browser brings its token."""

import logging
import re

from starlette.requests import Request
from starlette.responses import Response

from webshop.cart.cookie import load_cart
from webshop.checkout.settle import settle
from webshop.errors import NotFound, TooMany, Unavailable
from webshop.language.messages import gettext as _
from webshop.limits import queries as limits
from webshop.limits.model import QUESTIONS, QUESTIONS_OF_ORDER
from webshop.orders import queries as orders
from webshop.orders.model import Order
from webshop.orders.page import FOR_NOBODY_ELSE, order_context, order_link
from webshop.payments import attempts
from webshop.provider import payments_of
from webshop.web.forms import Form, reads_form_and_asks
from webshop.web.pages import fragment
from webshop.web.rendering import go_to, wants_fragment
from webshop.web.site import site_of
from webshop.web.threads import asks
from webshop.web.visitor import visitor_of

log = logging.getLogger(__name__)


@reads_form_and_asks
def charge(request: Request, form: Form) -> Response:
    """Where the page brings its token when Stripe Checkout is done."""
    order = _settled(request, form.get("token", ""))
    context = order_context(request, order)
    if not wants_fragment(request):
        return go_to(request, context["link"])
    response = fragment(request, "orders/_answer.html", cart=load_cart(request), message="", **context)
    response.headers.update({"HX-Push-Url": context["link"], **FOR_NOBODY_ELSE})
    return response


@asks
def returned(request: Request) -> Response:
    """Where Stripe's own page sends the shopper back to."""
    order = _settled(request, request.query_params.get("token", ""))
    return go_to(request, order_link(request, order))


def _settled(request: Request, token: str) -> Order:
    """The order of a token that this shop has handed out. What is decided is answered from the database,
    because anybody may post a token again and again. When Stripe does not answer, or was asked too often
    from there, the order page says that the payment is being confirmed; webhook or worker settle it."""
    site = site_of(request)
    visitor = visitor_of(request)
    site.order_pages.count(visitor)
    with site.db.read() as connection:
        attempt = attempts.find_by_session(connection, token) if _is_token(token) else None
    if attempt is None:
        raise NotFound(_("There is no such payment."))
    try:
        if not attempt.is_closed:
            limits.take(site.db, (QUESTIONS_OF_ORDER, attempt.order_number), (QUESTIONS, visitor))
            return settle(site.db, payments_of(request), token)
    except (TooMany, Unavailable) as error:
        log.warning("Session of order %s is settled later: %s", attempt.order_number, error.message)
    with site.db.read() as connection:
        return orders.get_order(connection, attempt.order_number)


def _is_token(text: str) -> bool:
    return re.fullmatch(r"cs_[A-Za-z0-9_]{1,250}", text) is not None
