"""No shop begins to take real money with a starter's text; one that takes it already is warned."""

from pathlib import Path
from typing import Any

import pytest

from tests.keys import OF_MODE
from webshop.app import check
from webshop.db import modes
from webshop.db.engine import Database
from webshop.doctor.files import check_pages
from webshop.doctor.model import Examined
from webshop.settings import model as settings
from webshop.settings.mode import ShopMode
from webshop.toml_files import FileError

LEFT = "pages/terms.md: [[STARTER: yours]], and 1 more is still to be seen to"
STARTER = "+++\ntitle = 'Terms'\n+++\n[[STARTER: yours]]\n\nThe law of [[FILL IN: a country]].\n"
COMMANDS = ("release", "go-live", "serve")


@pytest.fixture
def page(shop_folder: Path) -> Path:
    """The shop's one page, which is a starter."""
    path = shop_folder / "pages" / "terms.md"
    path.parent.mkdir()
    path.write_text(STARTER)
    return path


@pytest.fixture
def live(page: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DEMO")
    for name, value in OF_MODE["live"].items():
        monkeypatch.setenv(name, value)


def remember(db: Database, mode: ShopMode) -> None:
    with db.write() as connection:
        modes.remember(connection, mode)


@pytest.mark.usefixtures("live")
@pytest.mark.parametrize("before", [None, ShopMode.SANDBOX, ShopMode.TEST])
def test_the_first_going_live_is_refused_until_the_page_is_one_s_own(
    said: Any, db: Database, page: Path, before: ShopMode | None
) -> None:
    if before:
        remember(db, before)
    for command in ["go-live"] if before else COMMANDS:  # others are refused for the mode
        assert said(command) == (2, [], [LEFT]), command
    with db.read() as connection:
        assert modes.current(connection) is before
    page.write_text("+++\ntitle = 'Terms'\n+++\nOur own.\n")
    assert said("go-live" if before else "release")[0] == 0


UNREADABLE = {
    "no head": "Our own.\n",
    "no end of the head": "+++\ntitle = 'Terms'\n[[STARTER: yours]]\nOur own.\n",
    "no title": "+++\n+++\n[[STARTER: yours]]\n",
    "a head that is no TOML": "+++\ntitle = Terms\n+++\n[[STARTER: yours]]\n",
    "a word that the head has not": "+++\ntitle = 'Terms'\nmneu = true\n+++\nOur own.\n",
    "a word in braces": "+++\ntitle = 'Terms'\n+++\n{sellr}\n",
    "another encoding": "+++\ntitle = 'Über'\n+++\nOur own.\n",
}


@pytest.mark.usefixtures("live")
def test_no_page_that_cannot_be_read_goes_live(said: Any, db: Database, page: Path) -> None:
    remember(db, ShopMode.TEST)
    for what, text in UNREADABLE.items():
        page.write_bytes(text.encode("latin-1"))
        code, out, err = said("go-live")
        assert (code, out, [line[:14] for line in err]) == (2, [], ["pages/terms.md"]), what
        [found] = check_pages(Examined(settings.load(), None))
        assert (found.kind, found.what) == ("error", err[0]), what
    with db.read() as connection:
        assert modes.current(connection) is ShopMode.TEST


@pytest.mark.usefixtures("live")
def test_a_shop_that_takes_money_already_is_warned(said: Any, db: Database) -> None:
    remember(db, ShopMode.LIVE)
    code, out, err = said("release")
    assert (code, out[0]) == (0, "The shop sells 4 products in 6 variants.")
    assert any(LEFT in line for line in err)


@pytest.mark.usefixtures("page")
def test_a_demo_is_not_asked(said: Any) -> None:
    assert said("release")[0] == 0


@pytest.mark.parametrize(("mode", "kind"), [(None, "error"), ("test", "error"), ("live", "warning")])
@pytest.mark.usefixtures("page")
def test_the_doctor_names_each_page(db: Database, mode: str | None, kind: str) -> None:
    if mode:
        remember(db, ShopMode(mode))
    [found] = check_pages(Examined(settings.load(), None))
    assert (found.id, found.kind, found.what) == ("files.pages", kind, LEFT)


def test_the_doctor_names_a_mistake(page: Path) -> None:
    page.write_text("+++\ntitle = 'Terms'\n+++\n{sellr}\n")
    [found] = check_pages(Examined(settings.load(), None))
    assert found.what == "pages/terms.md: {sellr} is nothing that shop.toml says; did you mean {seller}?"


def test_a_page_with_mistakes_stops_the_shop_but_not_whoever_writes_it(said: Any, page: Path) -> None:
    assert said("release")[0] == 0
    page.write_text("Our own.\n")
    with pytest.raises(FileError, match=r"^pages/terms\.md: begins with a line"):
        check(settings.load())
    assert check(settings.load(design=True)).name == "Test Pottery"
