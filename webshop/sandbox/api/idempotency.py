"""Idempotency keys as Stripe keeps them: https://docs.stripe.com/api/idempotent_requests

The first answer of a call that began to execute is kept, a 500 included, and given again to the same key. A
call that is refused before it begins (parameters, key in use) keeps nothing.
"""

from __future__ import annotations

import logging
import secrets
import sqlite3

from webshop.sandbox.api.call import Call, Execute
from webshop.sandbox.state.errors import ApiError, Response, key_in_use, server_error
from webshop.sandbox.state.work import OpenWork, Work

logger = logging.getLogger(__name__)

KEPT_SECONDS = 24 * 3600
CLAIM_SECONDS = 5
"""How long a key stays in use if the process dies while it works. Taking a claim over is always safe: the
work and the kept answer are one transaction, which begins by looking whether the claim is still its own.
"""


def once(open_work: OpenWork, call: Call, execute: Execute) -> Response:
    """Answer this call, executing it at most once for its key."""
    with open_work(call.request_id, call.idempotency_key) as work:
        kept = _kept_answer(work, call)
        if kept is not None:
            return kept
        params = call.parameters(work)
        claim = _claim(work, call)
    try:
        with open_work(call.request_id, call.idempotency_key) as work:
            _hold(work, call, claim)
            response = execute(work, call, params)
            _keep(work, call, response)
    except ApiError:
        raise
    except Exception:
        logger.exception("the sandbox failed in %s", call.path)
        response = server_error().response()
        with open_work(call.request_id, call.idempotency_key) as work:
            _keep(work, call, response)
    return response


def _kept_answer(work: Work, call: Call) -> Response | None:
    """What this key was answered before; None if it is new, or left behind by a process that died."""
    work.db.execute("DELETE FROM idempotency_keys WHERE created <= ?", (work.now - KEPT_SECONDS,))
    row = _row(work, call)
    if row is None:
        return None
    _check_same_request(row, call)
    if row["status"] is None:
        if row["claimed_until"] > work.now:
            raise key_in_use(row["key"])
        return None
    headers = {
        "Content-Type": "application/json",
        "Idempotent-Replayed": "true",
        "Original-Request": row["request"],
    }
    return Response(row["status"], headers, row["body"])


def _row(work: Work, call: Call) -> sqlite3.Row | None:
    row: sqlite3.Row | None = work.db.execute(
        "SELECT * FROM idempotency_keys WHERE key = ?", (call.idempotency_key,)
    ).fetchone()
    return row


def _check_same_request(row: sqlite3.Row, call: Call) -> None:
    another = (
        f"Try using a key other than '{call.idempotency_key}' if you meant to execute a different request."
    )
    if row["path"] != call.path:
        raise ApiError(
            "Keys for idempotent requests can only be used for the same endpoint they were first used for "
            f"('{call.path}' vs '{row['path']}'). {another}",
            kind="idempotency_error",
        )
    if row["parameters"] != call.fingerprint():
        raise ApiError(
            "Keys for idempotent requests can only be used with the same parameters they were first used "
            f"with. {another}",
            kind="idempotency_error",
        )


def _claim(work: Work, call: Call) -> str:
    claim = secrets.token_hex(8)
    work.db.execute(
        """INSERT OR REPLACE INTO idempotency_keys
           (key, path, parameters, created, claim, claimed_until, request) VALUES (?, ?, ?, ?, ?, ?, ?)""",
        (
            call.idempotency_key,
            call.path,
            call.fingerprint(),
            work.now,
            claim,
            work.now + CLAIM_SECONDS,
            call.request_id,
        ),
    )
    return claim


def _hold(work: Work, call: Call, claim: str) -> None:
    row = _row(work, call)
    if row is None or row["claim"] != claim:
        raise key_in_use(call.idempotency_key or "")


def _keep(work: Work, call: Call, response: Response) -> None:
    work.db.execute(
        "UPDATE idempotency_keys SET status = ?, body = ? WHERE key = ? AND status IS NULL",
        (response.status, response.body, call.idempotency_key),
    )
