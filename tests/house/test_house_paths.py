"""Every path, and every dotted name, that a page or a comment mentions is there."""

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.house.test_house_imports import APART, ORDER
from tests.seeded.breakages import BREAKAGES
from webshop.settings.model import ROOT

# Where a path may begin, beside the folder of the file that names it.
BASES = [
    ROOT,
    ROOT / "webshop",
    ROOT / "tests",
    ROOT / "templates",  # Jinja's own names: cart/_line.html
    ROOT / "static" / "js",  # templates and their scripts know each other by name
]

# What looks like a path of the repository and is none, by how it begins.
LEFT_OUT = {
    "var/": "made by the first start: database, keys and mails of the demo",
    ".venv": "made by make",
    ".lighthouse": "made by make lighthouse",
    "locale/": "made by make messages",
    "catalog.pictures": "written by an import, beside the catalogue",
    "catalog.report": "written by an import, beside the catalogue",
    "/": "an address of the shop or of its sandbox, or a file of the machine",
    "states.toml": "beside each template",
    "shop.css": "made of all stylesheets",
    "theme.css": "in static/css/, and in that of a theme",
    "themes/mill": "made by the steps of docs/designers.md",
    "pages/mill": "made by the steps of docs/designers.md",
    "themes/NAME": "a theme",
    "stripe.js": "Stripe's own script, on its own server",
    "webshop.a": "an example in the house test of imports",
    "checkout.session.": "Stripe's names of events",
    "catalog.report.": "made by an import",
    "catalog.pictures.": "made by an import",
    "harbour-mug.": "an original in static/img/products/",
    "fern-bowl.": "an original in static/img/products/",
}

SUFFIXES = "py md toml html txt css js svg png mako".split()
PLACEHOLDER = re.compile(r"[*…<>{}]")  # a pattern, or "whatever is there"
URL = re.compile(r"\w+://\S+")
PATH = re.compile(r"[\w.*…<>{}/@-]*[\w*…}>]/?(?::[A-Za-z_]\w*(?:\.\w+)*)?")
DOTTED = re.compile(r"(?<![\w/.])webshop(?:\.\w+)+")
QUOTED = re.compile(r"`(\w+(?:\.\w+)+)`")  # the same without webshop, as `orders.model.MOVES`
MADE = set(
    ".venv .venv-attack .venv-audit .lighthouse .git var __pycache__ .mypy_cache .ruff_cache .pytest_cache "
    ".hypothesis".split()
)
MOST_COLUMNS = 110  # of README.md
MOST_LINES = 120  # of docs/architecture.md


def problems(text: str, folder: Path) -> list[str]:
    """What `text`, in a file of `folder`, names and is not there."""
    words = URL.sub(" ", text)
    named = [match[0] for match in PATH.finditer(words) if is_path(match[0], folder)]
    missing = [name for name in named if not exists(name, folder)]
    return missing + [name for name in dotted_names(words) if not is_defined(name)]


def dotted_names(text: str) -> list[str]:
    """Names of modules and of what is in them, all with webshop before them."""
    whole = [name for name in DOTTED.findall(text) if name not in LEFT_OUT]
    short = [name for name in QUOTED.findall(text) if not name.startswith(tuple(LEFT_OUT))]
    begun = [name for name in short if exists(name.split(".")[0], ROOT / "webshop")]
    return whole + [f"webshop.{name}" for name in begun if name.rpartition(".")[2] not in SUFFIXES]


def is_path(word: str, folder: Path) -> bool:
    """It ends like a file, or begins with a folder that is there."""
    path, _colon, _name = word.partition(":")
    if PLACEHOLDER.search(path) or path.removeprefix("../").startswith(tuple(LEFT_OUT)):
        return False
    stem, _dot, suffix = path.rpartition(".")
    if suffix in SUFFIXES and stem.strip("./"):
        return True
    first, slash, rest = path.partition("/")
    if not slash:
        return False
    is_folder = not rest and len(first) > 1
    return is_folder or any((base / first).is_dir() for base in (folder, *BASES))


def exists(word: str, folder: Path) -> bool:
    """Also the function or class behind a colon: checkout/place.py:check_out."""
    path, _colon, name = word.partition(":")
    found = [base / path for base in (folder, *BASES) if (base / path).exists()]
    return any(not name or names_in(file).issuperset(name.split(".")) for file in found)


def is_defined(dotted: str) -> bool:
    """webshop.orders.model.MOVES: a module, and a name in it."""
    _webshop, *parts = dotted.split(".")
    place = ROOT / "webshop"
    while parts and (place / parts[0]).is_dir():
        place /= parts.pop(0)
    if not parts:
        return True
    file = place / f"{parts[0]}.py"
    if file.is_file():
        return len(parts) == 1 or parts[1] in names_in(file)
    return parts[0] in names_in(place / "__init__.py")


