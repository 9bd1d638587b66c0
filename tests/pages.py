"""Every page of the shop in each of its states: data, for whoever walks over them or shows them all."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from webshop.catalog.model import mark_of
from webshop.db.tables import orders
from webshop.errors import Conflict, Invalid, TooMany, Unavailable
from webshop.orders.model import State

Columns = Mapping[str, object]
TOO_MANY = {"sku": "TILES", "quantity": "100"}
ONE: Mapping[str, int] = {"TILES": 1}
MANY: Mapping[str, int] = {"TILES": 2, "MUG-BLUE": 3, "BOWL-S": 1, "BOWL-L": 99}


@dataclass(frozen=True)
class PageState:
    """What is seen at `path`, in which {order} stands for the signed link of an order such as `order` names,
    and {session} for the page of Stripe's on which it is paid.

    `form` is sent there by a plain form. `cart` is what the visitor must have, by sku; None where it does not
    matter. `sent_to` is where the server sends somebody who has none. `step` is a button to press there.
    """

    name: str
    path: str
    status: int = 200
    order: str = ""
    form: Mapping[str, str] = field(default_factory=dict)
    cart: Mapping[str, int] | None = None
    sent_to: str = ""
    step: str = ""


DAY = datetime(2026, 3, 5, 14, 7, tzinfo=UTC)


def _paid(invoice: int, state: State = State.PAID) -> dict[str, object]:
    return {"state": state, "placed_at": DAY, "paid_at": DAY, "invoice": f"SANDBOX-2026-{invoice:06}"}


def _shipped(invoice: int) -> dict[str, object]:
    return {**_paid(invoice, State.SHIPPED), "shipped_at": DAY}


# The columns in which an order differs from one that was just placed.
ORDERS: Mapping[str, Columns] = {
    "pending": {},
    "at Stripe's": {},
    "processing": {"state": State.PROCESSING},
    "paid": _paid(1),
    "paid with real money": {**_paid(1), "mode": "live", "invoice": "2026-000001"},
    "part refunded": {**_paid(2), "refunded": 100},
    "shipped": {**_shipped(3), "carrier": "DHL", "tracking": "00340434"},
    "shipped as a letter": _shipped(4),
    "cancelled": {"state": State.CANCELLED},
    "expired": {"state": State.EXPIRED},
    "failed": {"state": State.FAILED},
    "refund due": {"state": State.REFUND_DUE},
    "refunded": {**_paid(5, State.REFUNDED), "refunded": orders.c.total},
    "refund came home": {**_paid(6, State.REFUNDED), "refunded": 100},
    "erased": {
        "state": State.EXPIRED,
        **dict.fromkeys(("email", "name", "line1", "postal_code", "city"), ""),
    },
}

# What no visitor can bring about at will: routes that fail.
FAILURES: Mapping[int, Exception] = {
    409: Conflict("This cart is being paid in another window. Please try again."),
    422: Invalid("The form was sent in a way that we do not understand."),
    429: TooMany("You are very quick. Please wait a moment and try again.", retry_after=60),
    500: RuntimeError("a fault of our own"),
    503: Unavailable("Many people are paying at the moment. Nothing was charged; please try again soon."),
}


def failing_routes() -> list[Route]:
    """`/fails/409` and the like: for a shop that is shown, never for one that sells."""

    def fail(request: Request) -> Response:
        raise FAILURES[request.path_params["status"]]

    return [Route("/fails/{status:int}", fail)]


PAGES = [
    PageState("all products", "/"),
    PageState("the list of all products", "/products"),
    PageState("a category", "/c/mugs"),
    PageState("a category, filtered to nothing", "/c/mugs?from=500&stock=yes&tag=none&sort=price"),
    PageState("a price that is none", "/c/mugs?from=cheap", 422),
    PageState("an order that no list has", "/products?sort=color", 422),
    PageState("a category that is gone", "/c/hats", 404),
    PageState("a search", "/search?q=mug"),
    PageState("a search with a slip", "/search?q=vsae"),
    PageState("a search for some of the words", "/search?q=bowl+qqqq"),
    PageState("a search without success", "/search?q=qqqq"),
    PageState("a search for nothing", "/search"),
    PageState("suggestions, without htmx", "/search/suggestions?q=mug"),
    PageState("a product of one variant", "/products/blue-mug"),
    PageState("a product of many variants, one sold out", "/products/bowl"),
    PageState("the last piece", "/products/last-vase"),
    PageState("a product without stock to count", "/products/tiles"),
    PageState("the cart", "/cart"),
    PageState("the cart, added to", f"/cart?added={mark_of('TILES')}"),
    PageState("the cart, taken from", f"/cart?removed={mark_of('VASE')}"),
    PageState("a cart with many things", "/cart", cart=MANY),
    PageState("the checkout", "/checkout", sent_to="/cart"),
    PageState("the checkout of many things", "/checkout", cart=MANY, sent_to="/cart"),
    PageState("the checkout for the United States", "/checkout/quote?country=US", sent_to="/cart"),
    PageState("the checkout for nowhere", "/checkout/quote?country=XX", sent_to="/cart"),
    PageState("the payment", "/checkout", sent_to="/cart", step="Continue to payment"),
    *(PageState(f"an order: {name}", "/orders/{order}", order=name) for name in ORDERS),
    PageState("the payment of an order", "/orders/{order}/payment", order="pending"),
    PageState("back from paying", "/charge?token=cs_test_nothing", 404),
    PageState("Stripe's page", "{session}", order="at Stripe's"),
    PageState("the sandbox", "/sandbox/"),
    PageState("a page of the shop's own", "/pages/about"),
    PageState("no such page", "/nothing", 404),
    PageState("no such product", "/products/nothing", 404),
    PageState("no such order", "/orders/nothing", 404),
    PageState("an address for forms only", "/cart/restore", 405),
    *(PageState(f"a failure: {status}", f"/fails/{status}", status) for status in FAILURES),
    PageState("more than there is", "/cart/lines", 409, form={"sku": "VASE", "quantity": "9"}),
    PageState("no quantity", "/cart/lines", 422, form={"sku": "TILES", "quantity": "none"}),
    PageState("too much in one go", "/cart/lines", 413, form={"sku": "TILES", "quantity": "9" * 70_000}),
    PageState("a line that is refused", "/cart/lines/change", 422, cart=ONE, form=TOO_MANY),
    PageState(
        "a checkout with nothing filled in",
        "/checkout",
        422,
        cart=ONE,
        form={"country": "US"},
        sent_to="/cart",
    ),
    PageState("a payment that is none", "/charge", 404, form={"token": "nothing"}),
]
