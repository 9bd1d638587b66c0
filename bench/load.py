"""The load, a process of its own, prints a Measured as JSON:

    python -m bench.load ROW PORT GROUP POSTMASTER SECONDS

Plain sockets and one loop, so that it outruns the fastest floor. It only ever talks to 127.0.0.1.
"""

import json
import random
import re
import socket
import sys
from contextlib import ExitStack
from dataclasses import asdict
from selectors import EVENT_READ, DefaultSelector
from time import perf_counter

from bench.figures import Measured, summarize
from bench.measure import resident, spent
from bench.rows import ADDS, Request, Row, find_row

CONNECTIONS = 16
MOST_REQUESTS = 500_000  # in one round
MOST_ADDS = 90 * len(ADDS)  # to one cart, which takes 99 of a kind
PATIENCE = 15  # seconds without any answer

LENGTH = re.compile(rb"\r\ncontent-length: ([0-9]+)")
TAG = re.compile(rb"\r\netag: ([^\r]+)", re.IGNORECASE)
COOKIE = re.compile(rb"\r\nset-cookie: ([^;\r]+)", re.IGNORECASE)


class Connection:
    """A visitor: one request at a time, on a connection kept open for as long as the server keeps it."""

    def __init__(self, row: Row, port: int) -> None:
        self.row = row
        self.port = port
        self.socket: socket.socket | None = None
        self.begin_anew()
        self.answer = b""
        self.sent_at = 0.0

    def begin_anew(self) -> None:
        """Somebody else, without a cart and, as the proxy says, from elsewhere: an address may begin only so
        many carts."""
        self.cookie, self.count, self.has = b"", 0, b""
        self.origin = f"X-Forwarded-For: 10.{random.getrandbits(8)}.{random.getrandbits(8)}.1\r\n".encode()

    def prepare(self) -> None:
        """Fill the cart, where there is one; else just be served once."""
        for request in ADDS if self.row.with_cart else self.row.requests:
            self._send(request)
            while not self.receive():
                pass

    def send_next(self) -> socket.socket:
        """Where the answer will be."""
        if ADDS[0] in self.row.requests and self.count == MOST_ADDS:
            self.begin_anew()
        request = self.row.requests[self.count % len(self.row.requests)]
        self.count += 1
        return self._send(request)

    def _send(self, request: Request) -> socket.socket:
        self.answer, self.sent_at = b"", perf_counter()
        if self.socket is None:
            self.socket = socket.create_connection(("127.0.0.1", self.port))
            self.socket.settimeout(PATIENCE)
        self.socket.sendall(request.head + self.origin + self.cookie + self.has + b"\r\n" + request.body)
        return self.socket

    def receive(self) -> bool:
        """Whether the answer is there, all of it. Keeps the cart's cookie; closes what has served."""
        chunk = self.socket.recv(1 << 16) if self.socket else b""
        self.answer += chunk
        end = self.answer.find(b"\r\n\r\n")
        if chunk and end < 0:
            return False
        head = self.answer[: max(end, 0)].lower()
        length = LENGTH.search(head)
        same = bool(self.has) and head.startswith(b"http/1.1 304 ")
        if not (chunk and (same or (length and head.startswith(b"http/1.1 200 ")))):
            sys.exit(f"{self.row.name}: hung up, or an unexpected answer: {head.decode(errors='replace')}")
        if length and not same and len(self.answer) < end + 4 + int(length[1]):
            return False
        if self.row.has_it and (tag := TAG.search(self.answer, 0, end)):
            self.has = b"If-None-Match: " + tag[1] + b"\r\n"
        if self.row.with_cart and not self.cookie and (cookie := COOKIE.search(self.answer, 0, end)):
            self.cookie = b"Cookie: " + cookie[1] + b"\r\n"
        has_served = self.row.a_connection and self.count and self.count % self.row.a_connection == 0
        if has_served or b"\r\nconnection: close" in head:
            self.close()
        return True

    def close(self) -> None:
        if self.socket:
            self.socket.close()
        self.socket = None


def run(row: Row, port: int, group: int, postmaster: int, seconds: float) -> Measured:
    """Keep all connections busy for so long. What was begun is waited for: each request that took CPU time
    is counted."""
    connections = [Connection(row, port) for _ in range(CONNECTIONS)]
    with ExitStack() as stack:
        for each in connections:
            stack.callback(each.close)
            each.prepare()
        return _measure(connections, group, postmaster, seconds)


def _measure(connections: list[Connection], group: int, postmaster: int, seconds: float) -> Measured:
    before, begin = spent(group, postmaster), perf_counter()
    latencies = _ask(connections, begin + seconds)
    elapsed = perf_counter() - begin
    return summarize(latencies, elapsed, spent(group, postmaster).since(before), resident(group))


def _ask(connections: list[Connection], deadline: float) -> list[float]:
    """How long each answer took, in seconds."""
    most = connections[0].row.in_all or MOST_REQUESTS
    latencies: list[float] = []
    waiting = DefaultSelector()
    for each in connections:
        waiting.register(each.send_next(), EVENT_READ, each)
    while waiting.get_map():
        ready = waiting.select(PATIENCE)
        if not ready:
            sys.exit(f"{connections[0].row.name}: no answer in {PATIENCE} seconds")
        for key, _events in ready:
            each = key.data
            if not each.receive():
                continue
            now = perf_counter()
            latencies.append(now - each.sent_at)
            done = now > deadline or len(latencies) >= most
            if done or each.socket is None:
                waiting.unregister(key.fileobj)
            if not done and each.send_next() is not key.fileobj:
                waiting.register(each.socket, EVENT_READ, each)
    return latencies


if __name__ == "__main__":
    name, port, group, postmaster, seconds = sys.argv[1:]
    measured = run(find_row(name), int(port), int(group), int(postmaster), float(seconds))
    json.dump(asdict(measured), sys.stdout)
