"""Two releases of the program on one database: their trees, and their processes."""

import os
import shutil
import signal
import subprocess
import sys
import tarfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import httpx2
import pytest
import sqlalchemy

from tests.shopper import Shopper

ROOT = Path(__file__).parents[2]
LEFT_BEHIND = shutil.ignore_patterns(".git", ".venv*", ".env", "var", ".*_cache", ".hypothesis")


def tree_of(commit: str, folder: Path) -> Path:
    """All files of this commit, from the repository's own history, in `folder`. Where the history does not
    reach so far back, that fails in CI and skips the test elsewhere."""
    try:
        archive = subprocess.run(["git", "archive", commit], cwd=ROOT, capture_output=True, check=True).stdout
    except (FileNotFoundError, subprocess.CalledProcessError) as error:
        why = getattr(error, "stderr", b"").decode().strip() or str(error)
        sentence = f"commit {commit[:7]} is not at hand: fetch the whole history, not a shallow one ({why})"
        if "CI" in os.environ:
            pytest.fail(sentence, pytrace=False)
        pytest.skip(sentence)
    with tarfile.open(fileobj=BytesIO(archive)) as files:
        files.extractall(folder, filter="data")
    return folder


def tree_of_today(folder: Path) -> Path:
    """All files as they are now, without a developer's .env."""
    return Path(shutil.copytree(ROOT, folder, ignore=LEFT_BEHIND, dirs_exist_ok=True))


@dataclass(frozen=True)
class Premises:
    """What stays when a release goes and the next one comes: the database, the port, the data folder with the
    sandbox in it, and the owner's shop.toml and catalog.toml, which lie in `owner`."""

    database_url: str
    port: int
    folder: Path
    owner: Path

    @property
    def environment(self) -> dict[str, str]:
        return {
            "PATH": os.environ["PATH"],
            "PORT": str(self.port),
            "DATA_DIR": str(self.folder / "data"),
            "DATABASE_URL": self.database_url,
            "SHOP_FILE": str(self.owner / "shop.toml"),
            "CATALOG_FILE": str(self.owner / "catalog.toml"),
            "DEMO": "1",
            "DRAIN_SECONDS": "0",
        }

    @property
    def log(self) -> str:
        """All that the serving processes have said so far."""
        return self._log.read_text() if self._log.exists() else ""

    @property
    def _log(self) -> Path:
        return self.folder / "log"

    @contextmanager
    def serving(self, tree: Path) -> Iterator[None]:
        """The shop is open, run from this tree."""
        with self._at_work(tree, "serve") as process:
            self._wait_until_ready(process)
            yield

    @contextmanager
    def working(self, tree: Path) -> Iterator[None]:
        """The worker works, run from this tree."""
        with self._at_work(tree, "worker"):
            yield

    @contextmanager
    def _at_work(self, tree: Path, command: str) -> Iterator["subprocess.Popen[bytes]"]:
        with self._log.open("a") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "webshop", command],
                cwd=tree,
                env=self.environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        try:
            yield process
            assert process.poll() is None, f"{command} has ended by itself: {self.log}"
        finally:
            _end(process)

    @contextmanager
    def shopper(self) -> Iterator[Shopper]:
        with httpx2.Client(base_url=self._url, timeout=60, trust_env=False) as client:
            yield Shopper(client)

    def run(self, tree: Path, *command: str) -> str:
        """What a command of this tree's program answers. It must end well."""
        with self._running(tree, *command) as process:
            said, complaints = process.communicate(timeout=120)
        assert process.returncode == 0, f"{' '.join(command)}: {said}{complaints}"
        return said

    def release(self, tree: Path, shopper: Shopper, page: str) -> None:
        """The platform's release phase with this tree's program, while somebody looks at a page of the one
        that still serves, again and again, and gets it each time."""
        with self._running(tree, "release") as process:
            looked = 0
            while process.poll() is None or looked < 10:
                shopper.visit(page)
                assert shopper.response.status_code == 200, f"{shopper.text}\n{self.log}"
                looked += 1
                time.sleep(0.02)  # which leaves the release some of the processor
            said, complaints = process.communicate(timeout=120)
        assert process.returncode == 0, f"release: {said}{complaints}"

    def ask(self, query: str) -> list[tuple[Any, ...]]:
        """The rows that the database answers."""
        with self._connection() as connection:
            return [tuple(row) for row in connection.exec_driver_sql(query)]

    def tell(self, statement: str) -> None:
        """A statement that answers nothing, such as ALTER TABLE."""
        with self._connection() as connection:
            connection.exec_driver_sql(statement)

    @property
    def _url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @contextmanager
    def _running(self, tree: Path, *command: str) -> Iterator["subprocess.Popen[str]"]:
        process = subprocess.Popen(
            [sys.executable, "-m", "webshop", *command],
            cwd=tree,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        with process:
            try:
                yield process
            finally:
                _end(process)

    @contextmanager
    def _connection(self) -> Iterator[sqlalchemy.Connection]:
        engine = sqlalchemy.create_engine(self.database_url, isolation_level="AUTOCOMMIT")
        try:
            with engine.connect() as connection:
                yield connection
        finally:
            engine.dispose()

    def _wait_until_ready(self, process: "subprocess.Popen[bytes]") -> None:
        for _attempt in range(600):
            if process.poll() is not None:
                break
            try:
                if httpx2.get(f"{self._url}/readyz", timeout=5, trust_env=False).status_code == 200:
                    return
            except httpx2.TransportError:
                pass
            time.sleep(0.1)
        raise RuntimeError(f"the shop did not open: {self.log}")


def _end(process: "subprocess.Popen[Any]") -> None:
    """Its whole group, which is its own."""
    if process.poll() is not None:
        return
    os.killpg(process.pid, signal.SIGTERM)
    try:
        process.wait(30)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(30)
