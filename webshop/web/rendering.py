"""Templates to responses: a whole page, or the fragment that htmx asked for."""

from collections.abc import Callable, Hashable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import (
    BaseLoader,
    Environment,
    FileSystemLoader,
    StrictUndefined,
    pass_eval_context,
    select_autoescape,
)
from jinja2.nodes import EvalContext
from markupsafe import Markup, escape
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from webshop import address
from webshop.errors import ShopError
from webshop.language import messages
from webshop.language.formats import (
    all_countries,
    country_name,
    format_day,
    format_money,
    format_percent,
    format_reduction,
    format_time,
    format_unit_price,
    regions,
)
from webshop.language.messages import Language, current
from webshop.markdown import to_html, to_parts
from webshop.web.templates import Compiled, Inspector, KeptTemplates, Mistake, mistake_of, read_templates

VARY = "HX-Request, HX-Request-Type"
MOST_KEPT = 100  # of 25 kB
LONGEST_WORD = 100  # letters of what is drawn once: somebody may have typed it
MOST_PARTS = 1000  # of pages, such as cards and lines: a kilobyte or two each
FOR_THIS_VISIT = {"Vary": VARY, "Cache-Control": "no-store"}


class _Environment(Environment):
    """Templates share the environment's globals as they are, because none has some of its own. In the layers
    that Jinja would make of them, each `from … import` compares all names in Python: 11 µs instead of 2."""

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        return super().make_globals(d) if d else self.globals


def create_environment(loader: BaseLoader, globals_: Mapping[str, object], *, watch: bool) -> Environment:
    environment = _Environment(
        loader=loader,
        cache_size=-1,  # all of them: a bounded cache takes a lock for each include
        autoescape=select_autoescape(disabled_extensions=["txt"], default=True),  # mails have a text part
        auto_reload=watch,
        undefined=StrictUndefined,  # a misspelt name is an error, not an empty place
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
    )
    if not watch:
        environment.bytecode_cache = Compiled()
    environment.install_gettext_callables(  # type: ignore[attr-defined]  # added by the extension
        messages.translated,
        messages.translated_number,
        newstyle=True,
    )
    environment.globals.update(
        _=sentence,
        money=format_money,
        percent=format_percent,
        reduction=format_reduction,
        unit_price=format_unit_price,
        moment=format_time,
        day=format_day,
        country_name=country_name,
        all_countries=all_countries,
        address_lines=address.lines,
        regions=regions,
        postcode_is_numeric=address.is_numeric,
        lang=language_tag,
        direction=messages.direction,
        markdown=to_html,
        markdown_parts=to_parts,
    )
    environment.globals.update(globals_)
    environment.globals["kept"] = keeper(environment, watch)
    return environment


@pass_eval_context
def sentence(context: EvalContext, message: str, **values: object) -> str:
    """As Jinja's own `_`, whose three calls take four times as long: a page has dozens of them."""
    written = messages.translated(message)
    if not values:
        return _whole(written, context.autoescape)
    if not context.autoescape:
        return written % values
    # As Markup does it, in half of the time. The sentence is the catalogue's, and is HTML.
    return Markup(written % {name: escape(value) for name, value in values.items()})  # noqa: S704


@lru_cache(maxsize=2000)
def _whole(written: str, escapes: bool) -> str:
    """Without anything to fill in: most are, and are the same each time."""
    return (Markup(written) if escapes else written) % {}  # noqa: S704


def keeper(environment: Environment, watch: bool) -> Callable[..., Markup]:
    """For templates, as `kept`."""

    def draw(_language: Language, template: str, values: tuple[tuple[str, object], ...]) -> Markup:
        return Markup(environment.get_template(template).render(dict(values)))  # noqa: S704  # is escaped

    draw_once = draw if watch else lru_cache(maxsize=MOST_PARTS)(draw)

    def is_long(value: object) -> bool:
        return isinstance(value, str) and len(value) > LONGEST_WORD

    def kept(template: str, **values: object) -> Markup:
        """What this template draws of these values alone, and of nothing else of the page: it is drawn once
        for them, and kept, until they are others. A list is one of words or numbers"""
        hashable = tuple(
            (name, tuple(value) if isinstance(value, list) else value) for name, value in values.items()
        )
        drawing = draw if any(map(is_long, values.values())) else draw_once
        return drawing(current(), template, hashable)

    return kept


