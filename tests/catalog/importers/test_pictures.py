"""Fetching pictures: a real server, which misbehaves in each way; and addresses that are never asked."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from webshop.catalog.importers.pictures import fetching
from webshop.catalog.importers.pictures.fetching import Fetcher
from webshop.catalog.importers.pictures.hosts import Refused, addresses_of, is_public
from webshop.catalog.importers.pictures.shelf import Shelf, stem_of
from webshop.commands.catalog import importing

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 1000
LOOPBACK = frozenset({"127.0.0.1"})


class Pictures(BaseHTTPRequestHandler):
    """What is asked for says how it is answered."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.server.asked.append(f"{self.headers['Host']}{self.path}")  # type: ignore[attr-defined]
        answer = getattr(self, f"_{self.path.strip('/').partition('.')[0].partition('?')[0]}", self._fine)
        answer()

    def log_message(self, *_words: Any) -> None:
        """Nothing."""

    def _send(self, content: bytes, status: int = 200, length: int | None = None, **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content) if length is None else length))
        self.end_headers()
        self.wfile.write(content)

    def _fine(self) -> None:
        self._send(PNG)

    def _gone(self) -> None:
        self._send(b"no", 404)

    def _page(self) -> None:
        self._send(b"<!doctype html><p>Sign in</p><svg></svg>")

    def _large(self) -> None:
        self._send(PNG * 20)

    def _half(self) -> None:
        self._send(PNG, length=5000)
        self.close_connection = True

    def _endless(self) -> None:
        """Nobody knows where it ends."""
        self.wfile.write(b"HTTP/1.0 200 OK\r\n\r\n" + PNG)
        self.close_connection = True

    def _slow(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "1000000")
        self.end_headers()
        self._drip()

    def _silent(self) -> None:
        self.wfile.write(b"HTTP/1.1 200 OK\r\nX-Patience: ")
        self._drip()

    def _drip(self) -> None:
        try:
            while not self.server.closing.wait(0.05):  # type: ignore[attr-defined]
                self.wfile.write(b"x")
        except OSError:
            pass
        self.close_connection = True

    def _moved(self) -> None:
        self._send(b"", 302, Location="/fine.png")

    def _round(self) -> None:
        self._send(b"", 302, Location="/round.png")

    def _inside(self) -> None:
        port = self.server.server_port  # type: ignore[attr-defined]
        self._send(b"", 302, Location=f"http://127.0.0.2:{port}/fine.png")

    def _file(self) -> None:
        self._send(b"", 302, Location="file:///etc/passwd")


@contextmanager
def serving() -> Iterator[Any]:
    server: Any = ThreadingHTTPServer(("127.0.0.1", 0), Pictures)
    server.asked, server.closing = [], threading.Event()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.closing.set()
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture(scope="module")
def server() -> Iterator[Any]:
    with serving() as running:
        yield running


def link(server: Any, path: str) -> str:
    return f"http://127.0.0.1:{server.server_address[1]}/{path}"


def test_pictures_come_once_and_under_names_of_their_own(server: Any, tmp_path: Path) -> None:
    links = [
        link(server, "Blue%20Mug.JPG?v=1"),
        link(server, "Blue%20Mug.JPG?v=2"),
        link(server, "moved.png"),
    ]
    assert Fetcher(Shelf(tmp_path), LOOPBACK).fetch([*links, links[0]]) == {}
    shelf = Shelf(tmp_path)
    names = [shelf.file_of(each) for each in links]
    assert sorted(names) == sorted(each.name for each in tmp_path.iterdir())
    assert [name.rpartition("-")[0] for name in names] == ["blue-mug", "blue-mug", "moved"]
    assert all((tmp_path / name).read_bytes() == PNG and name.endswith(".png") for name in names)
    asked = len(server.asked)
    assert Fetcher(shelf, LOOPBACK).fetch(links) == {}
    assert len(server.asked) == asked


