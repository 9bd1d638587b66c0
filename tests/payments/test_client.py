"""Stripe: what it is asked, and that whatever it answers becomes one of the documented exceptions."""

import hmac
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

import pytest
import stripe

from tests.conftest import ADDRESS
from tests.wire import Wire, payments_over
from webshop.address import Address
from webshop.errors import Invalid, Unavailable
from webshop.orders.model import Order, OrderLine, State
from webshop.payments.client import Payments, RefundRefused
from webshop.payments.model import Attempt, Status
from webshop.payments.request import session_params
from webshop.payments.shapes import Event, StripeRefund
from webshop.sandbox.core import Sandbox
from webshop.settings.mode import ShopMode

ENDS = datetime(2026, 3, 5, 14, 35, tzinfo=UTC)  # 1772721300
ORDER = Order(
    number="K7QM-2XTD",
    cart="c" * 32,
    state=State.PENDING,
    email="ada@example.com",
    address=Address("Ada Lovelace", "1 Analytical Street", "Flat 2", "10115", "Berlin", "DE"),
    currency="EUR",
    lines=(
        OrderLine("BOWL-L", "Bowl", "Large", 2900, 1, 0),
        OrderLine("MUG-BLUE", "Blue mug", "", 1200, 2, 2),
    ),
    shipping_title="Parcel",
    shipping=490,
    total=5790,
    placed_at=datetime(2026, 3, 5, 14, 0, tzinfo=UTC),
    expires_at=ENDS,
    mode=ShopMode.TEST,
)
HOSTED = Attempt(
    id=1,
    order_number="K7QM-2XTD",
    number=2,
    idempotency_key="webshop-K7QM-2XTD-2",
    ui_mode="hosted_page",
    status=Status.OPENING,
    session_id=None,
    payment_intent=None,
    charge=None,
    receipt_url=None,
    amount=5790,
    currency="EUR",
    created_at=datetime(2026, 3, 5, 14, 0, tzinfo=UTC),
    expires_at=ENDS,
    polls=0,
)
EMBEDDED = replace(HOSTED, ui_mode="embedded_page")
BACK_TO = ("https://shop.example/charge?token={CHECKOUT_SESSION_ID}", "https://shop.example/cart")


class LyingStripe(stripe.HTTPClient):
    """Answers every call with the same `body` and `status`, where 0 is no answer. Only the methods in `to`
    are lied to; the others find an empty list."""

    name = "liar"

    def __init__(self, body: str, status: int, to: str = "get post") -> None:
        super().__init__()
        self._answer = (body, status)
        self._to = to
        self.calls: list[str] = []

    def request(  # type: ignore[override]  # the SDK passes no usage here and declares that it might
        self, method: str, url: str, headers: Mapping[str, str] | None, post_data: Any = None
    ) -> tuple[str, int, Mapping[str, str]]:
        self.calls.append(method)
        if method not in self._to:
            return '{"object": "list", "data": []}', 200, {}
        body, status = self._answer
        if status == 0:
            raise stripe.APIConnectionError("nobody answers")  # type: ignore[no-untyped-call]
        return body, status, {}

    def _sleep_time_seconds(self, *_args: object, **_kwargs: object) -> float:
        return 0  # the SDK would pause before it tries again

    def close(self) -> None:
        """Nothing is open."""


def over(client: stripe.HTTPClient) -> Payments:
    return Payments("sk_test_1", "pk_test_1", ["whsec_new", "whsec_old"], "stripe.js", http_client=client)


def answered(body: str, status: int, to: str = "get post") -> Payments:
    return over(LyingStripe(body, status, to))


ACTS: list[Callable[[Payments], object]] = [
    lambda stripe: stripe.open(ORDER, HOSTED, *BACK_TO),
    lambda stripe: stripe.fetch("cs_1"),
    lambda stripe: stripe.expire("cs_1"),
    lambda stripe: stripe.refund("pi_1", "request-1", tries=1, amount=100),
    lambda stripe: stripe.list_refunds("pi_1"),
]


