"""Stripe, and nothing else here knows its client. "Token" in the shop is the id of a Checkout Session."""

from webshop.payments.client import OpeningFailed, Payments, RefundRefused
from webshop.payments.request import UiMode, session_params
from webshop.payments.shapes import Event, Refund, Session

__all__ = [
    "Event",
    "OpeningFailed",
    "Payments",
    "Refund",
    "RefundRefused",
    "Session",
    "UiMode",
    "session_params",
]
