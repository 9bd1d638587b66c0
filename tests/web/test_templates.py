"""A template that is broken while the shop sells: it keeps selling, and an alarm is raised."""

import sys
import threading
from pathlib import Path
from time import monotonic
from types import CodeType

import pytest
from jinja2 import Environment, TemplateSyntaxError, UndefinedError
from starlette.testclient import TestClient

from tests.conftest import make_config
from webshop.alarms import queries as alarms
from webshop.alarms.templates import LookedAt, raise_or_withdraw
from webshop.db.engine import Database
from webshop.errors import Unavailable
from webshop.settings.model import Settings
from webshop.web import themes
from webshop.web.rendering import Renderer
from webshop.web.templates import Compiled, Mistake, read_templates


def folder_of(path: Path, **files: str) -> Path:
    path.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (path / f"{name}.html").write_text(text)
    return path


def test_in_production_nothing_is_read_again(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, page="{% include 'part.html' %}", part="as it was")
    live, demo = (Renderer([folder], {}, watch=watch) for watch in (False, True))
    assert live.text("page.html", {}) == demo.text("page.html", {}) == "as it was"
    folder_of(tmp_path, part="{% if %}")
    (folder / "page.html").unlink()
    assert live.text("page.html", {}) == "as it was"
    # A process that follows one that has died is forked from a parent that has read them, too.
    assert Renderer([folder], {}, watch=False).text("page.html", {}) == "as it was"
    read_templates.cache_clear()
    with pytest.raises(Exception, match=r"page\.html"):
        Renderer([folder], {}, watch=False).text("page.html", {})


