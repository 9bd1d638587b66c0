"""The pages on which a shopper pays: the hosted one and, in a frame, the embedded one. They need no
JavaScript.
"""

from __future__ import annotations

import secrets

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from webshop.sandbox.objects import payments, sessions
from webshop.sandbox.objects.cards import CARDS
from webshop.sandbox.objects.payments import Attempt, NotOpen, Step
from webshop.sandbox.pages.attempts import Mistyped, attempt
from webshop.sandbox.pages.forms import Form
from webshop.sandbox.pages.rendering import base_of, content_security_policy, page, sandbox_of
from webshop.sandbox.pages.views import FormView, checkout_view
from webshop.sandbox.state.work import PRIVATE, Document, Work


def show(request: Request) -> Response:
    with sandbox_of(request).work() as work:
        session = _session(work, request)
        if session["status"] != "open":
            return _closed(request, session, 410 if session["status"] == "expired" else 200)
        return _form_page(request, work, session, _after_last_attempt(work, session))


def _after_last_attempt(work: Work, session: Document) -> FormView:
    """The bank's sentence as long as its last answer is a refusal, and the address that was typed then."""
    intent = work.find("payment_intent", session["payment_intent"] or "")
    error = intent["last_payment_error"] if intent else None
    details = session["customer_details"]
    email = details["email"] if details else None
    return FormView(email=email or "", declined=error["message"] if error else "")


def pay(request: Request, form: Form) -> Response:
    """An attempt to pay, by card or, with the other button, by bank."""
    with sandbox_of(request).work() as work:
        session = _session(work, request)
        try:
            return _attempt(request, work, session, form)
        except NotOpen:
            return _closed(request, session, 410 if session["status"] == "expired" else 409)


def _attempt(request: Request, work: Work, session: Document, form: Form) -> Response:
    """The page that answers this attempt; raises NotOpen."""
    try:
        return _after(request, work, attempt(work, session, form))
    except Mistyped as error:
        return _form_page(request, work, session, _typed(form, error.problems), 422)


def _typed(form: Form, problems: dict[str, str]) -> FormView:
    """The card number and its code are never sent back."""
    return FormView(form.get("expiry", "")[:9], form.get("email", "")[:254], problems=problems)


def show_challenge(request: Request) -> Response:
    with sandbox_of(request).work() as work:
        session = _session(work, request)
        if session["status"] != "open":
            return _closed(request, session, 410 if session["status"] == "expired" else 200)
        method = session[PRIVATE]["challenge"]
        if method is None:
            return RedirectResponse(_own_path(request, session), 303)
        return page(
            request,
            "challenge.html",
            policy=_policy(request, session),
            checkout=checkout_view(work, session),
            last4=method["last4"],
        )


def answer_challenge(request: Request, form: Form) -> Response:
    outcome = form.get("outcome")
    if outcome not in ("complete", "fail"):
        raise HTTPException(422, "Choose how the authentication ends.")
    with sandbox_of(request).work() as work:
        session = _session(work, request)
        try:
            made = payments.answer_challenge(work, session["id"], passed=outcome == "complete")
        except NotOpen:
            return _closed(request, session, 410 if session["status"] == "expired" else 409)
        if made is None:
            return RedirectResponse(_own_path(request, session), 303)
        return _after(request, work, made)


def _after(request: Request, work: Work, made: Attempt) -> Response:
    """Always a redirect: a reload pays nothing, and a refusal is no failed request on a browser's console."""
    session = _session(work, request)
    if made.step is Step.CHALLENGE:
        return RedirectResponse(f"{_own_path(request, session)}/challenge", 303)
    if made.step is Step.DECLINED:
        return RedirectResponse(_own_path(request, session), 303)
    # The embedded page tells its frame's owner once it is shown again, complete.
    return RedirectResponse(_return_address(session) or _own_path(request, session), 303)


def _form_page(
    request: Request, work: Work, session: Document, form: FormView, status: int = 200
) -> Response:
    checkout = checkout_view(work, session)
    return page(
        request,
        "pay.html",
        status=status,
        policy=_policy(request, session),
        checkout=checkout,
        form=form,
        cards=CARDS,
    )


def _closed(request: Request, session: Document, status: int) -> Response:
    """Nothing can be paid here any more; the way back to the shop."""
    expired = session["status"] == "expired"
    onward = session["return_url"] if session["redirect_on_completion"] == "always" else None
    return page(
        request,
        "closed.html",
        status=status,
        policy=_policy(request, session),
        embedded=session["ui_mode"] == "embedded_page",
        expired=expired,
        pending=session["payment_status"] == "unpaid",
        again=request.method == "POST",
        back=session["cancel_url"] if expired else _return_address(session),
        total=session["amount_total"],
        currency=session["currency"],
        onward=_with_id(onward, session) or "",
    )


def _session(work: Work, request: Request) -> Document:
    """The session that the address names: by its id on the hosted page, by its client secret on the embedded
    one.
    """
    key = request.path_params["key"]
    session_id, _, secret = key.partition("_secret_")
    session = work.find(sessions.KIND, session_id)
    if session is None:
        raise HTTPException(404, "There is no such payment.")
    expected = session["client_secret"] if session["ui_mode"] == "embedded_page" else session["id"]
    if not secrets.compare_digest(key.encode(), expected.encode()):
        raise HTTPException(404, "There is no such payment.")
    return session


def _own_path(request: Request, session: Document) -> str:
    return base_of(request) + sessions.page_path(session)


def _return_address(session: Document) -> str | None:
    """Where the hosted page sends the shopper after paying."""
    return _with_id(session["success_url"], session)


def _with_id(url: str | None, session: Document) -> str | None:
    return url.replace("{CHECKOUT_SESSION_ID}", session["id"]) if url else None


def _policy(request: Request, session: Document) -> str:
    """Which addresses the page's forms may lead to, or which may frame it.

    An embedded session without a return address belongs to the shop all the same.
    """
    if session["ui_mode"] == "embedded_page":
        return content_security_policy(
            framed_by=(session["return_url"] or sandbox_of(request).returns.origin,)
        )
    return content_security_policy(form_targets=(session["success_url"], session["cancel_url"]))