def _ignore(_mistake: Mistake) -> None:
    pass


@dataclass(frozen=True)
class _Drawing:
    """A template of what `context` gives, which is the same whenever the `key` is."""

    name: str
    key: Hashable
    context: Callable[[], Mapping[str, Any]] = field(compare=False)


class _StoodIn(Exception):
    """What the shop's own template drew: nothing keeps what is raised."""

    def __init__(self, drawn: bytes) -> None:
        super().__init__(drawn)
        self.drawn = drawn


class Renderer:
    """Draws templates. `globals_` are names that every template can read: templates/README.md. Of `folders`,
    the first that has a template counts: a theme's lie over the shop's own.

    `watch`: templates are read again when they change, for whoever edits them. Otherwise all are read and
    compiled at the start. Where a theme's fails, the shop's own are drawn instead, and `on_mistake` hears of
    it; not if `strict`. Pages of another `edition` may look otherwise.
    """

    edition = 0

    def __init__(
        self, folders: Sequence[Path], globals_: Mapping[str, object], *, watch: bool, strict: bool = False
    ) -> None:
        self.folders = tuple(folders)
        self.on_mistake: Callable[[Mistake], None] = _ignore
        self._globals = dict(globals_)
        self._watch = watch
        self._own = None if strict or len(folders) == 1 else self._open(self.folders[-1:])
        self._draw_with(self._open(self.folders))
        self.inspector = Inspector(self.environment, folders)
        if not watch:
            Compiled.all_of(*filter(None, (self.environment, self._own)))

    def _open(self, folders: tuple[Path, ...]) -> Environment:
        loader = FileSystemLoader(folders) if self._watch else KeptTemplates(read_templates(folders))
        return create_environment(loader, self._globals, watch=self._watch)

    def _draw_with(self, environment: Environment) -> None:
        """Whoever is in the middle of a page draws and keeps it with the one before."""
        self.environment = environment
        self._draw_once = self._draw if self._watch else lru_cache(maxsize=MOST_KEPT)(self._draw)

    def follow(self) -> None:
        """Nothing here: files are looked at each time, or never again."""

    def set_global(self, name: str, value: object) -> None:
        """A name that every template can read."""
        self._globals[name] = value
        for environment in filter(None, (self.environment, self._own)):
            environment.globals[name] = value

    def text(self, name: str, context: Mapping[str, Any]) -> str:
        """The template as it is, for what is no answer to a request."""
        return self._text(name, context)[0]

    def _text(self, name: str, context: Mapping[str, Any]) -> tuple[str, bool]:
        """And whether the shop's own template stood in for the theme's."""
        try:
            return self.environment.get_template(name).render(context), False
        except ShopError:  # what it asked for is not to be had: no template can help that
            raise
        except Exception as error:
            if self._own is None:
                raise
            text = self._own.get_template(name).render(context)
            if mistake := mistake_of(error, self.folders, of_theme=True):
                self.on_mistake(mistake)
            return text, True

    def once(self, name: str, key: Hashable, context: Callable[[], Mapping[str, Any]]) -> bytes:
        """The same of what `context` gives, kept for whenever the `key` is the same again; not what stood in
        for a theme's. As it is sent: with a € in it, text takes twice the memory."""
        try:
            return self._draw_once(_Drawing(name, (current(), key), context))
        except _StoodIn as found:
            return found.drawn

    def _draw(self, drawing: _Drawing) -> bytes:
        text, stood_in = self._text(drawing.name, drawing.context())
        if stood_in:
            raise _StoodIn(text.encode())
        return text.encode()

    def render(self, name: str, context: Mapping[str, Any], status: int = 200) -> HTMLResponse:
        return self.answer(self.text(name, context), status)

    def answer(self, drawn: str | bytes, status: int = 200) -> HTMLResponse:
        """What was drawn, for nobody but whoever asks."""
        return HTMLResponse(drawn, status, headers={"Vary": VARY, "Cache-Control": "private, no-cache"})


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


def moved_to(path: str) -> Response:
    """Whatever was at this address is at that path of the shop for good; browsers ask again all the same."""
    return RedirectResponse(path, status_code=301, headers={"Cache-Control": "private, no-cache"})
