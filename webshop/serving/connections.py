"""Connections that are slow, or send heads without end, are closed before they cost the others anything.

uvicorn limits neither the size nor the time of a request's head, nor the time of its body.
"""

import asyncio
import selectors
import sys
from asyncio import TimerHandle
from itertools import count
from typing import Any

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

HEAD_BYTES = 32 * 1024  # of a request line and its headers, as they come
HEAD_SECONDS = 10.0
BODY_SECONDS = 30.0  # a router has given up by then
LAST_SECONDS = 1.0  # for a request on a connection that came as the shop closed

TURNS = count()  # who began to wait before whom: a clock may stand still between two of them


def most_connections() -> int:
    """Half of the files that this process may open: the other half is for the database and the answers."""
    if sys.platform == "win32":
        return 256
    import resource

    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    files = 65_536 if hard == resource.RLIM_INFINITY else min(hard, 65_536)
    resource.setrlimit(resource.RLIMIT_NOFILE, (files, hard))
    return max(files // 2, 16)


class GuardedProtocol(HttpToolsProtocol):
    """HTTP as uvicorn speaks it, with an end to what is sent slowly. When there are too many connections, the
    one that has let the shop wait longest makes room."""

    head_bytes = HEAD_BYTES
    head_seconds = HEAD_SECONDS
    body_seconds = BODY_SECONDS
    last_seconds = LAST_SECONDS
    most = most_connections()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._left = self.head_bytes  # of this request's head
        self._reads_head = True
        self._reads_body = False
        self._deadline: TimerHandle | None = None
        self.waits_since = next(TURNS)

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as above it
        super().connection_made(transport)
        if len(self.connections) > self.most:
            self._make_room()
        self._watch(self.head_seconds)

    def _make_room(self) -> None:
        slow = [each for each in self.connections if isinstance(each, GuardedProtocol) and each.is_waiting]
        if slow:
            min(slow, key=lambda each: each.waits_since).close()

    @property
    def is_waiting(self) -> bool:
        """Whether it is the other side's turn: no request is being answered."""
        return (self._reads_body or not self._is_answering) and not self.transport.is_closing()

    @property
    def _is_answering(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    def close(self) -> None:
        if not self.transport.is_closing():
            self.transport.abort()

    def data_received(self, data: bytes) -> None:
        while data and self._reads_head and not self.transport.is_closing():
            piece, data = data[: self._left], data[self._left :]
            self._left -= len(piece)
            super().data_received(piece)
            if self._reads_head and self._left <= 0:
                self._refuse(431, "The head of this request is too long.")
                return
        if data and not self.transport.is_closing():
            super().data_received(data)
        self._watch_what_is_left()

    def _watch_what_is_left(self) -> None:
        if self._reads_head:
            self._watch(self.head_seconds)
        elif self._reads_body:
            self._watch(self.body_seconds)
        else:
            self._unwatch()

    def _watch(self, seconds: float) -> None:
        if self._deadline is None:
            self.waits_since = next(TURNS)
            self._deadline = self.loop.call_later(seconds, self._too_late)

    def _unwatch(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _too_late(self) -> None:
        """An answer may be on its way already: then the connection just ends."""
        self._deadline = None
        if self._reads_body:
            self.close()
        elif not self.transport.is_closing():
            self._refuse(408, "This request took too long.")

    def _refuse(self, status: int, sentence: str) -> None:
        self._unwatch()
        head = f"content-type: text/plain\r\ncontent-length: {len(sentence)}\r\nconnection: close\r\n\r\n"
        self.transport.write(STATUS_LINE[status] + head.encode() + sentence.encode())
        self.transport.close()

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._reads_head = True

    def on_headers_complete(self) -> None:
        self._reads_head = False
        self._reads_body = True
        self._left = self.head_bytes
        self._unwatch()
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        self._reads_body = False
        self._unwatch()
        super().on_message_complete()

    def on_response_complete(self) -> None:
        self.waits_since = next(TURNS)
        super().on_response_complete()

    def shutdown(self) -> None:
        """The shop closes. What is asked on this connection is answered, also what has only begun to come."""
        if self._is_answering or not (self._reads_head or self._has_unread_bytes()):
            super().shutdown()
        else:
            self._unwatch()
            self._watch(self.last_seconds)

    def _has_unread_bytes(self) -> bool:
        with selectors.DefaultSelector() as selector:
            selector.register(self.transport.get_extra_info("socket").fileno(), selectors.EVENT_READ)
            return bool(selector.select(0))

    def connection_lost(self, exc: Exception | None) -> None:
        self._unwatch()
        super().connection_lost(exc)
