"""The servers: started here, stopped while another is measured, ended with all that they started."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path

from bench.measure import PROC, processes
from bench.postgresql import Postgresql, postgresql
from bench.rows import SKUS, SUFFIX

ROOT = Path(__file__).parent.parent
SHOP = "-m bench.shop serve"
GUNICORN = "-m gunicorn --workers 1 --timeout 0 --no-control-socket --bind 127.0.0.1:{port} "
COMMANDS = {"shop": SHOP, "two_processes": SHOP, "flask": GUNICORN + "bench.floors.on_flask:app"}
FLOOR = "-m bench.floors.on_starlette {name}"
CORES = sorted(os.sched_getaffinity(0))[:2] if hasattr(os, "sched_getaffinity") else []


def pin(core: int) -> None:
    """Keep this process, and what it starts from now on, on the first (0) or the last (-1) of two cores."""
    if CORES:
        os.sched_setaffinity(0, {CORES[core]})


@dataclass(frozen=True)
class Server:
    port: int
    process: subprocess.Popen[bytes]
    postmaster: int = 0  # of its database, where that is PostgreSQL

    @property
    def group(self) -> int:
        """Its process group, which is its own and holds all its children."""
        return self.process.pid

    @contextmanager
    def running(self, cores: int = 1) -> Iterator[None]:
        """On so many cores, with all its threads and its database."""
        for number, each in processes():
            if each.group == self.group or (self.postmaster and self.postmaster in (number, each.parent)):
                _keep_on(number, CORES[:cores])
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


def _keep_on(process: int, cores: list[int]) -> None:
    with suppress(OSError):  # it has ended since
        for task in (PROC / str(process) / "task").iterdir():
            os.sched_setaffinity(int(task.name), cores)


@contextmanager
def serving(names: set[str], folder: Path) -> Iterator[dict[str, Server]]:
    """The servers of these names, all of them stopped (SIGSTOP), with their files in `folder`."""
    servers: dict[str, Server] = {}
    pin(0)
    with ExitStack() as stack:
        database: Postgresql | None = None
        if any(name.endswith(SUFFIX) for name in names):
            database = stack.enter_context(postgresql())
        shutil.copy(ROOT / "shop.toml", folder)
        for name in ["shop", *sorted(names - {"shop"})]:  # `constant` says what the shop has said
            own = database if name.endswith(SUFFIX) else None
            if name.startswith("shop"):
                _fill_shop(_environment(name, folder, 8000, own))
            servers[name] = _start(name, folder, own)
            stack.callback(servers[name].end)
            with servers[name].running():
                _wait_until_it_answers(name, servers[name], folder)
                if name == "shop":
                    _keep_answers(servers[name], folder)
        yield servers


def _fill_shop(environment: Mapping[str, str]) -> None:
    """A shop of its own, without pages/: those that come with the demo are not to be sold with."""
    for command in ("release", *(f"catalog stock {sku} unlimited" for sku in SKUS)):
        words = [sys.executable, "-m", "bench.shop", *command.split()]
        done = subprocess.run(words, cwd=ROOT, env=environment, capture_output=True, text=True)
        if done.returncode:
            sys.exit(f"{command}: {done.stderr}")


def _environment(name: str, folder: Path, port: int, database: Postgresql | None) -> dict[str, str]:
    """All that a server knows: nothing of the developer's, and Stripe's live mode with keys that are none."""
    return {
        "PATH": os.environ["PATH"],
        "BENCH_FOLDER": str(folder),
        "PORT": str(port),
        "WEB_CONCURRENCY": "2" if name.startswith("two_processes") else "1",
        "DRAIN_SECONDS": "0",
        "DATA_DIR": str(folder),
        "SHOP_FILE": str(folder / "shop.toml"),
        "DATABASE_URL": database.url if database else f"sqlite:///{folder / 'shop.sqlite3'}",
        "PUBLIC_URL": "https://shop.example",
        "TRUSTED_PROXIES": "1",
        "SECRET_KEYS": "b1c7d6b94e3a5a5d7eba329e09404a43fb6a6da95cf85e18a900f2132dd4054c",
        "STRIPE_SECRET_KEY": "sk_live_" + "0" * 24,
        "STRIPE_PUBLISHABLE_KEY": "pk_live_" + "0" * 24,
        "STRIPE_WEBHOOK_SECRET": "whsec_" + "0" * 24,
    }


def _start(name: str, folder: Path, database: Postgresql | None) -> Server:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = int(probe.getsockname()[1])
    command = COMMANDS.get(name.removesuffix(SUFFIX), FLOOR).format(name=name, port=port)
    with (folder / f"{name}.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, *command.split()],
            cwd=ROOT,
            env=_environment(name, folder, port, database),
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    return Server(port, process, database.postmaster if database else 0)


def _wait_until_it_answers(name: str, server: Server, folder: Path) -> None:
    for _attempt in range(300):
        with suppress(OSError):
            _ask_for_index(server)
            return
        time.sleep(0.1)
    sys.exit(f"{name} does not answer:\n{(folder / f'{name}.log').read_text()[-2000:]}")


def _keep_answers(shop: Server, folder: Path) -> None:
    """For the floors that say the same."""
    for how, encoding in (("plain", "identity"), ("packed", "gzip")):
        headers, body = _ask_for_index(shop, encoding)
        ours = {name: value for name, value in headers if name.lower() != "date"}
        (folder / f"{how}.json").write_text(json.dumps({"headers": ours, "body": body.decode("latin-1")}))


def _ask_for_index(server: Server, encoding: str = "identity") -> tuple[list[tuple[str, str]], bytes]:
    with closing(HTTPConnection("127.0.0.1", server.port, timeout=10)) as connection:
        connection.request("GET", "/", headers={"Host": "shop.example", "Accept-Encoding": encoding})
        answer = connection.getresponse()
        return answer.getheaders(), answer.read()
