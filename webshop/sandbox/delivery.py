"""Webhooks: events posted to the shop, signed as Stripe signs them, again and again until it answers 2xx."""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
import secrets
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from http.client import HTTPException
from typing import Any

from webshop.sandbox.core import Sandbox
from webshop.sandbox.state import webhooks
from webshop.sandbox.state.work import Work

logger = logging.getLogger(__name__)

Post = Callable[[str, dict[str, str], bytes], int]
"""Takes address, headers and body; gives the status, or raises OSError when there is no answer."""

PAUSES = (1, 5, 30, 2 * 60, 10 * 60, 30 * 60, 3600, 2 * 3600, 4 * 3600)
"""Seconds before each further try; after the last one the delivery has failed."""
TIMEOUT_SECONDS = 10
CLAIM_SECONDS = 20  # longer than a post can take, so that no other process sends the same row meanwhile
POSTS_AT_ONCE = 4
LOOK_SECONDS = 0.5  # how soon an event of another process is seen


@dataclass(frozen=True)
class Parcel:
    """A delivery that this process has claimed."""

    row: int
    claim: str
    attempts: int
    event: dict[str, Any]


def deliver_due(sandbox: Sandbox, post: Post | None = None) -> int:
    """Send everything that is due now, oldest first; gives the number of posts made."""
    count = 0
    while parcel := _claim_next(sandbox):
        _deliver(sandbox, parcel, post or post_over_http)
        count += 1
    return count


def _claim_next(sandbox: Sandbox) -> Parcel | None:
    if not _any(sandbox, DUE):
        return None
    with sandbox.work() as work:
        row = work.db.execute(
            f"""UPDATE deliveries SET claim = :claim, claimed_until = :until WHERE id = ({DUE})
                RETURNING id, claim, attempts, event""",  # noqa: S608 - a constant
            {"claim": secrets.token_hex(8), "until": work.now + CLAIM_SECONDS, "now": work.now},
        ).fetchone()
        return (
            Parcel(row["id"], row["claim"], row["attempts"], work.get("event", row["event"])) if row else None
        )


DUE = f"""SELECT id FROM deliveries AS own
    WHERE state = 'pending' AND due <= :now AND claimed_until <= :now AND NOT EXISTS ({webhooks.HOLDING})
    AND NOT EXISTS (SELECT 1 FROM delivery_chain AS link JOIN deliveries AS earlier ON earlier.id = link.after
        WHERE link.delivery = own.id AND earlier.state = 'pending' AND earlier.attempts = link.attempts)
    ORDER BY due, id LIMIT 1"""  # noqa: S608 - constants
SESSION_OVER = """SELECT 1 FROM documents WHERE kind = 'checkout.session'
    AND json_extract(body, '$.status') = 'open' AND json_extract(body, '$.expires_at') <= :now LIMIT 1"""


def _any(sandbox: Sandbox, query: str) -> bool:
    """Whether there is one; looks without locking the file, because it is asked all the time."""
    with closing(sandbox.store.connect()) as db:
        return db.execute(query, {"now": int(sandbox.clock())}).fetchone() is not None


def _deliver(sandbox: Sandbox, parcel: Parcel, post: Post) -> None:
    """The one place through which every webhook leaves."""
    body = json.dumps(parcel.event, indent=2).encode()
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "Stripe-Signature": signature(body, sandbox.webhook_secret, int(sandbox.clock())),
        "User-Agent": "Sandbox/1.0 (webhooks)",
    }
    status, problem = None, ""
    try:
        status = post(sandbox.webhook_url, headers, body)
    except (OSError, HTTPException) as error:
        problem = str(error) or type(error).__name__
    with sandbox.work() as work:
        _note(work, parcel, status, problem)


def signature(body: bytes, secret: str, timestamp: int) -> str:
    """The Stripe-Signature header: https://docs.stripe.com/webhooks#verify-manually"""
    signed = hmac.new(secret.encode(), b"%d.%b" % (timestamp, body), hashlib.sha256)
    return f"t={timestamp},v1={signed.hexdigest()}"


