"""The checkout: the form, what it refuses, and that nobody pays anything but the server's total."""

from collections.abc import Mapping
from itertools import product

import pytest
from httpx2 import Response
from sqlalchemy import update
from starlette.testclient import TestClient

from tests.conftest import site_of
from tests.people import FORM
from tests.web.questions import BOTH, HTMX, PLAIN, element, has_vary, is_page, soup, words
from tests.wire import Wire
from webshop.catalog import queries as products
from webshop.db.tables import variants
from webshop.orders import stock
from webshop.sandbox.core import Sandbox
from webshop.sandbox.pages.ledger import ledger
from webshop.sandbox.testing import pay


@pytest.fixture
def buyer(client: TestClient) -> TestClient:
    """Somebody with two mugs in the cart: €24.00, with the parcel €28.90."""
    client.post("/cart/lines", data={"sku": "MUG-BLUE", "quantity": "2"})
    return client


def post(
    client: TestClient, headers: Mapping[str, str] = PLAIN, /, total: str = "2890", **changes: str
) -> Response:
    form = {**FORM, "total": total, **changes}
    return client.post("/checkout", data=form, headers=headers, follow_redirects=False)


def sessions(sandbox: Sandbox) -> list[int]:
    """The totals of the sessions that were opened."""
    with sandbox.work() as work:
        return [session["amount_total"] for session in ledger(work)["sessions"]]


def stock_of(client: TestClient, sku: str) -> int | None:
    with site_of(client).db.read() as connection:
        shown = products.list_products(connection)
    return next(v.stock for each in shown for v in each.variants if v.sku == sku)


# The form


@pytest.mark.parametrize("headers", BOTH)
def test_the_form_shows_what_is_bought_and_what_it_costs(buyer: TestClient, headers: dict[str, str]) -> None:
    response = buyer.get("/checkout", headers=headers)

    assert response.status_code == 200
    assert is_page(response) == (not headers)
    assert has_vary(response)
    assert "2 × Blue mug €24.00" in words(response, "#checkout")
    assert "Parcel €4.90 Total €28.90" in words(response, "#checkout")
    assert element(response, "input[name=total]")["value"] == "2890"


@pytest.mark.parametrize("headers", BOTH)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_an_empty_cart_leads_back_to_the_cart_which_says_so(
    client: TestClient, method: str, headers: dict[str, str]
) -> None:
    response = client.request(method, "/checkout", headers=headers, follow_redirects=False)

    if headers:
        assert (response.status_code, response.headers["hx-redirect"]) == (200, "/cart")
    else:
        assert (response.status_code, response.headers["location"]) == (303, "/cart")
    assert "Your cart is empty." in words(client.get("/cart"), "#cart-page")


def test_a_cart_with_something_sold_out_leads_back_to_the_cart(buyer: TestClient) -> None:
    with site_of(buyer).db.write() as connection:
        stock.count(connection, "MUG-BLUE", 1)

    assert buyer.get("/checkout", follow_redirects=False).headers["location"] == "/cart"
    assert "Only 1 left" in words(buyer.get("/cart"), "#cart-page")


# What opens


def test_a_browser_is_sent_to_the_payment_page(buyer: TestClient, sandbox: Sandbox) -> None:
    response = post(buyer)

    assert response.status_code == 303
    assert response.headers["location"].startswith("http://127.0.0.1:8000/sandbox/pay/cs_test_")
    assert sessions(sandbox) == [2890]


def test_htmx_is_given_the_payment_inside_the_page(buyer: TestClient, sandbox: Sandbox) -> None:
    response = post(buyer, HTMX)

    assert response.status_code == 200
    assert not is_page(response)
    place = element(response, "#stripe-checkout")
    assert str(place["data-secret"]).startswith("cs_test_")
    assert place["data-key"] == "pk_test_sandbox"
    assert "€28.90" in words(response, "#checkout")
    assert (
        str(element(response, "input[name=token]")["value"]) == str(place["data-secret"]).split("_secret")[0]
    )
    assert sessions(sandbox) == [2890]


def test_coming_back_without_having_paid_finds_what_was_typed(buyer: TestClient) -> None:
    post(buyer, name="Ada King")
    response = buyer.get("/checkout")

    assert element(response, "input[name=name]")["value"] == "Ada King"
    assert element(response, "input[name=email]")["value"] == "ada@example.com"


def test_posting_after_having_paid_shows_the_order(buyer: TestClient, sandbox: Sandbox) -> None:
    token = str(element(post(buyer, HTMX), "input[name=token]")["value"])
    pay(sandbox, token)
    response = post(buyer)

    assert response.headers["location"].startswith("/orders/")
    assert "your order is paid" in words(buyer.get(response.headers["location"]), "main")


