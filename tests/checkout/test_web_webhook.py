"""Stripe's events: signed, repeated, foreign, forged, broken. Each is only a hint."""

import json
import time
from typing import Any

import pytest
import stripe
from httpx2 import Response
from sqlalchemy import func, select
from starlette.testclient import TestClient

from tests.conftest import ADDRESS, both_databases, site_of, state_of
from tests.people import FORM
from tests.web.questions import HTMX, element
from tests.wire import Wire
from webshop.db.tables import order_events, orders, stripe_events
from webshop.payments.client import Payments
from webshop.sandbox.core import PUBLISHABLE_KEY, SECRET_KEY, Sandbox
from webshop.sandbox.objects import payments as bank
from webshop.sandbox.pages.ledger import ledger
from webshop.sandbox.testing import client_of, pay, session_params


@pytest.fixture
def token(client: TestClient, wire: Wire) -> str:
    """Of an open session for two mugs."""
    client.post("/cart/lines", data={"sku": "MUG-BLUE", "quantity": "2"})
    response = client.post("/checkout", data={**FORM, "total": "2890"}, headers=HTMX)
    wire.calls.clear()
    return str(element(response, "input[name=token]")["value"])


def events(sandbox: Sandbox, kind: str) -> list[dict[str, Any]]:
    with sandbox.work() as work:
        return [event for event in ledger(work)["events"] if event["type"] == kind]


def send(client: TestClient, sandbox: Sandbox, event: object, secret: str = "") -> Response:
    body = event if isinstance(event, bytes) else json.dumps(event).encode()
    signature = stripe.WebhookSignature.generate_signature_header(
        body.decode("utf-8", "replace"), secret or sandbox.webhook_secret
    )
    return post(client, body, signature)


def event_about(thing: object) -> dict[str, object]:
    return {"id": "evt_1", "object": "event", "type": "checkout.session.completed", "data": {"object": thing}}


def post(client: TestClient, body: bytes, signature: str) -> Response:
    headers = {"Stripe-Signature": signature, "Content-Type": "application/json"}
    return client.post("/stripe/webhook", content=body, headers=headers)


def states(client: TestClient) -> list[str]:
    with site_of(client).db.read() as connection:
        return list(connection.execute(select(orders.c.state)).scalars())


def handled(client: TestClient) -> int:
    with site_of(client).db.read() as connection:
        return int(connection.execute(select(func.count()).select_from(stripe_events)).scalar_one())


@both_databases
def test_a_paid_session_is_settled_though_the_shopper_never_came_back(
    client: TestClient, sandbox: Sandbox, token: str
) -> None:
    pay(sandbox, token)
    (event,) = events(sandbox, "checkout.session.completed")
    response = send(client, sandbox, event)

    assert (response.status_code, response.text) == (200, "ok")
    assert states(client) == ["paid"]


@both_databases
def test_a_repeated_event_is_handled_once(
    client: TestClient, sandbox: Sandbox, wire: Wire, token: str
) -> None:
    pay(sandbox, token)
    (event,) = events(sandbox, "checkout.session.completed")
    statuses = [send(client, sandbox, event).status_code for _again in range(3)]

    assert statuses == [200, 200, 200]
    assert len(wire.calls) == 1
    assert handled(client) == 1
    with site_of(client).db.read() as connection:
        kinds = list(connection.execute(select(order_events.c.kind).order_by(order_events.c.id)).scalars())
    assert kinds == ["placed", "paid"]


def test_an_event_that_could_not_be_handled_is_not_remembered(
    client: TestClient, sandbox: Sandbox, wire: Wire, token: str
) -> None:
    pay(sandbox, token)
    (event,) = events(sandbox, "checkout.session.completed")
    wire.down = True
    assert send(client, sandbox, event).status_code == 503

    wire.down = False
    assert send(client, sandbox, event).status_code == 200
    assert states(client) == ["paid"]


def test_an_event_lies_about_the_payment_and_only_stripe_is_believed(
    client: TestClient, sandbox: Sandbox, token: str
) -> None:
    """Somebody who has the secret, or an old event that comes late."""
    with sandbox.work() as work:
        session = ledger(work)["sessions"][0]
    lie = {**session, "status": "complete", "payment_status": "paid"}
    event = {
        "id": "evt_lie",
        "object": "event",
        "type": "checkout.session.completed",
        "data": {"object": lie},
    }

    assert send(client, sandbox, event).status_code == 200
    assert states(client) == ["pending"]


