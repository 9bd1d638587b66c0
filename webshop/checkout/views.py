"""The checkout form with its quote, and the pay partial in which Stripe Checkout opens."""

from collections.abc import Mapping
from contextlib import suppress

from starlette.requests import Request
from starlette.responses import Response

from webshop.cart import drafts
from webshop.cart.cookie import find_cart_id, load_cart
from webshop.cart.model import Cart
from webshop.checkout.details import FIELDS, Details, read_details
from webshop.checkout.page import QUOTED, draw_form, fields_left_out, own_region
from webshop.checkout.place import check_out
from webshop.checkout.session import open_session
from webshop.errors import Conflict, Invalid, ShopError, TooMany, Unavailable
from webshop.limits import queries as limits
from webshop.limits.model import CHECKOUTS, CHECKOUTS_OF_CART
from webshop.orders import queries as orders
from webshop.orders.model import Order, State
from webshop.orders.page import FOR_NOBODY_ELSE, order_context, order_link, order_of_link
from webshop.payments.request import UiMode
from webshop.payments.shapes import Session
from webshop.provider import payments_of
from webshop.web.forms import Form, reads_form, reads_form_and_asks
from webshop.web.pages import fragment, page
from webshop.web.rendering import go_to, wants_fragment
from webshop.web.site import site_of
from webshop.web.threads import asks
from webshop.web.visitor import visitor_of

DRAFTED = frozenset({*FIELDS, "region_of", "shipping_method", "refused"})
FORM, PAGE, QUOTE = "checkout/_answer.html", "checkout/show.html", "checkout/_quote_answer.html"


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
    return _form(request, cart, typed, part=QUOTE)


@reads_form
def keep_draft(request: Request, form: Form) -> Response:
    """Keep what was typed with the cart. Nobody waits for it, or hears of it: it is tried again at the next
    change."""
    _keep(request, form)
    return Response(status_code=204)


def _keep(request: Request, form: Form) -> None:
    cart_id = find_cart_id(request)
    if cart_id:
        with suppress(Unavailable), site_of(request).db.write(waits=False) as connection:
            drafts.keep(connection, cart_id, _drafted(form))


def _drafted(form: Form) -> dict[str, str]:
    return {name: value for name, value in form.items() if name in DRAFTED}


def _asked_for(request: Request) -> dict[str, str]:
    """What a quote depends on, and nothing else: anybody can make a link that fills in a form."""
    return {name: value for name, value in request.query_params.items() if name in QUOTED}


@reads_form_and_asks
def place(request: Request, form: Form) -> Response:
    """Place the order and open Stripe Checkout: embedded for htmx, a redirect to Stripe's page otherwise."""
    site = site_of(request)
    cart_id = find_cart_id(request)
    cart = load_cart(request)
    if cart_id is None or not cart.lines:
        return go_to(request, "/cart")
    if form.get("act") in ("cart", "quote"):
        _keep(request, form)
        return go_to(request, "/cart") if form["act"] == "cart" else _form(request, cart, form)
    try:
        details = _read(request, cart, form)
        order, session = check_out(
            site.db,
            payments_of(request),
            shop=site.shop,
            site=site.settings.url,
            cart=cart_id,
            details=details,
            typed=_drafted(form),
            shown_total=_shown_total(form),
            ui_mode=_ui_mode(request),
            visitor=visitor_of(request),
        )
    except (Invalid, Conflict, TooMany, Unavailable) as problem:
        _keep(request, form)
        return _form(request, load_cart(request), form, problem)
    return _pay(request, order, session)


def show_payment(request: Request) -> Response:
    """The page on which the order of a signed link is paid: htmx opens Stripe Checkout on it by `resume`."""
    order = order_of_link(request)
    if order.state != State.PENDING:
        return go_to(request, order_link(request, order))
    response = page(request, "checkout/payment.html", order=order, link=order_link(request, order), pays=True)
    response.headers.update(FOR_NOBODY_ELSE)
    return response


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
        order = orders.get_order(connection, number)
    context = order_context(request, order)
    context |= {"cart": load_cart(request), "message": problem.message, "status": problem.status}
    if wants_fragment(request):
        response = fragment(request, "orders/_answer.html", **context)
    else:
        response = page(request, "orders/show.html", **context)
    response.headers.update(FOR_NOBODY_ELSE)
    return response


def _read(request: Request, cart: Cart, form: Mapping[str, str]) -> Details:
    store = site_of(request).shop
    typed = {**form, "region": own_region(form, store.countries)}
    return read_details(
        typed, store.countries, store.phone, fields_left_out(store, cart, form.get("country", ""))
    )


def _still_wrong(request: Request, cart: Cart, typed: Mapping[str, str]) -> Mapping[str, str]:
    """Of a form that was refused once, as it says itself: nobody is told what they have not typed yet."""
    try:
        if typed.get("refused"):
            _read(request, cart, typed)
    except Invalid as problem:
        return problem.fields
    return {}


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
        link=order_link(request, order),
        amount=session.amount,
        can_change=order.cart == find_cart_id(request),
        token=session.id,
        client_secret=session.client_secret,
        publishable_key=stripe.publishable_key,
        stripe_js=stripe.script,
    )


def _form(
    request: Request,
    cart: Cart,
    typed: Mapping[str, str],
    problem: ShopError | None = None,
    part: str = FORM,
) -> Response:
    """The page, or for htmx this part of it."""
    site = site_of(request)
    still_wrong = {} if problem else _still_wrong(request, cart, typed)
    template = part if wants_fragment(request) else PAGE
    says = template == QUOTE
    drawn = draw_form(site.pages, template, site.shop, cart, typed, problem, still_wrong, says=says)
    response = site.pages.answer(drawn, problem.status if problem else 200)
    if template == PAGE:
        response.headers["Content-Security-Policy"] = site.checkout_policy
    if problem and problem.retry_after:
        response.headers["Retry-After"] = str(problem.retry_after)
    return response


def _typed_before(request: Request) -> dict[str, str]:
    """What the shopper has typed already: also before they came back from paying, without having paid."""
    site = site_of(request)
    typed = {"country": site.shop.countries[0]}
    cart_id = find_cart_id(request)
    if cart_id:
        typed |= drafts.find(site.db, cart_id)
    return typed