# What was typed wrongly

WRONG = [
    ("email", ""), ("email", "ada"), ("email", "ada@"), ("email", "a b@example.com"),
    ("email", "ada@localhost"), ("email", "ada@example.com\r\nBcc: x@example.com"),
    ("email", "ada@example.com, eve@example.com"),
    ("email", "a" * 250 + "@example.com"), ("email", "ädä@example.com"), ("email", '"<b>"@'),
    ("name", ""), ("name", "   "), ("name", "a" * 101), ("name", "Ada\r\nLovelace"), ("name", "a" * 10_000),
    ("name", "Ada\ue000"), ("name", "\u200b\u3164"), ("line1", ""), ("line1", "x\u2028y"),
    ("name", "Claim it: http://evil.example"), ("line1", "www.evil.example"),
    ("line2", "evil.example/claim"), ("city", "https://evil.example"),
    ("line2", "x" * 101), ("city", ""), ("city", "x" * 81), ("postal_code", ""),
    ("postal_code", "1011"), ("postal_code", "1011A"),
    ("postal_code", "101155"), ("postal_code", "x" * 21), ("country", ""), ("country", "FR"),
    ("country", "XX"), ("country", "de"), ("country", "DE "* 3), ("country", "Germany"),
]  # fmt: skip


@pytest.mark.parametrize("headers", BOTH)
def test_what_is_wrong_is_said_at_its_field_and_what_was_typed_stays(
    buyer: TestClient, sandbox: Sandbox, headers: dict[str, str]
) -> None:
    for field, typed in WRONG:
        response = post(buyer, headers, **{field: typed})
        problem = f"{field} = {typed[:30]!r}"
        assert response.status_code == 422, problem
        assert is_page(response) == (not headers), problem
        assert words(response, "#checkout-problem") == "Please check the marked fields.", problem
        control = element(response, f"#checkout [name={field}]")
        assert control["aria-invalid"] == "true", problem
        assert words(response, f"#{control['aria-describedby']}") != "", problem
        assert element(response, "#checkout [name=line1]").get("value") == (
            "1 Analytical Street" if field != "line1" else typed
        ), problem
        if field != "country" and "\r" not in typed and "\x00" not in typed:
            assert control["value"] == typed, problem
    assert sessions(sandbox) == []
    assert stock_of(buyer, "MUG-BLUE") == 10


def test_every_wrong_field_is_marked_at_once(buyer: TestClient) -> None:
    response = buyer.post("/checkout", data={"total": "2890"})
    marked = soup(response).select('[aria-invalid="true"]')

    assert response.status_code == 422
    assert [tag["name"] for tag in marked] == ["email", "country", "name", "line1", "city"]


PEOPLE = [
    {"name": "Zoë Ōsaka-Ñandú 🏺", "city": "München €"},
    {"name": "李小龍", "line1": "Straße der Töpfer 1–3"},
    {"name": "<script>alert(1)</script>"},
    {"name": "O'Brien %Z %n {{ 7 * 7 }}", "country": "IE", "postal_code": "D02 AF30"},
    {"country": "IE", "postal_code": ""},
    {"country": "GB", "postal_code": "sw1a 1aa"},
    {"country": "US", "region": "CA", "postal_code": "94103-1234"},
    {"email": "ada+mugs@sub.example.co.uk", "line2": "c/o Babbage"},
]


def test_people_and_places_of_all_kinds_can_buy(buyer: TestClient, sandbox: Sandbox) -> None:
    for typed in PEOPLE:
        assert post(buyer, **typed).status_code == 303, typed
    assert sessions(sandbox) == [2890] * len(PEOPLE)


# The total


OTHER_TOTALS = ["2891", "0", "-2890", "28.90", "", "2_890", "٢٨٩٠", "9" * 5000, "NaN", " 2890"]


@pytest.mark.parametrize("headers", BOTH)
def test_another_total_is_409_with_the_new_one_and_nothing_is_placed(
    buyer: TestClient, sandbox: Sandbox, headers: dict[str, str]
) -> None:
    for total in OTHER_TOTALS:
        response = post(buyer, headers, total=total)
        assert response.status_code == 409, total
        problem = words(response, "#checkout-problem")
        assert problem == "The total has changed. Please check it and order again."
        assert element(response, "input[name=total]")["value"] == "2890"
        assert element(response, "input[name=name]")["value"] == "Ada Lovelace"
    assert sessions(sandbox) == []
    assert stock_of(buyer, "MUG-BLUE") == 10