def test_what_does_not_come_whole_and_as_a_picture_does_not_come(server: Any, tmp_path: Path) -> None:
    fetcher = Fetcher(Shelf(tmp_path), LOOPBACK, most_bytes=10_000, most_seconds=0.5)
    paths = "gone page large half endless slow silent round inside file".split()
    links = {path: link(server, f"{path}.png") for path in paths}
    problems = fetcher.fetch(list(links.values()))
    assert {path: problems.get(address) for path, address in links.items()} == {
        "gone": "its server answers 404",
        "page": "it is no picture",
        "large": "it is larger than 0.01 MB",
        "half": "its server does not answer as it should (RemoteProtocolError)",
        "endless": "its server does not say where it ends",
        "slow": "it takes longer than 0.5 seconds",
        "silent": "it takes longer than 0.5 seconds",
        "round": "it leads on and on",
        "inside": "it is an address inside a private network",
        "file": "it is no http or https address",
    }
    assert list(tmp_path.iterdir()) == []


def test_odd_addresses_are_refused_and_ask_nobody(server: Any, tmp_path: Path) -> None:
    port = server.server_address[1]
    asked = len(server.asked)
    inside = [
        *(f"http://{host}:{port}/fine.png" for host in ("127.0.0.1", "localhost", "localhost.", "127.1")),
        *(f"http://{host}:{port}/fine.png" for host in ("2130706433", "0x7f.1", "0177.0.0.1", "[::1]")),
        *(
            f"http://{host}:{port}/fine.png"
            for host in ("[::ffff:127.0.0.1]", "0.0.0.0", "①②⑦.0.0.1", "[::]")
        ),
        *(f"http://{host}/fine.png" for host in ("169.254.169.254", "10.0.0.1", "192.168.1.1", "[fe80::1]")),
        f"http://user:secret@127.0.0.1:{port}/fine.png",
        f"http://shop.example@127.0.0.1:{port}/fine.png",
        f"//127.0.0.1:{port}/fine.png",
    ]
    no_links = [
        "file:///etc/passwd",
        "ftp://127.0.0.1/x.png",
        "data://x",
        "http://",
        "http://[",
        "http://x:y/z",
    ]
    problems = Fetcher(Shelf(tmp_path)).fetch([*inside, *no_links])
    assert sorted(problems) == sorted({*inside, *no_links})
    assert {problems[each] for each in inside} <= {
        "it is an address inside a private network",
        "there is no such host",
        "it is no address",
    }
    assert len(server.asked) == asked
    assert Fetcher(Shelf(tmp_path), LOOPBACK).fetch([link(server, "fine.png")]) == {}  # the control
    assert len(server.asked) == asked + 1


def test_private_addresses_are_known_in_each_spelling() -> None:
    private = (
        "127.0.0.1 10.1.2.3 172.16.0.1 192.168.0.1 169.254.169.254 0.0.0.0 100.64.0.1 224.0.0.1 "
        "255.255.255.255 192.0.2.1 198.18.0.1 ::1 :: fe80::1 fe80::1%eth0 fc00::1 fd12::1 ff02::1 "
        "::ffff:127.0.0.1 ::ffff:10.0.0.1 ::127.0.0.1 64:ff9b::7f00:1 64:ff9b::a00:1 2002:7f00:1:: "
        "2002:a00:1:: 2001:db8::1 2001:0:7f00:1:0:0:80ff:fffe"
    ).split()
    assert [each for each in private if is_public(each)] == []
    public = "1.1.1.1 93.184.216.34 2606:4700::1111 64:ff9b::101:101 ::ffff:1.1.1.1".split()
    assert [each for each in public if not is_public(each)] == []


def test_a_host_with_one_private_address_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = [(socket.AF_INET, 1, 6, "", (address, 80)) for address in ("1.1.1.1", "10.0.0.1")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_a, **_k: answers)
    with pytest.raises(Refused):
        addresses_of("shop.example", 80, frozenset())


