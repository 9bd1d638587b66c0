"""The panel's mails: a page for each, with its HTML in a frame that can do nothing but open links."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from webshop.sandbox.pages.mails import Mail, find_mail
from webshop.sandbox.pages.rendering import content_security_policy, page, sandbox_of

FRAME_MAY = "allow-popups allow-popups-to-escape-sandbox"
"""Open a link in a window of its own, which is then a window like any other. No scripts, no forms."""
LETTER_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; "
    f"frame-ancestors 'self'; sandbox {FRAME_MAY}"
)
"""It holds without the frame too, when somebody opens the address itself."""


def show(request: Request) -> Response:
    return page(
        request,
        "mail.html",
        policy=f"{content_security_policy()}; frame-src 'self'",
        mail=_mail(request),
        frame_may=FRAME_MAY,
    )


def show_html(request: Request) -> Response:
    """The mail's HTML part as it is, but that its links open in a new window."""
    mail = _mail(request)
    if not mail.html:
        raise HTTPException(404, "This mail has no HTML part.")
    # Before everything else: the first <base> counts, and a second doctype is ignored.
    opened = f'<!doctype html><base target="_blank">{mail.html}'
    return HTMLResponse(opened, headers={"Content-Security-Policy": LETTER_POLICY})


def _mail(request: Request) -> Mail:
    folder = sandbox_of(request).mails
    mail = find_mail(folder, request.path_params["name"]) if folder else None
    if mail is None:
        raise HTTPException(404, "There is no such mail.")
    return mail