def test_a_price_that_rose_meanwhile_is_409_with_the_new_total(buyer: TestClient, sandbox: Sandbox) -> None:
    with site_of(buyer).db.write() as connection:
        connection.execute(update(variants).where(variants.c.sku == "MUG-BLUE").values(price=1300))
    response = post(buyer)

    assert response.status_code == 409
    assert "Total €30.90" in words(response, "#checkout")
    assert element(response, "input[name=total]")["value"] == "3090"
    assert post(buyer, total="3090").status_code == 303
    assert sessions(sandbox) == [3090]


@pytest.mark.parametrize("headers", BOTH)
def test_what_was_sold_meanwhile_is_409_and_nothing_is_placed(
    buyer: TestClient, sandbox: Sandbox, headers: dict[str, str]
) -> None:
    with site_of(buyer).db.write() as connection:
        stock.count(connection, "MUG-BLUE", 1)
    response = post(buyer, headers)

    assert response.status_code == 409
    assert words(response, "#checkout-problem") == "Blue mug: Only 1 left. Please lower the quantity."
    assert sessions(sandbox) == []


NAMES = (
    "price amount unit_amount currency status total_amount shipping shipping_price shipping_title discount "
    "quantity sku order number state paid payment_status livemode cart cart_id id ui_mode line_items "
    "metadata success_url return_url total[] unit_price fee tax customer charge refund tip"
).split()
VALUES = ["0", "-1", "usd paid"]


@pytest.mark.parametrize("every", [7, pytest.param(1, marks=pytest.mark.slow)])
def test_forged_forms_cannot_change_what_is_charged(client: TestClient, sandbox: Sandbox, every: int) -> None:
    """More than a hundred; `make test` tries every seventh."""
    forged = list(product(NAMES, VALUES))[::every]
    for number, (name, value) in enumerate(forged):
        client.cookies.clear()  # one cart is not checked out so often
        add = {"sku": "TILES", "quantity": "1"}
        extra = {} if name in add else {name: value}
        client.post("/cart/lines", data={**extra, **add})
        response = post(client, total="589", **{name: value}, line2=f"Flat {number}")
        assert response.status_code == 303, (name, value)
        if number % 10 == 0:  # the others are replaced by the next form
            token = response.headers["location"].rpartition("/")[2]
            pay(sandbox, token)
            client.post("/charge", data={"token": token, name: value})
        else:
            client.post("/cart/lines/change", data={"sku": "TILES", "quantity": "0"})
    with sandbox.work() as work:
        seen = ledger(work)

    assert {session["amount_total"] for session in seen["sessions"]} == {589}  # 0.99 + 4.90
    assert {session["currency"] for session in seen["sessions"]} == {"eur"}
    assert [charge["amount"] for charge in seen["charges"]] == [589] * len(forged[::10])
    assert len({session["client_reference_id"] for session in seen["sessions"]}) == len(forged)


@pytest.mark.parametrize("field", ["total", "email", "country"])
def test_a_repeated_field_is_422(buyer: TestClient, sandbox: Sandbox, field: str) -> None:
    pairs = [*FORM.items(), ("total", "2890"), (field, "1")]
    body = "&".join(f"{name}={value.replace(' ', '+').replace('@', '%40')}" for name, value in pairs)
    response = buyer.post(
        "/checkout", content=body, headers={"Content-Type": "application/x-www-form-urlencoded"}
    )

    assert response.status_code == 422
    assert sessions(sandbox) == []


# Stripe


@pytest.mark.parametrize("headers", BOTH)
def test_when_stripe_is_unreachable_it_is_503_and_a_later_try_works(
    buyer: TestClient, wire: Wire, sandbox: Sandbox, headers: dict[str, str]
) -> None:
    wire.down = True
    response = post(buyer, headers)

    assert response.status_code == 503
    assert response.headers["retry-after"] == "5"
    assert "Nothing was charged" in words(response, "#checkout-problem")
    assert element(response, "input[name=name]")["value"] == "Ada Lovelace"
    wire.down = False
    assert post(buyer, headers).status_code == (200 if headers else 303)
    assert sessions(sandbox) == [2890]
    assert stock_of(buyer, "MUG-BLUE") == 8


def test_the_cart_is_intact_after_a_failed_opening(buyer: TestClient, wire: Wire) -> None:
    wire.lie = ("<html>Bad gateway</html>", 502)
    assert post(buyer).status_code == 503
    assert "Blue mug" in words(buyer.get("/cart"), "#cart-page")
    wire.lie = None
    assert post(buyer, PLAIN).status_code == 303


def test_the_page_of_the_other_modes_is_405(client: TestClient) -> None:
    assert client.put("/checkout").status_code == 405
    assert client.delete("/checkout").status_code == 405
