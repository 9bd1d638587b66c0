"""The sandbox on the web: its API over HTTP, the payment pages and the control panel, as one ASGI
application.

It works mounted under a path of the shop and as a server of its own.
"""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp

from webshop.sandbox import pages, panel
from webshop.sandbox.core import Sandbox
from webshop.sandbox.forms import FormView, form_view
from webshop.sandbox.ledger import ledger
from webshop.sandbox.rendering import HERE, CommonHeaders, error_page, sandbox_of

FORM_BYTES = 64 * 1024
API_BYTES = 1024 * 1024  # a session with 100 long line items fits


def create_app(sandbox: Sandbox) -> ASGIApp:
    """The application; whoever runs it also starts a `Delivery`, or no webhook is sent."""
    app = Starlette(routes=ROUTES, exception_handlers={HTTPException: error_page}, max_body_size=API_BYTES)
    app.state.sandbox = sandbox
    return CommonHeaders(app)


async def api(request: Request) -> Response:
    path = f"/v1/{request.path_params['path']}"
    target = f"{path}?{request.url.query}" if request.url.query else path
    body = await request.body()
    sandbox = sandbox_of(request)
    answer = await run_in_threadpool(sandbox.handle, request.method, target, dict(request.headers), body)
    return Response(answer.body, answer.status, answer.headers)


def stripe_js(request: Request) -> Response:
    return FileResponse(HERE / "static" / "stripe.js", media_type="text/javascript")


def show_ledger(request: Request) -> Response:
    with sandbox_of(request).work() as work:
        return JSONResponse(ledger(work))


def _post(path: str, view: FormView) -> Route:
    return Route(path, form_view(view), methods=["POST"], max_body_size=FORM_BYTES)


ROUTES = [
    Route("/", panel.show),
    _post("/sessions/{id}/expire", panel.expire_session),
    _post("/sessions/{id}/settle", panel.settle_bank_payment),
    _post("/charges/{id}/refund", panel.refund_charge),
    _post("/events/{id}/send", panel.send_event),
    Route("/ledger.json", show_ledger),
    Route("/pay/{key}", pages.show),
    _post("/pay/{key}", pages.pay),
    Route("/pay/{key}/challenge", pages.show_challenge),
    _post("/pay/{key}/challenge", pages.answer_challenge),
    Route("/embedded/{key}", pages.show),
    _post("/embedded/{key}", pages.pay),
    Route("/embedded/{key}/challenge", pages.show_challenge),
    _post("/embedded/{key}/challenge", pages.answer_challenge),
    Route("/stripe.js", stripe_js),
    Route("/v1/{path:path}", api, methods=["GET", "POST", "PUT", "PATCH", "DELETE"]),
    Mount("/static", StaticFiles(directory=HERE / "static")),
]
