"""The way from the shop to its sandbox, which counts the calls and can be cut or made to lie."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, TypeAlias

import stripe

from webshop.orders.model import Order
from webshop.payments.client import Payments
from webshop.payments.model import Attempt
from webshop.payments.shapes import Session
from webshop.sandbox.client import SandboxHTTPClient
from webshop.sandbox.core import PUBLISHABLE_KEY, SECRET_KEY, Sandbox

Answer: TypeAlias = tuple[str, int, Mapping[str, str]]


class Wire(SandboxHTTPClient):
    """`calls` is what reached the sandbox, such as "POST /v1/checkout/sessions", and `sent` the form bodies.

    `down`: nobody answers. `lie`: given instead of the sandbox's answer, which is not asked. `lose`: the
    sandbox does what it is asked, and its answer gets lost. `before` and `after`: run once, around the next
    call.
    """

    def __init__(self, sandbox: Sandbox) -> None:
        super().__init__(sandbox)
        self.calls: list[str] = []
        self.sent: list[str] = []
        self.down = False
        self.lie: tuple[str, int] | None = None
        self.lose = False
        self.before: Callable[[], None] | None = None
        self.after: Callable[[], None] | None = None

    def request(  # type: ignore[override]  # as in the class above
        self, method: str, url: str, headers: Mapping[str, str] | None, post_data: Any = None
    ) -> Answer:
        if self.before:
            act, self.before = self.before, None
            act()
        if self.down:
            raise stripe.APIConnectionError("nobody answers")  # type: ignore[no-untyped-call]
        if self.lie is not None:
            body, status = self.lie
            return body, status, {}
        self.calls.append(f"{method.upper()} {url.partition('?')[0].partition('.com')[2]}")
        self.sent.append(str(post_data or ""))
        answer = super().request(method, url, headers, post_data)
        if self.lose:
            raise stripe.APIConnectionError("the answer was lost")  # type: ignore[no-untyped-call]
        if self.after:
            act, self.after = self.after, None
            act()
        return answer

    def _sleep_time_seconds(self, num_retries: int) -> float:
        return 0  # the SDK would pause before it tries again

    def count(self, call: str) -> int:
        return sum(each.startswith(call) for each in self.calls)


class RealMoney(Payments):
    """Says of the sandbox's sessions that their money is real."""

    def open(self, order: Order, attempt: Attempt, return_to: str, back: str) -> Session:
        return replace(super().open(order, attempt, return_to, back), livemode=True)

    def fetch(self, session_id: str) -> Session:
        return replace(super().fetch(session_id), livemode=True)

    def expire(self, session_id: str) -> Session:
        return replace(super().expire(session_id), livemode=True)


def payments_over(sandbox: Sandbox, wire: Wire, kind: type[Payments] = Payments) -> Payments:
    return kind(
        SECRET_KEY,
        PUBLISHABLE_KEY,
        [sandbox.webhook_secret],
        script="/sandbox/stripe.js",
        http_client=wire,
    )
