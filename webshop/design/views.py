"""/gallery: every template in every state, for whoever designs. A shop that takes real money has none."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from pprint import pformat
from typing import Any
from urllib.parse import urlencode

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from webshop.design.answers import answers
from webshop.design.states.bench import Bench, State
from webshop.design.states.contracts import contract_lines, opening
from webshop.design.states.drawing import Drawn, draw
from webshop.design.states.samples import SampleError
from webshop.errors import NotFound
from webshop.language.messages import gettext as _
from webshop.middleware.security import content_policy
from webshop.web.rendering import Renderer
from webshop.web.site import site_of
from webshop.web.templates import mistake_of

SCHEMES = ("light", "dark")
ALWAYS_LIGHT = ("mail/", "layouts/mail", "orders/packing", "orders/_slip")  # what is sent, or printed
NO_CACHE = {"Cache-Control": "no-store", "X-Robots-Tag": "noindex"}
OURSELVES = content_policy().replace("frame-ancestors 'none'", "frame-ancestors 'self'")
FRAMED = {**NO_CACHE, "Content-Security-Policy": OURSELVES}


@dataclass(frozen=True)
class Gallery:
    """`pages` draws the gallery itself, `stylesheet` gives the shop's, made of `files` of the folders
    `static`."""

    bench: Bench
    pages: Renderer
    stylesheet: Callable[[], str]
    files: Callable[[], list[Path]]
    static: Sequence[Path]


@dataclass(frozen=True)
class Shown:
    """A state on the page of its template. `problem` says why it cannot be drawn."""

    state: State
    address: str
    problem: str = ""
    drawn: Drawn | None = None

    @property
    def data(self) -> str:
        return pformat(self.drawn.context, width=100) if self.drawn else ""

    @property
    def changes(self) -> str:
        return pformat(dict(self.state.changes), width=100)


def index(request: Request) -> Response:
    """All templates, by their folders."""
    gallery = gallery_of(request)
    folders: dict[str, list[tuple[str, str, int, str]]] = {}
    for name in gallery.bench.templates():
        words = opening(gallery.bench.source(name))
        states, problem = _states(gallery.bench, name)
        folders.setdefault(name.partition("/")[0], []).append((name, words, len(states), problem))
    return _page(request, "index.html", folders=folders)


def _states(bench: Bench, name: str) -> tuple[list[State], str]:
    """And why they cannot be read, in a sentence with file and line."""
    try:
        return bench.states(name), ""
    except SampleError as error:
        return [], str(error)


def show(request: Request) -> Response:
    """One template: its contract, who answers with it, and all its states in frames."""
    gallery, name = gallery_of(request), request.path_params["template"]
    if name not in gallery.bench.templates():
        raise NotFound(_("This page does not exist."))
    scheme = _scheme(request)
    source = gallery.bench.source(name)
    states, problem = _states(gallery.bench, name)
    return _page(
        request,
        "template.html",
        name=name,
        words=opening(source),
        contract=contract_lines(source),
        file=gallery.bench.find(name),
        routes=answers(request.app.routes).get(name, []),
        parts=[other for other in gallery.bench.templates() if f'"{name}"' in gallery.bench.source(other)],
        scheme=scheme,
        shown=[_shown(request, state, scheme) for state in states],
        problem=problem,
    )


def _shown(request: Request, state: State, scheme: str) -> Shown:
    asked = {"template": state.template, "state": state.name, "scheme": scheme}
    address = f"/gallery/draw?{urlencode(asked)}"
    gallery = gallery_of(request)
    try:
        return Shown(state, address, drawn=draw(site_of(request).pages, gallery.bench, state))
    except Exception as error:
        mistake = mistake_of(error, gallery.bench.folders)
        return Shown(state, address, problem=str(mistake or error))


def draw_state(request: Request) -> Response:
    """?template=cart/_line.html&state=one&scheme=dark: the state alone, as a page."""
    gallery, asked = gallery_of(request), request.query_params
    name = asked.get("template", "")
    state = gallery.bench.state(name, asked.get("state", "")) if name in gallery.bench.templates() else None
    if state is None:
        raise NotFound(_("This page does not exist."))
    drawn = draw(site_of(request).pages, gallery.bench, state)
    scheme = SCHEMES[0] if name.startswith(ALWAYS_LIGHT) else _scheme(request)
    html = _in_scheme(drawn.html, scheme) if drawn.is_page else _framed(gallery, drawn, scheme)
    return HTMLResponse(html, headers=FRAMED)


def _framed(gallery: Gallery, drawn: Drawn, scheme: str) -> str:
    context = {"html": Markup(drawn.html), "drawn": drawn, "scheme": scheme}  # noqa: S704  # what the shop has drawn
    return gallery.pages.text("frame.html", context)


def _in_scheme(html: str, scheme: str) -> str:
    """The page with the stylesheet of this scheme, whatever the browser prefers."""
    html = re.sub(r'href="/static/shop\.css[^"]*"', f'href="/gallery/shop.css?scheme={scheme}"', html)
    return html.replace('content="light dark"', f'content="{scheme}"')


def stylesheet(request: Request) -> Response:
    """The shop's, of ?scheme= alone."""
    scheme, css = _scheme(request), gallery_of(request).stylesheet()
    for each in SCHEMES:
        always = "(min-width:0)" if each == scheme else "(max-width:0)"
        css = re.sub(rf"\(\s*prefers-color-scheme\s*:\s*{each}\s*\)", always, css)
    return Response(f"{css}\n:root{{color-scheme:{scheme}}}", media_type="text/css", headers=NO_CACHE)


def _scheme(request: Request) -> str:
    asked = request.query_params.get("scheme", "")
    return asked if asked in SCHEMES else SCHEMES[0]


def _page(request: Request, template: str, **context: Any) -> Response:
    return HTMLResponse(gallery_of(request).pages.text(template, context), headers=NO_CACHE)


def gallery_of(request: Request) -> Gallery:
    found: Gallery = request.app.state.states
    return found
