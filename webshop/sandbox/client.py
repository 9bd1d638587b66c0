"""The way into the sandbox without a socket: a transport for the real `stripe.StripeClient`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import stripe

from webshop.sandbox.core import Sandbox


class SandboxHTTPClient(stripe.HTTPClient):
    """For `stripe.StripeClient(SECRET_KEY, http_client=…)`. The SDK itself does the retries."""

    name = "sandbox"

    def __init__(self, sandbox: Sandbox) -> None:
        super().__init__()
        self._sandbox = sandbox

    def request(  # type: ignore[override]  # the SDK passes no usage here and declares that it might
        self, method: str, url: str, headers: Mapping[str, str] | None, post_data: Any = None
    ) -> tuple[str, int, Mapping[str, str]]:
        parts = urlsplit(url)
        path = f"{parts.path}?{parts.query}" if parts.query else parts.path
        body = post_data.encode() if isinstance(post_data, str) else post_data or b""
        response = self._sandbox.handle(method, path, headers or {}, body)
        # The SDK looks for some headers by their lower-case names.
        found = {**response.headers, **{name.lower(): value for name, value in response.headers.items()}}
        return response.body.decode(), response.status, found

    def close(self) -> None:
        """Nothing is held open between calls."""
