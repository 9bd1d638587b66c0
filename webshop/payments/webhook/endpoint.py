"""The webhook: where it is, in which version and of what Stripe tells, and the doctor's own event."""

from __future__ import annotations

import json
from collections.abc import Sequence
from time import time

from webshop.payments.library import stripe

PATH = "/stripe/webhook"

# What an endpoint is subscribed to: code, docs/deploy.md and the doctor have it from here.
EVENTS = (
    "checkout.session.completed",
    "checkout.session.async_payment_succeeded",
    "checkout.session.async_payment_failed",
    "checkout.session.expired",
    "charge.refunded",
    "refund.updated",
    "refund.failed",
    "charge.dispute.created",
    "charge.dispute.updated",
    "charge.dispute.closed",
    "charge.dispute.funds_withdrawn",
    "charge.dispute.funds_reinstated",
    "radar.early_fraud_warning.created",
    "radar.early_fraud_warning.updated",
    "review.opened",
    "review.closed",
)
EXAMINATION = "webshop.examination"  # no event of Stripe's: nothing is settled by it


def missing_events(enabled: Sequence[str]) -> list[str]:
    """Those of ours that an endpoint with these is not told of; "*" is all."""
    return [] if "*" in enabled else [each for each in EVENTS if each not in enabled]


def examination(secret: str) -> tuple[bytes, str]:
    """An event with which the doctor asks the shop how it sees the request; and its signature."""
    now = int(time())
    event = {
        "id": f"examination_{now}",  # unlike Stripe's: one that is refused raises no alarm
        "object": "event",
        "api_version": stripe.api_version,
        "created": now,
        "data": {"object": {"object": "examination"}},
        "livemode": False,
        "pending_webhooks": 0,
        "request": {"id": None, "idempotency_key": None},
        "type": EXAMINATION,
    }
    body = json.dumps(event)
    return body.encode(), stripe.WebhookSignature.generate_signature_header(body, secret)
