"""templates/README.md, made from the code: what a template may use. `make reference` writes it anew."""

import inspect
import re
import tempfile
import types
from collections.abc import Callable, Iterator
from enum import StrEnum
from pathlib import Path
from typing import Literal, Union, get_args, get_origin, get_type_hints

from jinja2 import Environment
from jinja2.defaults import DEFAULT_NAMESPACE
from jinja2.filters import FILTERS
from starlette.testclient import TestClient

from tests.conftest import make_config, site_of
from tests.house.contracts import FOLDER, contract_lines, opening, templates
from webshop.app import create_app
from webshop.design.states.samples import resolve
from webshop.settings.model import Settings

FILE = FOLDER / "README.md"
BUILT_IN = {"bool", "dict", "int", "list", "str", "tuple"}
INTRODUCTION = """\
# Templates

Begin with `catalog/show.html`, one page, and what it includes. Each file opens with its contract: what it
draws, and the names that it reads with their types. A test compares the contract with what is read, both
ways; a misspelt name is an error (Jinja's `StrictUndefined`), never an empty place. While `make run` runs, a
change of a template or of `static/css/` shows when the page is loaded again; `make test` tells what it broke.

Sentences are `_('…')`, so that they can be translated. Amounts are integers of minor units, for `money`, and
tax rates are millionths, for `percent`. What is printed is escaped, except in a `.txt`. Jinja's own filters
and functions are there as well. `make reference` makes this page from the code.
"""
# Jinja wraps these two, so the code cannot tell how they look from a template.
TRANSLATION = {
    "_": "`_(message: str, **values) → str`. The sentence in the shopper's language, with `%(name)s` filled "
    "in from the values",
    "ngettext": "`ngettext(one: str, many: str, n: int, **values) → str`. One of two sentences, as the "
    "number wants it; pass it once more, as `n=…`, for a sentence that says `%(n)s`",
}


def page() -> str:
    parts = [INTRODUCTION, "## In every template\n", *names_for_all(environment()), "\n## Types\n"]
    parts += [line for each in named_types() for line in described(each)]
    parts += ["## All templates\n", "| template | what it draws | names |", "|---|---|---|", *rows()]
    return "\n".join(parts) + "\n"


def environment() -> Environment:
    """The shop's own, with all that it gives to its templates."""
    with tempfile.TemporaryDirectory() as folder:
        site = site_of(TestClient(create_app(make_config(Path(folder)))))
        site.db.engine.dispose()
    return site.pages.environment


def names_for_all(jinja: Environment) -> Iterator[str]:
    ours = {
        name: it for name, it in jinja.globals.items() if name not in DEFAULT_NAMESPACE and it is not None
    }
    ours |= {name: it for name, it in jinja.filters.items() if name not in FILTERS}
    for name, it in ours.items():
        if name in TRANSLATION:
            yield f"- {TRANSLATION[name]}"
        elif callable(it) and name != "gettext":  # the long name of _
            yield _line(f"`{name}{signature(it)}`", first_sentence(it))
        elif name == "mode":
            yield f"- `mode`: `{written(_returned(Settings.mode))}`"
        elif not callable(it):
            yield f"- `{name}`: `{type(it).__name__}`, see there"


def signature(function: Callable[..., object]) -> str:
    hints = get_type_hints(function)
    takes = [f"{name}: {written(hints[name])}" for name in inspect.signature(function).parameters]
    return f"({', '.join(takes)}) → {written(hints['return'])}"


def named_types() -> list[type]:
    """The types that contracts name, and those of their fields, by name. Raises LookupError."""
    words = {
        word
        for name in templates()
        for line in contract_lines(name)
        for word in re.findall(r"\w+", line.type)
    }
    found: set[type] = set()
    waiting = [resolve(word) for word in {*words, "Shop", "Theme"} - BUILT_IN]
    while waiting:
        here = waiting.pop()
        found.add(here)
        inner = [each for hint in members(here).values() for each in _ours_in(hint)]
        waiting += set(inner) - found
    return sorted(found, key=lambda each: each.__name__)


def members(cls: type) -> dict[str, object]:
    """The types of the fields, then of the public properties, by name."""
    hints = get_type_hints(cls)
    fields = getattr(cls, "__dataclass_fields__", {}) or getattr(cls, "model_fields", {})
    found = {name: hints[name] for name in fields}
    return found | {name: _returned(it) for name, it in _properties(cls).items()}


def _properties(cls: type) -> dict[str, property]:
    bases = [base for base in reversed(cls.__mro__) if base.__module__.startswith("webshop.")]
    found = {name: it for base in bases for name, it in vars(base).items() if isinstance(it, property)}
    return {name: it for name, it in found.items() if not name.startswith("_")}


def _returned(it: object) -> object:
    return get_type_hints(it.fget)["return"] if isinstance(it, property) and it.fget else None


def _ours_in(hint: object) -> list[type]:
    if isinstance(hint, type) and get_origin(hint) is None:
        return [hint] if hint.__module__.startswith("webshop.") else []
    return [each for inner in get_args(hint) for each in _ours_in(inner)]


def described(cls: type) -> Iterator[str]:
    yield f"### {cls.__name__}\n"
    words = vars(cls).get("__doc__") or ""
    if words and not words.startswith(f"{cls.__name__}("):  # which a dataclass is given that has none
        yield inspect.cleandoc(words).replace("\n\n", "\n") + "\n"
    source = inspect.getsource(cls)
    comments = dict(re.findall(r"^ {4}(\w+)(?::| =).*?  # (.*)$", source, re.MULTILINE))
    if issubclass(cls, StrEnum):
        yield from (_line(f'`"{state}"`', comments.get(state.name, "")) for state in cls)
    properties = _properties(cls)
    for name, hint in members(cls).items():
        meaning = first_sentence(properties[name]) if name in properties else comments.get(name, "")
        yield _line(f"`{name}`: `{written(hint)}`", meaning)
    yield ""


def first_sentence(it: object) -> str:
    return re.split(r"(?<=\.) ", " ".join((inspect.getdoc(it) or "").split()))[0].removesuffix(".")


def written(hint: object) -> str:
    """A type as code has it, with bare names."""
    origin, inner = get_origin(hint), get_args(hint)
    if origin is Literal:
        return " | ".join(f'"{value}"' for value in inner)
    if origin in (Union, types.UnionType):
        return " | ".join(written(each) for each in inner)
    if origin is not None:
        return f"{origin.__name__}[{', '.join('…' if each is ... else written(each) for each in inner)}]"
    return "None" if hint in (None, type(None)) else str(getattr(hint, "__name__", hint))


def _line(what: str, meaning: str) -> str:
    return f"- {what}. {meaning[0].upper()}{meaning[1:]}" if meaning else f"- {what}"


def rows() -> Iterator[str]:
    for name in templates():
        names = ", ".join(f"`{line.name}` {line.type}" for line in contract_lines(name))
        draws = re.split(r"(?<=\.) ", opening(name))[0].removesuffix(".")
        yield f"| `{name}` | {draws} | {names} |"


if __name__ == "__main__":
    FILE.write_text(page(), encoding="utf-8")
