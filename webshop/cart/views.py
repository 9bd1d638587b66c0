"""The cart. Each change answers the panel, the badge, the cart page and one sentence, all at once."""

from dataclasses import replace

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from webshop.cart import queries as carts
from webshop.cart.cookie import find_cart_id, load_cart, new_cart_id, remember_cart
from webshop.cart.model import (
    Cart,
    Line,
    again_sentence,
    parse_mirror,
    parse_quantity,
    parse_step,
    restored_sentence,
)
from webshop.cart.reading import read_cart, with_removed
from webshop.catalog.model import is_sku, mark_of
from webshop.errors import NotFound, ShopError, TooMany
from webshop.language.formats import format_money
from webshop.language.messages import gettext as _
from webshop.language.messages import ngettext
from webshop.web.forms import Form, reads_form, reads_form_and_writes
from webshop.web.pages import fragment, page
from webshop.web.rendering import wants_fragment
from webshop.web.site import site_of
from webshop.web.visitor import visitor_of


def show(request: Request) -> Response:
    """The cart page; or, for htmx, everything that shows the cart. `?added=…` and the like, where a change
    without htmx has sent the browser, say the same sentence as htmx would have."""
    cart = load_cart(request)
    if wants_fragment(request):
        return _fragment(request, cart, "")
    if mark := request.query_params.get("removed", ""):
        with site_of(request).db.read() as connection:
            cart = with_removed(connection, cart, find_cart_id(request) or "", mark)
    sentence = _sentence_after_redirect(request, cart)
    added = _line_of(cart, request.query_params.get("added", ""))
    return page(request, "cart/show.html", cart=cart, message=sentence, added=added, is_refused=False)


@reads_form_and_writes
def add_line(request: Request, form: Form) -> Response:
    site = site_of(request)
    sku = form.get("sku", "")
    known_id = find_cart_id(request)
    visitor = "" if known_id else visitor_of(request)  # whoever has a cart begins none
    cart_id = known_id or new_cart_id()
    try:
        quantity = parse_quantity(form.get("quantity", ""))
        _refuse_impossible(sku)
        with carts.beginning(site.db, visitor) as connection:
            sku = carts.add(connection, cart_id, sku, quantity, came_back=known_id is not None)
            cart = read_cart(connection, site.shop, cart_id) if wants_fragment(request) else None
    except ShopError as problem:
        return _refusal(request, problem)
    return remember_cart(request, _answer(request, cart, "added", sku), cart_id)


@reads_form_and_writes
def change_line(request: Request, form: Form) -> Response:
    """Set the quantity, or change it by a step; 0 removes the line."""
    site = site_of(request)
    sku = form.get("sku", "")
    cart_id = find_cart_id(request)
    try:
        by = parse_step(form["step"]) if "step" in form else 0
        quantity = 0 if by else parse_quantity(form.get("quantity", ""), zero=True)
        if cart_id is None:
            raise NotFound(_("This is not in your cart any more."))
        with site.db.write() as connection:
            if by:
                sku, quantity = carts.step(connection, cart_id, sku, by)
            else:
                sku = carts.set_quantity(connection, cart_id, sku, quantity)
            removed = "" if quantity else mark_of(sku)
            cart = read_cart(connection, site.shop, cart_id, removed) if wants_fragment(request) else None
    except ShopError as problem:
        return _refusal(request, problem, sku)
    return _answer(request, cart, "changed" if quantity else "removed", sku)


@reads_form_and_writes
def put_back(request: Request, form: Form) -> Response:
    """What was taken out last, to where it was, if it is what is asked for."""
    site = site_of(request)
    cart_id = find_cart_id(request)
    try:
        if cart_id is None:
            raise NotFound(_("This is not in your cart any more."))
        with site.db.write() as connection:
            sku = carts.put_back(connection, cart_id, form.get("sku", ""))
            cart = read_cart(connection, site.shop, cart_id) if wants_fragment(request) else None
    except ShopError as problem:
        return _refusal(request, problem)
    return _answer(request, cart, "back", sku)


