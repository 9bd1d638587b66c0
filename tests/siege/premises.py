"""A shop with Stripe's test keys, its Stripe (the sandbox), and a mail server: each a process or thread."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from httpx2 import TransportError, get

from tests.conftest import DATA
from tests.faults.sandbox import SandboxControl
from tests.faults.sink import Sink
from tests.keys import KEY
from tests.ports import free_port
from webshop.db.engine import Database


@dataclass(frozen=True)
class Premises:
    """`pid` is the serving process, which is one. `files` is how many it may open."""

    port: int
    pid: int
    db: Database
    sandbox: SandboxControl
    sink: Sink
    log: Path

    def memory(self, which: str = "VmRSS") -> float:
        """MB of the serving process now; VmHWM is the most that it ever had."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        found = re.search(rf"{which}:\s+(\d+) kB", status)
        assert found
        return int(found[1]) / 1024


@contextmanager
def premises(folder: Path, database_url: str, *, files: int = 4096) -> Iterator[Premises]:
    """Everything that was started has ended afterwards."""
    port, sandbox_port = free_port(), free_port()
    url = f"http://127.0.0.1:{port}"
    sandbox = SandboxControl(sandbox_port, folder / "sandbox.sqlite3")
    anybody = {"PATH": os.environ["PATH"], "DATA_DIR": str(folder), "DRAIN_SECONDS": "0"}
    environment = {
        **anybody,
        "PORT": str(port),
        "PUBLIC_URL": url,
        "DATABASE_URL": database_url,
        "SECRET_KEYS": KEY,
        "TRUSTED_PROXIES": "1",
        "SHOP_FILE": str(DATA / "shop.toml"),
        "CATALOG_FILE": str(DATA / "catalog.toml"),
    }
    with ExitStack() as stack:
        sink = Sink()
        stack.callback(sink.close)
        command = ["sandbox", "--webhook", f"{url}/stripe/webhook", "--file", str(sandbox.file), "--faults"]
        stack.enter_context(_running(folder, "sandbox", command, {**anybody, "PORT": str(sandbox_port)}))
        _wait(f"http://127.0.0.1:{sandbox_port}/ledger.json")
        said = (folder / "sandbox.log").read_text().splitlines()
        environment |= dict(line.split("=", 1) for line in said if line.startswith("STRIPE_"))
        environment |= {
            "SMTP_URL": f"smtp://127.0.0.1:{sink.port}",
            "OWNER_EMAIL": "owner@example.com",
        }
        pid = stack.enter_context(_running(folder, "shop", ["serve"], environment, files))
        if not database_url.startswith("sqlite"):
            stack.enter_context(_running(folder, "worker", ["worker"], environment))
        _wait(f"{url}/readyz")
        db = Database(database_url)
        stack.callback(db.engine.dispose)
        yield Premises(port, pid, db, sandbox, sink, folder / "shop.log")


@contextmanager
def _running(
    folder: Path, name: str, command: list[str], environment: dict[str, str], files: int = 4096
) -> Iterator[int]:
    """A process group of its own; SIGKILL to whatever is left of it."""
    limited = ["sh", "-c", f'ulimit -n {files}; exec "$0" -m webshop "$@"', sys.executable, *command]
    with (folder / f"{name}.log").open("a") as log:
        process = subprocess.Popen(limited, env=environment, stdout=log, stderr=log, start_new_session=True)
    try:
        yield process.pid
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _wait(url: str, seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while True:
        with suppress(TransportError):
            if get(url, trust_env=False).status_code == 200:
                return
        if time.monotonic() > end:
            raise RuntimeError(f"{url} does not answer")
        time.sleep(0.2)
