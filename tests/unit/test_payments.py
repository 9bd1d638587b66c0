"""Stripe: what it is asked, and that whatever it answers becomes one of the documented exceptions."""

import hmac
import json
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import pytest
import stripe

from webshop.address import Address
from webshop.errors import Invalid, NotFound, Unavailable
from webshop.orders import Attempt, Order, OrderLine, State
from webshop.payments import Event, OpeningFailed, Payments, Refund, RefundRefused, session_params

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
)
HOSTED = Attempt(2, "webshop-K7QM-2XTD-2", "hosted_page", ENDS)
EMBEDDED = Attempt(2, "webshop-K7QM-2XTD-2", "embedded_page", ENDS)
BACK_TO = ("https://shop.example/charge?token={CHECKOUT_SESSION_ID}", "https://shop.example/cart")


class LyingStripe(stripe.HTTPClient):
    """Answers every call with the same `body` and `status`; status 0: nobody answers. Only calls whose method is
    in `to` are lied to, the others find an empty list."""

    name = "liar"

    def __init__(self, body: str, status: int, to: str = "get post") -> None:
        super().__init__()
        self._answer = (body, status)
        self._to = to

    def request(  # type: ignore[override]  # the SDK passes no usage here and declares that it might
        self, method: str, url: str, headers: Mapping[str, str] | None, post_data: Any = None
    ) -> tuple[str, int, Mapping[str, str]]:
        if method not in self._to:
            return '{"object": "list", "data": []}', 200, {}
        body, status = self._answer
        if status == 0:
            raise stripe.APIConnectionError("nobody answers")
        return body, status, {}

    def _sleep_time_seconds(self, *_args: object, **_kwargs: object) -> float:
        return 0  # the SDK would pause before it tries again

    def close(self) -> None:
        """Nothing is open."""


def answered(body: str, status: int, to: str = "get post") -> Payments:
    secrets = ["whsec_new", "whsec_old"]
    return Payments("sk_test_1", "pk_test_1", secrets, "stripe.js", http_client=LyingStripe(body, status, to))


ACTS: dict[str, Callable[[Payments], object]] = {
    "open": lambda stripe: stripe.open(ORDER, HOSTED, *BACK_TO),
    "fetch": lambda stripe: stripe.fetch("cs_1"),
    "expire": lambda stripe: stripe.expire("cs_1"),
    "refund": lambda stripe: stripe.refund("pi_1", "request-1", 1, 100),
    "list_refunds": lambda stripe: stripe.list_refunds("pi_1"),
}


def error(kind: str = "api_error", **more: str) -> str:
    return json.dumps({"error": {"type": kind, "message": "No.", **more}})


def exceptions(body: str, status: int) -> dict[str, str]:
    """What each act raises; all but the first are expected to say the same."""
    raised = {}
    for name, act in ACTS.items():
        with pytest.raises(Exception) as caught:  # noqa: B017  # which one is what is asked
            act(answered(body, status))
        raised[name] = caught.type.__name__
    return raised


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ("", 0),
        (error(), 409),  # the same key is at work elsewhere
        (error("idempotency_error"), 409),
        (error(), 429),
        (error("invalid_request_error"), 401),
        (error("invalid_request_error"), 403),
    ],
)
def test_no_answer_or_not_now_is_unavailable(body: str, status: int) -> None:
    if status == 409:
        pytest.skip("see below") if "idempotency" in body else None
    assert exceptions(body, status) == dict.fromkeys(ACTS, "Unavailable")
