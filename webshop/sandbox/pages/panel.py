"""The control panel: what has happened, and buttons for what the bank, the owner or time would do."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from webshop.sandbox import risks
from webshop.sandbox.api.routes import CALLS
from webshop.sandbox.core import PUBLISHABLE_KEY, SECRET_KEY, Sandbox
from webshop.sandbox.faults import faults
from webshop.sandbox.objects import payments, refunds, sessions
from webshop.sandbox.pages.forms import Form
from webshop.sandbox.pages.ledger import deliveries
from webshop.sandbox.pages.mails import list_mails
from webshop.sandbox.pages.rendering import base_of, page, sandbox_of
from webshop.sandbox.state import webhooks
from webshop.sandbox.state.errors import ApiError
from webshop.sandbox.state.work import Document, Work

SHOWN = 30  # of each kind, the newest


def show(request: Request, problem: str = "", status: int = 200) -> Response:
    sandbox = sandbox_of(request)
    mails = list_mails(sandbox.mails, SHOWN) if sandbox.mails else None
    with sandbox.work() as work:
        return page(
            request,
            "panel.html",
            status=status,
            problem=problem,
            mails=mails,
            sessions=[_with_bank(work, session) for session in work.select(sessions.KIND, {}, limit=SHOWN)],
            charges=work.select("charge", {}, limit=SHOWN),
            risks=_risks_by_charge(work),
            events=work.select("event", {}, limit=SHOWN),
            deliveries=_deliveries_by_event(work),
            **_faults(sandbox, work),
            webhook_url=sandbox.webhook_url,
            webhook_secret=sandbox.webhook_secret,
            secret_key=SECRET_KEY,
            publishable_key=PUBLISHABLE_KEY,
        )


def _faults(sandbox: Sandbox, work: Work) -> dict[str, Any]:
    """What the partial `sandbox/templates/_faults.html` prints."""
    return {
        "faults": faults.list_faults(work),
        "webhook_rules": webhooks.list_rules(work),
        "waiting": webhooks.count_waiting(work),
        "kills": sandbox.kills,
        "calls": (faults.ANY, *CALLS),
        "effects": [effect for effect in faults.EFFECTS if sandbox.kills or effect not in faults.KILLS],
    }


def _with_bank(work: Work, session: Document) -> Document:
    """The session, and whether the bank has still to say how its payment ends."""
    intent = work.find("payment_intent", session["payment_intent"] or "")
    return session | {"awaits_bank": intent is not None and intent["status"] == "processing"}


def _deliveries_by_event(work: Work) -> dict[str, list[dict[str, Any]]]:
    by_event: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for delivery in deliveries(work):
        by_event[delivery["event"]].append(delivery)
    return by_event


def _risks_by_charge(work: Work) -> dict[str, list[Document]]:
    """Whatever was ever opened."""
    by_charge: dict[str, list[Document]] = defaultdict(list)
    for kind in risks.KINDS:
        for risk in work.select(kind, {}):
            is_open = risks.find_open(work, kind, risk["charge"]) == risk
            by_charge[risk["charge"]].append(risk | {"is_open": is_open})
    return by_charge


def change_risk(request: Request, form: Form) -> Response:
    """Open one on a charge, or end the one that is open."""
    kind, outcome = form.get("kind"), form.get("outcome")
    kinds = [each for each in risks.KINDS if each == kind]
    if not kinds or outcome not in ("open", "good", "bad"):
        raise HTTPException(422, "Choose what happens to the charge.")
    try:
        with sandbox_of(request).work() as work:
            changed = risks.change(work, kinds[0], work.get("charge", request.path_params["id"]), outcome)
    except ApiError as refusal:
        return show(request, refusal.message, refusal.status)
    return show(request, changed, 409) if changed else back(request, "charges")


def fail_refund(request: Request, form: Form) -> Response:
    """The last refund of a charge comes home."""
    with sandbox_of(request).work() as work:
        found = work.select("refund", {"charge": request.path_params["id"]})
        standing = [refund for refund in found if refund["status"] == "succeeded"]
        if standing:
            refunds.fail(work, standing[0])
    return back(request, "charges") if standing else show(request, "Nothing of this charge went back.", 409)


def expire_session(request: Request, form: Form) -> Response:
    try:
        with sandbox_of(request).work() as work:
            sessions.expire(work, request.path_params["id"])
    except ApiError as refusal:
        return show(request, refusal.message, refusal.status)
    return back(request, "sessions")


def settle_bank_payment(request: Request, form: Form) -> Response:
    outcome = form.get("outcome")
    if outcome not in ("succeed", "fail"):
        raise HTTPException(422, "Choose how the bank payment ends.")
    try:
        with sandbox_of(request).work() as work:
            waiting = payments.settle_bank_payment(
                work, request.path_params["id"], succeeded=outcome == "succeed"
            )
    except ApiError as refusal:
        return show(request, refusal.message, refusal.status)
    if not waiting:
        return show(request, "This session is not waiting for a bank payment.", 409)
    return back(request, "sessions")


def refund_charge(request: Request, form: Form) -> Response:
    """All that is left, or an amount in minor units."""
    amount = form.get("amount", "").strip()
    params: dict[str, Any] = {"charge": request.path_params["id"]}
    if amount and not (amount.isascii() and amount.isdigit() and len(amount) < 10 and int(amount)):
        return show(request, "Type the amount to refund in minor units, for example 1250.", 422)
    if amount:
        params["amount"] = int(amount)
    try:
        with sandbox_of(request).work() as work:
            refunds.create(work, params)
    except ApiError as refusal:
        return show(request, refusal.message, refusal.status)
    return back(request, "charges")


def send_event(request: Request, form: Form) -> Response:
    sandbox = sandbox_of(request)
    if not sandbox.webhook_url:
        return show(request, "There is no webhook endpoint to send events to.", 409)
    try:
        with sandbox.work() as work:
            event = work.get("event", request.path_params["id"])
            webhooks.queue(work, event)
    except ApiError as refusal:
        return show(request, refusal.message, refusal.status)
    sandbox.news.set()
    return back(request, "events")


def back(request: Request, section: str) -> Response:
    return RedirectResponse(f"{base_of(request)}/#{section}", 303)
