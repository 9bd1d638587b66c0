"""A film is sought through, and Safari plays it: a part of a file is sent to whoever asks for one."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from httpx2 import Response
from starlette.testclient import TestClient

from tests.conftest import make_config, site_of
from tests.loops import run_alone
from tests.middleware.test_static_folder import Folders
from webshop.app import create_app

FILM = "/static/film.mp4"


@pytest.fixture
def folders(tmp_path: Path) -> Folders:
    folders = Folders(tmp_path / "theme", tmp_path / "own")
    folders.write("film.mp4", "0123456789" * 100)
    folders.write("empty.mp4", "")
    return folders


@pytest.fixture
def client(folders: Folders) -> TestClient:
    return folders.open(watch=False)[1]


@pytest.mark.parametrize("header", [{}, {"Accept-Encoding": "gzip, br"}])
@pytest.mark.parametrize(
    ("asked", "told", "body"),
    [
        ("bytes=0-1", "bytes 0-1/1000", "01"),
        ("bytes=-3", "bytes 997-999/1000", "789"),
        ("bytes=995-", "bytes 995-999/1000", "56789"),
        ("bytes=0-", "bytes 0-999/1000", "0123456789" * 100),
    ],
)
def test_a_part_is_sent_as_what_it_is(
    client: TestClient, header: dict[str, str], asked: str, told: str, body: str
) -> None:
    whole = client.get(FILM)
    part = client.get(FILM, headers={"Range": asked, **header})
    assert (part.status_code, part.text, part.headers["content-range"]) == (206, body, told)
    assert part.headers["content-length"] == str(len(body))
    same = ("etag", "content-type", "cache-control", "accept-ranges")
    assert {name: part.headers[name] for name in same} == {name: whole.headers[name] for name in same}
    assert whole.headers["accept-ranges"] == "bytes"
    assert "content-encoding" not in part.headers


@pytest.mark.parametrize(
    ("path", "asked", "size"), [(FILM, "bytes=1000-", 1000), ("/static/empty.mp4", "bytes=0-", 0)]
)
def test_who_asks_for_what_is_not_there_is_told_how_much_there_is(
    client: TestClient, path: str, asked: str, size: int
) -> None:
    answer = client.get(path, headers={"Range": asked})
    assert answer.status_code == 416
    assert answer.headers["content-range"] == f"bytes */{size}"


def test_parts_in_a_unit_that_nobody_knows_are_as_if_nobody_had_asked_for_them(client: TestClient) -> None:
    """RFC 9110, 14.2."""
    for asked in ("seconds=0-1", "lines=1-2", "0-1"):
        answer = client.get(FILM, headers={"Range": asked})
        assert (answer.status_code, len(answer.content)) == (200, 1000), asked
    assert client.get(FILM, headers={"Range": "BYTES=0-1"}).status_code == 206


def test_a_part_of_what_somebody_has_is_sent_if_that_is_the_same_still(folders: Folders) -> None:
    _assets, client = folders.open(watch=True)
    etag = client.get(FILM).headers["etag"]

    def asked(**headers: str) -> Response:
        return client.get(
            FILM, headers={"Range": "bytes=0-1"} | {k.replace("_", "-"): v for k, v in headers.items()}
        )

    assert asked(If_Range=etag).status_code == 206
    assert asked(If_Range=f"W/{etag}").status_code == 200
    assert asked(If_Range="Fri, 27 Nov 2026 18:00:00 GMT").status_code == 200
    assert asked(If_None_Match=etag).status_code == 304
    folders.write("film.mp4", "another film")
    answer = asked(If_Range=etag)
    assert (answer.status_code, answer.text) == (200, "another film")
    assert asked(If_None_Match=etag).status_code == 206


def test_what_is_packed_and_what_has_no_body_has_no_parts(client: TestClient) -> None:
    for path in ("shop.css", "js/shop.js", "img/mug.svg"):
        answer = client.get(f"/static/{path}", headers={"Range": "bytes=0-1"})
        assert answer.status_code == 200, path
        assert "accept-ranges" not in answer.headers
    head = client.head(FILM)
    assert (head.status_code, head.headers["content-length"], head.content) == (200, "1000", b"")


def test_a_film_goes_out_piece_by_piece(folders: Folders) -> None:
    """So that nobody who watches slowly has all of it waiting for them."""
    folders.write("film.mp4", "x" * 200_000)
    _assets, client = folders.open(watch=False)
    sent: list[Any] = []

    async def ask() -> None:
        async def receive() -> Any:
            await asyncio.Event().wait()  # they stay

        async def send(message: Any) -> None:
            sent.append(message)

        scope = {"type": "http", "method": "GET", "path": FILM, "root_path": "", "query_string": b""}
        await client.app({**scope, "headers": [(b"range", b"bytes=1-")]}, receive, send)

    run_alone(ask())
    pieces = [len(each["body"]) for each in sent if each["type"] == "http.response.body"]
    assert sum(pieces) == 199_999
    assert max(pieces) <= 65_536
    assert [each.get("more_body", False) for each in sent[1:]] == [True] * (len(pieces) - 1) + [False]


def test_in_the_whole_shop_too(tmp_path: Path) -> None:
    client = TestClient(create_app(make_config(tmp_path)))
    picture = "/static/fonts/fraunces.woff2"
    whole, part = (
        client.get(picture),
        client.get(picture, headers={"Range": "bytes=4-7", "Accept-Encoding": "gzip"}),
    )
    assert (part.status_code, part.content) == (206, whole.content[4:8])
    site_of(client).db.engine.dispose()


def test_a_film_that_goes_or_that_nobody_may_read_is_not_there(
    folders: Folders, monkeypatch: pytest.MonkeyPatch
) -> None:
    _assets, client = folders.open(watch=False)
    for error in (FileNotFoundError, PermissionError):

        def fail(*_of: object, error: type[OSError] = error) -> None:
            raise error

        with monkeypatch.context() as patch:
            patch.setattr("webshop.middleware.static_folder._digest_of_file", fail)
            assert client.get(FILM).status_code == 404
        with monkeypatch.context() as patch:
            patch.setattr("webshop.middleware.static_folder.StaticFolder.lookup_path", fail)
            assert client.get(FILM).status_code == 404
