"""Everything that has happened here, oldest first: the judge when somebody asks whether a payment was made
twice.
"""

from __future__ import annotations

from typing import Any

from webshop.sandbox.sessions import KIND
from webshop.sandbox.work import Document, Work, public


def ledger(work: Work) -> dict[str, list[Document]]:
    return {
        "sessions": _all(work, KIND),
        "payment_intents": _all(work, "payment_intent"),
        "charges": _all(work, "charge"),
        "refunds": _all(work, "refund"),
        "customers": _all(work, "customer"),
        "events": _all(work, "event"),
        "deliveries": deliveries(work),
    }


def _all(work: Work, kind: str) -> list[Document]:
    return [public(document) for document in reversed(work.select(kind, {}))]


def deliveries(work: Work) -> list[dict[str, Any]]:
    """One for each time an event was to be sent: state is pending, delivered or failed; status is the shop's
    last answer, problem why there was none; due is when it is tried next.
    """
    rows = work.db.execute(
        "SELECT id, event, state, due, attempts, status, problem FROM deliveries ORDER BY id"
    )
    return [dict(row) for row in rows]
