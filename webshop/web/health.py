"""For the platform: is the process alive, and can it serve."""

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from webshop.web.site import site_of


async def alive(request: Request) -> Response:
    """Needs no thread: it answers also while all of them are busy."""
    return PlainTextResponse("ok")


def ready(request: Request) -> Response:
    if site_of(request).db.is_ready():
        return PlainTextResponse("ok")
    return PlainTextResponse("the database does not answer", 503, headers={"Retry-After": "5"})
