"""The charge route: where a token is brought when the shopper has paid."""

import pytest
from starlette.testclient import TestClient

from tests.conftest import ADDRESS, payments_of
from tests.people import FORM
from tests.shopper import Shopper
from tests.web.questions import BOTH, HTMX, element, has_vary, is_page, soup, words
from tests.wire import Wire
from webshop.payments.client import Payments
from webshop.sandbox.core import Sandbox
from webshop.sandbox.objects import payments as bank
from webshop.sandbox.pages.ledger import ledger
from webshop.sandbox.testing import client_of, pay, session_params


@pytest.fixture
def token(client: TestClient, wire: Wire) -> str:
    """Of an open session for two mugs."""
    client.post("/cart/lines", data={"sku": "MUG-BLUE", "quantity": "2"})
    response = client.post("/checkout", data={**FORM, "total": "2890"}, headers=HTMX)
    return str(element(response, "input[name=token]")["value"])


def test_a_paid_token_becomes_the_paid_order_for_htmx(
    client: TestClient, sandbox: Sandbox, token: str
) -> None:
    pay(sandbox, token)
    response = client.post("/charge", data={"token": token}, headers=HTMX)

    assert response.status_code == 200
    assert not is_page(response)
    assert has_vary(response)
    assert response.headers["hx-push-url"].startswith("/orders/")
    assert "your order is paid" in words(response, "#order")
    assert words(response, "#cart-panel") == "Your cart is empty."
    assert {str(tag["hx-target"]) for tag in soup(response).select("hx-partial")} >= {
        "#cart-panel",
        "#cart-badge",
    }
    assert "your order is paid" in words(client.get(response.headers["hx-push-url"]), "main")


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_paid_token_leads_a_browser_to_the_paid_order(
    client: TestClient, sandbox: Sandbox, token: str, method: str
) -> None:
    pay(sandbox, token)
    sent = {"params": {"token": token}} if method == "GET" else {"data": {"token": token}}
    response = client.request(method, "/charge", follow_redirects=False, **sent)  # type: ignore[arg-type]

    assert response.status_code == 303
    assert response.headers["location"].startswith("/orders/")
    assert "your order is paid" in words(client.get(response.headers["location"]), "main")


@pytest.mark.parametrize("headers", BOTH)
def test_nobody_keeps_where_a_token_leads(client: TestClient, token: str, headers: dict[str, str]) -> None:
    response = client.get(f"/charge?token={token}", headers=headers, follow_redirects=False)

    link = response.headers.get("location") or response.headers["hx-redirect"]
    assert link.startswith("/orders/")
    assert response.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("headers", BOTH)
def test_a_token_that_is_not_paid_yet_is_an_order_that_waits(
    client: TestClient, token: str, headers: dict[str, str]
) -> None:
    response = client.post("/charge", data={"token": token}, headers=headers)

    assert response.status_code == 200
    assert "Waiting for your payment" in words(response, "#order")
    assert "Blue mug" in words(client.get("/cart"), "#cart-page")


def test_bringing_the_token_again_shows_the_same_order(
    client: TestClient, sandbox: Sandbox, token: str
) -> None:
    pay(sandbox, token)
    links = {
        client.post("/charge", data={"token": token}, headers=HTMX).headers["hx-push-url"] for _ in range(3)
    }

    assert len(links) == 1
    with sandbox.work() as work:
        assert [charge["amount"] for charge in ledger(work)["charges"]] == [2890]


MADE_UP = [
    "", "x", "cs_", "cs_test_made_up", "cs_live_made_up", "pi_123", "cs_test_../../v1/charges",
    "cs_test_a?expand[]=x", "cs_test_" + "a" * 400, "cs_test_\x00", "cs_test_a\nb", "CS_TEST_A", "cs_test_ü",
    "' OR 1=1 --", "{CHECKOUT_SESSION_ID}",
]  # fmt: skip


@pytest.mark.parametrize("headers", BOTH)
def test_a_made_up_token_is_404_and_stripe_is_not_asked(
    client: TestClient, wire: Wire, headers: dict[str, str]
) -> None:
    for token in MADE_UP:
        posted = client.post("/charge", data={"token": token}, headers=headers)
        got = client.get("/charge", params={"token": token}, headers=headers)
        assert (posted.status_code, got.status_code) == (404, 404), token
        assert "There is no such payment." in posted.text
    assert client.get("/charge").status_code == 404
    assert client.post("/charge").status_code == 404
    assert wire.calls == []


def test_a_token_of_another_shop_on_the_same_account_is_404_and_stripe_is_not_asked(
    client: TestClient, wire: Wire, sandbox: Sandbox
) -> None:
    foreign = client_of(sandbox).v1.checkout.sessions.create(session_params(ADDRESS))
    pay(sandbox, foreign.id)

    assert client.post("/charge", data={"token": foreign.id}).status_code == 404
    assert wire.calls == []


def test_anybody_may_bring_a_token_but_it_pays_only_its_own_order(
    client: TestClient, sandbox: Sandbox, token: str
) -> None:
    pay(sandbox, token)
    client.cookies.clear()
    response = client.post("/charge", data={"token": token, "order": "x", "amount": "1"}, headers=HTMX)

    assert "your order is paid" in words(response, "#order")
    assert "€28.90" in words(response, "#order")


@pytest.mark.parametrize("headers", BOTH)
def test_when_stripe_is_silent_the_order_is_shown_as_waiting_and_is_paid_later(
    client: TestClient, wire: Wire, sandbox: Sandbox, token: str, headers: dict[str, str]
) -> None:
    pay(sandbox, token)
    wire.down = True
    response = client.post("/charge", data={"token": token}, headers=headers)

    assert response.status_code == 200
    assert "Waiting for your payment" in words(response, "#order")
    wire.down = False
    again = client.post("/charge", data={"token": token}, headers=headers)
    assert "your order is paid" in words(again, "#order")


def test_a_bank_payment_is_said_to_be_on_its_way(
    client: TestClient, shopper: Shopper, sandbox: Sandbox, token: str
) -> None:
    with sandbox.work() as work:
        bank.pay_by_bank(work, token)
    assert "Your payment is on its way" in words(client.get("/charge", params={"token": token}), "main")


def test_a_token_of_an_expired_session_is_an_order_that_was_not_paid(
    client: TestClient, sandbox: Sandbox, token: str
) -> None:
    client_of(sandbox).v1.checkout.sessions.expire(token)
    response = client.get("/charge", params={"token": token})

    assert "This order was not paid" in words(response, "main")
    assert "Blue mug" in words(client.get("/cart"), "#cart-page")


def test_the_kind_of_payments_in_use_is_the_real_client(client: TestClient, wire: Wire) -> None:
    assert type(payments_of(client)) is Payments
