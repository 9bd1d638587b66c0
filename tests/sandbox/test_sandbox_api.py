"""The sandbox's API through the real Stripe client: sessions, what is bought, refunds, lists, expansion."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import stripe
from stripe.params.checkout import SessionListParamsCreated

from webshop.sandbox.core import SECRET_KEY, Sandbox
from webshop.sandbox.testing import Clock, client_of, embedded_params, pay, session_params, shipping

stripe.enable_telemetry = False

MINUTE, HOUR = 60, 3600


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def sandbox(tmp_path: Path, clock: Clock) -> Sandbox:
    return Sandbox(tmp_path / "sandbox.db", base_url="http://shop.test/sandbox", clock=clock)


@pytest.fixture
def client(sandbox: Sandbox) -> stripe.StripeClient:
    return client_of(sandbox)


def refused(client: stripe.StripeClient, params: Any) -> stripe.InvalidRequestError:
    with pytest.raises(stripe.InvalidRequestError) as error:
        client.v1.checkout.sessions.create(params)
    assert error.value.http_status == 400
    return error.value


def buy(sandbox: Sandbox, client: stripe.StripeClient) -> stripe.checkout.Session:
    """A paid session of €28.90."""
    session = client.v1.checkout.sessions.create(session_params())
    pay(sandbox, session.id)
    return client.v1.checkout.sessions.retrieve(session.id)


def test_a_new_session_is_open_unpaid_and_adds_up(client: stripe.StripeClient) -> None:
    session = client.v1.checkout.sessions.create(
        session_params(client_reference_id="W-1", metadata={"a": "b"})
    )
    assert (session.status, session.payment_status, session.mode) == ("open", "unpaid", "payment")
    assert (session.amount_subtotal, session.amount_total, session.currency) == (2400, 2890, "eur")
    assert session.total_details is not None
    assert session.total_details.amount_shipping == 490
    assert session.payment_intent is None
    assert session.client_reference_id == "W-1"
    assert session.metadata is not None
    assert session.metadata.to_dict() == {"a": "b"}
    assert session.livemode is False
    assert session.id.startswith("cs_test_")
    assert len(session.id) > 60


def test_a_hosted_session_has_an_address_and_no_client_secret(client: stripe.StripeClient) -> None:
    session = client.v1.checkout.sessions.create(session_params())
    assert session.url == f"http://shop.test/sandbox/pay/{session.id}"
    assert session.client_secret is None
    assert session.ui_mode == "hosted_page"


def test_an_embedded_session_has_a_client_secret_and_no_address(client: stripe.StripeClient) -> None:
    session = client.v1.checkout.sessions.create(embedded_params())
    assert session.client_secret is not None
    assert session.client_secret.startswith(f"{session.id}_secret_")
    assert session.url is None
    assert session.redirect_on_completion == "always"


def test_private_notes_of_the_sandbox_never_leave_it(sandbox: Sandbox, client: stripe.StripeClient) -> None:
    session = buy(sandbox, client)
    events = client.v1.events.list()
    assert "_private" not in session.to_dict()
    assert "_private" not in json.dumps([event.to_dict() for event in events.data], default=str)


def test_a_paid_session_leads_to_its_charge_in_one_call(
    sandbox: Sandbox, client: stripe.StripeClient
) -> None:
    data = {
        "metadata": {"order": "W-1"},
        "description": "Order W-1",
        "shipping": {"name": "Ann", "address": {"line1": "Mill Lane 1", "country": "IE"}},
    }
    created = client.v1.checkout.sessions.create(
        session_params(payment_intent_data=data, metadata={"of": "session"}, customer_creation="always")
    )
    pay(sandbox, created.id)
    session = client.v1.checkout.sessions.retrieve(
        created.id, {"expand": ["payment_intent.latest_charge", "line_items", "customer"]}
    )
    assert (session.status, session.payment_status, session.url) == ("complete", "paid", None)
    intent: Any = session.payment_intent
    assert intent.metadata.to_dict() == {"order": "W-1"}
    assert (intent.status, intent.amount_received, intent.description) == ("succeeded", 2890, "Order W-1")
    assert (intent.latest_charge.status, intent.latest_charge.paid) == ("succeeded", True)
    assert intent.latest_charge.amount == 2890
    assert intent.latest_charge.shipping.address.line1 == "Mill Lane 1"
    assert intent.latest_charge.payment_method_details.card.last4 == "4242"
    assert session.line_items is not None
    assert [(item.description, item.quantity) for item in session.line_items.data] == [("Blue mug", 2)]
    customer: Any = session.customer
    assert (customer.email, customer.name) == ("ann@example.com", "Ann")
    assert session.customer_details is not None
    assert session.customer_details.email == "ann@example.com"


def test_without_customer_creation_there_is_no_customer(
    sandbox: Sandbox, client: stripe.StripeClient
) -> None:
    assert buy(sandbox, client).customer is None


def test_an_unknown_id_is_a_404(client: stripe.StripeClient) -> None:
    with pytest.raises(stripe.InvalidRequestError) as error:
        client.v1.checkout.sessions.retrieve("cs_test_nothing")
    assert (error.value.http_status, error.value.code) == (404, "resource_missing")
    assert "No such checkout.session: 'cs_test_nothing'" in str(error.value)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Bearer sk_test_other"},
        {"Authorization": "Bearer pk_test_sandbox"},
        {"Authorization": "Basic !!!"},
        {"Authorization": "Basic " + base64.b64encode(b"sk_live_x:").decode()},
    ],
)
def test_another_key_is_refused(sandbox: Sandbox, headers: Mapping[str, str]) -> None:
    response = sandbox.handle("GET", "/v1/balance", headers, b"")
    assert response.status == 401
    assert json.loads(response.body)["error"]["type"] == "invalid_request_error"
    assert response.headers["Request-Id"].startswith("req_")


def test_the_key_also_works_as_a_user_name(sandbox: Sandbox) -> None:
    headers = {"authorization": "Basic " + base64.b64encode(f"{SECRET_KEY}:".encode()).decode()}
    assert sandbox.handle("GET", "/v1/balance", headers, b"").status == 200


def test_an_unknown_path_is_a_404(sandbox: Sandbox) -> None:
    response = sandbox.handle("POST", "/v1/tokens", {"Authorization": f"Bearer {SECRET_KEY}"}, b"")
    assert response.status == 404
    assert "Unrecognized request URL (POST: /v1/tokens)" in response.body.decode()


@pytest.mark.parametrize(
    "body", [b"\xff\xfe", b"mode=\xf0", b"[a]=1", b"a[b=c", b"mode[x]=1", b"line_items=1"]
)
def test_an_unreadable_body_is_a_400(sandbox: Sandbox, body: bytes) -> None:
    headers = {"Authorization": f"Bearer {SECRET_KEY}"}
    assert sandbox.handle("POST", "/v1/checkout/sessions", headers, body).status == 400


PRICE = {"currency": "eur", "unit_amount": 1000, "product_data": {"name": "Cup"}}
ITEM, PRICE_DATA = "line_items[0]", "line_items[0][price_data]"
FIXED_AMOUNT = "shipping_options[0][shipping_rate_data][fixed_amount]"


def item(quantity: int | None = 1, **price: Any) -> dict[str, Any]:
    """A line item; None takes a part of the price away."""
    data = {name: value for name, value in (PRICE | price).items() if value is not None}
    return {"price_data": data} if quantity is None else {"price_data": data, "quantity": quantity}


@pytest.mark.parametrize(
    ("changes", "param", "code"),
    [
        ({"payment_method_types": ["card"]}, "payment_method_types", "parameter_unknown"),
        ({"surprise": "1"}, "surprise", "parameter_unknown"),
        ({"line_items": [item() | {"amount": 5}]}, f"{ITEM}[amount]", "parameter_unknown"),
        ({"line_items": [item(name="x")]}, f"{PRICE_DATA}[name]", "parameter_unknown"),
        ({"mode": None}, "mode", "parameter_missing"),
        ({"success_url": None}, "success_url", "parameter_missing"),
        ({"line_items": None}, "line_items", "parameter_missing"),
        ({"line_items": [item(quantity=None)]}, f"{ITEM}[quantity]", "parameter_missing"),
        ({"line_items": [item(quantity=0)]}, f"{ITEM}[quantity]", "parameter_invalid_integer"),
        ({"line_items": [item(currency=None)]}, f"{PRICE_DATA}[currency]", "parameter_missing"),
        ({"line_items": [item(unit_amount=None)]}, f"{PRICE_DATA}[unit_amount]", "parameter_missing"),
        ({"line_items": [item(product_data=None)]}, f"{PRICE_DATA}[product_data]", "parameter_missing"),
        ({"line_items": [item(unit_amount=-1)]}, f"{PRICE_DATA}[unit_amount]", "parameter_invalid_integer"),
        ({"line_items": [item(unit_amount=1.5)]}, f"{PRICE_DATA}[unit_amount]", "parameter_invalid_integer"),
        ({"line_items": [item(currency="EUR")]}, f"{PRICE_DATA}[currency]", "invalid_currency"),
        ({"line_items": [item(), item(currency="usd")]}, "line_items[1][price_data][currency]", None),
        ({"line_items": [item()] * 101}, "line_items", None),
        ({"shipping_options": [shipping("Post", 100, "usd")]}, f"{FIXED_AMOUNT}[currency]", None),
        ({"shipping_options": [shipping("Post", 100)] * 6}, "shipping_options", None),
        ({"return_url": "http://shop.test/"}, "return_url", None),
        ({"success_url": "javascript:alert(1)"}, "success_url", "url_invalid"),
        ({"success_url": "/charge"}, "success_url", "url_invalid"),
        ({"customer_email": "nobody"}, "customer_email", "email_invalid"),
        ({"customer_email": ""}, "customer_email", "parameter_invalid_empty"),
        ({"client_reference_id": "x" * 201}, "client_reference_id", None),
        ({"metadata": {f"k{n}": "v" for n in range(51)}}, "metadata", None),
        ({"metadata": {"k" * 41: "v"}}, "metadata", None),
        ({"metadata": {"k": "v" * 501}}, "metadata[k]", None),
        ({"mode": "subscription"}, "mode", "sandbox_unsupported"),
        ({"mode": "pay"}, "mode", None),
        ({"ui_mode": "elements"}, "ui_mode", "sandbox_unsupported"),
        ({"ui_mode": "hosted"}, "ui_mode", None),
        ({"ui_mode": "embedded"}, "ui_mode", None),
        ({"discounts": [{"coupon": "x"}]}, "discounts", "sandbox_unsupported"),
        ({"adaptive_pricing": {"enabled": "perhaps"}}, "adaptive_pricing[enabled]", None),
    ],
)
def test_a_wrong_parameter_is_named(
    client: stripe.StripeClient, changes: dict[str, Any], param: str, code: str | None
) -> None:
    error = refused(client, session_params(**changes))
    assert (error.param, error.code) == (param, code)


def test_money_that_would_only_be_reserved_is_not_supported(client: stripe.StripeClient) -> None:
    error = refused(client, session_params(payment_intent_data={"capture_method": "manual"}))
    assert error.code == "sandbox_unsupported"


@pytest.mark.parametrize(
    ("changes", "param"),
    [
        ({"return_url": None}, "return_url"),
        ({"success_url": "http://shop.test/"}, "success_url"),
        ({"cancel_url": "http://shop.test/"}, "cancel_url"),
        ({"redirect_on_completion": "never"}, "return_url"),
    ],
)
def test_an_embedded_session_wants_a_return_url_and_no_others(
    client: stripe.StripeClient, changes: dict[str, Any], param: str
) -> None:
    assert refused(client, embedded_params(**changes)).param == param


def test_an_embedded_session_that_never_redirects_needs_no_address(client: stripe.StripeClient) -> None:
    session = client.v1.checkout.sessions.create(
        embedded_params(redirect_on_completion="never", return_url=None)
    )
    assert session.return_url is None


@pytest.mark.parametrize(("amount", "accepted"), [(0, False), (49, False), (50, True)])
def test_the_total_is_at_least_fifty_minor_units(
    client: stripe.StripeClient, amount: int, accepted: bool
) -> None:
    items = [{"price_data": PRICE | {"unit_amount": amount}, "quantity": 1}]
    params = session_params(line_items=items, shipping_options=None)
    if accepted:
        assert client.v1.checkout.sessions.create(params).amount_total == amount
    else:
        assert refused(client, params).code == "amount_too_small"


@pytest.mark.parametrize(
    ("ahead", "accepted"),
    [(28 * MINUTE, False), (30 * MINUTE, True), (24 * HOUR, True), (24 * HOUR + 2 * MINUTE, False)],
)
def test_a_session_expires_between_half_an_hour_and_a_day(
    client: stripe.StripeClient, clock: Clock, ahead: int, accepted: bool
) -> None:
    params = session_params(expires_at=int(clock()) + ahead)
    if accepted:
        assert client.v1.checkout.sessions.create(params).expires_at == int(clock()) + ahead
    else:
        assert refused(client, params).param == "expires_at"


def test_a_session_expires_when_its_time_is_over(client: stripe.StripeClient, clock: Clock) -> None:
    session = client.v1.checkout.sessions.create(session_params(expires_at=int(clock()) + 30 * MINUTE))
    clock.forward(30 * MINUTE - 1)
    assert client.v1.checkout.sessions.retrieve(session.id).status == "open"
    clock.forward(1)
    expired = client.v1.checkout.sessions.retrieve(session.id)
    assert (expired.status, expired.payment_status, expired.url) == ("expired", "unpaid", None)
    assert [event.type for event in client.v1.events.list().data] == ["checkout.session.expired"]


def test_an_open_session_can_be_expired_once(client: stripe.StripeClient) -> None:
    session = client.v1.checkout.sessions.create(session_params())
    assert client.v1.checkout.sessions.expire(session.id).status == "expired"
    with pytest.raises(stripe.InvalidRequestError, match="status of `expired`"):
        client.v1.checkout.sessions.expire(session.id)


def test_a_paid_session_cannot_be_expired(sandbox: Sandbox, client: stripe.StripeClient) -> None:
    session = buy(sandbox, client)
    with pytest.raises(stripe.InvalidRequestError, match="status of `complete`"):
        client.v1.checkout.sessions.expire(session.id)
    assert client.v1.checkout.sessions.retrieve(session.id).status == "complete"


def test_expiring_a_session_cancels_its_payment_intent(sandbox: Sandbox, client: stripe.StripeClient) -> None:
    session = client.v1.checkout.sessions.create(session_params())
    pay(sandbox, session.id, "4000000000000002")
    client.v1.checkout.sessions.expire(session.id)
    shown = client.v1.checkout.sessions.retrieve(session.id, {"expand": ["payment_intent"]})
    intent: Any = shown.payment_intent
    assert intent.status == "canceled"


def test_lists_are_newest_first_and_go_on(client: stripe.StripeClient) -> None:
    ids = [client.v1.checkout.sessions.create(session_params()).id for _ in range(3)]
    page = client.v1.checkout.sessions.list({"limit": 2})
    assert [session.id for session in page.data] == [ids[2], ids[1]]
    assert page.has_more
    assert [session.id for session in page.auto_paging_iter()] == [ids[2], ids[1], ids[0]]


def test_sessions_and_charges_are_found_by_payment_intent(
    sandbox: Sandbox, client: stripe.StripeClient
) -> None:
    buy(sandbox, client)
    session = buy(sandbox, client)
    intent_id = str(session.payment_intent)
    assert [s.id for s in client.v1.checkout.sessions.list({"payment_intent": intent_id}).data] == [
        session.id
    ]
    charges = client.v1.charges.list({"payment_intent": intent_id}).data
    assert [charge.payment_intent for charge in charges] == [intent_id]
    assert client.v1.payment_intents.retrieve(intent_id).latest_charge == charges[0].id


def test_a_list_that_would_ignore_a_filter_is_refused(client: stripe.StripeClient) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="does not support 'transfer_group'"):
        client.v1.charges.list({"transfer_group": "g"})


def test_a_list_can_be_of_what_was_made_in_some_time(client: stripe.StripeClient, clock: Clock) -> None:
    made = []
    for _each in range(3):
        made.append(client.v1.checkout.sessions.create(session_params()))
        clock.forward(10)
    first, second, third = (session.id for session in made)
    at = made[1].created

    def between(created: int | SessionListParamsCreated) -> list[str]:
        return [session.id for session in client.v1.checkout.sessions.list({"created": created}).data]

    assert between({"gte": at}) == [third, second]
    assert between({"gt": at}) == [third]
    assert between({"lte": at}) == [second, first]
    assert between({"gt": at - 10, "lt": at + 10}) == [second]
    assert between(at) == [second]


def test_line_items_have_a_list_of_their_own(client: stripe.StripeClient) -> None:
    items = [{"price_data": PRICE, "quantity": quantity} for quantity in (1, 2, 3)]
    session = client.v1.checkout.sessions.create(session_params(line_items=items))
    page = client.v1.checkout.sessions.line_items.list(session.id, {"limit": 2})
    assert [item.quantity for item in page.data] == [1, 2]
    assert [item.quantity for item in page.auto_paging_iter()] == [1, 2, 3]
    assert page.data[1].amount_total == 2000


def test_expanding_what_cannot_be_expanded_is_refused(client: stripe.StripeClient) -> None:
    with pytest.raises(stripe.InvalidRequestError, match=r"cannot be expanded \(status\)"):
        client.v1.checkout.sessions.create(session_params(expand=["status"]))
    assert client.v1.checkout.sessions.list().data == []


def test_a_list_can_be_expanded(sandbox: Sandbox, client: stripe.StripeClient) -> None:
    buy(sandbox, client)
    page = client.v1.checkout.sessions.list(
        {"expand": ["data.payment_intent", "data.shipping_cost.shipping_rate"]}
    )
    intent: Any = page.data[0].payment_intent
    cost: Any = page.data[0].shipping_cost
    assert intent.status == "succeeded"
    assert cost.shipping_rate.display_name == "Standard"


def test_a_charge_is_refunded_in_parts_and_never_beyond(
    sandbox: Sandbox, client: stripe.StripeClient
) -> None:
    intent_id = str(buy(sandbox, client).payment_intent)
    first = client.v1.refunds.create(
        {
            "payment_intent": intent_id,
            "amount": 900,
            "reason": "requested_by_customer",
            "metadata": {"a": "b"},
        }
    )
    assert (first.amount, first.status, first.currency) == (900, "succeeded", "eur")
    with pytest.raises(stripe.InvalidRequestError, match=r"\(€20.00\) is greater .* \(€19.90\)") as error:
        client.v1.refunds.create({"payment_intent": intent_id, "amount": 2000})
    assert error.value.param == "amount"
    rest = client.v1.refunds.create({"charge": str(first.charge)})
    assert rest.amount == 1990
    with pytest.raises(stripe.InvalidRequestError) as again:
        client.v1.refunds.create({"payment_intent": intent_id})
    assert again.value.code == "charge_already_refunded"
    charge = client.v1.charges.retrieve(str(first.charge), {"expand": ["refunds"]})
    assert (charge.amount_refunded, charge.refunded) == (2890, True)
    assert charge.refunds is not None
    assert [refund.amount for refund in charge.refunds.data] == [1990, 900]
    assert [r.id for r in client.v1.refunds.list({"payment_intent": intent_id}).data] == [rest.id, first.id]
    assert client.v1.refunds.retrieve(first.id, {"expand": ["charge"]}).amount == 900


@pytest.mark.parametrize(
    ("params", "param"),
    [
        ({}, None),
        ({"payment_intent": "pi_x", "charge": "ch_x"}, None),
        ({"payment_intent": "pi_x"}, "payment_intent"),
        ({"charge": "ch_x"}, "charge"),
        ({"charge": "ch_x", "amount": 0}, "amount"),
        ({"charge": "ch_x", "amount": -5}, "amount"),
        ({"charge": "ch_x", "reason": "regret"}, "reason"),
        ({"charge": "ch_x", "why": "regret"}, "why"),
    ],
)
def test_a_wrong_refund_is_refused(client: stripe.StripeClient, params: Any, param: str | None) -> None:
    with pytest.raises(stripe.InvalidRequestError) as error:
        client.v1.refunds.create(params)
    assert (error.value.http_status, error.value.param) == (400, param)


def test_what_was_never_paid_cannot_be_refunded(sandbox: Sandbox, client: stripe.StripeClient) -> None:
    session = client.v1.checkout.sessions.create(session_params())
    pay(sandbox, session.id, "4000000000000002")
    intent_id = str(client.v1.checkout.sessions.retrieve(session.id).payment_intent)
    with pytest.raises(stripe.InvalidRequestError, match="does not have a successful charge"):
        client.v1.refunds.create({"payment_intent": intent_id})


def test_the_balance_is_what_was_paid_less_what_went_back(
    sandbox: Sandbox, client: stripe.StripeClient
) -> None:
    session = buy(sandbox, client)
    buy(sandbox, client)
    client.v1.refunds.create({"payment_intent": str(session.payment_intent), "amount": 100})
    available = client.v1.balance.retrieve().available
    assert [(money.currency, money.amount) for money in available] == [("eur", 5680)]


def test_the_account_can_be_asked_for(client: stripe.StripeClient) -> None:
    assert client.v1.accounts.retrieve_current().charges_enabled is True


def test_events_tell_what_happened_and_which_call_did_it(
    sandbox: Sandbox, client: stripe.StripeClient
) -> None:
    session = buy(sandbox, client)
    client.v1.refunds.create({"payment_intent": str(session.payment_intent)}, {"idempotency_key": "back"})
    events = client.v1.events.list().data
    assert [event.type for event in reversed(events)] == [
        "charge.succeeded",
        "payment_intent.succeeded",
        "checkout.session.completed",
        "charge.refunded",
        "refund.created",
    ]
    assert events[0].request is not None
    assert events[0].request.idempotency_key == "back"
    assert events[2].request is not None
    assert events[2].request.id is None
    assert events[2].api_version == stripe.api_version
    completed: Any = events[2].data.object
    assert (completed["id"], completed["payment_status"]) == (session.id, "paid")
    assert client.v1.events.retrieve(events[2].id).type == "checkout.session.completed"
    assert [e.type for e in client.v1.events.list({"type": "refund.created"}).data] == ["refund.created"]


def test_everything_survives_a_restart(sandbox: Sandbox, client: stripe.StripeClient) -> None:
    session = buy(sandbox, client)
    again = Sandbox(sandbox.store.path, base_url="http://shop.test/sandbox")
    assert again.webhook_secret == sandbox.webhook_secret
    assert again.webhook_secret.startswith("whsec_")
    assert client_of(again).v1.checkout.sessions.retrieve(session.id).payment_status == "paid"
