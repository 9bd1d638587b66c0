"""The load asks as often, and on as many connections, as a row says."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from bench import load
from bench.measure import PROC
from bench.rows import Row, find_row

pytestmark = pytest.mark.skipif(not (PROC / "self/stat").exists(), reason="needs Linux's /proc")

ROW = replace(find_row("one_process"), in_all=64)
PREPARED = 3 * load.CONNECTIONS  # requests: each page once on each, before those that count
LATE = load.CONNECTIONS - 1  # that are under way when the last one comes


@dataclass
class Seen:
    connections: list[int]  # the ports they come from
    paths: list[str]


@contextmanager
def serving(status: int = 200) -> Iterator[tuple[int, Seen]]:
    """A server on this port, and what it has seen."""
    seen = Seen([], [])

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def setup(self) -> None:
            seen.connections.append(self.client_address[1])
            super().setup()

        def do_GET(self) -> None:
            seen.paths.append(self.path)
            self.send_response(status)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"ok")

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server.server_port, seen
        finally:
            server.shutdown()
            thread.join()


def test_a_row_of_so_many_in_all_ends_with_them() -> None:
    with serving() as (port, seen):
        _run(ROW, port)

    assert 64 <= len(seen.paths) - PREPARED <= 64 + LATE


def test_connections_are_kept_open() -> None:
    with serving() as (port, seen):
        _run(replace(ROW, a_connection=0), port)

    assert len(seen.connections) == load.CONNECTIONS


def test_connections_are_made_anew_after_so_many_requests() -> None:
    with serving() as (port, seen):
        _run(replace(ROW, a_connection=1), port)

    assert len(seen.connections) == len(seen.paths) - PREPARED


def test_an_answer_that_is_no_success_ends_it() -> None:
    with serving(status=503) as (port, _seen), pytest.raises(SystemExit, match="one_process: .*503"):
        _run(ROW, port)


def _run(row: Row, port: int) -> None:
    load.run(row, port, os.getpgrp(), postmaster=0, seconds=60)
