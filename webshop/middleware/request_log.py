"""An id for each request, a line in the log for each that matters, and a count of those that failed."""

import logging
import re
from random import getrandbits
from time import monotonic

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from webshop.alarms.failures import Failures
from webshop.telemetry.current import CurrentRequest, current_request
from webshop.telemetry.logs import REQUESTS

log = logging.getLogger(REQUESTS)

GIVEN_ID = re.compile("[A-Za-z0-9-]{8,64}")
SLOW = 1.0  # seconds
ON_PURPOSE = "on purpose"  # what is set in the scope of a request whose refusal is no failure
REHEARSAL = "rehearsal"  # and of one that is answered once more if this comes to nothing


class RequestLog:
    """Outermost of all, so that 404, 413, 500 and static files have an id too.

    It logs what changes something, fails or is slow; the platform's router logs the rest.
    """

    def __init__(self, app: ASGIApp, failures: Failures) -> None:
        self.app = app
        self._failures = failures

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request = CurrentRequest(_id(scope), scope)
        # Never reset: the server logs what the shop raises after this is over, in the same task.
        current_request.set(request)
        status = 0  # nothing was answered
        has_ended = True

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)["X-Request-ID"] = request.id
            await send(message)

        began = monotonic()
        try:
            await self.app(scope, receive, send_with_id)
        except Exception:
            status = status or 500  # the server answers it
            has_ended = False
            raise
        finally:
            is_answer = not (scope.get(REHEARSAL) and has_ended and status >= 400)
            if is_answer:
                _write_line(request, status, monotonic() - began)
            if is_answer and status >= 500 and not scope.get(ON_PURPOSE):
                await self._failures.count()


def _id(scope: Scope) -> str:
    """The one that the platform's router has given, so that both logs can be joined; or else a new one."""
    given = Headers(scope=scope).get("x-request-id", "")
    return given if GIVEN_ID.fullmatch(given) else new_id()


def new_id() -> str:
    """A name in a log, which is no secret: who asks the kernel for bits gives the event loop's turn to other
    threads, and waits for it."""
    return f"{getrandbits(64):016x}"  # noqa: S311


def _write_line(request: CurrentRequest, status: int, seconds: float) -> None:
    if request.method in ("GET", "HEAD") and 0 < status < 400 and seconds < SLOW:
        return
    facts = {
        "method": request.method,
        "route": request.route,
        "status": status,
        "milliseconds": round(seconds * 1000),
        "purpose": _purpose(request.scope),
    }
    log.info("%(method)s %(route)s %(status)s %(milliseconds)s ms", facts, extra=facts)


def _purpose(scope: Scope) -> str:
    """ "prefetch" for a page that a browser fetches because somebody may want it."""
    return Headers(scope=scope).get("sec-purpose", "").partition(";")[0].strip().partition("prefetch")[1]
