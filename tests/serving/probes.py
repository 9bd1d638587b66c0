"""Visitors on connections of their own, one every ten milliseconds, and what became of each."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.ports import free_port
from webshop.settings.model import ROOT

BETWEEN = 0.01  # seconds
PATIENCE = 60.0


def ask(port: int, path: str = "/") -> str:
    """The answer's status, "refused" before anything was sent, or "lost"."""
    try:
        connection = socket.create_connection(("127.0.0.1", port), PATIENCE)
    except ConnectionRefusedError:
        return "refused"
    except OSError:
        return "lost"
    with connection:
        return finish(connection, path)[:3] or "lost"


def finish(connection: socket.socket, path: str = "/") -> str:
    """The whole answer from its status on; empty when there is none."""
    try:
        connection.sendall(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n".encode())
        answer = b""
        while piece := connection.recv(65536):
            answer += piece
    except OSError:
        return ""
    return answer.decode()[len("HTTP/1.1 ") :]


@dataclass
class Probes:
    port: int
    seen: Counter[str] = field(default_factory=Counter)
    _threads: list[threading.Thread] = field(default_factory=list)

    @contextmanager
    def asking(self) -> Iterator[None]:
        """All have got their answers afterwards."""
        over = threading.Event()
        sending = threading.Thread(target=self._send, args=[over])
        sending.start()
        try:
            yield
        finally:
            over.set()
            sending.join()  # from then on there are no more
            for each in self._threads:
                each.join()

    def _send(self, over: threading.Event) -> None:
        while not over.wait(BETWEEN):
            probe = threading.Thread(target=self._count)
            self._threads.append(probe)
            probe.start()

    def _count(self) -> None:
        self.seen[ask(self.port)] += 1


@dataclass(frozen=True)
class Served:
    """A process group of its own, and what it says."""

    process: subprocess.Popen[str]
    port: int
    out: Path

    @property
    def children(self) -> set[int]:
        """Those that answer now."""
        found = subprocess.run(
            ["pgrep", "-P", str(self.process.pid)], capture_output=True, text=True, check=False
        )
        return set(map(int, found.stdout.split()))

    @property
    def said(self) -> str:
        return self.out.read_text()

    def wait_until_open(self) -> None:
        wait_until(lambda: ask(self.port) == "200")

    def is_empty(self) -> bool:
        """Whether nobody of the group is left."""
        try:
            os.killpg(self.process.pid, 0)
        except ProcessLookupError:
            return True
        return False


def wait_until(is_so: Callable[[], bool], seconds: float = PATIENCE) -> None:
    end = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.02)


@contextmanager
def running(folder: Path, *command: str, **environment: str) -> Iterator[Served]:
    """python -m with this command, in which PORT becomes the port; nobody is left of it afterwards."""
    port = int(environment.setdefault("PORT", str(free_port())))
    out = folder / "said"
    with out.open("w") as stdout:
        process = subprocess.Popen(
            [sys.executable, "-m", *[str(port) if word == "PORT" else word for word in command]],
            cwd=ROOT,
            env={"PATH": os.environ["PATH"], **environment},
            stdout=stdout,
            stderr=stdout,
            text=True,
            start_new_session=True,
        )
    served = Served(process, port, out)
    try:
        yield served
    finally:
        if not served.is_empty():
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