def test_an_expired_session_gives_the_order_up(client: TestClient, sandbox: Sandbox, token: str) -> None:
    client_of(sandbox).v1.checkout.sessions.expire(token)
    (event,) = events(sandbox, "checkout.session.expired")

    assert send(client, sandbox, event).status_code == 200
    assert states(client) == ["expired"]


@pytest.mark.parametrize("succeeds", [True, False])
def test_a_bank_payment_is_followed_to_its_end_whatever_the_order_of_its_events(
    client: TestClient, sandbox: Sandbox, token: str, succeeds: bool
) -> None:
    with sandbox.work() as work:
        bank.pay_by_bank(work, token)
        bank.settle_bank_payment(work, token, succeeded=succeeds)
    end = "checkout.session.async_payment_" + ("succeeded" if succeeds else "failed")
    (first,), (last,) = events(sandbox, "checkout.session.completed"), events(sandbox, end)

    assert [send(client, sandbox, event).status_code for event in (last, first)] == [200, 200]
    assert states(client) == ["paid" if succeeds else "failed"]


def test_a_refund_made_at_stripe_is_shown_on_the_order(
    client: TestClient, sandbox: Sandbox, token: str
) -> None:
    pay(sandbox, token)
    client.post("/charge", data={"token": token})
    with sandbox.work() as work:
        intent = ledger(work)["payment_intents"][0]["id"]
    client_of(sandbox).v1.refunds.create({"payment_intent": intent})
    (event,) = events(sandbox, "charge.refunded")

    assert send(client, sandbox, event).status_code == 200
    assert states(client) == ["refunded"]


# What is not for us


def test_an_event_of_an_order_that_we_do_not_know_is_asked_for_again(
    client: TestClient, sandbox: Sandbox, token: str
) -> None:
    """A session that says it is ours: perhaps its order is being written at this moment."""
    params = session_params(
        ADDRESS, client_reference_id="AAAA-AAAA", metadata={"order": "AAAA-AAAA", "attempt": "1"}
    )
    ours = client_of(sandbox).v1.checkout.sessions.create(params)
    pay(sandbox, ours.id)
    (event,) = events(sandbox, "checkout.session.completed")

    assert send(client, sandbox, event).status_code == 404
    assert handled(client) == 0


def test_a_session_of_something_else_on_the_same_account_is_none_of_our_business(
    client: TestClient, sandbox: Sandbox, wire: Wire
) -> None:
    foreign = client_of(sandbox).v1.checkout.sessions.create(session_params(ADDRESS))
    pay(sandbox, foreign.id)

    with sandbox.work() as work:
        every = ledger(work)["events"]
    assert len(every) >= 3
    assert {send(client, sandbox, event).status_code for event in every} == {200}
    assert states(client) == []


@pytest.mark.parametrize("kind", ["customer.created", "invoice.paid", "no.such.type", ""])
def test_an_event_about_something_else_is_200(
    client: TestClient, sandbox: Sandbox, wire: Wire, kind: str
) -> None:
    thing = {"id": "x_1", "object": "x"}
    event = {"id": "evt_1", "object": "event", "type": kind, "data": {"object": thing}}

    assert send(client, sandbox, event).status_code == 200
    assert wire.calls == []


# Forged and broken


@pytest.mark.parametrize(
    "signature",
    [
        "",
        "x",
        "t=1,v1=",
        "t=now,v1=00",
        "t=1,v1=" + "0" * 64,
        "v1=" + "0" * 64,
        "t=99999999999999999999,v1=00",
        ",,,=",
        "\xff",
    ],
)
def test_a_bad_signature_is_400(client: TestClient, wire: Wire, token: str, signature: str) -> None:
    body = json.dumps({"id": "evt_1", "object": "event", "type": "checkout.session.completed"}).encode()
    headers = [(b"stripe-signature", signature.encode("latin-1"))]

    assert client.post("/stripe/webhook", content=body, headers=headers).status_code == 400
    assert client.post("/stripe/webhook", content=body).status_code == 400
    assert wire.calls == []


