"""Templates to responses: a whole page, or the fragment that htmx asked for."""

from collections.abc import Mapping, MutableMapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from webshop import address
from webshop.language import messages
from webshop.language.formats import (
    all_countries,
    country_name,
    format_day,
    format_money,
    format_percent,
    format_time,
    regions,
)
from webshop.language.messages import current

VARY = "HX-Request, HX-Request-Type"
FOR_THIS_VISIT = {"Vary": VARY, "Cache-Control": "no-store"}


class _Environment(Environment):
    """Templates share the environment's globals as they are, because none has some of its own. In the layers
    that Jinja would make of them, each `from … import` compares all names in Python: 11 µs instead of 2."""

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        return super().make_globals(d) if d else self.globals


class Renderer:
    """The Jinja environment. `globals_` are names that every template can read: templates/README.md.

    `watch`: templates are read again when they change, for whoever edits them.
    """

    def __init__(self, folder: Path, globals_: Mapping[str, object], *, watch: bool) -> None:
        self.environment = _Environment(
            loader=FileSystemLoader(folder),
            autoescape=select_autoescape(disabled_extensions=["txt"], default=True),  # mails have a text part
            auto_reload=watch,
            undefined=StrictUndefined,  # a misspelt name is an error, not an empty place
            extensions=["jinja2.ext.i18n"],
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self.environment.install_gettext_callables(  # type: ignore[attr-defined]  # added by the extension
            messages.translated,
            messages.translated_number,
            newstyle=True,
        )
        self.environment.globals.update(
            money=format_money,
            percent=format_percent,
            moment=format_time,
            day=format_day,
            country_name=country_name,
            all_countries=all_countries,
            address_lines=address.lines,
            regions=regions,
            postcode_is_numeric=address.is_numeric,
            lang=language_tag,
            direction=messages.direction,
        )
        self.environment.globals.update(globals_)

    def text(self, name: str, context: Mapping[str, Any]) -> str:
        """The template as it is, for what is no answer to a request."""
        return self.environment.get_template(name).render(context)

    def render(self, name: str, context: Mapping[str, Any], status: int = 200) -> HTMLResponse:
        return HTMLResponse(
            self.text(name, context), status, headers={"Vary": VARY, "Cache-Control": "private, no-cache"}
        )


def language_tag() -> str:
    """The language that is spoken, as HTML writes it: "en", "de-AT"."""
    return str(current().locale).replace("_", "-")


def wants_fragment(request: Request) -> bool:
    """The fragment rule: htmx says that it will put the answer into a part of the page.

    Restoring history sends neither header and gets the whole page, as does a plain browser.
    """
    headers = request.headers
    return headers.get("hx-request") == "true" and headers.get("hx-request-type") == "partial"


def is_htmx(request: Request) -> bool:
    return request.headers.get("hx-request") == "true"


def go_to(request: Request, url: str) -> Response:
    """Send the visitor to another page: 303, or htmx's own way, because it would swap what a 303 leads to.
    Where depends on the visitor, so nobody keeps it.

    `url` is a path of this shop, or an address that Stripe gave us; never something from the request.
    """
    if is_htmx(request):
        return Response(headers={"HX-Redirect": url, **FOR_THIS_VISIT})
    return RedirectResponse(url, status_code=303, headers=FOR_THIS_VISIT)
