"""What a template says it reads, and what it reads."""

from collections.abc import Iterator
from functools import cache

from jinja2 import nodes
from jinja2.meta import find_undeclared_variables

from webshop.design.states import contracts
from webshop.design.states.contracts import ContractLine, has_contract
from webshop.settings.model import ROOT
from webshop.web.rendering import Renderer

FOLDER = ROOT / "templates"
# Given by webshop.app.
NAMES = "asset fonts picture_src picture_srcset picture_largest shop mode theme menu own_pages footer_columns"
GLOBALS = set(NAMES.split())


def renderer() -> Renderer:
    return Renderer([FOLDER], dict.fromkeys(GLOBALS, ""), watch=False)


ENVIRONMENT = renderer().environment
KNOWN = set(ENVIRONMENT.globals) | GLOBALS


def templates() -> list[str]:
    return sorted(
        str(file.relative_to(FOLDER)) for file in FOLDER.rglob("*.*") if file.suffix in (".html", ".txt")
    )


def source(name: str) -> str:
    return (FOLDER / name).read_text(encoding="utf-8")


def contract(name: str) -> set[str]:
    return {line.name for line in contract_lines(name)}


def contract_lines(name: str) -> list[ContractLine]:
    assert has_contract(source(name)), f"{name} does not open with its contract"
    return contracts.contract_lines(source(name))


def opening(name: str) -> str:
    return contracts.opening(source(name))


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
        if isinstance(named, nodes.Concat):  # a section of the home page
            first, *_, last = (part.as_const() for part in (named.nodes[0], named.nodes[-1]))
            yield from (name for name in templates() if name.startswith(first) and name.endswith(last))
            continue
        assert isinstance(named, nodes.Const), "a template's name is written out"
        yield named.value


def _set_here(tree: nodes.Template) -> set[str]:
    """Names that loops and {% set %} give to what is included."""
    return {name.name for name in tree.find_all(nodes.Name) if name.ctx == "store"}
