"""A theme lies over the shop's own templates and stylesheets, and mails follow its colours."""

import re
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from tests.conftest import make_config
from webshop.settings.model import ROOT, Settings, SettingsError
from webshop.web import themes
from webshop.web.rendering import Renderer
from webshop.web.themes import Theme, roles


@pytest.fixture
def theme(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the theme "other"."""
    monkeypatch.setattr(themes, "THEMES", tmp_path / "themes")
    monkeypatch.setattr("webshop.settings.values.THEMES", tmp_path / "themes")
    folder = tmp_path / "themes" / "other"
    folder.mkdir(parents=True)
    return folder


@pytest.fixture
def config(database_url: str, tmp_path: Path, theme: Path) -> Settings:
    """Of a shop that wears it."""
    return make_config(tmp_path, database_url=database_url, theme=theme.name)


def write(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)


def test_a_theme_s_files_come_before_the_shop_s_and_all_others_stay(theme: Path, client: TestClient) -> None:
    write(theme / "templates/errors/show.html", "{# #}<p>Ours: {{ problem }}</p>")
    write(theme / "static/css/base.css", ".ours { color: red }")
    write(theme / "static/css/posters.css", ".poster { color: blue }")
    write(theme / "static/img/favicon.svg", "<svg/>")
    assert client.get("/nothing").text.startswith("<p>Ours: ")
    page, sheet = client.get("/").text, client.get("/static/shop.css").text
    assert client.get("/static/img/favicon.svg").text == "<svg/>"
    assert client.get("/static/img/placeholder.svg").status_code == 200
    assert '<main id="main"' in page
    assert ".ours{color:red}" in sheet
    assert ".poster{color:blue}" in sheet
    assert ".cart-line" in sheet
    assert "box-sizing" not in sheet  # of the shop's own file


def test_a_theme_that_is_not_there_is_named(tmp_path: Path, theme: Path) -> None:
    must_be = r"must be a folder of themes/ \(other\)"
    for name, words in {"none": must_be, "../other": "is no name of a theme", "OTHER": "is no name"}.items():
        with pytest.raises(SettingsError, match=f"THEME: {words}"):
            make_config(tmp_path, theme=name)


def test_roles_are_those_of_the_light_with_everything_filled_in(tmp_path: Path) -> None:
    css = """
    /* --accent: red; */
    @layer tokens { :root { --clay: #aa5533; --accent: var(--clay); --on-accent: var(--none, #fff);
      --ground: light-dark(#ffffff, #000000); --serif: "A", serif; }
      @media screen and (prefers-color-scheme: dark) { :root { --clay: black; } :root { --accent: white } }
    }
    @layer late { :root { --late: 1px } }
    """
    assert roles(css) == {
        "clay": "#aa5533",
        "accent": "#aa5533",
        "on_accent": "#fff",
        "ground": "#ffffff",
        "serif": '"A", serif',
        "late": "1px",
    }


def test_a_template_reads_a_role_and_hears_of_a_change(tmp_path: Path) -> None:
    sheet = tmp_path / "theme.css"
    sheet.write_text(":root { --on-accent: #123456 }")
    (tmp_path / "mail.html").write_text("{{ theme.on_accent }}")
    pages = Renderer([tmp_path], {"theme": Theme(lambda: [sheet], watch=True)}, watch=True)
    assert pages.text("mail.html", {}) == "#123456"
    sheet.write_text(":root { --on-accent: #654321; }")
    assert pages.text("mail.html", {}) == "#654321"


@pytest.mark.parametrize(("watch", "asked", "later"), [(True, 3, "blue"), (False, 1, "red")])
def test_a_live_shop_reads_its_stylesheets_once(tmp_path: Path, watch: bool, asked: int, later: str) -> None:
    sheet, looks = tmp_path / "theme.css", list[Path]()
    sheet.write_text(":root { --ink: red; --ground: white }")

    def sheets() -> list[Path]:
        looks.append(sheet)
        return [sheet]

    theme = Theme(sheets, watch=watch)
    assert (theme["ink"], theme["ground"]) == ("red", "white")
    sheet.write_text(":root { --ink: blue; --ground: white }")
    assert theme["ink"] == later
    assert len(looks) == asked


def test_the_page_for_designers_counts_the_roles() -> None:
    """Of what the shop's own theme.css names, and of what the page itself writes."""
    own, page = (ROOT / name for name in ("static/css/theme.css", "docs/designers.md"))
    for text in (own.read_text(), page.read_text()):
        found = dict(re.findall(r"^    --([a-z-]+): ([^;]+);", text.partition("@layer tokens")[2], re.M))
        colours = [role for role, value in found.items() if value.startswith("#")]
        assert (len(colours), sorted(found.keys() - colours)) == (16, ["radius", "sans", "serif"])
    assert "16 colours by what they are for, two fonts, one radius" in page.read_text()
