"""Static files: from memory, packed, kept forever by browsers under the address that names their content."""

import gzip
import re
from pathlib import Path

import brotli
import pytest
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.testclient import TestClient

from tests.conftest import make_config, site_of
from webshop.app import create_app
from webshop.middleware.static_folder import StaticFolder
from webshop.web import themes
from webshop.web.assets import Assets

FOREVER = "public, max-age=31536000, immutable"
NAMED = re.compile(r'"(/static/[^"]+)"')


class Folders:
    """A theme's over a shop's."""

    def __init__(self, theme: Path, own: Path) -> None:
        self.theme, self.own = theme, own
        self.write("css/tokens.css", ":root { --ink: black }\n" * 100)
        self.write("js/shop.js", "let a = 1;\n" * 100)
        self.write("img/mug.svg", "<svg/>" * 100)
        self.write("fonts/serif.woff2", "wOF2" * 200)
        self.write("img/products/secret.jpg", "where it was taken")

    def write(self, path: str, text: str, folder: Path | None = None) -> None:
        file = (folder or self.own) / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def open(self, *, watch: bool) -> tuple[Assets, TestClient]:
        assets = Assets([self.theme, self.own], watch=watch)
        return assets, TestClient(Starlette(routes=[Mount("/static", StaticFolder(assets))]))


@pytest.fixture
def folders(tmp_path: Path) -> Folders:
    return Folders(tmp_path / "theme", tmp_path / "own")


@pytest.mark.parametrize("path", ["shop.css", "js/shop.js", "img/mug.svg"])
def test_a_file_is_packed_as_the_browser_takes_it_and_not_sent_twice(folders: Folders, path: str) -> None:
    assets, client = folders.open(watch=False)
    address = assets.address(path)
    said = {
        coding: client.get(address, headers={"Accept-Encoding": taken})
        for coding, taken in {"": "identity", "gzip": "gzip, deflate", "br": "gzip, br;q=0.8"}.items()
    }
    assert {coding: answer.headers.get("content-encoding", "") for coding, answer in said.items()} == {
        coding: coding for coding in said
    }
    assert {answer.content for answer in said.values()} == {said[""].content}
    assert len({answer.headers["etag"] for answer in said.values()}) == 3
    assert {answer.headers["vary"] for answer in said.values()} == {"Accept-Encoding"}
    assert {answer.headers["cache-control"] for answer in said.values()} == {FOREVER}
    for answer in said.values():
        again = client.get(
            address,
            headers={
                "Accept-Encoding": answer.headers.get("content-encoding", "identity"),
                "If-None-Match": answer.headers["etag"],
            },
        )
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", answer.headers["etag"])
        assert again.headers["cache-control"] == FOREVER
    head = client.head(address, headers={"Accept-Encoding": "gzip"})
    assert (head.content, head.headers["content-length"]) == (b"", said["gzip"].headers["content-length"])


def test_packed_is_packed(folders: Folders) -> None:
    _assets, client = folders.open(watch=False)
    for coding, unpack in (("gzip", gzip.decompress), ("br", brotli.decompress)):
        with client.stream("GET", "/static/img/mug.svg", headers={"Accept-Encoding": coding}) as answer:
            raw = b"".join(answer.iter_raw())
        assert len(raw) < 100
        assert unpack(raw) == b"<svg/>" * 100


def test_a_font_is_not_packed_again(folders: Folders) -> None:
    _assets, client = folders.open(watch=False)
    answer = client.get("/static/fonts/serif.woff2", headers={"Accept-Encoding": "gzip, br"})
    assert "content-encoding" not in answer.headers
    assert "vary" not in answer.headers
    assert (answer.headers["content-type"], len(answer.content)) == ("font/woff2", 800)


@pytest.mark.parametrize(
    ("query", "lifetime"),
    [("", "public, max-age=3600"), ("?v=0123456789", "no-cache"), ("?v=", "public, max-age=3600")],
)
def test_another_releases_address_is_not_kept_with_this_ones_content(
    folders: Folders, query: str, lifetime: str
) -> None:
    _assets, client = folders.open(watch=False)
    assert client.get(f"/static/shop.css{query}").headers["cache-control"] == lifetime


