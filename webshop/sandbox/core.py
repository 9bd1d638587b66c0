"""The sandbox as a plain object: an API request goes in, a response comes out. Its pages are in web.py."""

from __future__ import annotations

import logging
import secrets
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

from webshop.sandbox.api import idempotency
from webshop.sandbox.api.call import LIVE_KEY, PUBLISHABLE_KEY, SECRET_KEY, Call, Execute, execute, read_call
from webshop.sandbox.faults import faults, tally
from webshop.sandbox.objects import sessions
from webshop.sandbox.state.addresses import Returns, origin
from webshop.sandbox.state.errors import ApiError, Response, server_error
from webshop.sandbox.state.events import API_VERSION
from webshop.sandbox.state.ids import new_id
from webshop.sandbox.state.store import Store
from webshop.sandbox.state.work import Work

__all__ = ["LIVE_KEY", "PUBLISHABLE_KEY", "SECRET_KEY", "Response", "Sandbox"]

logger = logging.getLogger(__name__)


class Sandbox:
    """Over its own SQLite file, which several processes may open; every method may be called from many
    threads.

    base_url is where a browser finds its pages, webhook_url is the shop's endpoint (empty: events are kept
    but not sent). shop_url is where the shop is, and None for a sandbox that is a part of it, below the same
    address: sessions lead shoppers there only, and from a server of its own to others of this machine. mails
    is the folder into which the shop writes its mails, if it does; only the panel reads it. clock gives Unix
    seconds. livemode is for tests of what a shop asks about real money: the secret key is then LIVE_KEY.
    """

    def __init__(
        self,
        path: Path | str,
        *,
        base_url: str,
        webhook_url: str = "",
        shop_url: str | None = None,
        mails: Path | None = None,
        clock: Callable[[], float] = time.time,
        livemode: bool = False,
    ) -> None:
        self.base_url = base_url.rstrip("/")
        self.webhook_url = webhook_url
        apart = shop_url is not None
        self.returns = Returns(origin(base_url if shop_url is None else shop_url), loopback=apart)
        self.mails = mails
        self.clock = clock
        self.livemode = livemode
        self.kills = False
        """Whether a fault rule may kill a process group; only create_app(kills=True) says so."""
        self.store = Store(path)
        self.webhook_secret = self.store.setting("webhook_secret", lambda: f"whsec_{secrets.token_hex(24)}")
        self.panel_token = self.store.setting("panel_token", lambda: secrets.token_urlsafe(24))
        self.news = threading.Event()
        """Set when a transaction of this process has recorded an event: the delivery thread waits for it."""

    @contextmanager
    def work(self, request_id: str | None = None, idempotency_key: str | None = None) -> Iterator[Work]:
        """One transaction at the present instant. Time passes first: sessions that are over expire."""
        with self.store.transaction() as db:
            work = Work(
                db,
                int(self.clock()),
                self.base_url,
                self.webhook_url,
                self.returns,
                request_id,
                idempotency_key,
                livemode=self.livemode,
            )
            sessions.expire_due(work)
            yield work
        if work.recorded_events:
            self.news.set()

    def handle(self, method: str, path_with_query: str, headers: Mapping[str, str], body: bytes) -> Response:
        """The whole of /v1: every call passes here, whichever way it came."""
        request_id = new_id("req", 14)
        try:
            key = LIVE_KEY if self.livemode else SECRET_KEY
            call = read_call(method, path_with_query, headers, body, request_id, key)
            response = self._answer_or_disturb(call)
        except ApiError as refusal:
            tally.count(self.store, "unreadable", refusal.status, "")
            response = refusal.response()
        except Exception:
            logger.exception("the sandbox failed in %s %s", method, path_with_query.partition("?")[0])
            response = server_error().response()
        common = {"Request-Id": request_id, "Stripe-Version": API_VERSION}
        return replace(response, headers=common | response.headers)

    def _answer_or_disturb(self, call: Call) -> Response:
        name, effect = call.endpoint.name, ""
        taken = faults.take(self.store, name, kills=self.kills)
        if taken is None:
            response = self._answer(call, execute)
        else:
            effect = taken[1].effect
            response = faults.disturb(self.store, *taken, partial(self._answer, call))
        tally.count(self.store, name, response.status, effect)
        return response

    def _answer(self, call: Call, execute: Execute) -> Response:
        """A refusal is an answer too: a fault may lose it or delay it."""
        try:
            if call.idempotency_key is not None:
                return idempotency.once(self.work, call, execute)
            with self.work(call.request_id) as work:
                return execute(work, call, call.parameters(work))
        except ApiError as refusal:
            return refusal.response()
