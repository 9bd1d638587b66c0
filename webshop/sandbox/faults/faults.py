"""Fault rules: what goes wrong with a call of the API, so that a test sees what the shop makes of it.

A rule waits for its nth matching call from now on and then disturbs so many calls (`times`). Every rule
counts every matching call (`seen`); of the rules that are due the oldest takes the call (`hits`), the others
wait for the next, so no rule is lost. Rules live in the sandbox's file: a restart keeps them. The SDK's own
retries are calls like any other.

An effect either replaces the call (it is not executed, and nothing is saved under its key):

    reset        the connection ends without an answer
    429          too many requests
    409          idempotency_key_in_use
    500_before   a server error
    saved_500    a server error that is saved: this key gets it again, as at Stripe once execution began
    kill_before  SIGKILL to a process group, and no answer

or it follows the call, which has been executed and saved under its key:

    lose_response  the connection ends without an answer
    slow           the answer arrives `seconds` late
    garbage        200, with a body that is not JSON
    500_after      a server error; the same key then gets the real answer
    kill_after     SIGKILL to a process group, and no answer

A saved_500 saves nothing if there is no key, if the key has an answer already (that is given), or if the
parameters are refused. The kills must be switched on (`Sandbox.kills`), and a rule that finds its process
group gone says so in `problem`.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from typing import Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, model_validator

from webshop.sandbox.api.call import Call, Execute, execute
from webshop.sandbox.api.routes import CALLS
from webshop.sandbox.state.errors import Response, key_in_use, server_error, too_many_requests
from webshop.sandbox.state.store import Store
from webshop.sandbox.state.work import Work

Effect = Literal[
    "lose_response",
    "slow",
    "reset",
    "garbage",
    "429",
    "409",
    "500_before",
    "500_after",
    "saved_500",
    "kill_before",
    "kill_after",
]
EFFECTS: tuple[Effect, ...] = get_args(Effect)
KILLS = frozenset(("kill_before", "kill_after"))
ANY = "*"
LONGEST_SECONDS = 120.0

LOST = Response(0, lost=True)
GARBAGE = Response(200, {"Content-Type": "text/html"}, b"<html><title>It works!</title></html>")


class Fault(BaseModel):
    """A rule as it is asked for; process_group is for the kills, seconds for slow."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    call: str = ANY
    nth: int = Field(default=1, ge=1, le=1_000_000)
    times: int = Field(default=1, ge=1, le=1_000_000)
    effect: Effect
    seconds: float = Field(default=0, ge=0, le=LONGEST_SECONDS)
    process_group: int | None = Field(default=None, ge=2)

    @model_validator(mode="after")
    def _make_sense(self) -> Fault:
        if self.call not in (ANY, *CALLS):
            raise ValueError(f"There is no call {self.call!r}: it is {ANY} or one of {', '.join(CALLS)}.")
        if self.effect == "slow" and not self.seconds:
            raise ValueError("Say how many seconds slow takes.")
        if self.effect in KILLS and self.process_group is None:
            raise ValueError("Say which process_group to kill.")
        return self


def add(store: Store, fault: Fault) -> int:
    """Gives the rule's id."""
    with store.transaction() as db:
        row = db.execute(
            """INSERT INTO faults (call, nth, times, effect, seconds, process_group)
               VALUES (:call, :nth, :times, :effect, :seconds, :process_group) RETURNING id""",
            fault.model_dump(),
        ).fetchone()
    return int(row["id"])


def list_faults(work: Work) -> list[dict[str, Any]]:
    """Oldest first, the spent ones too."""
    return [dict(row) for row in work.db.execute("SELECT * FROM faults ORDER BY id")]


def forget(work: Work) -> None:
    work.db.execute("DELETE FROM faults")


WAITING = "hits < times AND call IN (:call, '*')"


def take(store: Store, call: str, *, kills: bool) -> tuple[int, Fault] | None:
    """The rule that this call uses up, with its id. One transaction: two calls never share one hit."""
    with closing(store.connect()) as db:  # most calls find no rule, and then need not lock the file
        if db.execute(f"SELECT 1 FROM faults WHERE {WAITING} LIMIT 1", {"call": call}).fetchone() is None:  # noqa: S608
            return None
    with store.transaction() as db:
        values = {"call": call, "kills": kills}
        db.execute(f"UPDATE faults SET seen = seen + 1 WHERE {WAITING}", values)  # noqa: S608
        row = db.execute(
            f"""UPDATE faults SET hits = hits + 1 WHERE id =
                  (SELECT id FROM faults WHERE {WAITING} AND seen >= nth
                   AND (:kills OR effect NOT LIKE 'kill%') ORDER BY id LIMIT 1)
                RETURNING *""",  # noqa: S608
            values,
        ).fetchone()
    if row is None:
        return None
    return row["id"], Fault(**{name: row[name] for name in Fault.model_fields})


def disturb(store: Store, rule: int, fault: Fault, answer: Callable[[Execute], Response]) -> Response:
    """What becomes of a call under this fault; answer executes it the way it is told."""
    match fault.effect:
        case "reset":
            return LOST
        case "429":
            return too_many_requests().response()
        case "409":
            return key_in_use("the sandbox was told to say so").response()
        case "500_before":
            return server_error().response()
        case "saved_500":
            return answer(_fail)
        case "kill_before":
            _kill(store, rule, fault)
            return LOST
    return _disturb_after(store, rule, fault, answer(execute))


def _fail(work: Work, call: Call, params: dict[str, Any]) -> Response:
    """In place of execution."""
    return server_error().response()


def _disturb_after(store: Store, rule: int, fault: Fault, response: Response) -> Response:
    match fault.effect:
        case "slow":
            return replace(response, late=fault.seconds)
        case "garbage":
            return GARBAGE
        case "500_after":
            return server_error().response()
        case "kill_after":
            _kill(store, rule, fault)
    return LOST


def _kill(store: Store, rule: int, fault: Fault) -> None:
    problem = group_problem(fault.process_group)
    if not problem and fault.process_group is not None:
        os.killpg(fault.process_group, signal.SIGKILL)
        return
    with store.transaction() as db:
        db.execute("UPDATE faults SET problem = ? WHERE id = ?", (problem, rule))


def group_problem(group: int | None) -> str:
    """Why this process group cannot be killed; empty when it can."""
    if group is None or group < 2 or group == os.getpgrp():
        return "The sandbox does not kill its own process group, nor everybody's."
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return f"There is no process group {group}."
    except PermissionError:
        return f"The process group {group} belongs to somebody else."
    return ""
