"""What comes from a browser: forms read before a plain view runs, and refused if another site sent them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import wraps
from urllib.parse import parse_qsl

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

Form = dict[str, str]
FormView = Callable[[Request, Form], Response]


def form_view(view: FormView) -> Callable[[Request], Awaitable[Response]]:
    """Lets a plain function with the form as its second argument answer a POST, in the thread pool."""

    @wraps(view)
    async def read_form(request: Request) -> Response:
        if from_another_site(request):
            raise HTTPException(403, "This form was sent from another site.")
        try:
            form = dict(parse_qsl((await request.body()).decode(), keep_blank_values=True))
        except ValueError:
            raise HTTPException(400, "This form cannot be read.") from None
        return await run_in_threadpool(view, request, form)

    return read_form


def from_another_site(request: Request) -> bool:
    """Browsers say where a request comes from; a program that is no browser says nothing and may pass."""
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site not in ("same-origin", "none")
    origin = request.headers.get("origin")
    return origin is not None and origin.partition("://")[2] != request.headers.get("host")