def test_a_name_is_asked_for_once(server: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever answers with a public address first, and with a private one when it is connected to, gains
    nothing: the connection goes to the address that was checked."""
    port = server.server_address[1]
    real, asked = socket.getaddrinfo, []

    def answer(host: Any, *arguments: Any, **named: Any) -> Any:
        asked.append(host)
        if host != "shop.example":
            return real(host, *arguments, **named)
        address = "127.0.0.1" if asked.count(host) == 1 else "127.0.0.3"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

    monkeypatch.setattr(socket, "getaddrinfo", answer)
    assert Fetcher(Shelf(tmp_path), LOOPBACK).fetch([f"http://shop.example:{port}/mug.png"]) == {}
    assert asked.count("shop.example") == 1
    assert server.asked[-1] == f"shop.example:{port}/mug.png"


def test_a_host_that_cannot_be_reached_is_not_asked_for_ever(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    fetcher = Fetcher(Shelf(tmp_path), LOOPBACK)
    links = [f"http://127.0.0.1:{port}/{number}.png" for number in range(20)]
    problems = list(fetcher.fetch(links).values())
    assert set(problems) == {"its host cannot be reached", "its host does not answer"}
    assert problems.count("its host cannot be reached") <= 8


def test_names_of_files_are_small_and_safe() -> None:
    stems = {
        "https://shop.example/a/../../../etc/passwd": "picture",
        "https://shop.example/Größe%2F..%2FX.PNG": "x",
        "https://shop.example/" + "a" * 500 + ".jpg": "a" * 60,
        "https://shop.example/茶碗.webp?x=1#y": "chawan",
        "https://shop.example/": "picture",
        "https://shop.example/[1].jpg": "1",
    }
    assert {address: stem_of(address)[:-9] for address in stems} == stems


def test_a_half_file_never_looks_whole(tmp_path: Path) -> None:
    """What a broken run left is not taken for a picture."""
    address = "https://shop.example/mug.png"
    (tmp_path / f".{stem_of(address)}.part").write_bytes(PNG)
    assert Shelf(tmp_path).file_of(address) == ""


def test_the_import_fetches_and_names_what_did_not_come(
    imported: Any, said: Any, shop_folder: Path, server: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = shop_folder / "pictures"
    monkeypatch.setattr(importing, "ORIGINALS", folder)
    monkeypatch.setattr(fetching, "Fetcher", partial(Fetcher, allowed=LOOPBACK))
    rows = "Handle,Title,Option1 Value,Variant SKU,Variant Price,Variant Grams,Image Src,Variant Image\n"
    blue, gone = link(server, "blue.png"), link(server, "gone.png")
    file = shop_folder / "shopify.csv"
    file.write_text(rows + f"mug,Mug,,MUG,12,300,{blue},{blue}\nmug,,,,,,{gone},\n")
    assert said("import", str(file), "--replace")[0] == 0
    assert "picture" not in (shop_folder / "catalog.toml").read_text().partition("[[products]]")[2]
    assert (shop_folder / "catalog.pictures.txt").read_text() == f"{blue}\n{gone}\n"
    code, out, _err = said("import", str(file), "--pictures")
    assert code == 0
    name = Shelf(folder).file_of(blue)
    catalog = (shop_folder / "catalog.toml").read_text()
    assert f'pictures = ["{name}"]' in catalog
    assert f'  picture = "{name}"' in catalog
    assert "  1 pictures; 1 are not here yet" in out
    assert f"  1 × a picture that could not be fetched: {gone} (its server answers 404)" in out
    assert (shop_folder / "catalog.pictures.txt").read_text() == f"{gone}\n"
    assert said("import", str(file))[0] == 0  # without fetching, what is there stays
    assert (shop_folder / "catalog.toml").read_text() == catalog


def test_many_come_at_once(tmp_path: Path) -> None:
    with serving() as server:
        links = [link(server, f"{number}.png") for number in range(50)]
        counted = []
        assert Fetcher(Shelf(tmp_path), LOOPBACK).fetch(links, lambda: counted.append(time.monotonic())) == {}
        assert len(list(tmp_path.iterdir())) == len(counted) == 50
