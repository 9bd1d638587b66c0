"""Slow and endless connections, against a real server on a real socket."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.client import HTTPResponse
from typing import Any

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from tests.ports import free_port
from webshop.serving.connections import GuardedProtocol

PATIENCE = 60.0  # seconds; a test that needs them fails
HELLO = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"


class Quick(GuardedProtocol):
    """With seconds that a test can wait for."""

    head_seconds = 2.0
    body_seconds = 0.5


class Small(GuardedProtocol):
    most = 20


async def hello(request: Request) -> Response:
    await request.body()
    return PlainTextResponse("hello")


@contextmanager
def serving(protocol: type[Any]) -> Iterator[Callable[[], socket.socket]]:
    """Gives a way to connect."""
    app = Starlette(routes=[Route("/", hello, methods=["GET", "POST"])])
    port = free_port()
    config = uvicorn.Config(app, port=port, http=protocol, log_config=None, lifespan="off", ws="none")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()

    def connect() -> socket.socket:
        connection = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
        opened.append(connection)
        return connection

    opened: list[socket.socket] = []
    while not server.started:
        time.sleep(0.01)
    try:
        yield connect
    finally:
        for each in opened:
            each.close()
        server.should_exit = True
        thread.join(PATIENCE)


def answer(connection: socket.socket) -> str:
    """The first line of one whole answer; "" when the connection ends without a word. A head may come
    before its body: what is left unread would be taken for the next answer."""
    whole = HTTPResponse(connection)
    try:
        whole.begin()
        whole.read()
    except ConnectionError:
        return ""
    return f"HTTP/1.1 {whole.status} {whole.reason}"


def has_ended(connection: socket.socket) -> bool:
    """Whether the other side has ended it; looked at without waiting."""
    connection.setblocking(False)
    try:
        return connection.recv(1) == b""
    except BlockingIOError:
        return False
    except ConnectionError:
        return True
    finally:
        connection.settimeout(PATIENCE)


def fill(connection: socket.socket, size: int) -> None:
    """So many bytes of a head that never ends; the other side may stop listening meanwhile."""
    with suppress(ConnectionError):
        connection.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"a" * size)


def test_a_head_of_more_than_32_kilobytes_is_refused() -> None:
    with serving(GuardedProtocol) as connect:
        long, many, fitting = connect(), connect(), connect()
        fill(long, 33 * 1024)
        assert answer(long) == "HTTP/1.1 431 Request Header Fields Too Large"
        many.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n" + b"A: 1\r\n" * 6000)
        assert answer(many) == "HTTP/1.1 431 Request Header Fields Too Large"
        fitting.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"a" * 31 * 1024 + b"\r\n\r\n")
        assert answer(fitting) == "HTTP/1.1 200 OK"


def test_control_without_the_guard_a_head_has_no_end() -> None:
    with serving(HttpToolsProtocol) as connect:
        connection = connect()
        fill(connection, 1024 * 1024)
        connection.sendall(b"\r\n\r\n")
        assert answer(connection) == "HTTP/1.1 200 OK"


def test_each_request_of_a_connection_has_its_own_head() -> None:
    with serving(GuardedProtocol) as connect:
        connection = connect()
        for _each in range(5):
            connection.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"a" * 20 * 1024 + b"\r\n\r\n")
            assert answer(connection) == "HTTP/1.1 200 OK"


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        (b"", "HTTP/1.1 408 Request Timeout"),
        (b"GET / HT", "HTTP/1.1 408 Request Timeout"),
        (b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nsku", ""),
    ],
)
def test_what_is_sent_too_slowly_ends(sent: bytes, said: str) -> None:
    with serving(Quick) as connect:
        connection = connect()
        connection.sendall(sent)
        assert answer(connection) == said


def test_a_connection_that_was_answered_may_rest() -> None:
    with serving(Quick) as connect:
        resting, slow = connect(), connect()
        resting.sendall(HELLO)
        assert answer(resting) == "HTTP/1.1 200 OK"
        assert answer(slow) == "HTTP/1.1 408 Request Timeout"  # its time is over, and so the other's would be
        resting.sendall(HELLO)
        assert answer(resting) == "HTTP/1.1 200 OK"


def test_where_connections_are_many_the_one_that_waits_longest_makes_room() -> None:
    with serving(Small) as connect:
        slow = [connect() for _each in range(30)]
        for number in range(5):
            shopper = connect()
            shopper.sendall(HELLO)
            assert answer(shopper) == "HTTP/1.1 200 OK", number
            shopper.close()
        assert sum(map(has_ended, slow)) >= 10
        for each in [each for each in slow if not has_ended(each)][-3:]:
            each.sendall(HELLO)
            assert answer(each) == "HTTP/1.1 200 OK"
