"""Fetching pictures: bounded in size, time and number, from public hosts only, and each only once."""

import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

import httpx2

from webshop.catalog.importers.pictures.hosts import Refused, addresses_of
from webshop.catalog.importers.pictures.shelf import Shelf

MOST_BYTES = 20_000_000
MOST_SECONDS = 60.0  # a picture
MOST_PICTURES = 200_000  # a run
MOST_REDIRECTS = 5
AT_ONCE = 4
FAILURES = 5  # in a row, before a host is not asked again
HEADERS = {"User-Agent": "webshop-import", "Accept": "image/*", "Accept-Encoding": "identity"}
PORTS = {"http": 80, "https": 443}


@dataclass
class Fetcher:
    """`allowed` are private addresses that may be asked all the same: of a test's own server."""

    shelf: Shelf
    allowed: frozenset[str] = frozenset()
    most_bytes: int = MOST_BYTES
    most_seconds: float = MOST_SECONDS
    silent: Counter[str] = field(default_factory=Counter)  # how often in a row a host could not be reached

    def fetch(self, links: Sequence[str], fetched: Callable[[], object] = lambda: None) -> dict[str, str]:
        """Put each picture that is not there yet on the shelf. Why not, by address, for those that did not
        come. `fetched` is called after each."""
        missing = [link for link in dict.fromkeys(links) if not self.shelf.file_of(link)]
        self.shelf.folder.mkdir(parents=True, exist_ok=True)
        problems = dict.fromkeys(missing[MOST_PICTURES:], f"there are more than {MOST_PICTURES:,}")
        with _client() as client:
            pool = ThreadPoolExecutor(AT_ONCE)
            try:
                waiting = {pool.submit(self._problem, client, link): link for link in missing[:MOST_PICTURES]}
                for done in as_completed(waiting):
                    problems[waiting[done]] = done.result()
                    fetched()
            finally:
                pool.shutdown(cancel_futures=True)
        return {link: problems[link] for link in missing if problems[link]}

    def _problem(self, client: httpx2.Client, link: str) -> str:
        """Why it did not come; "" when it is there."""
        deadline = time.monotonic() + self.most_seconds
        try:
            self._fetch(client, link, deadline)
        except (Refused, ValueError) as error:
            return str(error)
        except httpx2.InvalidURL:
            return "it is no address"
        except httpx2.HTTPError as error:
            if time.monotonic() >= deadline:  # the connection was cut
                return self._too_slow()
            return f"its server does not answer as it should ({type(error).__name__})"
        return ""

    def _too_slow(self) -> str:
        return f"it takes longer than {self.most_seconds:g} seconds"

    def _fetch(self, client: httpx2.Client, link: str, deadline: float) -> None:
        url = httpx2.URL(f"https:{link}" if link.startswith("//") else link)
        for _redirect in range(MOST_REDIRECTS + 1):
            with self._answer(client, url, deadline) as answer:
                if answer.is_redirect and "location" in answer.headers:
                    url = url.join(answer.headers["location"])
                    continue
                if answer.status_code != 200:
                    raise Refused(f"its server answers {answer.status_code}")
                self._keep(answer, link, deadline)
                return
        raise Refused("it leads on and on")

    @contextmanager
    def _answer(self, client: httpx2.Client, url: httpx2.URL, deadline: float) -> Iterator[httpx2.Response]:
        """From the very address that was checked: a name may mean another one a moment later."""
        host = url.raw_host.decode("ascii").strip("[]")
        if url.scheme not in PORTS or not host:
            raise Refused("it is no http or https address")
        if self.silent[host] >= FAILURES:
            raise Refused("its host does not answer")
        port = url.port or PORTS[url.scheme]
        connection: list[socket.socket] = []
        for address in addresses_of(host, port, self.allowed):
            request = client.build_request(
                "GET",
                url.copy_with(host=address, port=port, userinfo=b""),
                headers={"Host": url.netloc.decode("ascii").rpartition("@")[2]},
                extensions={"sni_hostname": host, "trace": _keeping(connection)},
            )
            with _ended(connection, deadline):
                try:
                    answer = client.send(request, stream=True)
                except (httpx2.ConnectError, httpx2.ConnectTimeout):
                    continue
                self.silent[host] = 0
                try:
                    yield answer
                finally:
                    answer.close()
                return
        self.silent[host] += 1
        raise Refused("its host cannot be reached")

    def _keep(self, answer: httpx2.Response, link: str, deadline: float) -> None:
        """All of it, or nothing: until it is whole, it has another name."""
        headers = answer.headers
        if "content-length" not in headers and headers.get("transfer-encoding") != "chunked":
            raise Refused("its server does not say where it ends")
        size = 0
        with NamedTemporaryFile(dir=self.shelf.folder, prefix=".", suffix=".part", delete=False) as draft:
            try:
                for piece in answer.iter_raw():
                    size += len(piece)
                    if size > self.most_bytes:
                        raise Refused(f"it is larger than {self.most_bytes / 1_000_000:g} MB")
                    if time.monotonic() > deadline:
                        raise Refused(self._too_slow())
                    draft.write(piece)
                draft.flush()
                self.shelf.put(link, Path(draft.name))
            except BaseException:
                Path(draft.name).unlink(missing_ok=True)
                raise


def _client() -> httpx2.Client:
    """A connection for each picture: one to an address is not taken for another host behind it."""
    limits = httpx2.Limits(max_connections=AT_ONCE, max_keepalive_connections=0)
    return httpx2.Client(headers=HEADERS, timeout=10, limits=limits, trust_env=False, follow_redirects=False)


def _keeping(connection: list[socket.socket]) -> Callable[[str, dict[str, Any]], None]:
    """Told by the client what happens: it keeps the socket of a connection."""

    def trace(event: str, found: dict[str, Any]) -> None:
        if event == "connection.connect_tcp.complete":
            connection[:] = [found["return_value"].get_extra_info("socket")]

    return trace


@contextmanager
def _ended(connection: list[socket.socket], deadline: float) -> Iterator[None]:
    """Whoever answers a letter now and then would hold a thread for hours: the connection is cut."""

    def cut() -> None:
        for each in connection:
            each.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(max(0.0, deadline - time.monotonic()), cut)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
