"""The routes of the API: what each call takes, what it checks before it starts, and what it does."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from stripe import params as sdk
from stripe.params import checkout as checkout_sdk
from stripe.params import radar as radar_sdk

from webshop.sandbox.api.expand import as_list
from webshop.sandbox.objects import balance, customers, endpoints, refunds, sessions
from webshop.sandbox.objects.items import line_items
from webshop.sandbox.rules import session_rules
from webshop.sandbox.state import events
from webshop.sandbox.state.errors import ApiError, invalid, no_such, only
from webshop.sandbox.state.work import Document, Work

Params = dict[str, Any]
Check = Callable[[Params, Work], None]
Keep = Callable[[Work, Document, Params], bool]
Run = Callable[[Work, str, Params], Document]
"""Run takes the id in the path (empty where there is none) and the checked parameters."""


@dataclass(frozen=True)
class Endpoint:
    """name is what the SDK calls it, such as sessions.create: fault rules and the ledger name calls so."""

    name: str
    method: str
    path: str
    declared: type
    run: Run
    check: Check = lambda params, work: None


def route(method: str, path: str) -> tuple[Endpoint, str]:
    """The endpoint for this request and the id in its path."""
    for endpoint in ENDPOINTS:
        match = re.fullmatch(endpoint.path.replace("{id}", "([A-Za-z0-9_]{1,255})"), path)
        if match and endpoint.method == method:
            return endpoint, match[1] if match.groups() else ""
    raise ApiError(f"Unrecognized request URL ({method}: {path[:200]}).", status=404)


def _get(kind: str) -> Run:
    return lambda work, identifier, params: work.get(kind, identifier)


def _list(kind: str, url: str, *filters: str, keep: Keep | None = None) -> Run:
    """Newest first, filtered by fields of the same names; `keep` knows the events' own filters."""

    def run(work: Work, _: str, params: Params) -> Document:
        own = {"delivery_success", "types"} if keep else set()
        only(params, {*filters, *own, "created", "expand", "limit", "starting_after"})
        where = {name: params[name] for name in filters if name in params}
        created = params.get("created", {})
        limit, after = _page(params)
        if after is not None:
            work.get(kind, after, param="starting_after", status=400)
        between = created if isinstance(created, dict) else {"gte": created, "lte": created}
        found = work.select(kind, where, created=between, after=after, limit=-1 if keep else limit + 1)
        if keep:
            found = [each for each in found if keep(work, each, params)]
        return as_list(url, found[:limit], has_more=len(found) > limit)

    return run


def _page(params: Params) -> tuple[int, str | None]:
    """How many objects (10 unless told, 1 to 100) and after which id."""
    limit: int = params.get("limit", 10)
    if not 1 <= limit <= 100:
        raise invalid("Invalid limit: must be between 1 and 100", "limit", "parameter_invalid_integer")
    return limit, params.get("starting_after")


def _line_items(work: Work, session_id: str, params: Params) -> Document:
    items = line_items(work.get(sessions.KIND, session_id))
    limit, after = _page(params)
    if after is not None:
        ids = [item["id"] for item in items]
        if after not in ids:
            raise no_such("line item", after, param="starting_after", status=400)
        items = items[ids.index(after) + 1 :]
    url = f"/v1/checkout/sessions/{session_id}/line_items"
    return as_list(url, items[:limit], has_more=len(items) > limit)


def _event(work: Work, event_id: str, params: Params) -> Document:
    return events.with_pending_webhooks(work, work.get("event", event_id))


def _events(work: Work, _: str, params: Params) -> Document:
    page = _list("event", "/v1/events", "type", keep=events.is_wanted)(work, "", params)
    return {**page, "data": [events.with_pending_webhooks(work, event) for event in page["data"]]}


def _endpoints(work: Work, _: str, params: Params) -> Document:
    """The sandbox's own comes last: it was there first."""
    page = _list(endpoints.KIND, "/v1/webhook_endpoints")(work, "", params)
    return page if page["has_more"] else {**page, "data": [*page["data"], *endpoints.own(work)]}


def _risks(name: str, url: str, kind: str, listed: type, retrieved: type) -> tuple[Endpoint, Endpoint]:
    return (
        Endpoint(f"{name}.list", "GET", url, listed, _list(kind, url, "charge", "payment_intent")),
        Endpoint(f"{name}.retrieve", "GET", f"{url}/{{id}}", retrieved, _get(kind)),
    )


