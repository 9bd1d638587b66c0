"""What a template says it reads, and what it reads."""

import re
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from jinja2 import nodes
from jinja2.meta import find_undeclared_variables

from webshop.settings.model import ROOT
from webshop.web.rendering import Renderer

FOLDER = ROOT / "templates"
GLOBALS = {"asset", "picture", "shop", "mode"}  # given by webshop.app
CONTRACT_LINE = re.compile(r"^ {2}([a-z_0-9]+) {2,}(\S.*?)(?: {2,}|$)")


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


class ContractLine(NamedTuple):
    name: str
    type: str


def contract(name: str) -> set[str]:
    return {line.name for line in contract_lines(name)}


def contract_lines(name: str) -> list[ContractLine]:
    """Of the comment that opens the template: two spaces, a name, two spaces, a type, two spaces, words."""
    lines = (CONTRACT_LINE.match(line) for line in _opening(name).split("\n"))
    return [ContractLine(match[1], match[2]) for match in lines if match]


def opening(name: str) -> str:
    """What the comment that opens the template says before the names, in a line."""
    return " ".join(_opening(name).split("\n\n")[0].split())


def _opening(name: str) -> str:
    comment = re.match(r"\{#\n(.*?)\n#\}\n", source(name), re.DOTALL)
    assert comment, f"{name} does not open with its contract"
    return comment[1]


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