def error(kind: str = "api_error", **more: str) -> str:
    return json.dumps({"error": {"type": kind, "message": "No.", **more}})


def exceptions(body: str, status: int) -> list[str]:
    """What open, fetch, expire, refund and list_refunds raise."""
    raised = []
    for act in ACTS:
        with pytest.raises(Exception) as caught:  # noqa: B017  # which one is the question
            act(answered(body, status))
        raised.append(caught.type.__name__)
    return raised


@pytest.mark.parametrize(
    ("body", "status"),
    [("", 0), (error(), 409), (error(), 429), (error(), 401), (error(), 403)],
)
def test_no_answer_or_not_now_is_unavailable(body: str, status: int) -> None:
    assert exceptions(body, status) == ["Unavailable"] * 5


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (error(), 500),
        (error(), 503),
        ("", 200),
        ("", 500),
        ("garbage", 200),
        ("<html>Bad Gateway</html>", 502),
        ("{", 200),
        ("{}", 200),
        ("{}", 429),
        ("[]", 200),
        ("[{}]", 200),
        ("null", 200),
        ("5", 200),
        ('"cs_1"', 200),
        ('{"id": "cs_1", "object": "checkout.session"}', 200),
        ('{"data": null}', 200),
        ('{"data": [{}]}', 200),
        ('{"error": "no"}', 400),
        ('{"error": null}', 404),
        ("garbage", 401),
    ],
)
def test_an_answer_that_is_none_ends_an_attempt_and_is_otherwise_like_no_answer(
    body: str, status: int
) -> None:
    assert exceptions(body, status) == ["OpeningFailed"] + ["Unavailable"] * 4


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (error("invalid_request_error"), 400),
        (error("idempotency_error"), 400),
        (error("card_error"), 402),
    ],
)
def test_a_refusal_ends_an_attempt_and_a_refused_question_is_asked_again(body: str, status: int) -> None:
    assert exceptions(body, status) == ["OpeningFailed"] + ["Unavailable"] * 4


def test_a_session_that_stripe_does_not_know_is_not_found() -> None:
    unknown = error("invalid_request_error", code="resource_missing"), 404
    assert exceptions(*unknown) == ["OpeningFailed", "NotFound", "NotFound", "Unavailable", "Unavailable"]


def test_a_session_is_found_among_many_by_its_order_and_attempt(sandbox: Sandbox) -> None:
    """More than one page of them, the one looked for being the first that was made."""
    stripe = payments_over(sandbox, wire := Wire(sandbox))
    asked_at = datetime.now(UTC)
    ends = asked_at + timedelta(minutes=35)
    order = replace(ORDER, expires_at=ends)
    made = [
        stripe.open(
            order,
            replace(HOSTED, number=number, idempotency_key=f"key-{number}", expires_at=ends),
            return_to=f"{ADDRESS}/charge",
            back=f"{ADDRESS}/cart",
        )
        for number in range(1, 103)
    ]
    assert stripe.find_session_id("K7QM-2XTD", 1, asked_at) == made[0].id
    assert wire.count("GET /v1/checkout/sessions") == 2
    assert stripe.find_session_id("K7QM-2XTD", 103, asked_at) is None
    assert stripe.find_session_id("K7QM-2XTE", 1, asked_at) is None
    assert stripe.find_session_id("K7QM-2XTD", 1, asked_at - timedelta(minutes=16)) is None
    assert stripe.find_session_id("K7QM-2XTD", 1, asked_at + timedelta(minutes=11)) is None


def test_an_e_mail_address_that_stripe_refuses_is_the_shoppers_to_mend() -> None:
    refusing = answered(error("invalid_request_error", param="customer_email"), 400)
    with pytest.raises(Invalid) as refusal:
        refusing.open(ORDER, HOSTED, *BACK_TO)
    assert refusal.value.fields == {"email": "This does not look like an e-mail address."}


