"""No save keeps a shop from its pages, whatever is saved, and however."""

import os
from functools import partial
from pathlib import Path

import pytest

from tests.looks.test_following import followed, save
from webshop.looks import following
from webshop.looks.following import Following, FollowingPages
from webshop.web.assets import Assets
from webshop.web.templates import Compiled, Mistake
from webshop.web.themes import Theme


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    for seconds in ("BETWEEN_LOOKS", "AFTER_A_BUG", "AT_REST"):
        monkeypatch.setattr(following, seconds, 0.0)


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """A folder with two templates."""
    save(tmp_path / "own/page.html", "as it was")
    save(tmp_path / "own/other.html", "the other, as it was")
    return tmp_path / "own"


def drawn(pages: FollowingPages) -> tuple[str, str]:
    return pages.text("page.html", {}), pages.text("other.html", {})


@pytest.mark.parametrize(
    "text",
    [
        "{{ " + "1" * 5000 + " }}",  # Python: ValueError
        "{% for a in b %}" * 25 + "{% endfor %}" * 25,  # Python: SyntaxError
        "{{ " + "(" * 3000 + "1" + ")" * 3000 + " }}",  # RecursionError
    ],
    ids=["number", "loops", "brackets"],
)
def test_what_jinja_itself_does_not_refuse_stays_as_it_was(own: Path, text: str) -> None:
    pages, heard = followed(own), list[Mistake]()
    pages.on_mistake = heard.append
    save(own / "page.html", text)
    save(own / "other.html", "the other, as it is")  # saved with it
    assert drawn(pages) == ("as it was", "the other, as it is")
    assert [mistake.file for mistake in heard] == [str(own / "page.html")]


def test_a_file_whose_name_is_not_text_keeps_nobody_from_the_others(own: Path) -> None:
    pages = followed(own)
    Path(os.fsdecode(os.fsencode(own) + b"/caf\xe9.html")).write_text("x")
    save(own / "page.html", "as it is")
    assert drawn(pages) == ("as it is", "the other, as it was")


def test_a_link_that_leads_to_itself_keeps_nobody_from_the_others(own: Path) -> None:
    pages = followed(own)
    (own / "link.html").symlink_to(own / "link.html")
    save(own / "page.html", "as it is")
    assert drawn(pages) == ("as it is", "the other, as it was")


def test_a_bug_while_it_is_taken_is_logged_and_pages_stay(
    own: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    pages = followed(own)

    def fail() -> None:
        raise MemoryError

    save(own / "page.html", "as it is")
    with monkeypatch.context() as broken:
        broken.setattr(pages, "_reread", fail)
        assert drawn(pages) == ("as it was", "the other, as it was")
    assert "What was saved is not taken" in caplog.text
    assert drawn(pages) == ("as it is", "the other, as it was")


def test_what_is_put_back_as_old_and_as_long_is_taken(own: Path) -> None:
    """As `cp -p` does, and archives whose files all have one time."""
    pages, file = followed(own), own / "page.html"
    before = file.stat()
    file.write_text("as it IS!")
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert file.stat().st_mtime_ns == before.st_mtime_ns
    assert file.stat().st_size == before.st_size
    assert drawn(pages)[0] == "as it IS!"


def test_code_of_what_was_there_before_is_not_kept(own: Path) -> None:
    pages, counts = followed(own), list[int]()
    for number in range(3):
        save(own / "page.html", f"save {number}")
        assert pages.text("page.html", {}) == f"save {number}"
        counts.append(len(Compiled._code))
    assert counts == counts[:1] * 3


def test_a_folder_that_comes_later_is_followed(tmp_path: Path) -> None:
    takes = list[str]()
    watch = Following([tmp_path / "templates", tmp_path / "pages"])
    for name in ("pages/about.md", "templates/page.html"):
        save(tmp_path / name, "x")
        watch.follow(partial(takes.append, name))
    assert takes == ["pages/about.md", "templates/page.html"]
    (tmp_path / "pages").rename(tmp_path / "pages.old")  # as while another is put in its place
    watch.follow(lambda: takes.append("without pages/"))
    save(tmp_path / "pages/about.md", "y")
    watch.follow(lambda: takes.append("the other pages/"))
    assert takes[2:] == ["the other pages/"]


def test_what_nobody_can_read_any_more_stays_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pages name scripts and pictures, and could not be drawn without."""
    for name in ("css/site.css", "js/shop.js", "img/logo.svg", "img/locked.svg"):
        save(tmp_path / name, f"/* {name} */ a{{color:red}}")
    assets = Assets([tmp_path], watch=False)
    paths = ("shop.css", "js/shop.js", "img/logo.svg", "img/locked.svg")
    before = [(assets.address(path), assets.read(path)) for path in paths]
    for name in ("js/shop.js", "img/logo.svg", "css/site.css"):
        (tmp_path / name).unlink()
    lock(tmp_path / "img/locked.svg", monkeypatch)
    for _again in range(2):
        assets.reread()
        assert [(assets.address(path), assets.read(path)) for path in paths] == before
    save(tmp_path / "js/shop.js", "let a = 2")
    assets.reread()
    assert assets.read("js/shop.js") == b"let a=2"
    with pytest.raises(FileNotFoundError):
        assets.address("img/never.svg")


def lock(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests may be run by root, who may read everything."""
    read = Path.read_bytes

    def read_bytes(path: Path) -> bytes:
        if path == file:
            raise PermissionError(13, "Permission denied", str(path))
        return read(path)

    monkeypatch.setattr(Path, "read_bytes", read_bytes)


def test_mails_keep_a_role_that_the_stylesheet_lost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sheet = tmp_path / "theme.css"
    save(sheet, ":root { --ink: #010101; --ground: #ffffff }")
    theme = Theme(lambda: [sheet], watch=False)
    save(sheet, ":root { --ink: #020202 }")
    theme.reread()
    assert (theme["ink"], theme["ground"]) == ("#020202", "#ffffff")
    lock(sheet, monkeypatch)
    theme.reread()
    assert (theme["ink"], theme["ground"]) == ("#020202", "#ffffff")


def test_a_folder_that_is_a_link_is_followed_and_one_that_leads_back_is_left(
    own: Path, tmp_path: Path
) -> None:
    save(tmp_path / "elsewhere/site.css", "a")
    (own / "css").symlink_to(tmp_path / "elsewhere")
    for name in ("back", "again"):
        (own / name).symlink_to(own)
    watch, takes = Following([own]), list[str]()
    save(tmp_path / "elsewhere/site.css", "b")
    watch.follow(lambda: takes.append("taken"))
    assert takes == ["taken"]
