"""A mistake as a page, for whoever made it: file, line, what stands there, and what would be right."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from webshop.design.states.bench import Bench
from webshop.design.states.contracts import contract_lines
from webshop.design.states.samples import SampleError, resolve
from webshop.design.views import NO_CACHE, gallery_of
from webshop.edited_files import content_of
from webshop.settings.model import ROOT
from webshop.web import problems
from webshop.web.site import site_of
from webshop.web.templates import Mistake, mistake_of

AROUND = 4  # lines before and after
SYNTAX = {
    "Unexpected end of template": "A block has no end: {% if %} wants {% endif %}, {% for %} {% endfor %}.",
    "unknown tag": "A block is closed that was not opened, or a tag is misspelt.",
    "Expected an expression": "Something is missing between the braces.",
    "expected token": "A brace, a quote or a comma is missing nearby.",
    "unexpected char": "Only names, numbers, strings and operators stand between the braces.",
}


@dataclass(frozen=True)
class Explained:
    """`lines` are those around it, with their numbers."""

    mistake: Mistake
    hint: str
    lines: list[tuple[int, str]]


def bug(request: Request, error: Exception) -> Response:
    """In place of the page that says only that something went wrong."""
    gallery = gallery_of(request)
    mistake = error.mistake if isinstance(error, SampleError) else mistake_of(error, gallery.bench.folders)
    if mistake is None:
        return problems.bug(request, error)
    explained = [explain(mistake, gallery.bench, site_of(request).pages.environment.globals)]
    html = gallery.pages.text("mistakes.html", {"explained": explained})
    return HTMLResponse(html, 500, headers=NO_CACHE)


def explain(mistake: Mistake, bench: Bench, known: Iterable[str] = ()) -> Explained:
    return Explained(mistake, _hint(mistake, bench, {*known}), [*_lines(mistake)])


def _lines(mistake: Mistake) -> Iterator[tuple[int, str]]:
    """Nothing of a file that is gone."""
    file = ROOT / mistake.file
    written = content_of(file).decode(errors="replace").split("\n")
    for number, line in enumerate(written, 1):
        if abs(number - mistake.line) <= AROUND:
            yield number, line


def _hint(mistake: Mistake, bench: Bench, known: set[str]) -> str:
    problem = mistake.problem
    if match := re.search(r"'(\w+)' is undefined", problem):
        names = known | _contract(mistake, bench)
        return (
            _meant(match[1], names)
            or "Nobody gives this template such a name; its first lines say which it has."
        )
    if match := re.search(r"'(?:webshop\.)?[\w.]*?(\w+) object' has no attribute '(\w+)'", problem):
        return _meant(match[2], _members(match[1])) or f"templates/README.md says what {match[1]} has."
    if match := re.search(r"No filter named '(\w+)'", problem):
        return "Sums are written money(amount, currency); Jinja's own filters are there as well."
    if match := re.search(r"TemplateNotFound: (\S+)", problem):
        return _meant(match[1], set(bench.templates())) or "There is no such template."
    return next((hint for words, hint in SYNTAX.items() if words in problem), "")


def _contract(mistake: Mistake, bench: Bench) -> set[str]:
    file = ROOT / mistake.file
    folders = [folder for folder in bench.folders if file.is_relative_to(folder)]
    own = bench.folders[-1] / file.relative_to(folders[0]) if folders else file
    return {line.name for each in (file, own) if each.is_file() for line in contract_lines(_text(each))}


def _text(file: Path) -> str:
    return file.read_text(encoding="utf-8")


def _members(cls: str) -> set[str]:
    try:
        return {name for name in dir(resolve(cls)) if not name.startswith("_")} | _fields(resolve(cls))
    except LookupError:
        return set()


def _fields(cls: type) -> set[str]:
    return {*getattr(cls, "__dataclass_fields__", {}), *getattr(cls, "model_fields", {})}


def _meant(word: str, known: set[str]) -> str:
    found = get_close_matches(word, known, n=1, cutoff=0.6)
    return f"Did you mean {found[0]}?" if found else ""