@pytest.mark.parametrize("kind", ["invalid_request_error", "idempotency_error"])
def test_a_refund_that_stripe_refuses_is_not_tried_again(kind: str) -> None:
    refusing = answered(error(kind), 400, to="post")
    with pytest.raises(RefundRefused):
        refusing.refund("pi_1", "request-1", tries=1, amount=100)


@pytest.mark.parametrize(("body", "status"), [(error(), 500), ("", 0), ("garbage", 200), ("[]", 500)])
def test_a_refund_without_an_answer_is_tried_again(body: str, status: int) -> None:
    with pytest.raises(Unavailable):
        answered(body, status, to="post").refund("pi_1", "request-1", tries=1, amount=100)


def test_a_refund_that_stripe_has_already_is_not_sent_again() -> None:
    ours = {
        "id": "re_1",
        "object": "refund",
        "amount": 100,
        "status": "pending",
        "metadata": {"request": "r"},
    }
    other = {"id": "re_2", "object": "refund", "amount": 50, "status": None, "metadata": {}}
    liar = LyingStripe(json.dumps({"object": "list", "data": [ours, other]}), 200)
    stripe = over(liar)
    assert stripe.list_refunds("pi_1") == [
        StripeRefund("re_1", "r", 100, "pending"),
        StripeRefund("re_2", "", 50, ""),
    ]

    stripe.refund("pi_1", "r", tries=2, amount=100)
    assert liar.calls == ["get", "get"]


def test_a_session_asks_for_exactly_what_the_order_says() -> None:
    assert session_params(ORDER, HOSTED, *BACK_TO) == {
        "mode": "payment",
        "ui_mode": "hosted_page",
        "client_reference_id": "K7QM-2XTD",
        "customer_email": "ada@example.com",
        "customer_creation": "always",
        "expires_at": 1772721300,
        "adaptive_pricing": {"enabled": False},
        "metadata": {"order": "K7QM-2XTD", "attempt": "2"},
        "payment_intent_data": {
            "description": "Order K7QM-2XTD",
            "metadata": {"order": "K7QM-2XTD"},
            "shipping": {
                "name": "Ada Lovelace",
                "address": {
                    "line1": "1 Analytical Street",
                    "line2": "Flat 2",
                    "postal_code": "10115",
                    "city": "Berlin",
                    "country": "DE",
                },
            },
        },
        "line_items": [
            {
                "quantity": 1,
                "price_data": {
                    "currency": "eur",
                    "unit_amount": 2900,
                    "product_data": {"name": "Bowl, Large", "metadata": {"sku": "BOWL-L"}},
                },
            },
            {
                "quantity": 2,
                "price_data": {
                    "currency": "eur",
                    "unit_amount": 1200,
                    "product_data": {"name": "Blue mug", "metadata": {"sku": "MUG-BLUE"}},
                },
            },
        ],
        "shipping_options": [
            {
                "shipping_rate_data": {
                    "type": "fixed_amount",
                    "display_name": "Parcel",
                    "fixed_amount": {"amount": 490, "currency": "eur"},
                }
            }
        ],
        "success_url": "https://shop.example/charge?token={CHECKOUT_SESSION_ID}",
        "cancel_url": "https://shop.example/cart",
    }


def test_an_embedded_session_differs_only_in_where_it_returns_to() -> None:
    hosted: dict[str, Any] = {**session_params(ORDER, HOSTED, *BACK_TO)}
    embedded: dict[str, Any] = {**session_params(ORDER, EMBEDDED, *BACK_TO)}
    assert {name for name in hosted | embedded if hosted.get(name) != embedded.get(name)} == {
        "ui_mode",
        "success_url",
        "cancel_url",
        "return_url",
        "redirect_on_completion",
    }
    assert embedded["ui_mode"] == "embedded_page"
    assert embedded["return_url"] == "https://shop.example/charge?token={CHECKOUT_SESSION_ID}"
    assert embedded["redirect_on_completion"] == "if_required"


