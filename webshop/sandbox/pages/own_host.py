"""Refusing what comes under another name than the sandbox's own."""

from __future__ import annotations

import re

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from webshop.sandbox.pages.rendering import error_page
from webshop.sandbox.state.addresses import LOOPBACK, host_of

PORT = re.compile(r":[0-9]{1,5}\Z")


class OwnHostOnly:
    """A stranger may let a name of theirs lead to this machine (DNS rebinding). For a browser their page is
    then one of the sandbox's own, and may read and press everything; only the Host header tells.

    The port does not count: it is not what a stranger can choose, and many a router leaves it out. The answer
    is 421: whoever sends it, the request was meant for another server. Starlette's TrustedHostMiddleware
    takes the first of two Host headers, and does not say what to do instead.
    """

    def __init__(self, app: ASGIApp, base_url: str) -> None:
        self.app = app
        self._names = LOOPBACK | {host_of(base_url)} - {""}
        self._sentence = f"The sandbox answers under its own address only: {base_url}"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or self._is_meant(scope):
            await self.app(scope, receive, send)
            return
        refusal = HTTPException(421, self._sentence)
        answer = await run_in_threadpool(error_page, Request(scope), refusal)
        await answer(scope, receive, send)

    def _is_meant(self, scope: Scope) -> bool:
        hosts = Headers(scope=scope).getlist("host")
        return len(hosts) == 1 and PORT.sub("", hosts[0].lower()) in self._names
