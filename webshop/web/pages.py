"""Whole pages: what the view shows, in the layout with the one slot that depends on the visitor."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from webshop.web.rendering import wants_fragment
from webshop.web.site import site_of


def page(
    request: Request,
    template: str,
    *,
    message: str = "",
    status: int = 200,
    pays: bool = False,
    **context: Any,
) -> Response:
    """The whole page. `message` is said in the status region; `pays` lets Stripe's scripts run on it. A view
    that has read what the layout's slot shows hands it over."""
    site = site_of(request)
    slot = {} if "cart" in context else site.slot(request, 200)
    response = site.pages.render(template, {**slot, **context, "message": message}, status)
    if pays:
        response.headers["Content-Security-Policy"] = site.checkout_policy
    return response


def fragment(request: Request, template: str, *, status: int = 200, **context: Any) -> Response:
    """A part of a page, for htmx to put in its place."""
    return site_of(request).pages.render(template, context, status)


def problem_answer(request: Request, sentence: str, status: int) -> Response:
    """A sentence for what went wrong: into the status region for htmx, else a page of its own."""
    if wants_fragment(request):
        return fragment(request, "shared/_message.html", status=status, message=sentence)
    site = site_of(request)
    context = {**site.slot(request, status), "problem": sentence, "status": status, "message": ""}
    return site.pages.render("errors/show.html", context, status)
