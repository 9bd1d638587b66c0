"""HTML answers: the sandbox's own templates, and the headers that every answer carries."""

from __future__ import annotations

from pathlib import Path

import jinja2
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from webshop.sandbox.core import Sandbox
from webshop.sandbox.state.addresses import origin
from webshop.sandbox.state.money import format_amount

HERE = Path(__file__).parent.parent  # the sandbox
templates = jinja2.Environment(
    loader=jinja2.FileSystemLoader(HERE / "templates"),
    autoescape=True,
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
templates.filters["money"] = format_amount


def sandbox_of(request: Request) -> Sandbox:
    sandbox: Sandbox = request.app.state.sandbox
    return sandbox


def base_of(request: Request) -> str:
    """The path under which the sandbox is mounted: "/sandbox", or "" when it is a server of its own."""
    return str(request.scope.get("root_path", "")).rstrip("/")


def page(
    request: Request, template: str, *, status: int = 200, policy: str = "", **context: object
) -> HTMLResponse:
    """A rendered page, with its own Content-Security-Policy if the common one does not fit."""
    html = templates.get_template(template).render(base=base_of(request), **context)
    return HTMLResponse(html, status, {"Content-Security-Policy": policy} if policy else None)


def content_security_policy(
    form_targets: tuple[str | None, ...] = (), framed_by: tuple[str | None, ...] | None = None
) -> str:
    """form_targets are addresses that forms may be redirected to, framed_by those that may show it in a frame
    (None: nobody)."""
    ancestors = "'none'" if framed_by is None else _sources(framed_by)
    return (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; base-uri 'none'; "
        f"form-action {_sources(form_targets)}; frame-ancestors {ancestors}"
    )


def _sources(urls: tuple[str | None, ...]) -> str:
    """'self' and the origins of these addresses."""
    origins = {origin(url) for url in urls if url} - {""}
    return " ".join(["'self'", *sorted(origins)])


def error_page(request: Request, error: Exception) -> Response:
    """For everything that is refused before it becomes a page: 403, 404, 405."""
    status, detail = (error.status_code, error.detail) if isinstance(error, HTTPException) else (500, "")
    response = page(request, "error.html", status=status, detail=detail)
    if isinstance(error, HTTPException):
        response.headers.update(error.headers or {})
    return response


COMMON_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": content_security_policy(),
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}


class CommonHeaders:
    """Around the whole application, so that a 404, a 413 and a 500 carry them too."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in COMMON_HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await self.app(scope, receive, send_with_headers)