def test_what_was_compiled_is_kept_for_whoever_runs_the_shop(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Often another user than the one who has built it."""
    folder, file = folder_of(tmp_path / "own", page="a page"), tmp_path / "__pycache__/templates.jinja"
    for _process in range(2):
        begin_a_process(monkeypatch, file)
        Renderer([folder], {}, watch=False)
    assert [name for name, _checksum in Compiled._before] == [name for name, _checksum in Compiled._code]
    assert f"{file.stat().st_mode:o}" == "100644"
    assert [each.name for each in file.parent.iterdir()] == [file.name]


def test_what_was_compiled_and_is_damaged_is_compiled_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As after a power cut: it could be anything."""
    folder, file = folder_of(tmp_path / "own", page="a page"), tmp_path / "__pycache__/templates.jinja"
    begin_a_process(monkeypatch, file)
    Renderer([folder], {}, watch=False)
    whole = file.read_bytes()
    for damaged in (whole.replace(b"a page", b"a cage"), b"N", whole[:-1], b""):
        file.write_bytes(damaged)
        begin_a_process(monkeypatch, file)
        assert Renderer([folder], {}, watch=False).text("page.html", {}) == "a page"
        assert file.read_bytes() == whole


def begin_a_process(monkeypatch: pytest.MonkeyPatch, bytecode: Path) -> None:
    """That may write."""
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    monkeypatch.setattr("webshop.web.templates._bytecode_file", lambda: bytecode)
    monkeypatch.setattr(Compiled, "_file", None)
    monkeypatch.setattr(Compiled, "_before", {})
    monkeypatch.setattr(Compiled, "_code", {})


def test_a_sentence_is_escaped_in_html_alone_and_a_percent_is_written_twice(tmp_path: Path) -> None:
    words = "{{ _('1 %% & more') }}|{{ _('%(name)s & 1 %%', name=name) }}|{{ _('1 %% & more')|upper }}"
    folder = folder_of(tmp_path, page=words)
    (folder / "mail.txt").write_text(words)
    renderer = Renderer([folder], {}, watch=False)
    for _again in range(2):
        html, mail = (renderer.text(name, {"name": "<b>"}) for name in ("page.html", "mail.txt"))
        assert html == "1 % & more|&lt;b&gt; & 1 %|1 % & MORE"
        assert mail == "1 % & more|<b> & 1 %|1 % & MORE"


@pytest.mark.parametrize("watch", [True, False])
@pytest.mark.parametrize(
    ("part", "line", "problem"),
    [
        ("one\n{% if %}", 2, "Expected an expression, got 'end of statement block'"),
        ("one\n\n{{ pirce }}", 3, "UndefinedError: 'pirce' is undefined"),
        ("{{ price|mony }}", 1, "No filter named 'mony'."),
        ("{{ price + 'a' }}", 1, "TypeError: unsupported operand type(s) for +: 'int' and 'str'"),
    ],
)
def test_where_a_theme_s_fails_the_shop_s_own_is_drawn(
    tmp_path: Path, part: str, line: int, problem: str, watch: bool
) -> None:
    own = folder_of(tmp_path / "own", page="<{% include 'part.html' %}>", part="{{ price }}")
    theme = folder_of(tmp_path / "theme", part=part)
    pages, heard = Renderer([theme, own], {}, watch=watch), list[Mistake]()
    pages.on_mistake = heard.append
    assert pages.text("page.html", {"price": 12}) == "<12>"
    assert heard == [Mistake(str(theme / "part.html"), line, problem)]


def test_what_stood_in_is_not_kept_and_each_time_somebody_hears_of_it(tmp_path: Path) -> None:
    own = folder_of(tmp_path / "own", page="{{ price }}", whole="{{ price }}")
    theme = folder_of(tmp_path / "theme", page="{{ pirce }}")
    pages, heard, asked = Renderer([theme, own], {}, watch=False), list[Mistake](), list[str]()
    pages.on_mistake = heard.append

    def context() -> dict[str, int]:
        asked.append("context")
        return {"price": 12}

    assert [pages.once(name, "key", context) for name in ("page.html", "whole.html") * 3] == [b"12"] * 6
    assert [str(each) for each in heard] == [
        f"{theme}/page.html, line 1: UndefinedError: 'pirce' is undefined"
    ] * 3
    assert len(asked) == 3 + 1  # what is the theme's own, or the shop's, is kept


def test_what_is_drawn_of_a_long_word_is_not_kept(tmp_path: Path) -> None:
    """Such as somebody may type in the place of a country."""
    drawn: list[str] = []
    folder = folder_of(tmp_path / "own", page="{{ kept('part.html', word=word) }}", part="{{ note(word) }}")
    pages = Renderer([folder], {"note": drawn.append}, watch=False)
    for word in ("DE", "DE", "x" * 1000, "x" * 1000):
        pages.text("page.html", {"word": word})
    assert drawn == ["DE", "x" * 1000, "x" * 1000]


def test_what_the_shop_s_own_cannot_do_either_is_raised(tmp_path: Path) -> None:
    def fail() -> str:
        raise Unavailable("The database is down.")

    own = folder_of(tmp_path / "own", page="{{ pirce }}", menu="{{ fail() }}", broken="{% if %}")
    theme = folder_of(tmp_path / "theme", page="{{ prcie }}")
    pages, heard = Renderer([theme, own], {"fail": fail}, watch=True), list[Mistake]()
    pages.on_mistake = heard.append
    with pytest.raises(UndefinedError, match="'pirce' is undefined"):
        pages.text("page.html", {})
    with pytest.raises(Unavailable):
        pages.text("menu.html", {})
    with pytest.raises(TemplateSyntaxError):
        Renderer([theme, own], {}, watch=True, strict=True).text("broken.html", {})
    assert heard == []


def test_a_file_that_was_changed_is_looked_at_once(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, one="fine", two="{% if %}")
    inspector = Renderer([folder], {}, watch=False).inspector
    found = inspector.look()
    assert {Path(file).name: mistake and mistake.line for file, mistake in found.items()} == {
        "one.html": None,
        "two.html": 1,
    }
    assert inspector.look() == {}
    folder_of(tmp_path, one="fine\n{{ }}")
    assert [str(mistake) for mistake in inspector.look().values()] == [
        f"{folder}/one.html, line 2: Expected an expression, got 'end of print statement'"
    ]
    (folder / "one.html").write_text("mended now")
    (folder / "two.html").unlink()
    assert inspector.look() == {f"{folder}/one.html": None, f"{folder}/two.html": None}


def test_what_the_shop_began_with_is_not_compiled_again_by_who_looks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = folder_of(tmp_path, one="fine", two="{% if %}")
    begin_a_process(monkeypatch, tmp_path / "__pycache__/templates.jinja")
    inspector = Renderer([folder], {}, watch=False).inspector
    folder_of(tmp_path, three="fine, too")
    compiled, compile_ = list[str](), Environment.compile

    def count(environment: Environment, source: str, name: str | None, file: str) -> CodeType:
        compiled.append(Path(file).name)
        return compile_(environment, source, name, file)

    monkeypatch.setattr(Environment, "compile", count)
    assert [bool(mistake) for mistake in inspector.look().values()] == [False, False, True]
    assert compiled == ["three.html", "two.html"]


def details(db: Database) -> list[str]:
    with db.read() as connection:
        return [alarm.detail for alarm in alarms.list_open(connection)]


def test_what_was_mended_while_no_process_looked_is_withdrawn_by_the_first_look(db: Database) -> None:
    """And the same once more is news."""
    raise_or_withdraw(db, "themes/other/templates/cart/_mended_and_deployed.html", "before: a")
    raise_or_withdraw(db, "templates/cart/_deleted.html", "before: b")
    raise_or_withdraw(db, "templates/cart/_line.html", "before: c")
    LookedAt(db).tell({"templates/cart/_line.html": "still: c", "templates/cart/_page.html": ""})
    assert details(db) == ["still: c"]

    process = LookedAt(db)
    process.tell({"templates/cart/_line.html": "still: c"})
    process.tell({})
    assert details(db) == ["still: c"]
    process.tell({"templates/cart/_line.html": ""})
    assert details(db) == []
    process.tell({"templates/cart/_line.html": "still: c"})
    assert details(db) == ["still: c"]


def test_what_could_not_be_stored_is_told_with_the_next_look(db: Database) -> None:
    process, told = LookedAt(db), {"templates/a.html": "broken"}
    with pytest.MonkeyPatch.context() as patch, pytest.raises(Unavailable):
        patch.setattr(db, "read", refuse)
        process.tell(told)
    process.tell({})
    assert details(db) == ["broken"]


def refuse() -> None:
    raise Unavailable("The database is down.")


@pytest.fixture
def config(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Of a shop in a theme whose cart is broken."""
    monkeypatch.setattr(themes, "THEMES", tmp_path / "themes")
    monkeypatch.setattr("webshop.settings.values.THEMES", tmp_path / "themes")
    folder_of(tmp_path / "themes/other/templates/cart", _page="{#\n#}\n{{ crat.lines }}")
    return make_config(tmp_path, database_url=database_url, theme="other")


def test_a_shop_in_a_broken_theme_sells_and_raises_one_alarm(client: TestClient, db: Database) -> None:
    client.post("/cart/lines", data={"sku": "MUG-BLUE", "quantity": "2"})
    for _each in range(3):
        page = client.get("/cart")
        assert page.status_code == 200
        assert "Blue mug" in page.text
    _wait_for("broken template")
    with db.read() as connection:
        [alarm] = alarms.list_open(connection)
    assert alarm.kind == "template"
    assert alarm.detail.endswith(
        "themes/other/templates/cart/_page.html, line 3: UndefinedError: 'crat' is undefined"
    )
    raise_or_withdraw(db, alarm.detail.partition(",")[0], "")
    with db.read() as connection:
        assert alarms.list_open(connection) == []


def _wait_for(thread: str) -> None:
    began = monotonic()
    for each in threading.enumerate():
        if each.name == thread:
            each.join(timeout=20)
    assert monotonic() - began < 20
