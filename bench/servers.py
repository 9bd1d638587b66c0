"""The servers: started here, stopped while another is measured, ended with all that they started."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path

from bench.rows import SKUS

ROOT = Path(__file__).parent.parent
GUNICORN = (
    "-m gunicorn --workers 1 --timeout 0 --no-control-socket --bind 127.0.0.1:{port} bench.flask_index:app"
)
COMMANDS = {
    "shop": "-m bench.shop serve",
    "constant": "-m bench.floors constant",
    "upsert": "-m bench.floors upsert",
    "flask": GUNICORN,
}
CORES = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []


def pin(core: int) -> None:
    """Keep this process, and what it starts from now on, on its first (0) or last (-1) core."""
    if CORES:
        os.sched_setaffinity(0, {CORES[core]})


@dataclass(frozen=True)
class Server:
    port: int
    process: subprocess.Popen[bytes]

    @property
    def group(self) -> int:
        """Its process group, which is its own and holds all its children."""
        return self.process.pid

    @contextmanager
    def running(self, cores: int = 1) -> Iterator[None]:
        """On so many cores, with all its threads."""
        for task in Path(f"/proc/{self.process.pid}/task").iterdir():
            if CORES:
                os.sched_setaffinity(int(task.name), CORES[:cores])
        os.killpg(self.group, signal.SIGCONT)
        yield
        os.killpg(self.group, signal.SIGSTOP)

    def end(self) -> None:
        with suppress(ProcessLookupError, subprocess.TimeoutExpired):
            os.killpg(self.group, signal.SIGTERM)
            os.killpg(self.group, signal.SIGCONT)
            self.process.wait(timeout=10)
        with suppress(ProcessLookupError):  # what is left of it
            os.killpg(self.group, signal.SIGKILL)
            self.process.wait()


@contextmanager
def serving(names: set[str], folder: Path) -> Iterator[dict[str, Server]]:
    """The servers of these names, all of them stopped (SIGSTOP), with their files in `folder`."""
    servers: dict[str, Server] = {}
    pin(0)
    try:
        _fill_shop(folder)
        for name in ["shop", *sorted(names - {"shop"})]:  # `constant` says what the shop has said
            servers[name] = _start(name, folder)
            with servers[name].running():
                _wait_until_it_answers(name, servers[name], folder)
        yield servers
    finally:
        for server in servers.values():
            server.end()


def _environment(folder: Path, port: int) -> dict[str, str]:
    """All that a server knows: nothing of the developer's, and Stripe's live mode with keys that are none."""
    return {
        "PATH": os.environ["PATH"],
        "BENCH_FOLDER": str(folder),
        "PORT": str(port),
        "DRAIN_SECONDS": "0",
        "DATA_DIR": str(folder),
        "SHOP_FILE": str(folder / "shop.toml"),
        "DATABASE_URL": f"sqlite:///{folder / 'shop.sqlite3'}",
        "PUBLIC_URL": "https://shop.example",
        "TRUSTED_PROXIES": "1",
        "SECRET_KEYS": "b1c7d6b94e3a5a5d7eba329e09404a43fb6a6da95cf85e18a900f2132dd4054c",
        "STRIPE_SECRET_KEY": "sk_live_" + "0" * 24,
        "STRIPE_PUBLISHABLE_KEY": "pk_live_" + "0" * 24,
        "STRIPE_WEBHOOK_SECRET": "whsec_" + "0" * 24,
    }


def _fill_shop(folder: Path) -> None:
    """A shop of its own, without pages/: those that come with the demo are not to be sold with."""
    shutil.copy(ROOT / "shop.toml", folder)
    for command in ("release", *(f"catalog stock {sku} unlimited" for sku in SKUS)):
        words = [sys.executable, "-m", "bench.shop", *command.split()]
        done = subprocess.run(words, cwd=ROOT, env=_environment(folder, 8000), capture_output=True, text=True)
        if done.returncode:
            sys.exit(f"{command}: {done.stderr}")


def _start(name: str, folder: Path) -> Server:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = int(probe.getsockname()[1])
    with (folder / f"{name}.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, *COMMANDS[name].format(port=port).split()],
            cwd=ROOT,
            env=_environment(folder, port),
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    return Server(port, process)


def _wait_until_it_answers(name: str, server: Server, folder: Path) -> None:
    """Also keeps the shop's answer, for the floor that says the same."""
    for _attempt in range(300):
        connection = HTTPConnection("127.0.0.1", server.port, timeout=10)
        with suppress(OSError):
            connection.request("GET", "/", headers={"Host": "shop.example"})
            answer = connection.getresponse()
            if name == "shop":
                ours = {key: value for key, value in answer.getheaders() if key.lower() != "date"}
                index = {"headers": ours, "body": answer.read().decode()}
                (folder / "index.json").write_text(json.dumps(index))
            connection.close()
            return
        time.sleep(0.1)
    sys.exit(f"{name} does not answer:\n{(folder / f'{name}.log').read_text()[-2000:]}")
