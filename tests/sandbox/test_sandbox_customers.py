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


def test_a_business_is_kept_with_its_tax_ids(client: stripe.StripeClient) -> None:
    made: Any = client.v1.customers.create(
        {
            "email": "ann@example.com",
            "business_name": "Ann Ltd",
            "individual_name": "Ann",
            "tax_id_data": [{"type": "eu_vat", "value": "IE1234567FA"}],
        }
    )
    read: Any = client.v1.customers.retrieve(made.id, {"expand": ["tax_ids"]})
    assert (read.business_name, read.individual_name) == ("Ann Ltd", "Ann")
    assert [(each.type, each.value) for each in read.tax_ids.data] == [("eu_vat", "IE1234567FA")]
    details: Any = session_for(client, made.id).customer_details
    assert (details.business_name, details.tax_ids[0].value) == ("Ann Ltd", "IE1234567FA")


@pytest.mark.parametrize(
    ("params", "param", "code"),
    [
        ({"phone": "1" * 21}, "phone", None),
        ({"business_name": "x" * 151}, "business_name", None),
        ({"tax_id_data": [{"type": "eu_vat", "value": "none"}]}, "tax_id_data[0][value]", "tax_id_invalid"),
        ({"tax_id_data": [{"type": "gb_vat", "value": "GB1"}]}, "tax_id_data[0][value]", "tax_id_invalid"),
        ({"tax_id_data": [{"type": "au_abn", "value": "1"}]}, "tax_id_data[0][type]", "sandbox_unsupported"),
        ({"tax_id_data": [{"type": "vat", "value": "1"}]}, "tax_id_data[0][type]", None),
        ({"tax_id_data": [{"type": "eu_vat"}]}, "tax_id_data[0][value]", "parameter_missing"),
        ({"tax_id_data": [{"type": "eu_vat", "value": "DE123456789"}] * 6}, "tax_id_data", None),
    ],
)
def test_a_wrong_business_is_refused(
    client: stripe.StripeClient, params: Any, param: str, code: str | None
) -> None:
    with pytest.raises(stripe.InvalidRequestError) as error:
        client.v1.customers.create(params)
    assert (error.value.http_status, error.value.param, error.value.code) == (400, param, code)


def test_tax_of_a_business_abroad_is_not_pretended(client: stripe.StripeClient) -> None:
    """Stripe would take it off; the sandbox cannot."""
    made: Any = {
        "shipping": {"name": "Ann", "address": ADDRESS},
        "tax_id_data": [{"type": "eu_vat", "value": "IE1234567FA"}],
    }
    customer = client.v1.customers.create(made)
    taxed: Any = session_params(customer=customer.id, customer_email=None, automatic_tax={"enabled": True})
    for item in taxed["line_items"]:
        item["price_data"]["tax_behavior"] = "inclusive"
    for option in taxed.get("shipping_options", []):
        option["shipping_rate_data"]["tax_behavior"] = "inclusive"
    with pytest.raises(stripe.InvalidRequestError) as error:
        client.v1.checkout.sessions.create(taxed)
    assert (error.value.param, error.value.code) == ("automatic_tax[enabled]", "sandbox_unsupported")