def test_a_signature_over_another_body_another_secret_or_long_ago_is_400(
    client: TestClient, sandbox: Sandbox, wire: Wire, token: str
) -> None:
    pay(sandbox, token)
    (event,) = events(sandbox, "checkout.session.completed")
    body = json.dumps(event)
    sign = stripe.WebhookSignature.generate_signature_header
    stale = sign(body, sandbox.webhook_secret, timestamp=int(time.time()) - 3600)

    assert send(client, sandbox, event, "whsec_of_somebody_else").status_code == 400
    assert post(client, (body + " ").encode(), sign(body, sandbox.webhook_secret)).status_code == 400
    assert post(client, body.encode(), stale).status_code == 400
    assert states(client) == ["pending"]


def test_two_secrets_are_accepted_while_they_are_rolled(
    client: TestClient, sandbox: Sandbox, wire: Wire, token: str
) -> None:
    payments = Payments(SECRET_KEY, PUBLISHABLE_KEY, ["whsec_new", "whsec_old"], "", http_client=wire)
    state_of(client).payments = payments
    event = {"id": "evt_1", "object": "event", "type": "x", "data": {"object": {"object": "x"}}}

    secrets = ("whsec_new", "whsec_old", "whsec_older")
    assert [send(client, sandbox, event, secret).status_code for secret in secrets] == [200, 200, 400]


OURS = {"order": "AAAA-AAAA"}
# Where Stripe's name of something belongs.
NO_NAMES: list[object] = [
    float("nan"),
    1,
    True,
    [],
    {},
    ["x"],
    "a\0b",
    "\ud800",
    "x" * 300,
    "é",
    "a b",
    "a\n",
]
BROKEN: list[object] = [
    *(b"", b"x", b"{", b"\xff\xfe", b'{"id": "\xc3\x28"}', b"[]", b"1", b"null", b'"event"', b"{}"),
    *(b"[" * 5000, b"\x00"),
    {"object": "event"},
    {"object": "event", "id": None, "type": None, "data": None},
    {"object": "event", "id": "evt_1", "type": "x"},
    {"object": "event", "id": "evt_1", "type": "x", "data": {}},
    {"object": "v2.core.event", "id": "evt_1", "type": "v1.billing.meter.error", "created": "2026-01-01"},
    *map(
        event_about,
        [
            None,
            "cs_test_1",
            [],
            {"object": "checkout.session"},
            {"object": "checkout.session", "metadata": 1},
            {"object": "checkout.session", "id": None, "metadata": OURS},
            {"object": "checkout.session", "id": "../../../x", "metadata": OURS},
            {"object": "charge"},
            {"object": "charge", "payment_intent": []},
            *({"object": "charge", "payment_intent": name} for name in NO_NAMES),
            *({"object": "checkout.session", "id": name, "metadata": OURS} for name in NO_NAMES),
        ],
    ),
    *({**event_about({"object": "charge", "payment_intent": "pi_1"}), "id": name} for name in NO_NAMES),
    *(
        {**event_about({"object": "charge", "payment_intent": "pi_1"}), "type": name}
        for name in (*NO_NAMES, "x" * 100)
    ),
]


@both_databases
def test_whatever_is_signed_and_makes_no_sense_is_never_500(
    client: TestClient, sandbox: Sandbox, wire: Wire, token: str
) -> None:
    statuses = {repr(broken)[:250]: send(client, sandbox, broken).status_code for broken in BROKEN}

    assert {what: status for what, status in statuses.items() if status not in (200, 400, 404)} == {}
    assert statuses["b'\\xff\\xfe'"] == statuses["b'x'"] == statuses["b''"] == 400
    assert states(client) == ["pending"]


def test_a_megabyte_is_413_and_a_long_event_is_not(client: TestClient, sandbox: Sandbox) -> None:
    event = {
        "id": "evt_1",
        "object": "event",
        "type": "x",
        "data": {"object": {"object": "x", "y": "z" * 200_000}},
    }

    assert send(client, sandbox, event).status_code == 200
    assert send(client, sandbox, b"x" * 1_000_000).status_code == 413


def test_the_endpoint_takes_posts_only_and_from_anywhere(client: TestClient, sandbox: Sandbox) -> None:
    assert client.get("/stripe/webhook").status_code == 405
    event = {"id": "evt_1", "object": "event", "type": "x", "data": {"object": {"object": "x"}}}
    client.headers["Origin"] = "https://hooks.stripe.com"
    assert send(client, sandbox, event).status_code == 200
