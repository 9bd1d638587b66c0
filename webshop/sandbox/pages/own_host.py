"""Refusing what comes under another name than the sandbox's own, and strangers at its panel."""

from __future__ import annotations

import re
from ipaddress import ip_address
from secrets import compare_digest
from urllib.parse import parse_qs

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection, Request
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from webshop.sandbox.pages.rendering import error_page
from webshop.sandbox.state.addresses import LOOPBACK, host_of

# Who pays needs these; everything else is the panel, and the API, whose keys everybody knows.
FOR_PAYERS = ("/pay/", "/embedded/", "/static/")
STRIPE_JS = "/stripe.js"
COOKIE = "sandbox_panel"
FORWARDED = frozenset({"forwarded", "x-real-ip", "via"})  # and all that begin with x-forwarded-
FOR_THE_OWNER = (
    "This is the sandbox's panel, for whoever runs it. From other machines it wants a token: the link with "
    "it is told when the shop starts."
)

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


class PanelForOwner:
    """The panel, the ledger, the mails, the faults and the API over HTTP: for this machine, and for whoever
    has the token, from the link that is told at the start and then in a cookie.

    Behind a proxy everybody looks like this machine. So its word is not enough: the sandbox's own address has
    to be of this machine, too, and no proxy may have left a header.
    """

    def __init__(self, app: ASGIApp, base_url: str, token: str) -> None:
        self.app = app
        self._is_here = host_of(base_url) in LOOPBACK
        self._is_https = base_url.startswith("https:")
        self._token = token

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        has_token = self._is_token(*parse_qs(scope["query_string"].decode("latin-1")).get("token", []))
        if has_token and scope["method"] == "GET":
            await self._remember(scope)(scope, receive, send)
        elif has_token or self._may_enter(scope):
            await self.app(scope, receive, send)
        else:
            answer = await run_in_threadpool(error_page, Request(scope), HTTPException(403, FOR_THE_OWNER))
            await answer(scope, receive, send)

    def _may_enter(self, scope: Scope) -> bool:
        path = scope["path"].removeprefix(scope.get("root_path", ""))
        if path == STRIPE_JS or path.startswith(FOR_PAYERS):
            return True
        visitor = HTTPConnection(scope)
        return (self._is_here and _from_this_machine(visitor)) or self._is_token(
            visitor.cookies.get(COOKIE, "")
        )

    def _is_token(self, *given: str) -> bool:
        return any(compare_digest(each.encode(), self._token.encode()) for each in given)

    def _remember(self, scope: Scope) -> Response:
        """To the same page without the token, which then is in no history and no log."""
        base = str(scope.get("root_path", ""))
        answer = RedirectResponse(f"{base}/", 303)
        # Lax: the link may be opened from a page of the platform's, which is another site.
        answer.set_cookie(
            COOKIE, self._token, path=f"{base}/", secure=self._is_https, httponly=True, samesite="lax"
        )
        return answer


def _from_this_machine(visitor: HTTPConnection) -> bool:
    """Straight from a program of this machine, without a proxy between. (A Unix socket's may come from
    anywhere; what is no address, as in a test, comes over no network.)"""
    forwarded = any(name.startswith("x-forwarded-") or name in FORWARDED for name in visitor.headers)
    if forwarded or visitor.client is None or not visitor.client.host:
        return False
    try:
        return ip_address(visitor.client.host).is_loopback
    except ValueError:
        return True