@reads_form
def restore(request: Request, form: Form) -> Response:
    """Fill the cart of a visitor whom we do not know from what their browser remembers: skus and quantities
    only, at today's prices. Whoever has a cart keeps that."""
    site = site_of(request)
    if load_cart(request).known:
        return show(request)
    cart_id = new_cart_id()
    claimed = parse_mirror(form.get("lines", ""))
    try:
        with carts.beginning(site.db, visitor_of(request)) as connection:
            _found, missing = carts.restore(connection, cart_id, claimed)
            cart = read_cart(connection, site.shop, cart_id)
    except TooMany as problem:
        return _refusal(request, problem)
    restored = [line.name for line in cart.lines]
    response = _page_or_fragment(request, cart, restored_sentence(restored, missing))
    return remember_cart(request, response, cart_id) if restored else response


def _refuse_impossible(sku: str) -> None:
    if not is_sku(sku):
        raise NotFound(_("We do not have this product."))


def _answer(request: Request, cart: Cart | None, change: str, sku: str) -> Response:
    """The cart as it was read in the transaction that changed it; without htmx its page is where it goes."""
    mark = mark_of(sku)
    if cart is None:
        return RedirectResponse(f"/cart?{change}={mark}", status_code=303)
    added = _line_of(cart, mark) if change == "added" else None
    return _fragment(request, cart, _sentence(cart, change, mark), added=added, is_seen=True)


def _line_of(cart: Cart, mark: str) -> Line | None:
    return next((line for line in cart.lines if line.id == mark), None)


def _refusal(request: Request, problem: ShopError, sku: str = "") -> Response:
    """The cart as it still is, with the sentence that says why; at the line of `sku`, too."""
    if problem.status == 503:
        raise problem
    cart = load_cart(request)
    lines = (replace(line, refusal=problem.message) if line.sku == sku else line for line in cart.lines)
    cart = replace(cart, lines=tuple(lines))
    response = _page_or_fragment(request, cart, problem.message, problem.status)
    if problem.retry_after:
        response.headers["Retry-After"] = str(problem.retry_after)
    return response


def _page_or_fragment(request: Request, cart: Cart, message: str, status: int = 200) -> Response:
    if wants_fragment(request):
        return _fragment(request, cart, message, status)
    refused = status >= 400
    return page(
        request, "cart/show.html", cart=cart, message=message, status=status, added=None, is_refused=refused
    )


def _fragment(
    request: Request,
    cart: Cart,
    message: str,
    status: int = 200,
    added: Line | None = None,
    *,
    is_seen: bool = False,
) -> Response:
    context = {"message": message, "added": added, "is_seen": is_seen}
    answer = fragment(request, "cart/_answer.html", cart=cart, status=status, **context)
    answer.headers["HX-Trigger"] = "cart:changed"  # for the checkout, which shows what it costs
    return answer


def _sentence_after_redirect(request: Request, cart: Cart) -> str:
    if outcome := request.query_params.get("again", ""):
        return again_sentence(outcome)
    for change in ("added", "changed", "removed", "back"):
        if line := request.query_params.get(change, ""):
            return _sentence(cart, change, line)
    return ""


def _sentence(cart: Cart, change: str, which: str) -> str:
    """ "Blue mug added. 2 items, €24.00": what happened, and what the cart holds now."""
    line = _line_of(cart, which)
    if change == "added" and line:
        happened = _("%(name)s added.", name=line.name)
    elif change == "changed" and line:
        happened = _("%(name)s: %(quantity)s in your cart.", name=line.name, quantity=line.quantity)
    elif change == "back" and line:
        happened = _("%(name)s is back in your cart.", name=line.name)
    elif change == "removed" and not line:
        happened = _("Removed from your cart.")
    else:
        return ""
    if not cart.lines:
        return happened + " " + _("Your cart is empty.")
    total = format_money(cart.subtotal, cart.currency)
    return (
        happened
        + " "
        + ngettext("%(n)s item, %(total)s", "%(n)s items, %(total)s", cart.quantity, total=total)
    )
