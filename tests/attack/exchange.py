"""Bytes to the server and its answer back, over a socket: no HTTP client would send such requests."""

import gzip
import socket
import zlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from io import BufferedReader

from tests.attack.draft import Draft

PATIENCE = 60.0  # seconds without a byte; whatever takes so long hangs
LARGEST_HEAD = 256 * 1024


class Unreadable(Exception):
    """What came back is not HTTP."""


@dataclass(frozen=True)
class Answer:
    """`headers` have their names in small letters. `seconds` is how long it took."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes
    seconds: float = 0.0

    def get(self, name: str) -> str:
        """The header's value, of the first one that is there; "" without it."""
        return next((value for known, value in self.headers if known == name), "")

    def all(self, name: str) -> list[str]:
        return [value for known, value in self.headers if known == name]

    @property
    def text(self) -> bytes:
        """The body without its compression."""
        if self.get("content-encoding") != "gzip":
            return self.body
        try:
            return gzip.decompress(self.body)
        except (OSError, EOFError, zlib.error) as error:
            raise Unreadable(f"no gzip: {error}") from error


class Connection:
    """To one port of this machine; opened when it is needed, and kept as long as the server keeps it."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._socket: socket.socket | None = None
        self._answers: BufferedReader | None = None

    def ask(self, draft: Draft) -> Answer | None:
        """None when there was no answer. Raises Unreadable, and TimeoutError when the server hangs."""
        fresh = self._socket is None
        answer = self._ask_once(draft)
        if answer is None and not fresh and not draft.unanswered:
            answer = self._ask_once(draft)  # the server may have given up the connection meanwhile
        return answer

    def _ask_once(self, draft: Draft) -> Answer | None:
        try:
            if self._socket is None:
                self._socket = socket.create_connection(("127.0.0.1", self._port), PATIENCE)
                self._answers = self._socket.makefile("rb")
            assert self._answers is not None
            self._send(draft)
            answer = _read_answer(self._answers, draft.method)
        except (ConnectionError, EOFError):
            self.close()
            return None
        except BaseException:
            self.close()
            raise
        if draft.final or "close" in answer.get("connection").lower():
            self.close()
        return answer

    def _send(self, draft: Draft) -> None:
        """All of it, unless the server answers and leaves before that."""
        assert self._socket is not None
        with suppress(OSError):
            self._socket.sendall(draft.raw)
            if draft.unanswered:
                self._socket.shutdown(socket.SHUT_WR)

    def close(self) -> None:
        if self._socket is not None and self._answers is not None:
            self._answers.close()
            self._socket.close()
        self._socket = self._answers = None


def _read_answer(stream: BufferedReader, method: str) -> Answer:
    """Raises EOFError when the server leaves before the end."""
    status, headers = _read_head(stream)
    while 100 <= status < 200 and status != 101:
        status, headers = _read_head(stream)
    answer = Answer(status, headers, b"")
    return Answer(status, headers, b"".join(_read_body(stream, answer, method)))


def _read_head(stream: BufferedReader) -> tuple[int, list[tuple[str, str]]]:
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        line = stream.readline(LARGEST_HEAD)
        if not line:
            raise EOFError
        head += line
        if len(head) > LARGEST_HEAD:
            raise Unreadable("a head without end")
    first, *lines = head[:-4].split(b"\r\n")
    version, _space, rest = first.partition(b" ")
    if version not in (b"HTTP/1.1", b"HTTP/1.0") or not rest[:3].isdigit():
        raise Unreadable(f"no status line: {first[:200]!r}")
    return int(rest[:3]), [_read_header(line) for line in lines]


def _read_header(line: bytes) -> tuple[str, str]:
    name, colon, value = line.partition(b":")
    if not colon or not name or name != name.strip() or any(byte < 32 and byte != 9 for byte in value):
        raise Unreadable(f"no header: {line[:200]!r}")
    return name.decode("latin-1").lower(), value.strip().decode("latin-1")


def _read_body(stream: BufferedReader, answer: Answer, method: str) -> Iterator[bytes]:
    if answer.status in (101, 204, 304):
        return
    if method == "HEAD":
        if "close" in answer.get("connection"):
            yield stream.read()  # the server itself answers before it looks at the method
        return
    if answer.get("transfer-encoding") == "chunked":
        while size := int(stream.readline(), 16):
            yield _read_exactly(stream, size)
            stream.readline()
        stream.readline()
    elif length := answer.get("content-length"):
        yield _read_exactly(stream, int(length))
    else:
        yield stream.read()


def _read_exactly(stream: BufferedReader, size: int) -> bytes:
    data = stream.read(size)
    if len(data) < size:
        raise EOFError
    return data
