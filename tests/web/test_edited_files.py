"""While somebody edits a file, an editor lays others beside it: pages go on as if they were not there."""

from pathlib import Path

import pytest
from starlette.testclient import TestClient

from tests.conftest import DATA, make_config
from webshop.design.css import check_stylesheets
from webshop.design.states.bench import Bench
from webshop.edited_files import NotText, content_of, edited_files, is_edited, seen, text_of
from webshop.pages.reading import Head
from webshop.pages.shelf import Shelf
from webshop.settings.model import Settings
from webshop.shop import load
from webshop.toml_files import FileError, read_toml
from webshop.web import themes
from webshop.web.assets import Assets
from webshop.web.rendering import Renderer
from webshop.web.themes import Theme

LAID = (
    ".#{}",
    "#{}#",
    "{}~",
    ".{}.swp",
    ".{}.swo",
    "4913",
    "{}.tmp",
    ".{}",
    "._{}",
    "{}.~1~",
    "sedXy1",
    ".goutput-1",
)
OF_THE_SHOP = ("templates/cart/_page.html", "static/css/theme.css")


def lay(file: Path) -> None:
    """Beside this file; the first is Emacs' lock, a link to nowhere."""
    file.parent.mkdir(parents=True, exist_ok=True)
    (file.parent / LAID[0].format(file.name)).symlink_to("ada@mill.1234:99")
    for name in LAID[1:]:
        (file.parent / name.format(file.name)).write_bytes(b"{{ \xff")


@pytest.mark.parametrize("name", [each.format("a.css") for each in LAID if each != "{}.tmp"])
def test_such_a_name_is_nobody_s(name: str) -> None:
    assert not is_edited(Path(name))


def test_only_what_somebody_named_is_listed(tmp_path: Path) -> None:
    lay(tmp_path / "cart/a.html")
    lay(tmp_path / ".git/a.html")
    for path in ("b.html", "cart/a.html", ".git/c.html"):
        (tmp_path / path).write_text("a")
    assert edited_files(tmp_path, "**/*.html", "**/*.txt") == [tmp_path / "b.html", tmp_path / "cart/a.html"]


@pytest.fixture
def config(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Of a shop with a page of its own and a theme, each of whose files somebody edits."""
    monkeypatch.setattr(themes, "THEMES", tmp_path / "themes")
    monkeypatch.setattr("webshop.settings.values.THEMES", tmp_path / "themes")
    (tmp_path / "shop.toml").write_text((DATA / "shop.toml").read_text())
    for path in OF_THE_SHOP:
        lay(tmp_path / "themes/mill" / path)
    lay(tmp_path / "themes/mill/templates/cart/states.toml")
    lay(tmp_path / "pages/about.md")
    (tmp_path / "pages/about.md").write_text("+++\ntitle = 'About'\nfooter = 'Shop'\n+++\nUs.\n")
    return make_config(tmp_path, database_url=database_url, shop_file=tmp_path / "shop.toml", theme="mill")


def test_what_is_no_text_is_said_to_be_none_in_one_sentence(tmp_path: Path) -> None:
    file = tmp_path / "a.html"
    file.write_bytes(b"\xef\xbb\xbf\xc3\xa9")
    assert text_of(file) == "é"
    file.write_bytes(b"\xe9")
    words = "is not text in UTF-8; save it in that encoding"
    with pytest.raises(NotText, match=words):
        text_of(file)
    [stylesheet] = check_stylesheets([file])
    [template] = Renderer([tmp_path], {}, watch=True).inspector.look().values()
    assert {str(stylesheet), str(template)} == {f"{file}, line 1: this {words}"}
    with pytest.raises(FileError) as error:
        read_toml(file, Head)
    assert error.value.problems == [f"a.html: {words}"]
    with pytest.raises(FileNotFoundError):
        text_of(tmp_path / "gone")


def test_every_page_is_as_it_was(client: TestClient) -> None:
    for path in ("/", "/pages/about", "/cart", "/gallery", "/gallery/cart/_page.html", "/static/shop.css"):
        assert client.get(path).status_code == 200, path
    assert "/pages/about" in client.get("/sitemap.xml").text + client.get("/sitemap/pages.xml").text


def test_a_file_that_goes_between_two_looks_is_no_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each list has it still."""
    gone, there = tmp_path / "gone.html", tmp_path / "there.html"
    there.write_text("{% if %}")
    for module in ("webshop.web.templates", "webshop.web.assets", "webshop.pages.reading"):
        monkeypatch.setattr(f"{module}.edited_files", lambda _folder, *_patterns: [gone, there])
    assert [file for file, *_when in seen([gone, there])] == [there]
    assert content_of(gone) == b""
    assert [
        mistake and mistake.line for mistake in Renderer([tmp_path], {}, watch=True).inspector.look().values()
    ] == [1]
    assert Assets([tmp_path], watch=True).stylesheet() == "{% if %}"
    assert check_stylesheets([gone]) == []
    with pytest.raises(KeyError):
        _colour = Theme(lambda: [gone], watch=True)["accent"]
    [page] = Shelf(tmp_path, load(DATA / "shop.toml"), watch=True).own_pages()
    assert page.slug == "there"
    assert Bench([tmp_path]).states("there.html") == []