def test_files_are_read_once_unless_somebody_edits_them(folders: Folders) -> None:
    for watch, follows in ((False, False), (True, True)):
        folders.write("css/tokens.css", "a { top: 0 }")
        folders.write("img/mug.svg", "<svg/>")
        assets, client = folders.open(watch=watch)
        before = {path: assets.address(path) for path in ("shop.css", "img/mug.svg")}
        said = {path: client.get(address).text for path, address in before.items()}
        assert said == {"shop.css": "a{top:0}", "img/mug.svg": "<svg/>"}
        folders.write("css/tokens.css", "a { top: 1px }")
        folders.write("img/mug.svg", "<svg id='2'/>", folders.theme)
        now = {"shop.css": "a{top:1px}", "img/mug.svg": "<svg id='2'/>"} if follows else said
        assert {path: client.get(address).text for path, address in before.items()} == now
        assert {path: client.get(assets.address(path)).text for path in before} == now
        lifetimes = {client.get(address).headers["cache-control"] for address in before.values()}
        assert lifetimes == {"no-cache" if follows else FOREVER}
        assert (assets.address("shop.css") != before["shop.css"]) is follows
        (folders.theme / "img/mug.svg").unlink()


def test_what_is_no_file_for_browsers_is_not_there(folders: Folders, tmp_path: Path) -> None:
    (tmp_path / "private").write_text("a key")
    (folders.own / "way-out").symlink_to(tmp_path / "private")
    _assets, client = folders.open(watch=False)
    for path in (
        "img/products/secret.jpg IMG/products/secret.jpg img/./products/secret.jpg img/products img "
        "%2e%2e/private ../private /private way-out nothing.css nothing%00.css css/tokens.css/ pictures/x"
    ).split():
        assert client.get(f"/static/{path}").status_code == (200 if path == "css/tokens.css/" else 404), path
    assert client.get(f"/static/{'x' * 5000}").status_code == 404
    assert client.post("/static/shop.css").status_code == 405


@pytest.mark.parametrize("watch", [True, False])
def test_what_a_stylesheet_names_is_no_more_public_for_that(folders: Folders, watch: bool) -> None:
    named = "../shop.toml img/products/secret.jpg IMG/Products/Secret.jpg pictures/manifest.json img/mug.svg"
    for path in named.split():
        folders.write(path, "private")
    sheet = "".join(f"a {{ background: url(../{path}) }}\n" for path in named.split())
    folders.write("css/tokens.css", sheet)
    _assets, client = folders.open(watch=watch)
    assert client.get("/static/shop.css").text.count("?v=") == 5  # the control: each is read
    for path in ("%2e%2e/shop.toml", *named.split()[1:]):
        assert client.get(f"/static/{path}").status_code == (200 if path == "img/mug.svg" else 404), path


def test_every_file_that_a_page_names_is_kept_forever(client: TestClient) -> None:
    named = set(NAMED.findall(client.get("/").text + client.get("/static/shop.css").text))
    assert len(named) >= 5
    for address in named:
        assert client.get(address).headers["cache-control"] == FOREVER, address


@pytest.mark.parametrize(
    ("name", "is_packed"),
    [
        *((f"a.{kind}", True) for kind in "css js txt html json svg xml speculationrules ttf vtt".split()),
        *((f"a.{kind}", False) for kind in "mp4 mp3 gif png jpg webp avif pdf zip woff woff2 bin gz".split()),
    ],
)
def test_what_is_words_is_packed_and_nothing_that_is_packed_is_packed_again(
    folders: Folders, name: str, is_packed: bool
) -> None:
    folders.write(name, "a word " * 200)
    _assets, client = folders.open(watch=False)
    answer = client.get(f"/static/{name}", headers={"Accept-Encoding": "gzip"})
    assert answer.headers.get("content-encoding") == ("gzip" if is_packed else None)
    assert ("accept-ranges" in answer.headers) is not is_packed
    assert answer.text == "a word " * 200


def test_the_whole_shop_leaves_that_to_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(themes, "THEMES", tmp_path / "themes")
    monkeypatch.setattr("webshop.settings.values.THEMES", tmp_path / "themes")
    Folders(tmp_path / "theme", tmp_path / "themes/other/static").write("terms.pdf", "a word " * 200)
    client = TestClient(create_app(make_config(tmp_path, theme="other")))
    answers = [
        client.get(path, headers={"Accept-Encoding": "gzip"})
        for path in ("/static/terms.pdf", "/static/shop.css", "/")
    ]
    assert [each.headers.get("content-encoding") for each in answers] == [None, "gzip", "gzip"]
    site_of(client).db.engine.dispose()