def test_empty_parts_of_an_address_are_not_sent() -> None:
    irish = replace(ORDER, address=Address("Maud Gonne", "1 Quay", "", "", "Cork", "IE"))
    params: Any = session_params(irish, HOSTED, *BACK_TO)
    assert params["payment_intent_data"]["shipping"]["address"] == {
        "line1": "1 Quay",
        "city": "Cork",
        "country": "IE",
    }


def event(about: dict[str, Any], **more: Any) -> bytes:
    return json.dumps(
        {"id": "evt_1", "object": "event", "type": "something.happened", "data": {"object": about}, **more}
    ).encode()


def signed(body: bytes, secret: str = "whsec_new", age: int = 0) -> str:
    """As https://docs.stripe.com/webhooks#verify-manually says."""
    moment = int(time.time()) - age
    mac = hmac.new(secret.encode(), f"{moment}.".encode() + body, sha256).hexdigest()
    return f"t={moment},v1={mac}"


def read(body: bytes, signature: str) -> Event:
    return answered("", 0).read_event(body, signature)


OURS = event({"id": "cs_1", "object": "checkout.session", "metadata": {"order": "K7QM-2XTD"}})


@pytest.mark.parametrize(
    ("about", "session", "payment_intent"),
    [
        ({"id": "cs_1", "object": "checkout.session", "metadata": {"order": "K7QM-2XTD"}}, "cs_1", ""),
        ({"id": "cs_1", "object": "checkout.session", "metadata": {}}, "", ""),  # another shop's
        ({"id": "cs_1", "object": "checkout.session", "metadata": None}, "", ""),
        ({"id": "ch_1", "object": "charge", "payment_intent": "pi_1"}, "", "pi_1"),
        ({"id": "re_1", "object": "refund", "payment_intent": "pi_1"}, "", "pi_1"),
        ({"id": "re_1", "object": "refund", "payment_intent": None}, "", ""),
        ({"id": "cus_1", "object": "customer"}, "", ""),
    ],
)
def test_an_event_names_what_it_is_about_if_that_is_ours(
    about: dict[str, Any], session: str, payment_intent: str
) -> None:
    body = event(about)
    assert read(body, signed(body)) == Event("evt_1", "something.happened", session, payment_intent)


def test_two_secrets_are_accepted_while_they_are_rolled() -> None:
    assert read(OURS, signed(OURS, "whsec_new")) == read(OURS, signed(OURS, "whsec_old"))


def test_what_is_not_signed_for_this_shop_now_is_refused() -> None:
    refused = {
        "none": "",
        "no moment": "v1=0",
        "a moment that is none": "t=now,v1=0",
        "letters that no signature has": "t=1772721300,v1=é",
        "another shop's secret": signed(OURS, "whsec_other"),
        "an empty secret": signed(OURS, ""),
        "a recording, five minutes old": signed(OURS, age=301),
        "another event's": signed(OURS + b" "),
    }
    for signature in refused.values():
        with pytest.raises(Invalid):
            read(OURS, signature)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff\xfe",
        b"not json",
        b"[]",
        b"null",
        b"{}",
        b'{"id": "evt_1", "object": "v2.core.event", "type": "v2.core.event_destination.ping"}',  # thin
        b'{"id": "evt_1", "object": "event", "type": "ping", "data": {}}',
        b'{"id": "evt_1", "object": "event", "type": "ping", "data": {"object": "cs_1"}}',
    ],
)
def test_what_is_signed_but_is_no_event_is_refused(body: bytes) -> None:
    with pytest.raises(Invalid):
        read(body, signed(body))


def test_without_a_secret_no_event_is_accepted() -> None:
    stripe = Payments("sk_test_1", "pk_test_1", [], "stripe.js", http_client=LyingStripe("", 0))
    with pytest.raises(Invalid):
        stripe.read_event(OURS, signed(OURS, ""))
