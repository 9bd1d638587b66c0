"""Events: what happened, recorded in the transaction in which it happened, and queued for the webhook there
too.
"""

from __future__ import annotations

from typing import Any

import stripe

from webshop.sandbox.state import webhooks
from webshop.sandbox.state.ids import new_id
from webshop.sandbox.state.work import Document, Work, public

API_VERSION: str = stripe.api_version


def record(work: Work, kind: str, subject: Document) -> None:
    """Keep the event with a snapshot of its object; if there is an endpoint, it is to be sent there."""
    event: Document = {
        "id": new_id("evt"),
        "object": "event",
        "api_version": API_VERSION,
        "created": work.now,
        "data": {"object": public(subject)},
        "livemode": work.livemode,
        "pending_webhooks": 1 if work.webhook_url else 0,
        "request": {"id": work.request_id, "idempotency_key": work.idempotency_key},
        "type": kind,
    }
    work.insert(event)
    work.recorded_events += 1
    if work.webhook_url:
        webhooks.queue(work, event)


def is_wanted(work: Work, event: Document, params: dict[str, Any]) -> bool:
    """By `types`, and by `delivery_success`: false for what was refused, or is still on its way."""
    if event["type"] not in params.get("types", [event["type"]]):
        return False
    wanted = params.get("delivery_success")
    query = "SELECT count(*) FROM deliveries WHERE event = ? AND state IN ('pending', 'failed')"
    return wanted is None or wanted == (work.db.execute(query, (event["id"],)).fetchone()[0] == 0)


def with_pending_webhooks(work: Work, event: Document) -> Document:
    """The event with the present number of its undelivered webhooks."""
    count = "SELECT count(*) FROM deliveries WHERE event = ? AND state = 'pending'"
    pending: int = work.db.execute(count, (event["id"],)).fetchone()[0]
    return {**event, "pending_webhooks": pending}
