"""The sandbox's tax through the real Stripe client, every amount calculated by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import stripe
from bs4 import BeautifulSoup
from starlette.testclient import TestClient

from tests.people import CARD
from webshop.sandbox.core import Sandbox
from webshop.sandbox.testing import SHOP, client_of, embedded_params, pay, session_params, shipping
from webshop.sandbox.web import create_app

stripe.enable_telemetry = False

BERLIN = {"line1": "Torstr. 1", "postal_code": "10119", "city": "Berlin", "country": "DE"}


@pytest.fixture
def sandbox(tmp_path: Path) -> Sandbox:
    return Sandbox(tmp_path / "sandbox.db", base_url="http://testserver", shop_url=SHOP)


@pytest.fixture
def client(sandbox: Sandbox) -> stripe.StripeClient:
    return client_of(sandbox)


@pytest.fixture
def browser(sandbox: Sandbox) -> TestClient:
    return TestClient(create_app(sandbox), follow_redirects=False)


def customer(client: stripe.StripeClient, ship_to: Any = None, **changes: Any) -> str:
    """The id of a new customer, who has a shipping address if one is given."""
    params: dict[str, Any] = {"email": "ann@example.com", "name": "Ann", **changes}
    if ship_to:
        params["shipping"] = {"name": "Ann", "address": ship_to}
    return client.v1.customers.create(params).id  # type: ignore[arg-type]


def item(
    unit_amount: int, quantity: int = 1, behavior: str = "exclusive", currency: str = "eur", code: str = ""
) -> dict[str, Any]:
    product = {"name": "Blue mug"} | ({"tax_code": code} if code else {})
    price = {"currency": currency, "unit_amount": unit_amount, "product_data": product}
    return {"price_data": price | {"tax_behavior": behavior}, "quantity": quantity}


def post(amount: int, behavior: str = "exclusive", currency: str = "eur", name: str = "Post") -> Any:
    rate = shipping(name, amount, currency)["shipping_rate_data"]
    return {"shipping_rate_data": rate | {"tax_behavior": behavior, "tax_code": "txcd_92010001"}}


def taxed_params(customer_id: str, *items: Any, **changes: Any) -> Any:
    taxed = {"customer": customer_id, "customer_email": None, "automatic_tax": {"enabled": True}}
    return session_params(**(taxed | {"line_items": list(items), "shipping_options": None} | changes))


def taxed(client: stripe.StripeClient, ship_to: Any, *items: Any, **changes: Any) -> stripe.checkout.Session:
    return client.v1.checkout.sessions.create(taxed_params(customer(client, ship_to), *items, **changes))


def amounts(session: stripe.checkout.Session) -> tuple[Any, ...]:
    """Subtotal, tax, total."""
    assert session.total_details is not None
    return session.amount_subtotal, session.total_details.amount_tax, session.amount_total


def taxes(client: stripe.StripeClient, session: stripe.checkout.Session) -> list[Any]:
    read = client.v1.checkout.sessions.retrieve(session.id, {"expand": ["total_details.breakdown"]})
    assert read.total_details is not None
    assert read.total_details.breakdown is not None
    return read.total_details.breakdown.taxes


def refused(client: stripe.StripeClient, params: Any) -> stripe.InvalidRequestError:
    with pytest.raises(stripe.InvalidRequestError) as error:
        client.v1.checkout.sessions.create(params)
    assert error.value.http_status == 400
    return error.value


def text_of(page: Any) -> str:
    return " ".join(BeautifulSoup(page.text, "html.parser").get_text(" ").split())


@pytest.mark.parametrize(
    ("ship_to", "behavior", "expected"),
    [
        ({"country": "DE"}, "exclusive", (10000, 1900, 11900)),
        ({"country": "DE"}, "inclusive", (10000, 1597, 10000)),  # 10000 x 19/119 = 1596.64
        ({"country": "AT"}, "exclusive", (10000, 2000, 12000)),
        ({"country": "AT"}, "inclusive", (10000, 1667, 10000)),  # 10000 x 20/120 = 1666.67
        ({"country": "FR"}, "exclusive", (10000, 2000, 12000)),
        ({"country": "IE"}, "inclusive", (10000, 1870, 10000)),  # 1869.9, as in Stripe's own example
        ({"country": "GB"}, "exclusive", (10000, 2000, 12000)),
        ({"country": "CH"}, "exclusive", (10000, 810, 10810)),
        ({"country": "CH"}, "inclusive", (10000, 749, 10000)),  # 10000 x 8.1/108.1 = 749.31
        ({"country": "US", "state": "CA", "postal_code": "94103"}, "exclusive", (10000, 725, 10725)),
        ({"country": "US", "state": "NY", "postal_code": "10001-1234"}, "exclusive", (10000, 400, 10400)),
        (
            {"country": "US", "state": "TX", "postal_code": "78701"},
            "inclusive",
            (10000, 588, 10000),
        ),  # 588.24
        ({"country": "US", "state": "OR", "postal_code": "97712"}, "exclusive", (10000, 0, 10000)),
        ({"country": "BR"}, "exclusive", (10000, 0, 10000)),
        ({"country": "BR"}, "inclusive", (10000, 0, 10000)),
    ],
)
def test_the_tax_is_that_of_the_place(
    client: stripe.StripeClient, ship_to: Any, behavior: str, expected: tuple[int, ...]
) -> None:
    session = taxed(client, ship_to, item(10000, behavior=behavior))
    assert amounts(session) == expected
    assert session.automatic_tax.to_dict() == {
        "enabled": True,
        "liability": {"account": None, "type": "self"},
        "provider": "stripe",
        "status": "complete",
    }


@pytest.mark.parametrize(
    ("unit_amount", "quantity", "country", "behavior", "tax"),
    [
        (1250, 1, "DE", "exclusive", 238),  # 237.5
        (1249, 1, "DE", "exclusive", 237),  # 237.31
        (50, 1, "IE", "exclusive", 12),  # 11.5
        (333, 3, "DE", "exclusive", 190),  # 999 x 19 % = 189.81; three times 63.27 would be 189
        (63, 1, "AT", "inclusive", 11),  # 63 / 6 = 10.5
    ],
)
def test_a_line_is_rounded_once_and_a_half_goes_up(
    client: stripe.StripeClient, unit_amount: int, quantity: int, country: str, behavior: str, tax: int
) -> None:
    session = taxed(client, {"country": country}, item(unit_amount, quantity, behavior))
    assert amounts(session)[1] == tax


def test_each_line_is_rounded_by_itself(client: stripe.StripeClient) -> None:
    session = taxed(client, BERLIN, item(125), item(125), item(125))
    assert amounts(session) == (375, 72, 447)  # 23.75 each; 375 x 19 % would be 71.25


@pytest.mark.parametrize(
    ("currency", "country", "unit_amount", "behavior", "expected"),
    [
        ("jpy", "JP", 1005, "exclusive", (1005, 101, 1106)),  # 100.5
        ("jpy", "JP", 1005, "inclusive", (1005, 91, 1005)),  # 1005 / 11 = 91.36
        ("bhd", "BH", 1250, "exclusive", (1250, 130, 1380)),  # 125: half of a step of 10
        ("bhd", "BH", 1240, "exclusive", (1240, 120, 1360)),  # 124
        ("bhd", "BH", 1250, "inclusive", (1250, 110, 1250)),  # 1250 / 11 = 113.64
    ],
)
def test_tax_is_in_what_the_currency_is_charged_in(
    client: stripe.StripeClient,
    currency: str,
    country: str,
    unit_amount: int,
    behavior: str,
    expected: tuple[int, ...],
) -> None:
    session = taxed(client, {"country": country}, item(unit_amount, 1, behavior, currency))
    assert amounts(session) == expected


def test_an_amount_with_three_decimals_has_to_end_in_nought(
    sandbox: Sandbox, client: stripe.StripeClient
) -> None:
    customer_id = customer(client, {"country": "BH"})
    price = "line_items[0][price_data][unit_amount]"
    assert refused(client, taxed_params(customer_id, item(1255, currency="bhd"))).param == price
    dear = {"shipping_options": [post(505, currency="bhd")]}
    assert refused(client, taxed_params(customer_id, item(1250, currency="bhd"), **dear)).param == (
        "shipping_options[0][shipping_rate_data][fixed_amount][amount]"
    )
    session = client.v1.checkout.sessions.create(taxed_params(customer_id, item(1250, currency="bhd")))
    pay(sandbox, session.id)
    intent_id = str(client.v1.checkout.sessions.retrieve(session.id).payment_intent)
    with pytest.raises(stripe.InvalidRequestError, match="in BHD must be 0") as error:
        client.v1.refunds.create({"payment_intent": intent_id, "amount": 105})
    assert error.value.param == "amount"
    assert client.v1.refunds.create({"payment_intent": intent_id}).amount == 1380


def test_shipping_is_taxed_like_the_goods(client: stripe.StripeClient) -> None:
    session = taxed(client, BERLIN, item(1200, 2), shipping_options=[post(490)])
    assert amounts(session) == (2400, 549, 3439)  # 456 + 93.1
    assert session.shipping_cost is not None
    cost = session.shipping_cost
    assert (cost.amount_subtotal, cost.amount_tax, cost.amount_total) == (490, 93, 583)
    assert session.total_details is not None
    assert session.total_details.amount_shipping == 490


def test_what_is_included_and_what_is_added_stand_side_by_side(client: stripe.StripeClient) -> None:
    session = taxed(
        client,
        BERLIN,
        item(1190, behavior="inclusive"),
        item(1000),
        shipping_options=[post(595, "inclusive")],
    )
    assert amounts(session) == (2190, 475, 2975)  # 190 in 1190, 190 on 1000, 95 in 595
    included, added = taxes(client, session)
    assert (included.rate.inclusive, included.amount, included.taxable_amount) == (True, 285, 1500)
    assert (added.rate.inclusive, added.amount, added.taxable_amount) == (False, 190, 1000)


def test_lines_say_their_tax(client: stripe.StripeClient) -> None:
    session = taxed(client, BERLIN, item(1000, 2), item(1190, behavior="inclusive"))
    shown = client.v1.checkout.sessions.line_items.list(session.id, {"expand": ["data.taxes"]}).data
    assert [(line.amount_subtotal, line.amount_tax, line.amount_total) for line in shown] == [
        (2000, 380, 2380),
        (1190, 190, 1190),
    ]
    assert [[tax.amount for tax in line.taxes or []] for line in shown] == [[380], [190]]
    plain = client.v1.checkout.sessions.line_items.list(session.id).data[0]
    assert "taxes" not in plain
    assert "_private" not in plain


def test_the_breakdown_names_the_rate(client: stripe.StripeClient) -> None:
    session = taxed(client, BERLIN, item(1000), shipping_options=[post(500)])
    (tax,) = taxes(client, session)
    assert (tax.amount, tax.taxable_amount, tax.taxability_reason) == (285, 1500, "standard_rated")
    rate = tax.rate
    assert isinstance(rate, stripe.TaxRate)
    assert (rate.display_name, rate.percentage, rate.country, rate.state) == ("VAT", 19.0, "DE", None)
    assert (rate.inclusive, rate.jurisdiction, rate.tax_type) == (False, "Germany", "vat")
    assert set(rate.to_dict()) == set(stripe.TaxRate.__annotations__) - {"OBJECT_NAME"}


def test_a_state_has_a_rate_of_its_own(client: stripe.StripeClient) -> None:
    session = taxed(client, {"country": "US", "state": "CA", "postal_code": "94103"}, item(1000))
    rate = taxes(client, session)[0].rate
    assert (rate.percentage, rate.country, rate.state) == (7.25, "US", "CA")
    assert (rate.jurisdiction, rate.jurisdiction_level) == ("California", "state")


def test_where_nothing_is_collected_the_breakdown_says_so(client: stripe.StripeClient) -> None:
    (tax,) = taxes(client, taxed(client, {"country": "BR"}, item(1000)))
    assert (tax.amount, tax.taxable_amount, tax.taxability_reason) == (0, 0, "not_collecting")
    assert (tax.rate.percentage, tax.rate.country, tax.rate.rate_type) == (0.0, "BR", None)


def test_what_is_nontaxable_bears_no_tax(client: stripe.StripeClient) -> None:
    session = taxed(client, BERLIN, item(1000, code="txcd_00000000"), item(1000, code="txcd_99999999"))
    assert amounts(session) == (2000, 190, 2190)
    exempt, standard = taxes(client, session)
    assert (exempt.amount, exempt.taxable_amount, exempt.taxability_reason) == (0, 0, "product_exempt")
    assert (exempt.rate.percentage, exempt.rate.effective_percentage) == (19.0, 0.0)
    assert (standard.amount, standard.taxable_amount) == (190, 1000)


def test_the_breakdown_is_there_only_when_asked_for(client: stripe.StripeClient) -> None:
    params = taxed_params(customer(client, BERLIN), item(1000))
    plain = client.v1.checkout.sessions.create(params)
    assert plain.total_details is not None
    assert "breakdown" not in plain.total_details
    asked = client.v1.checkout.sessions.create(params | {"expand": ["total_details.breakdown"]})
    assert asked.total_details is not None
    assert asked.total_details.breakdown is not None
    assert [tax.amount for tax in asked.total_details.breakdown.taxes] == [190]
    listed = client.v1.checkout.sessions.list({"expand": ["data.total_details.breakdown"]}).data[1]
    assert listed.total_details is not None
    assert listed.total_details.breakdown is not None
    assert [tax.amount for tax in listed.total_details.breakdown.taxes] == [190]


def test_without_automatic_tax_there_is_none(client: stripe.StripeClient) -> None:
    off = {"automatic_tax": {"enabled": False}}
    for changes in (off, {"automatic_tax": None}):
        session = taxed(client, BERLIN, item(1000), **changes)
        assert amounts(session) == (1000, 0, 1000)
        assert (session.automatic_tax.enabled, session.automatic_tax.status) == (False, None)
        assert taxes(client, session) == []


def test_the_shipping_address_comes_before_the_billing_address(client: stripe.StripeClient) -> None:
    def tax(ship_to: Any, address: Any, **changes: Any) -> int:
        customer_id = customer(client, ship_to, address=address)
        params = taxed_params(customer_id, item(10000), **changes)
        return int(amounts(client.v1.checkout.sessions.create(params))[1])

    assert tax({"country": "IE"}, {"country": "DE"}) == 2300
    assert tax(None, {"country": "DE"}) == 1900
    assert tax({"country": "IE"}, None) == 2300
    assert tax({"country": "IE"}, {"country": "DE"}, customer_update={"address": "auto"}) == 2300
    assert tax({"country": "IE"}, None, customer_update={"shipping": "never", "name": "auto"}) == 2300


@pytest.mark.parametrize(
    ("ship_to", "address"),
    [
        (None, None),
        ({"country": "Germany"}, {"country": "DE"}),  # it is not passed over
        (None, {"city": "Berlin"}),
        ({"country": "US"}, None),
        ({"country": "US", "state": "CA"}, None),
        ({"country": "US", "state": "CA", "postal_code": "9410"}, None),
        ({"country": "US", "postal_code": "94103"}, None),  # Stripe finds the state by the ZIP code
    ],
)
def test_without_a_precise_address_there_is_no_session(
    client: stripe.StripeClient, ship_to: Any, address: Any
) -> None:
    params = {"address": address} if address else {}
    customer_id = customer(client, ship_to, **params)
    error = refused(client, taxed_params(customer_id, item(1000)))
    assert (error.code, error.param) == ("customer_tax_location_invalid", None)
    assert "requires a valid address on the Customer" in str(error)
    unsupported = refused(client, taxed_params(customer_id, item(1000), customer_update={"address": "auto"}))
    assert unsupported.code == "sandbox_unsupported"
    assert client.v1.checkout.sessions.list().data == []


@pytest.mark.parametrize(
    ("changes", "code", "words"),
    [
        ({"customer": None}, "sandbox_unsupported", "does not ask for one"),
        ({"customer": None, "customer_email": "ann@example.com"}, "sandbox_unsupported", "with an address"),
        ({"customer": "cus_unknown"}, "resource_missing", "No such customer: 'cus_unknown'"),
        ({"customer_email": "ann@example.com"}, None, "only specify one .* customer, customer_email"),
        ({"customer_creation": "always"}, None, "only specify one .* customer, customer_creation"),
        ({"customer_update": {"shipping": "auto"}}, "sandbox_unsupported", r"customer_update\[shipping\]"),
        ({"customer_update": {"address": "ask"}}, None, "must be one of auto, or never"),
        ({"customer_update": {"phone": "auto"}}, "parameter_unknown", r"customer_update\[phone\]"),
        ({"automatic_tax": {"enabled": "perhaps"}}, None, "Invalid boolean"),
        (
            {"automatic_tax": {"enabled": True, "liability": {"type": "self"}}},
            "sandbox_unsupported",
            "liability",
        ),
        (
            {"line_items": [item(100, behavior="unspecified")]},
            None,
            r"line_items\[0\]\[price_data\]` does not",
        ),
        (
            {"shipping_options": [shipping("Post", 100)]},
            None,
            "shipping_rate_data.* does not have a `tax_beh",
        ),
        (
            {"line_items": [item(100, behavior="none")]},
            None,
            "must be one of exclusive, inclusive, or unspec",
        ),
        ({"line_items": [item(100, code="mug")]}, "resource_missing", "No such tax code: 'mug'"),
        ({"line_items": [item(99_999_000)]}, "amount_too_large", "no more than €999,999.99"),
    ],
)
def test_a_wrong_taxed_session_is_refused(
    client: stripe.StripeClient, changes: Any, code: str | None, words: str
) -> None:
    merged = taxed_params(customer(client, BERLIN), item(1000)) | changes
    params: Any = {name: value for name, value in merged.items() if value is not None}
    with pytest.raises(stripe.InvalidRequestError, match=words) as error:
        client.v1.checkout.sessions.create(params)
    assert (error.value.http_status, error.value.code) == (400, code)


def test_an_update_needs_a_customer(client: stripe.StripeClient) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="can only be used with `customer`"):
        client.v1.checkout.sessions.create(session_params(customer_update={"address": "auto"}))


def test_everything_that_is_paid_is_paid_with_tax(sandbox: Sandbox, client: stripe.StripeClient) -> None:
    session = taxed(client, BERLIN, item(1200, 2), shipping_options=[post(490)])
    pay(sandbox, session.id)
    paid = client.v1.checkout.sessions.retrieve(
        session.id, {"expand": ["payment_intent.latest_charge", "total_details.breakdown"]}
    )
    intent: Any = paid.payment_intent
    assert (paid.payment_status, paid.amount_total) == ("paid", 3439)
    assert (intent.amount, intent.amount_received, intent.latest_charge.amount) == (3439, 3439, 3439)
    assert intent.customer == intent.latest_charge.customer == session.customer
    assert paid.total_details is not None
    assert paid.total_details.breakdown is not None
    assert [tax.amount for tax in paid.total_details.breakdown.taxes] == [549]
    with pytest.raises(stripe.InvalidRequestError, match=r"€34\.40.*€34\.39"):
        client.v1.refunds.create({"payment_intent": intent.id, "amount": 3440})
    assert client.v1.refunds.create({"payment_intent": intent.id}).amount == 3439
    assert client.v1.balance.retrieve().available[0].amount == 0


def test_the_payment_page_shows_the_tax(
    sandbox: Sandbox, client: stripe.StripeClient, browser: TestClient
) -> None:
    session = taxed(client, BERLIN, item(1200, 2), shipping_options=[post(490), post(990, name="Fast")])
    text = text_of(browser.get(f"/pay/{session.id}"))
    for words in (
        "Pay €34.39",
        "Blue mug × 2 €24.00",
        "Shipping: Post €4.90",
        "VAT 19% €5.49",
        "Total €34.39",
        "Post · €4.90 total €34.39",
        "Fast · €9.90 total €40.34",  # 28.56 + 11.78: 990 x 19 % = 188.1
        "ann@example.com",
    ):
        assert words in text
    fast = client.v1.checkout.sessions.retrieve(session.id).shipping_options[1].shipping_rate
    assert browser.post(f"/pay/{session.id}", data=CARD | {"shipping": str(fast)}).status_code == 303
    paid = client.v1.checkout.sessions.retrieve(session.id)
    assert amounts(paid) == (2400, 644, 4034)
    assert "You paid €40.34" in text_of(browser.get(f"/pay/{session.id}"))


def test_the_embedded_page_says_that_tax_is_included(
    client: stripe.StripeClient, browser: TestClient
) -> None:
    params = embedded_params(
        customer=customer(client, BERLIN),
        customer_email=None,
        automatic_tax={"enabled": True},
        line_items=[item(1190, behavior="inclusive")],
        shipping_options=None,
    )
    secret = client.v1.checkout.sessions.create(params).client_secret
    text = text_of(browser.get(f"/embedded/{secret}"))
    assert "Blue mug €11.90 VAT 19% included €1.90 Total €11.90" in text


def test_a_page_without_tax_has_no_line_for_it(client: stripe.StripeClient, browser: TestClient) -> None:
    session = client.v1.checkout.sessions.create(session_params())
    assert "VAT" not in text_of(browser.get(f"/pay/{session.id}"))


def test_the_same_key_makes_one_taxed_session(client: stripe.StripeClient) -> None:
    params = taxed_params(customer(client, BERLIN), item(1000))
    first, again = (
        client.v1.checkout.sessions.create(params, {"idempotency_key": "order-1"}) for _each in range(2)
    )
    assert first.id == again.id
    other = taxed_params(customer(client, {"country": "FR"}), item(1000))
    with pytest.raises(stripe.IdempotencyError):
        client.v1.checkout.sessions.create(other, {"idempotency_key": "order-1"})
