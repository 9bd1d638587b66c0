"""The sandbox on the web: its API over HTTP, the payment pages and the control panel, as one ASGI
application.

It works mounted under a path of the shop and as a server of its own.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from webshop.sandbox.core import Sandbox
from webshop.sandbox.faults import faults
from webshop.sandbox.pages import control, fault_panel, mail_pages, pages, panel
from webshop.sandbox.pages.control import Answer, Body, json_view
from webshop.sandbox.pages.forms import FormView, form_view
from webshop.sandbox.pages.ledger import ledger
from webshop.sandbox.pages.own_host import OwnHostOnly, PanelForOwner
from webshop.sandbox.pages.rendering import HERE, CommonHeaders, error_page, sandbox_of
from webshop.sandbox.state import webhooks

FORM_BYTES = 64 * 1024
API_BYTES = 1024 * 1024  # a session with 100 long line items fits


def create_app(sandbox: Sandbox, *, kills: bool = False, for_owner: bool = False) -> ASGIApp:
    """The application; whoever runs it also starts a `Delivery`, or no webhook is sent.

    kills lets fault rules kill process groups of this machine (sandbox/faults/faults.py). for_owner keeps
    from other machines what is not for payers, unless they have the token: for whatever listens on a port.
    """
    sandbox.kills = kills
    app = Starlette(
        routes=ROUTES,
        exception_handlers={HTTPException: error_page, ClientDisconnect: _hung_up},
        max_body_size=API_BYTES,
    )
    app.router.redirect_slashes = False  # Starlette would send visitors to whatever host the request names
    app.state.sandbox = sandbox
    inner = PanelForOwner(app, sandbox.base_url, sandbox.panel_token) if for_owner else app
    return CommonHeaders(OwnHostOnly(inner, sandbox.base_url))


def _hung_up(_request: Request, _error: Exception) -> Response:
    return Response(status_code=499)  # nobody reads it


async def api(request: Request) -> Response:
    path = f"/v1/{request.path_params['path']}"
    target = f"{path}?{request.url.query}" if request.url.query else path
    body = await request.body()
    sandbox = sandbox_of(request)
    answer = await run_in_threadpool(sandbox.handle, request.method, target, dict(request.headers), body)
    if answer.lost:
        return NoAnswer()
    if answer.late:
        await asyncio.sleep(answer.late)
    return Response(answer.body, answer.status, answer.headers)


class NoAnswer(Response):
    """Ends the connection without a byte.

    ASGI has no word for that. But a server can only write a sound header: it refuses this one, finds that the
    application has answered nothing more, says so in its log, and closes the connection.
    """

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with suppress(RuntimeError):
            await send({"type": "http.response.start", "status": 200, "headers": [(b"x-lost", b"\n")]})


def stripe_js(request: Request) -> Response:
    return Response((HERE / "static" / "stripe.js").read_bytes(), media_type="text/javascript")


class StaticFolder(StaticFiles):
    """Starlette's own reads on while it sends, and too long a body breaks the answer."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await super().__call__(scope, _nothing_more, send)


async def _nothing_more() -> Message:
    """Never comes: a file is sent whether or not somebody still waits for it."""
    message: Message = await asyncio.get_running_loop().create_future()
    return message


def show_ledger(request: Request) -> Response:
    with sandbox_of(request).work() as work:
        return JSONResponse(ledger(work))


def _post(path: str, view: FormView) -> Route:
    return Route(path, form_view(view), methods=["POST"], max_body_size=FORM_BYTES)


def _json(path: str, model: type[Body], view: Callable[[Sandbox, Body], Answer], status: int = 200) -> Route:
    return Route(path, json_view(model, view, status), methods=["POST"], max_body_size=FORM_BYTES)


ROUTES = [
    Route("/", panel.show),
    _post("/sessions/{id}/expire", panel.expire_session),
    _post("/sessions/{id}/settle", panel.settle_bank_payment),
    _post("/charges/{id}/refund", panel.refund_charge),
    _post("/charges/{id}/risk", panel.change_risk),
    _post("/charges/{id}/fail-refund", panel.fail_refund),
    _post("/events/{id}/send", panel.send_event),
    _post("/faults", fault_panel.add_fault),
    _post("/faults/forget", fault_panel.forget_all),
    _post("/webhooks", fault_panel.rule_webhooks),
    Route("/mails/{name}", mail_pages.show),
    Route("/mails/{name}/html", mail_pages.show_html),
    Route("/ledger.json", show_ledger),
    Route("/faults.json", json_view(control.Command, control.show_faults)),
    _json("/faults.json", faults.Fault, control.add_fault, 201),
    Route("/faults.json", json_view(control.Command, control.forget_all), methods=["DELETE"]),
    _json("/webhooks.json", webhooks.Rule, control.rule_webhooks),
    _json("/pay.json", control.Pay, control.pay),
    _json("/bank.json", control.Bank, control.end_bank_payment),
    _json("/refund.json", control.Refund, control.refund),
    _json("/risk.json", control.Risk, control.change_risk),
    _json("/expire.json", control.Expire, control.expire),
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
    Mount("/static", StaticFolder(directory=HERE / "static")),
]
