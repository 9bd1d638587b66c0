"""The way into the sandbox without a socket: a transport for the real `stripe.StripeClient`."""

from __future__ import annotations

import time
from collections.abc import Mapping
from email.utils import formatdate
from typing import Any
from urllib.parse import urlsplit

import stripe

from webshop.sandbox.core import Sandbox


class SandboxHTTPClient(stripe.HTTPClient):
    """For `stripe.StripeClient(SECRET_KEY, http_client=…)`. The SDK itself does the retries.

    timeout is in seconds, as an HTTP client has one: the sandbox may be told to answer late.
    """

    name = "sandbox"

    def __init__(self, sandbox: Sandbox, timeout: float = 8.0) -> None:
        super().__init__()
        self._sandbox = sandbox
        self._timeout = timeout

    def request(  # type: ignore[override]  # the SDK passes no usage here and declares that it might
        self, method: str, url: str, headers: Mapping[str, str] | None, post_data: Any = None
    ) -> tuple[str, int, Mapping[str, str]]:
        parts = urlsplit(url)
        path = f"{parts.path}?{parts.query}" if parts.query else parts.path
        body = post_data.encode() if isinstance(post_data, str) else post_data or b""
        response = self._sandbox.handle(method, path, headers or {}, body)
        if response.late:
            time.sleep(min(response.late, self._timeout))
        if response.lost or response.late > self._timeout:
            # Whether the SDK tries again is this error's to say, as it is after a real connection's end.
            raise stripe.APIConnectionError(  # type: ignore[no-untyped-call]
                "The sandbox's answer did not arrive.", should_retry=True
            )
        dated = {
            **response.headers,
            "Date": formatdate(self._sandbox.clock(), usegmt=True),
        }  # a server adds it
        # The SDK looks for some headers by their lower-case names.
        found = {**dated, **{name.lower(): value for name, value in dated.items()}}
        return response.body.decode(), response.status, found

    def close(self) -> None:
        """Nothing is held open between calls."""
