"""What a template says it reads, and what it reads."""

import re
from collections.abc import Iterator
from functools import cache

from jinja2 import nodes
from jinja2.meta import find_undeclared_variables

from webshop.settings import ROOT
from webshop.web.rendering import Renderer

FOLDER = ROOT / "templates"
GLOBALS = {"asset", "picture", "shop", "mode"}  # given by webshop.app
CONTRACT_LINE = re.compile(r"^ {2}([a-z_0-9]+) {2,}\S")


def renderer() -> Renderer:
    return Renderer(FOLDER, dict.fromkeys(GLOBALS, ""), watch=False)


ENVIRONMENT = renderer().environment
KNOWN = set(ENVIRONMENT.globals) | GLOBALS


def templates() -> list[str]:
    return sorted(
        str(file.relative_to(FOLDER)) for file in FOLDER.rglob("*.*") if file.suffix in (".html", ".txt")
    )


def source(name: str) -> str:
    return (FOLDER / name).read_text(encoding="utf-8")


def contract(name: str) -> set[str]:
    """The names in the comment that opens the template: lines of two spaces, a name, two spaces, words."""
    opening = re.match(r"\{#\n(.*?)\n#\}\n", source(name), re.DOTALL)
    assert opening, f"{name} does not open with its contract"
    return {match[1] for line in opening[1].split("\n") if (match := CONTRACT_LINE.match(line))}


@cache
def reads(name: str) -> frozenset[str]:
    """The names that rendering the template needs: its own, and those of what it includes or extends."""
    tree = ENVIRONMENT.parse(source(name))
    own = find_undeclared_variables(tree)
    passed_on = {inner for other in _others(tree) for inner in reads(other)}
    return frozenset((own | (passed_on - _set_here(tree))) - KNOWN)


def macro_arguments(name: str) -> set[str]:
    tree = ENVIRONMENT.parse(source(name))
    return {argument.name for macro in tree.find_all(nodes.Macro) for argument in macro.args}


def _others(tree: nodes.Template) -> Iterator[str]:
    included = [node.template for node in tree.find_all(nodes.Include)]
    extended = [node.template for node in tree.find_all(nodes.Extends)]
    for named in included + extended:
        assert isinstance(named, nodes.Const), "a template's name is written out"
        yield named.value


def _set_here(tree: nodes.Template) -> set[str]:
    """Names that loops and {% set %} give to what is included."""
    return {name.name for name in tree.find_all(nodes.Name) if name.ctx == "store"}
