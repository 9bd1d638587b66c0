"""For the platform: is the process alive, and can it serve."""

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from webshop.web.site import site_of


def alive(request: Request) -> Response:
    return PlainTextResponse("ok")


def ready(request: Request) -> Response:
    if site_of(request).db.is_ready():
        return PlainTextResponse("ok")
    return PlainTextResponse("the database does not answer", 503, headers={"Retry-After": "5"})
