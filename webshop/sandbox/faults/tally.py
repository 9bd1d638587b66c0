"""How often each call of the API was made, and how it ended."""

from __future__ import annotations

from typing import Any

from webshop.sandbox.state.store import Store
from webshop.sandbox.state.work import Work


def count(store: Store, call: str, status: int, fault: str) -> None:
    """status is 0 if there was no answer; fault is the effect that disturbed the call, or empty."""
    with store.transaction() as db:
        db.execute(
            "INSERT INTO calls VALUES (?, ?, ?, 1) ON CONFLICT DO UPDATE SET count = count + 1",
            (call, status, fault),
        )


def calls(work: Work) -> list[dict[str, Any]]:
    rows = work.db.execute("SELECT call, status, fault, count FROM calls ORDER BY call, status, fault")
    return [dict(row) for row in rows]
