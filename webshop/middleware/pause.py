"""A shop that was restored shows what it sells, and takes no orders until its owner opens it again."""

import time

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from webshop.db import pauses
from webshop.db.engine import Database
from webshop.errors import Unavailable
from webshop.language.messages import gettext as _
from webshop.middleware.request_log import ON_PURPOSE
from webshop.middleware.security import SIGNED_ELSEWHERE, may_change
from webshop.web.pages import problem_answer
from webshop.web.site import site_of

KNOWN_FOR = 2  # seconds: an answer of the database holds for all requests of a process in that time
RETRY_AFTER = "60"  # seconds
ELSEWHERE = "/sandbox/"  # another company, whose pages go on


class PausedShop:
    """Whatever changes something, or settles a payment, is answered 503: Stripe tells its webhook again, and
    what was paid meanwhile is asked for before the shop opens."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self._is_paused = False
        self._asked_at = -float(KNOWN_FOR)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and _sells(scope) and (answer := await self._refusal(Request(scope))):
            scope[ON_PURPOSE] = True
            await answer(scope, receive, send)
        else:
            await self.app(scope, receive, send)

    async def _refusal(self, request: Request) -> Response | None:
        now = time.monotonic()
        if now - self._asked_at >= KNOWN_FOR:
            try:
                self._is_paused = await run_in_threadpool(_ask, site_of(request).db)
            except Unavailable:
                return None  # nor will the view get an answer
            self._asked_at = now
        return await run_in_threadpool(_paused_answer, request) if self._is_paused else None


def _sells(scope: Scope) -> bool:
    path: str = scope["path"]
    return may_change(scope) and not path.startswith(ELSEWHERE)


def _ask(db: Database) -> bool:
    with db.read() as connection:
        return pauses.current(connection) is not None


def _paused_answer(request: Request) -> Response:
    sentence = _(
        "The shop takes no orders right now: it is being set up again. Nothing that you have paid is lost. "
        "Please come back in a little while."
    )
    if request.url.path in SIGNED_ELSEWHERE:
        answer: Response = PlainTextResponse(sentence, 503)
    else:
        answer = problem_answer(request, sentence, 503)
    answer.headers["Retry-After"] = RETRY_AFTER
    return answer