def _note(work: Work, parcel: Parcel, status: int | None, problem: str) -> None:
    """Delivered, due again after a pause, or given up; nothing if the claim has been lost meanwhile."""
    if status is not None and 200 <= status < 300:
        state, pause = "delivered", 0
    elif parcel.attempts < len(PAUSES):
        state, pause = "pending", PAUSES[parcel.attempts]
    else:
        state, pause = "failed", 0
    work.db.execute(
        """UPDATE deliveries SET state = ?, due = ?, claimed_until = 0, attempts = attempts + 1, status = ?,
             problem = ? WHERE id = ? AND claim = ?""",
        (state, work.now + pause, status, problem[:200], parcel.row, parcel.claim),
    )


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """A redirect is no 2xx: following it could turn the POST into a GET."""

    def redirect_request(self, *args: Any, **kwargs: Any) -> None:
        return None


# No proxies either: the shop is usually on this machine.
_opener = urllib.request.build_opener(_NoRedirects, urllib.request.ProxyHandler({}))


def post_over_http(url: str, headers: dict[str, str], body: bytes) -> int:
    request = urllib.request.Request(url, data=body, headers=headers, method="POST")  # noqa: S310 - our own setting
    try:
        with _opener.open(request, timeout=TIMEOUT_SECONDS) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        with error:
            return error.code


class Delivery:
    """A background thread that lets sessions expire on time and delivers what is due, several at a time, so
    that a shop that hangs over one does not hold up the others.
    """

    def __init__(self, sandbox: Sandbox, post: Post | None = None) -> None:
        self._sandbox = sandbox
        self._post = post or post_over_http
        self._stopping = threading.Event()
        self._free = threading.Semaphore(POSTS_AT_ONCE)
        self._thread: threading.Thread | None = None
        self._posts: set[threading.Thread] = set()

    def start(self) -> None:
        self._stopping.clear()
        self._free = threading.Semaphore(POSTS_AT_ONCE)
        self._thread = threading.Thread(target=self._run, name="sandbox-delivery", daemon=True)
        self._thread.start()

    def stop(self, timeout: float = 5.0) -> None:
        """Ends after the posts that are under way; their deliveries stay claimed if that takes longer than
        this many seconds.
        """
        give_up = time.monotonic() + timeout
        self._stopping.set()
        self._sandbox.news.set()
        self._free.release()
        for thread in (self._thread, *self._posts):
            if thread is not None:
                thread.join(max(0.0, give_up - time.monotonic()))

    def _run(self) -> None:
        while True:
            self._sandbox.news.clear()
            if self._stopping.is_set():
                return
            try:
                self._tick()
            except Exception:
                logger.exception("the sandbox could not deliver its webhooks")
            self._sandbox.news.wait(LOOK_SECONDS)

    def _tick(self) -> None:
        if _any(self._sandbox, SESSION_OVER):
            with self._sandbox.work():
                pass  # opening a transaction is what expires sessions
        while self._begin_next():
            pass

    def _begin_next(self) -> bool:
        """Send one delivery in a thread of its own, claimed only when it can leave at once."""
        self._free.acquire()
        parcel = None if self._stopping.is_set() else _claim_next(self._sandbox)
        if parcel is None:
            self._free.release()
            return False
        thread = threading.Thread(target=self._send, args=(parcel,), name="sandbox-delivery", daemon=True)
        self._posts.add(thread)
        thread.start()
        return True

    def _send(self, parcel: Parcel) -> None:
        try:
            _deliver(self._sandbox, parcel, self._post)
        except Exception:
            logger.exception("the sandbox could not deliver a webhook")
        finally:
            self._posts.discard(threading.current_thread())
            self._free.release()
            self._sandbox.news.set()  # the next in a row may have waited for this one
