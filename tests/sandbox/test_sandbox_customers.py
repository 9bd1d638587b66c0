"""Customers that the shop makes before it opens a session for them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import stripe
from bs4 import BeautifulSoup
from starlette.testclient import TestClient

from tests.people import CARD
from webshop.sandbox.core import Sandbox
from webshop.sandbox.testing import SHOP, client_of, pay, session_params
from webshop.sandbox.web import create_app

stripe.enable_telemetry = False

ADDRESS = {"line1": "Mill Lane 1", "city": "Cork", "postal_code": "T12", "country": "IE"}


@pytest.fixture
def sandbox(tmp_path: Path) -> Sandbox:
    return Sandbox(tmp_path / "sandbox.db", base_url="http://testserver", shop_url=SHOP)


@pytest.fixture
def client(sandbox: Sandbox) -> stripe.StripeClient:
    return client_of(sandbox)


@pytest.fixture
def browser(sandbox: Sandbox) -> TestClient:
    return TestClient(create_app(sandbox), follow_redirects=False)


def session_for(client: stripe.StripeClient, customer_id: str, **changes: Any) -> stripe.checkout.Session:
    return client.v1.checkout.sessions.create(
        session_params(customer=customer_id, customer_email=None, **changes)
    )


def test_a_customer_keeps_what_was_sent(client: stripe.StripeClient) -> None:
    made = client.v1.customers.create(
        {
            "email": "ann@example.com",
            "name": "Ann",
            "phone": "+353 1 234",
            "address": {"country": "IE"},
            "shipping": {"name": "Ann", "address": {"line1": "Mill Lane 1", "country": "IE"}},
            "metadata": {"order": "W-1"},
            "tax": {"validate_location": "immediately"},
        }
    )
    assert made.id.startswith("cus_")
    read: Any = client.v1.customers.retrieve(made.id)
    assert (read.email, read.name, read.phone) == ("ann@example.com", "Ann", "+353 1 234")
    assert read.metadata.to_dict() == {"order": "W-1"}
    assert read.address.country == "IE"
    assert read.address.line1 is None
    assert read.shipping.address.line1 == "Mill Lane 1"
    assert (read.shipping.name, read.shipping.phone) == ("Ann", None)
    assert [found.id for found in client.v1.customers.list({"email": "ann@example.com"}).data] == [made.id]
    assert [event.type for event in client.v1.events.list().data] == ["customer.created"]


def test_an_empty_customer_is_a_customer(client: stripe.StripeClient) -> None:
    made = client.v1.customers.create({"address": "", "shipping": "", "metadata": ""})
    assert (made.email, made.address, made.shipping) == (None, None, None)


def test_the_same_key_makes_one_customer(client: stripe.StripeClient) -> None:
    first, again = (
        client.v1.customers.create({"email": "ann@example.com"}, {"idempotency_key": "customer-1"})
        for _each in range(2)
    )
    assert first.id == again.id
    assert len(client.v1.customers.list().data) == 1
    with pytest.raises(stripe.IdempotencyError):
        client.v1.customers.create({"email": "bob@example.com"}, {"idempotency_key": "customer-1"})


@pytest.mark.parametrize(
    ("params", "param", "code"),
    [
        ({"surprise": "1"}, "surprise", "parameter_unknown"),
        ({"email": "nobody"}, "email", "email_invalid"),
        ({"metadata": {"k" * 41: "v"}}, "metadata", None),
        ({"address": {"planet": "Earth"}}, "address[planet]", "parameter_unknown"),
        ({"shipping": {"name": "Ann"}}, "shipping[address]", "parameter_missing"),
        ({"balance": 5}, "balance", "sandbox_unsupported"),
        ({"tax": {"ip_address": "127.0.0.1"}}, "tax[ip_address]", "sandbox_unsupported"),
        ({"tax": {"validate_location": "later"}}, "tax[validate_location]", None),
        ({"tax": {"validate_location": "immediately"}}, None, "customer_tax_location_invalid"),
        (
            {"address": {"country": "US"}, "tax": {"validate_location": "immediately"}},
            None,
            "customer_tax_location_invalid",
        ),
    ],
)
def test_a_wrong_customer_is_refused(
    client: stripe.StripeClient, params: Any, param: str | None, code: str | None
) -> None:
    with pytest.raises(stripe.InvalidRequestError) as error:
        client.v1.customers.create(params)
    assert (error.value.http_status, error.value.param, error.value.code) == (400, param, code)
    assert client.v1.customers.list().data == []


def test_a_place_is_looked_at_later_unless_told(client: stripe.StripeClient) -> None:
    params: Any = {"address": {"country": "US"}, "tax": {"validate_location": "deferred"}}
    assert client.v1.customers.create(params).id.startswith("cus_")


def test_a_session_takes_its_details_from_its_customer(sandbox: Sandbox, client: stripe.StripeClient) -> None:
    made: Any = {"email": "ann@example.com", "name": "Ann", "address": ADDRESS}
    customer = client.v1.customers.create(made)
    session = session_for(client, customer.id)
    assert (session.customer, session.customer_creation, session.customer_email) == (customer.id, None, None)
    details: Any = session.customer_details
    assert (details.email, details.name, details.address.city) == ("ann@example.com", "Ann", "Cork")
    pay(sandbox, session.id)
    paid = client.v1.checkout.sessions.retrieve(session.id, {"expand": ["customer", "payment_intent"]})
    details = paid.customer_details
    assert (details.email, details.name, details.address.city) == ("ann@example.com", "Ann", "Cork")
    expanded: Any = paid.customer
    intent: Any = paid.payment_intent
    assert (expanded.name, intent.customer) == ("Ann", customer.id)
    assert [found.id for found in client.v1.customers.list().data] == [customer.id]
    assert [found.id for found in client.v1.checkout.sessions.list({"customer": customer.id}).data] == [
        session.id
    ]


def test_a_customer_with_an_address_cannot_type_another(
    client: stripe.StripeClient, browser: TestClient
) -> None:
    session = session_for(client, client.v1.customers.create({"email": "ann@example.com"}).id)
    page = BeautifulSoup(browser.get(f"/pay/{session.id}").text, "html.parser")
    assert page.select("#email") == []
    assert "ann@example.com" in page.get_text()
    assert "ann@example.com" in browser.get("/").text
    browser.post(f"/pay/{session.id}", data=CARD | {"email": "eve@example.com"})
    paid: Any = client.v1.checkout.sessions.retrieve(session.id)
    assert (paid.payment_status, paid.customer_details.email) == ("paid", "ann@example.com")


def test_a_customer_without_an_email_is_asked_and_keeps_it(
    client: stripe.StripeClient, browser: TestClient
) -> None:
    customer = client.v1.customers.create({"name": "Ann"})
    session = session_for(client, customer.id)
    page = BeautifulSoup(browser.get(f"/pay/{session.id}").text, "html.parser")
    assert [field["value"] for field in page.select("#email")] == [""]
    assert browser.post(f"/pay/{session.id}", data=CARD).status_code == 422
    assert browser.post(f"/pay/{session.id}", data=CARD | {"email": "ann@example.com"}).status_code == 303
    kept: Any = client.v1.customers.retrieve(customer.id)
    assert (kept.email, kept.name) == ("ann@example.com", "Ann")
