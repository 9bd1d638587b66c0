"""Everything that has happened here, oldest first: the judge when somebody asks whether a payment was made
twice.
"""

from __future__ import annotations

from typing import Any

from webshop.sandbox.faults import tally
from webshop.sandbox.objects.sessions import KIND
from webshop.sandbox.state.work import Document, Work, public


def ledger(work: Work) -> dict[str, list[Document]]:
    return {
        "sessions": _all(work, KIND),
        "payment_intents": _all(work, "payment_intent"),
        "charges": _charges(work),
        "refunds": _all(work, "refund"),
        "disputes": _all(work, "dispute"),
        "warnings": _all(work, "radar.early_fraud_warning"),
        "reviews": _all(work, "review"),
        "customers": _all(work, "customer"),
        "events": _all(work, "event"),
        "deliveries": deliveries(work),
        "calls": tally.calls(work),
    }


def _charges(work: Work) -> list[Document]:
    """Each with the session that it pays for, which the API does not say."""
    paid = {session["payment_intent"]: session["id"] for session in work.select(KIND, {})}
    return [charge | {"session": paid[charge["payment_intent"]]} for charge in _all(work, "charge")]


def _all(work: Work, kind: str) -> list[Document]:
    return [public(document) for document in reversed(work.select(kind, {}))]


def deliveries(work: Work) -> list[dict[str, Any]]:
    """One for each time an event was to be sent: state is pending, delivered, failed or dropped; status is
    the shop's last answer, problem why there was none; due is when it is tried next.
    """
    rows = work.db.execute(
        "SELECT id, event, state, due, attempts, status, problem FROM deliveries ORDER BY id"
    )
    return [dict(row) for row in rows]
