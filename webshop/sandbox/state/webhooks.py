"""Webhook rules: what happens to events on their way, so that a test sees what the shop makes of it.

    hold       nothing is sent, retries neither, until they are released
    reorder    the same, and then they are sent one after another in another order: the reverse, or shuffled
    release    ends it: whatever waits is due at once, delayed and failed ones too
    drop       the next `times` events (1) are marked dropped and never sent
    duplicate  the next `times` events (1) are sent `copies` times (2), in parallel
    delay      the next `times` events (all, until normal) are due `seconds` later, to the whole second
    normal     forgets all of these rules, and releases

drop, duplicate and delay may name the one type of event that they mean; of each kind the oldest rule that
is not used up acts, and drop goes before the others. They act when an event happens, in the same
transaction; what is waiting already is changed by hold, reorder and release alone. What is being sent at
that moment still goes.
"""

from __future__ import annotations

import random
import sqlite3
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from webshop.sandbox.state.work import Document, Work

ANY = "*"
HOLDING = "SELECT 1 FROM webhook_rules WHERE action IN ('hold', 'reorder')"


class Rule(BaseModel):
    """What is asked of the webhooks; times None means 1, and for delay: until normal."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    action: Literal["hold", "reorder", "release", "drop", "duplicate", "delay", "normal"]
    event: str = Field(default=ANY, max_length=100)
    times: int | None = Field(default=None, ge=1, le=1_000_000)
    copies: int = Field(default=2, ge=2, le=1000)
    seconds: float = Field(default=0, ge=0, le=7 * 24 * 3600)
    sequence: Literal["reverse", "shuffle"] = "reverse"
    seed: int = 0

    @model_validator(mode="after")
    def _make_sense(self) -> Rule:
        if self.action == "delay" and not self.seconds:
            raise ValueError("Say how many seconds delay takes.")
        return self


def apply(work: Work, rule: Rule) -> None:
    if rule.action in ("release", "normal"):
        _release(work)
    if rule.action in ("hold", "reorder"):
        _forget_hold(work)
    if rule.action == "normal":
        work.db.execute("DELETE FROM webhook_rules")
    elif rule.action != "release":
        _keep(work, rule)


def _keep(work: Work, rule: Rule) -> None:
    times = 1 if rule.times is None and rule.action in ("drop", "duplicate") else rule.times
    work.db.execute(
        """INSERT INTO webhook_rules (action, event, times, copies, seconds, sequence, seed)
           VALUES (:action, :event, :times, :copies, :seconds, :sequence, :seed)""",
        rule.model_dump() | {"times": times},
    )


def list_rules(work: Work) -> list[dict[str, Any]]:
    """Oldest first, the spent ones too."""
    return [dict(row) for row in work.db.execute("SELECT * FROM webhook_rules ORDER BY id")]


def count_waiting(work: Work) -> int:
    """Deliveries that will still be tried."""
    count: int = work.db.execute("SELECT count(*) FROM deliveries WHERE state = 'pending'").fetchone()[0]
    return count


def _forget_hold(work: Work) -> None:
    work.db.execute("DELETE FROM webhook_rules WHERE action IN ('hold', 'reorder')")


def _release(work: Work) -> None:
    """Make everything due that waits; after a reorder, each one when the one before it has been tried."""
    hold = work.db.execute("SELECT * FROM webhook_rules WHERE action = 'reorder'").fetchone()
    if hold is not None:
        _chain(work, hold)
    work.db.execute("UPDATE deliveries SET due = ? WHERE state = 'pending' AND due > ?", (work.now, work.now))
    _forget_hold(work)


def _chain(work: Work, hold: sqlite3.Row) -> None:
    rows = work.db.execute(
        "SELECT id, attempts FROM deliveries WHERE state = 'pending' AND claimed_until <= ? ORDER BY id DESC",
        (work.now,),
    ).fetchall()
    if hold["sequence"] == "shuffle":
        rows.reverse()
        random.Random(hold["seed"]).shuffle(rows)  # noqa: S311 - to be repeated, not to be secret
    work.db.execute("DELETE FROM delivery_chain")
    work.db.executemany(
        "INSERT INTO delivery_chain (delivery, after, attempts) VALUES (?, ?, ?)",
        [(row["id"], before["id"], before["attempts"]) for before, row in zip(rows, rows[1:], strict=False)],
    )


def queue(work: Work, event: Document) -> None:
    """Let this event go to the shop, as the rules want it: nothing, one delivery or several."""
    dropped = _use(work, "drop", event)
    duplicate = None if dropped else _use(work, "duplicate", event)
    delay = None if dropped else _use(work, "delay", event)
    due = work.now + (delay["seconds"] if delay else 0)
    row = (event["id"], "dropped" if dropped else "pending", due)
    copies = duplicate["copies"] if duplicate else 1
    work.db.executemany("INSERT INTO deliveries (event, state, due) VALUES (?, ?, ?)", [row] * copies)


def _use(work: Work, action: str, event: Document) -> sqlite3.Row | None:
    row: sqlite3.Row | None = work.db.execute(
        """UPDATE webhook_rules SET hits = hits + 1 WHERE id =
             (SELECT id FROM webhook_rules WHERE action = ? AND event IN (?, '*')
              AND (times IS NULL OR hits < times) ORDER BY id LIMIT 1)
           RETURNING copies, seconds""",
        (action, event["type"]),
    ).fetchone()
    return row
