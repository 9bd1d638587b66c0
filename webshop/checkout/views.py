"""The checkout form with its quote, and the pay partial in which Stripe Checkout opens."""

from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import Response

from webshop.cart.cookie import find_cart_id, load_cart
from webshop.cart.model import Cart
from webshop.checkout.details import read_details
from webshop.checkout.page import CheckoutPage, checkout_page, own_region
from webshop.checkout.place import check_out
from webshop.checkout.session import open_session
from webshop.errors import Conflict, Invalid, ShopError, TooMany, Unavailable
from webshop.language.formats import format_money
from webshop.language.messages import gettext as _
from webshop.limits import queries as limits
from webshop.limits.model import CHECKOUTS, CHECKOUTS_OF_CART
from webshop.orders import queries as orders
from webshop.orders.model import Order, State
from webshop.orders.page import FOR_NOBODY_ELSE, order_context, order_link, order_of_link
from webshop.payments.request import UiMode
from webshop.payments.shapes import Session
from webshop.provider import payments_of
from webshop.web.forms import Form, reads_form_and_asks
from webshop.web.pages import fragment, page
from webshop.web.rendering import go_to, wants_fragment
from webshop.web.site import site_of
from webshop.web.threads import asks
from webshop.web.visitor import visitor_of

QUOTED = frozenset({"country", "region", "region_of", "postal_code", "shipping_method"})


def show(request: Request) -> Response:
    cart = load_cart(request)
    if not cart.can_be_bought:
        return go_to(request, "/cart")  # which says what is in the way
    return _form(request, cart, _typed_before(request))


def show_quote(request: Request) -> Response:
    """What it costs to send the cart to the country and postcode that were typed: the part of the form that
    depends on them, or the whole page for whoever has no htmx."""
    cart = load_cart(request)
    if not cart.can_be_bought:
        return go_to(request, "/cart")
    typed = _typed_before(request) | {"region": "", "region_of": ""} | _asked_for(request)
    if not wants_fragment(request):
        return _form(request, cart, typed)
    shown = checkout_page(site_of(request).shop, cart, typed)
    message = _sentence(cart, shown)
    return fragment(request, "checkout/_quote_answer.html", cart=cart, message=message, **vars(shown))


def _asked_for(request: Request) -> dict[str, str]:
    """What a quote depends on, and nothing else: anybody can make a link that fills in a form."""
    return {name: value for name, value in request.query_params.items() if name in QUOTED}


def _sentence(cart: Cart, shown: CheckoutPage) -> str:
    """ "Parcel, insured: €4.90. Total €28.90": what has changed on the page, for whoever does not see it."""
    costs = shown.costs
    if costs is None:
        return " ".join(shown.problems.values())
    return _(
        "%(title)s: %(price)s. Total %(total)s.",
        title=costs.chosen.title,
        price=format_money(costs.chosen.price, cart.currency),
        total=format_money(costs.total, cart.currency),
    )


@reads_form_and_asks
def place(request: Request, form: Form) -> Response:
    """Place the order and open Stripe Checkout: embedded for htmx, a redirect to Stripe's page otherwise."""
    site = site_of(request)
    cart_id = find_cart_id(request)
    cart = load_cart(request)
    if cart_id is None or not cart.lines:
        return go_to(request, "/cart")
    if form.get("act") == "quote":
        return _form(request, cart, form)
    try:
        typed = {**form, "region": own_region(form, site.shop.countries)}
        details = read_details(typed, site.shop.countries, site.shop.phone)
        order, session = check_out(
            site.db,
            payments_of(request),
            shop=site.shop,
            site=site.settings.url,
            cart=cart_id,
            details=details,
            shown_total=_shown_total(form),
            ui_mode=_ui_mode(request),
            visitor=visitor_of(request),
        )
    except (Invalid, Conflict, TooMany, Unavailable) as problem:
        return _form(request, load_cart(request), form, problem)
    return _pay(request, order, session)


@asks
def resume(request: Request) -> Response:
    """Pay the order of a signed link, wherever it is opened: in its own session, while it waits for that. Its
    page says what has become of it otherwise."""
    site = site_of(request)
    order = order_of_link(request)
    if order.state != State.PENDING:
        return go_to(request, order_link(request, order))
    limits.take(site.db, (CHECKOUTS_OF_CART, order.cart), (CHECKOUTS, visitor_of(request)))
    try:
        session = open_session(
            site.db, payments_of(request), order, ui_mode=_ui_mode(request), site=site.settings.url
        )
    except Conflict as problem:
        return _order_as_it_is(request, order.number, problem)
    return _pay(request, order, session)


def _order_as_it_is(request: Request, number: str, problem: Conflict) -> Response:
    with site_of(request).db.read() as connection:
        context = order_context(request, orders.get_order(connection, number))
    context |= {"cart": load_cart(request), "message": problem.message, "status": problem.status}
    if wants_fragment(request):
        response = fragment(request, "orders/_answer.html", **context)
    else:
        response = page(request, "orders/show.html", pays=True, **context)
    response.headers.update(FOR_NOBODY_ELSE)
    return response


def _ui_mode(request: Request) -> UiMode:
    return "embedded_page" if wants_fragment(request) else "hosted_page"


def _shown_total(form: Form) -> int | None:
    """The total that the shopper agreed to, to be compared and never to be charged."""
    text = form.get("total", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else None


def _pay(request: Request, order: Order, session: Session) -> Response:
    if session.status != "open":
        return go_to(request, order_link(request, order))
    if not wants_fragment(request):
        return go_to(request, session.url)
    stripe = payments_of(request)
    return fragment(
        request,
        "checkout/_pay.html",
        order=order,
        amount=session.amount,
        can_change=order.cart == find_cart_id(request),
        token=session.id,
        client_secret=session.client_secret,
        publishable_key=stripe.publishable_key,
        stripe_js=stripe.script,
    )


def _form(
    request: Request, cart: Cart, typed: Mapping[str, str], problem: ShopError | None = None
) -> Response:
    shown = checkout_page(site_of(request).shop, cart, typed, problem)
    status = problem.status if problem else 200
    if wants_fragment(request):
        response = fragment(request, "checkout/_answer.html", cart=cart, status=status, **vars(shown))
    else:
        response = page(request, "checkout/show.html", cart=cart, status=status, pays=True, **vars(shown))
    if problem and problem.retry_after:
        response.headers["Retry-After"] = str(problem.retry_after)
    return response


def _typed_before(request: Request) -> dict[str, str]:
    """What the shopper typed before they came back from paying, without having paid."""
    site = site_of(request)
    typed = {"country": site.shop.countries[0]}
    cart_id = find_cart_id(request)
    with site.db.read() as connection:
        pending = orders.find_pending(connection, cart_id) if cart_id else None
    if pending:
        return {
            "email": pending.email,
            "phone": pending.phone,
            "vat_number": pending.vat_number,
            "shipping_method": pending.shipping_method,
            **vars(pending.address),
            "region_of": pending.address.country,
            **(
                {f"billing_{name}": typed for name, typed in vars(pending.billing).items()}
                if pending.billing
                else {}
            ),
        }
    return typed