@cache
def names_in(file: Path) -> frozenset[str]:
    """What a Python file defines, at any depth."""
    if file.suffix != ".py" or not file.is_file():
        return frozenset()
    found: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.add(node.id)
    return frozenset(found)


def told(file: Path) -> str:
    """The part of a file that is for people: all of a page, the comments and docstrings of a program."""
    text = file.read_text(encoding="utf-8")
    match file.suffix:
        case ".py":
            return "\n".join([*_comments(text), *_docstrings(text)])
        case ".html" | ".txt" | ".mako":
            return "\n".join(re.findall(r"\{#.*?#\}", text, re.DOTALL))
        case ".toml":
            return "\n".join(re.findall(r"(?:^|\s)#.*", text))
    return text


def _comments(source: str) -> Iterator[str]:
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            yield token.string


def _docstrings(source: str) -> Iterator[str]:
    """Those of attributes too."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            yield str(node.value.value)


def files() -> list[Path]:
    kinds = {".md", ".py", ".html", ".mako", ".toml"}
    plain = {ROOT / "Makefile", ROOT / "Procfile", ROOT / ".env.example"}
    return sorted(
        file
        for file in ROOT.rglob("*")
        if (file.suffix in kinds or file in plain or (file.suffix == ".txt" and "templates" in file.parts))
        and not MADE & set(file.relative_to(ROOT).parts)
    )


def test_whatever_is_named_is_there() -> None:
    found = [(file, problem) for file in files() for problem in problems(told(file), file.parent)]
    assert [f"{file.relative_to(ROOT)}: {problem}" for file, problem in found] == []


@pytest.mark.parametrize(
    "text",
    [
        "see `db/carts.py`",
        "as docs/nowhere.md says",
        "templates/cart/_nothing.html",
        "`checkout/place.py:no_such_function`",
        "the folder tests/nowhere/",
        "joined in webshop.nowhere",
        "webshop.orders.model.NOTHING",
        "`orders.model.NOTHING`",
        "the room `fulfilment/`",
        "[a page](docs/lost.md)",
        "fulfilment.py",
    ],
)
def test_a_planted_path_is_found(text: str) -> None:
    assert len(problems(text, ROOT)) == 1


@pytest.mark.parametrize(
    "text",
    [
        "`checkout/place.py:check_out`, and [how](docs/reliability.md)",
        "webshop.orders.model.MOVES, `orders.model.MOVES`, webshop.app and webshop/sandbox/",
        "`templates/…`, static/css/*.css, var/mail/, locale/de/, text/html, and/or, GET /cart/lines",
        "https://docs.stripe.com/nowhere/page.html",
    ],
)
def test_what_is_there_or_no_path_is_fine(text: str) -> None:
    assert problems(text, ROOT) == []


def test_comments_docstrings_and_contracts_are_read(tmp_path: Path) -> None:
    samples = {
        "a.py": '"""In lost.py."""\nX = "not/in/lost.py"  # as lost.md says\n"""And lost.css."""\n',
        "a.html": '{#\n  As in lost.html.\n#}\n<img src="lost.svg">\n',
        "a.toml": 'key = "lost.svg"\n# and lost.toml\n',
    }
    for name, text in samples.items():
        (tmp_path / name).write_text(text)
    found = {name: set(problems(told(tmp_path / name), tmp_path)) for name in samples}
    assert found == {
        "a.py": {"lost.py", "lost.md", "lost.css"},
        "a.html": {"lost.html"},
        "a.toml": {"lost.toml"},
    }


def test_the_page_of_seeded_faults_names_the_files_that_are_broken() -> None:
    rows = (ROOT / "docs" / "seeded-faults.md").read_text().splitlines()
    for breakage in BREAKAGES:
        [row] = [row for row in rows if row.startswith(f"| {breakage.name} |")]
        assert f"| `{breakage.path.removeprefix('webshop/')}` |" in row
        assert f"`{breakage.test.partition('::')[0].removeprefix('tests/')}`" in row


def test_the_drawing_has_every_room_in_its_place() -> None:
    """From the ground up and from left to right it is the order that imports follow."""
    _before, drawing, *_after = (ROOT / "docs" / "architecture.md").read_text().split("```")
    floors = [line.strip("│ ").partition("  ")[0] for line in drawing.split("\n") if line.startswith("│")]
    rooms = [room for floor in reversed(floors) for room in floor.split(" · ")]
    assert [room for room in rooms if room in {*ORDER, APART}] == [APART, *ORDER]


def test_the_first_pages_stay_short() -> None:
    readme = (ROOT / "README.md").read_text().splitlines()
    assert [line for line in readme if len(line) > MOST_COLUMNS] == []
    architecture = (ROOT / "docs" / "architecture.md").read_text().splitlines()
    assert len(architecture) <= MOST_LINES