ENDPOINTS = (
    Endpoint(
        "sessions.create",
        "POST",
        "/v1/checkout/sessions",
        checkout_sdk.SessionCreateParams,
        lambda work, _, params: sessions.create(work, params),
        session_rules.check_session,
    ),
    Endpoint(
        "sessions.expire",
        "POST",
        "/v1/checkout/sessions/{id}/expire",
        checkout_sdk.SessionExpireParams,
        lambda work, session_id, params: sessions.expire(work, session_id),
    ),
    Endpoint(
        "sessions.list",
        "GET",
        "/v1/checkout/sessions",
        checkout_sdk.SessionListParams,
        _list(sessions.KIND, "/v1/checkout/sessions", "customer", "payment_intent", "status"),
    ),
    Endpoint(
        "sessions.retrieve",
        "GET",
        "/v1/checkout/sessions/{id}",
        checkout_sdk.SessionRetrieveParams,
        _get(sessions.KIND),
    ),
    Endpoint(
        "sessions.line_items.list",
        "GET",
        "/v1/checkout/sessions/{id}/line_items",
        checkout_sdk.SessionListLineItemsParams,
        _line_items,
    ),
    Endpoint(
        "payment_intents.list",
        "GET",
        "/v1/payment_intents",
        sdk.PaymentIntentListParams,
        _list("payment_intent", "/v1/payment_intents", "customer"),
    ),
    Endpoint(
        "payment_intents.retrieve",
        "GET",
        "/v1/payment_intents/{id}",
        sdk.PaymentIntentRetrieveParams,
        _get("payment_intent"),
    ),
    Endpoint(
        "charges.list",
        "GET",
        "/v1/charges",
        sdk.ChargeListParams,
        _list("charge", "/v1/charges", "customer", "payment_intent"),
    ),
    Endpoint("charges.retrieve", "GET", "/v1/charges/{id}", sdk.ChargeRetrieveParams, _get("charge")),
    Endpoint(
        "customers.create",
        "POST",
        "/v1/customers",
        sdk.CustomerCreateParams,
        lambda work, _, params: customers.create(work, params),
        customers.check_customer,
    ),
    Endpoint(
        "customers.list",
        "GET",
        "/v1/customers",
        sdk.CustomerListParams,
        _list(customers.KIND, "/v1/customers", "email"),
    ),
    Endpoint("customers.retrieve", "GET", "/v1/customers/{id}", sdk.CustomerRetrieveParams, _get("customer")),
    Endpoint(
        "shipping_rates.retrieve",
        "GET",
        "/v1/shipping_rates/{id}",
        sdk.ShippingRateRetrieveParams,
        _get("shipping_rate"),
    ),
    Endpoint(
        "refunds.create",
        "POST",
        "/v1/refunds",
        sdk.RefundCreateParams,
        lambda work, _, params: refunds.create(work, params),
        refunds.check_refund,
    ),
    Endpoint(
        "refunds.list",
        "GET",
        "/v1/refunds",
        sdk.RefundListParams,
        _list("refund", "/v1/refunds", "charge", "payment_intent"),
    ),
    Endpoint("refunds.retrieve", "GET", "/v1/refunds/{id}", sdk.RefundRetrieveParams, _get("refund")),
    *_risks("disputes", "/v1/disputes", "dispute", sdk.DisputeListParams, sdk.DisputeRetrieveParams),
    *_risks(
        "radar.early_fraud_warnings",
        "/v1/radar/early_fraud_warnings",
        "radar.early_fraud_warning",
        radar_sdk.EarlyFraudWarningListParams,
        radar_sdk.EarlyFraudWarningRetrieveParams,
    ),
    *_risks("reviews", "/v1/reviews", "review", sdk.ReviewListParams, sdk.ReviewRetrieveParams),
    Endpoint("events.list", "GET", "/v1/events", sdk.EventListParams, _events),
    Endpoint("events.retrieve", "GET", "/v1/events/{id}", sdk.EventRetrieveParams, _event),
    Endpoint(
        "balance.retrieve",
        "GET",
        "/v1/balance",
        sdk.BalanceRetrieveParams,
        lambda work, _, params: balance.balance(work),
    ),
    Endpoint(
        "account.retrieve",
        "GET",
        "/v1/account",
        sdk.AccountRetrieveCurrentParams,
        lambda work, _, params: balance.account(),
    ),
    Endpoint(
        "webhook_endpoints.create",
        "POST",
        "/v1/webhook_endpoints",
        sdk.WebhookEndpointCreateParams,
        lambda work, _, params: endpoints.create(work, params),
        endpoints.check_new,
    ),
    Endpoint(
        "webhook_endpoints.update",
        "POST",
        "/v1/webhook_endpoints/{id}",
        sdk.WebhookEndpointUpdateParams,
        endpoints.change,
        endpoints.check_change,
    ),
    Endpoint(
        "webhook_endpoints.list",
        "GET",
        "/v1/webhook_endpoints",
        sdk.WebhookEndpointListParams,
        _endpoints,
    ),
    Endpoint(
        "webhook_endpoints.retrieve",
        "GET",
        "/v1/webhook_endpoints/{id}",
        sdk.WebhookEndpointRetrieveParams,
        _get(endpoints.KIND),
    ),
)
CALLS = tuple(endpoint.name for endpoint in ENDPOINTS)
