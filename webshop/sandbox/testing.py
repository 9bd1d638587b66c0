"""For tests and demonstrations: a clock to move, a session to buy, and a shopper who needs no browser."""

from __future__ import annotations

import time
from typing import Any

import stripe

from webshop.sandbox.client import SandboxHTTPClient
from webshop.sandbox.core import SECRET_KEY, Sandbox
from webshop.sandbox.objects import payments
from webshop.sandbox.objects.cards import read_card
from webshop.sandbox.objects.payments import Attempt

SHOP = "http://shop.test"


class Clock:
    """Starts now and moves only when told: signatures made with it are neither stale nor from the future."""

    def __init__(self) -> None:
        self.now = time.time()

    def __call__(self) -> float:
        return self.now

    def forward(self, seconds: float) -> None:
        self.now += seconds


def client_of(sandbox: Sandbox) -> stripe.StripeClient:
    return stripe.StripeClient(SECRET_KEY, http_client=SandboxHTTPClient(sandbox))


def session_params(shop: str = SHOP, **changes: Any) -> Any:
    """Two mugs at €12.00 and shipping at €4.90, on the hosted page, of the shop at this address; None takes a
    parameter away."""
    price = {"currency": "eur", "unit_amount": 1200, "product_data": {"name": "Blue mug"}}
    params: dict[str, Any] = {
        "mode": "payment",
        "line_items": [{"price_data": price, "quantity": 2}],
        "shipping_options": [shipping("Standard", 490)],
        "success_url": f"{shop}/charge?token={{CHECKOUT_SESSION_ID}}",
        "cancel_url": f"{shop}/cart",
        "customer_email": "ann@example.com",
    }
    return {name: value for name, value in (params | changes).items() if value is not None}


def embedded_params(shop: str = SHOP, **changes: Any) -> Any:
    embedded = {
        "ui_mode": "embedded_page",
        "return_url": f"{shop}/charge?token={{CHECKOUT_SESSION_ID}}",
    }
    return session_params(shop, **({"success_url": None, "cancel_url": None} | embedded | changes))


def shipping(name: str, amount: int, currency: str = "eur") -> dict[str, Any]:
    fixed = {"amount": amount, "currency": currency}
    return {"shipping_rate_data": {"display_name": name, "type": "fixed_amount", "fixed_amount": fixed}}


def pay(sandbox: Sandbox, session_id: str, number: str = "4242424242424242") -> Attempt:
    """Pay with a test card as if the form had been sent; raises NotOpen."""
    with sandbox.work() as work:
        card, problems = read_card({"number": number, "expiry": "12/34", "cvc": "123"}, work.now)
        if card is None:
            raise ValueError(f"not a test card: {problems}")
        return payments.pay_by_card(work, session_id, card)
