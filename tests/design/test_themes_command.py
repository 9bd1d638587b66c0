"""python -m webshop theme: begin one, override a file, hear what has changed under it, look for mistakes."""

import shutil
from pathlib import Path
from typing import Any

import pytest

from webshop.design import overrides
from webshop.doctor.files import check_looks
from webshop.doctor.model import Examined, Kind
from webshop.looks import opening
from webshop.settings import model as settings
from webshop.settings.model import ROOT, SettingsError, load
from webshop.web.themes import folders

LINE = "templates/cart/_line.html"


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A shop of three files, with no theme."""
    for path, text in {LINE: "one\n", "static/css/theme.css": ":root{}\n", "shop.toml": ""}.items():
        (tmp_path / "own" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "own" / path).write_text(text)
    (tmp_path / "own/themes").mkdir()
    for module in ("webshop.design.overrides", "webshop.settings.values"):
        monkeypatch.setattr(f"{module}.THEMES", tmp_path / "own/themes")
    monkeypatch.setattr(overrides, "ROOT", tmp_path / "own")
    return tmp_path / "own"


def test_a_theme_tells_what_has_changed_under_each_file_that_it_overrides(root: Path, said: Any) -> None:
    assert said("theme", "new", "mill")[0] == 0
    assert said("theme", "take", "mill", LINE)[0] == 0
    (root / "themes/mill" / LINE).write_text("ours\n")
    (root / "themes/mill/templates/cart/_new.html").write_text("of its own\n")
    assert said("theme", "diff", "mill")[1] == [
        f"{LINE}: nothing has changed",
        "static/css/theme.css: nothing has changed",
    ]

    (root / LINE).write_text("one\ntwo\n")
    told = said("theme", "diff", "mill")[1]
    assert told[:6] == [
        f"--- {LINE}, as it was",
        f"+++ {LINE}, as it is",
        "@@ -1 +1,2 @@",
        " one",
        "+two",
        "static/css/theme.css: nothing has changed",
    ]
    assert said("theme", "settle", "mill", LINE)[0] == 0
    assert said("theme", "diff", "mill")[1][0] == f"{LINE}: nothing has changed"
    assert (root / "themes/mill" / LINE).read_text() == "ours\n"

    (root / LINE).unlink()
    assert "the shop has no such file any more" in said("theme", "diff", "mill")[1][0]
    (root / "themes/mill/originals/static/css/theme.css").unlink()
    assert "nobody knows what it was made from" in said("theme", "diff", "mill")[1][1]


def test_of_what_is_no_text_it_is_told_that_it_changed(root: Path, said: Any) -> None:
    said("theme", "new", "mill")
    for path in ("static/fonts/a.woff2", "static/img/a.webp", "templates/cart/_latin.html"):
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(b"\xff\x00")
        assert said("theme", "take", "mill", path)[0] == 0
        (root / path).write_bytes(b"\xfe\x01")
        code, out, _err = said("theme", "diff", "mill")
        assert code == 0
        assert f"{path}: has changed, and is no text; look at both" in out
        assert said("theme", "settle", "mill", path)[0] == 0
        assert f"{path}: nothing has changed" in said("theme", "diff", "mill")[1]


@pytest.mark.parametrize("name", ["mühle", "Mill", "mill_2", "../mill", "", "a" * 41, "\u0661"])
def test_a_name_that_settings_would_refuse_is_none_for_a_new_theme(root: Path, said: Any, name: str) -> None:
    rule = "is no name of a theme: a to z, digits and -, at most 40 of them"
    assert said("theme", "new", name) == (2, [], [f"{name!r} {rule}"])
    assert [*(root / "themes").iterdir()] == []
    if name:
        (root / "themes" / "mill").mkdir()
        assert said("theme", "diff", name) == (2, [], [f"{name!r} {rule}"])
        with pytest.raises(SettingsError, match=rf"THEME: {rule}"):
            load(_env_file=None, theme=name)


def test_what_cannot_be_done_is_a_sentence(root: Path, said: Any) -> None:
    assert said("theme", "new", "../mill")[0] == 2
    assert said("theme", "diff")[2] == ["say which theme, or set THEME"]
    assert "must be a folder of themes/ (none yet)" in said("theme", "take", "mill", LINE)[2][0]
    said("theme", "new", "mill")
    assert said("theme", "new", "mill")[0] == 1
    for path in ("shop.toml", "templates/../shop.toml", "templates/none.html"):
        code, _out, err = said("theme", "take", "mill", path)
        assert (code, err[0].split(";")[0]) == (2, f"the shop has no {path}")


@pytest.mark.slow
def test_check_names_file_and_line_of_every_mistake(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: Any
) -> None:
    for module in ("webshop.web.themes", "webshop.settings.values"):
        monkeypatch.setattr(f"{module}.THEMES", tmp_path / "themes")
    folder = tmp_path / "themes/bad"
    for path, text in {
        "templates/cart/_badge.html": "{#\n  The number.\n\n  cart  Cart\n#}\n\n{{ cart.nmber }}\n",
        "templates/cart/_free.html": "{% if %}\n",
        "static/css/bad.css": ".a {\n  color: var(--acent);\n}\n",
    }.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    code, out, err = said("theme", "check", "bad")
    assert (code, err) == (1, ["Mistakes: 3"]), out
    found = sorted(line.removeprefix(f"{folder}/") for line in out)
    assert found[0] == "static/css/bad.css, line 2: no stylesheet names --acent; did you mean --accent?"
    assert found[1].startswith("templates/cart/_badge.html, line 7: UndefinedError")
    assert found[2].startswith("templates/cart/_free.html, line 1: Expected an expression")


@pytest.mark.slow
def test_a_template_of_the_shop_s_own_that_is_broken_stops_the_release_and_the_doctor_names_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: Any
) -> None:
    templates = Path(shutil.copytree(ROOT / "templates", tmp_path / "broken"))
    (templates / "cart/_free.html").write_text("{% if %}\n")
    monkeypatch.setattr(
        opening, "folders", lambda theme, kind: (templates,) if kind == "templates" else folders("", kind)
    )
    code, _out, err = said("release")
    assert code == 2
    assert err[0].endswith("cart/_free.html, line 1: Expected an expression, got 'end of statement block'")
    told = "\n".join(said("doctor", "--json")[1])
    assert "cart/_free.html, line 1" in told


# What a theme does wrong, and how the mistake is told.
THEMES_MISTAKES = {
    "templates/cart/states.toml": ("[_line]\nnone = 3\n", "states.toml must say a table"),
    "templates/checkout/states.toml": ("[form\n", "states.toml, line 1: "),
    "templates/samples.toml": ("[Order]\ncolour = 1\n", "Order has no colour"),
    "templates/pages/show.html": (
        "{#\n#}\n{% from 'shared/meta.html' import meta %}\n\n{{ meta(shop) }}\n",
        "templates/pages/show.html, line 5: UndefinedError: ",
    ),
    "templates/errors/show.html": (
        "{#\n#}\n{% set line = shop %}\n{% include 'cart/_line.html' %}\n",
        "templates/errors/show.html, line 4: UndefinedError: ",
    ),
}


@pytest.mark.slow
def test_no_mistake_of_a_theme_refuses_a_release_for_the_shop_s_own_stand_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: Any
) -> None:
    """Each is told, by the theme's own file."""
    for module in ("webshop.web.themes", "webshop.settings.values"):
        monkeypatch.setattr(f"{module}.THEMES", tmp_path / "themes")
    for path, (text, _told) in THEMES_MISTAKES.items():
        (tmp_path / "themes/bad" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "themes/bad" / path).write_text(text)
    monkeypatch.setenv("THEME", "bad")
    code, out, err = said("release")
    assert (code, err) == (0, [])
    assert [told for _text, told in THEMES_MISTAKES.values() if not any(told in line for line in out)] == []
    examined = Examined(settings.load(), None)
    assert {found.kind for found in check_looks(examined)} == {Kind.WARNING}
