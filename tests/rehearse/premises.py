"""All that a platform has around the shop, and what it starts of it: two web processes and a worker."""

import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

from tests.faults.sandbox import SandboxControl
from tests.keys import KEY
from tests.mailserver import MailServer, mail_server
from tests.ports import free_port
from tests.rehearse.build import Build
from tests.rehearse.crowd import Crowd
from tests.rehearse.judge import Asked, Outage, Stage
from tests.rehearse.postgresql import PostgreSQL
from tests.rehearse.processes import Environment, Running, answers, like_anybody, start, wait_until
from tests.rehearse.proxy import Proxy

OPENS_WITHIN = 60.0  # seconds
SEEN_WITHIN = 1.5  # seconds until the proxy knows that a process is ready
SAMPLES = 0.5  # seconds between two looks at memory and connections


@dataclass
class Premises:
    """`build` is the release that runs. `exits` are the seconds that each process took to leave, `outages`
    when something was killed on purpose, `problems` what went wrong besides requests and money."""

    folder: Path
    build: Build
    database: PostgreSQL
    sandbox: SandboxControl
    mails: MailServer
    proxy: Proxy
    ports: dict[str, int]
    environment: Environment
    crowd: Crowd
    running: dict[str, Running] = field(default_factory=dict)
    exits: list[tuple[str, float]] = field(default_factory=list)
    outages: list[Outage] = field(default_factory=list)
    stages: list[Stage] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    memory: dict[str, list[float]] = field(default_factory=dict)
    most_connections: int = 0
    sent_again: int = 0

    def start(self, *names: str) -> None:
        """Web processes or the worker, each with an empty disk; they are ready when this returns."""
        for name in names:
            disk = Path(tempfile.mkdtemp(prefix=f"{name}-", dir=self.folder))
            kind = name.partition("-")[0]
            self.running[name] = start(
                name,
                like_anybody(self.build.command(kind)),
                self._environment(name, disk),
                self.folder / f"{name}.log",
                folder=self.build.tree,
            )
        for name in names:
            self._wait_until_open(name)

    def _environment(self, name: str, disk: Path) -> Environment:
        kind, _dash, number = name.partition("-")
        return {
            **self.environment,
            "PATH": f"{self.build.binaries}:{self.database.binaries}:/usr/bin:/bin",
            "PORT": str(self.ports.get(name) or free_port()),
            "DYNO": f"{kind}.{number or 1}",
            "DATA_DIR": str(disk),
            "HOME": str(disk),
        }

    def _wait_until_open(self, name: str) -> None:
        """A worker has no port: it says that it works."""
        running = self.running[name]
        here = f"http://127.0.0.1:{self.ports.get(name)}/readyz"

        def is_open() -> bool:
            if running.process.poll() is not None:
                raise RuntimeError(f"{name} has ended: {running.said()[-500:]}")
            return answers(here) if name in self.ports else "The worker works" in running.said()

        if not wait_until(is_open, OPENS_WITHIN):
            raise RuntimeError(f"{name} does not open: {running.said()[-500:]}")

    def stop(self, name: str, *, whole_group: bool = False) -> float:
        """As a platform does it, with its disk; the seconds that it took."""
        seconds = self.running.pop(name).stop(whole_group=whole_group)
        self.exits.append((name, seconds))
        self.wipe(name)
        return seconds

    def wipe(self, name: str) -> None:
        for disk in self.folder.glob(f"{name}-????????"):
            shutil.rmtree(disk)

    def restart(self, name: str, build: Build, *, whole_group: bool) -> float:
        """The seconds that the old one took to leave. The proxy has seen the new one when this returns."""
        seconds = self.stop(name, whole_group=whole_group)
        self.build = build
        self.start(name)
        if name in self.ports:
            time.sleep(SEEN_WITHIN)
        return seconds

    def roll_out(self, build: Build) -> list[float]:
        """First one web process, then the other, then the worker. Some platforms tell the whole group to
        leave, others only its first process."""
        return [self.restart(name, build, whole_group=name == "web-1") for name in (*self.ports, "worker")]

    @contextmanager
    def outage(self) -> Iterator[None]:
        """What meets a dead process in this block was killed on purpose."""
        began = time.time()
        try:
            yield
        finally:
            self.outages.append(Outage(began, time.time()))

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        began = time.time()
        try:
            yield
        finally:
            self.stages.append(Stage(name, began, time.time()))

    def run(self, *command: str, build: Build | None = None, at_once: int = 1) -> list[tuple[int, str]]:
        """The owner's command in a process of its own, so many times at once: exit codes and words."""
        chosen = build or self.build
        disk = Path(tempfile.mkdtemp(prefix="run-", dir=self.folder))
        processes = [
            subprocess.Popen(
                like_anybody(chosen.python("-m", "webshop", *command)),
                cwd=chosen.tree,
                env=self._environment("run", disk),
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                start_new_session=True,
            )
            for _each in range(at_once)
        ]
        try:
            said = [process.communicate(timeout=120)[0] for process in processes]
        finally:
            for process in processes:
                process.kill()
        with (self.folder / "commands.log").open("a") as log:
            log.writelines(f"$ {' '.join(command)}\n{words}" for words in said)
        return [(process.returncode, words) for process, words in zip(processes, said, strict=True)]

    def must_run(self, *command: str, build: Build | None = None, at_once: int = 1) -> str:
        """What the last one said; that one went wrong is a problem."""
        done = self.run(*command, build=build, at_once=at_once)
        self.problems += [f"{' '.join(command)}: exit {code}: {said[-500:]}" for code, said in done if code]
        return done[-1][1].strip()

    def asked(self) -> list[Asked]:
        """All requests so far, of Stripe too."""
        return [*self.crowd.asked, *self.proxy.webhooks()]

    def observe(self, over: threading.Event) -> None:
        """The most connections, and the memory of each process when there was most of it, until `over`."""
        while not over.wait(SAMPLES):
            with suppress(psycopg.Error):
                self.most_connections = max(self.most_connections, self.database.connections())
            for name, running in list(self.running.items()):
                now = running.memory()
                if sum(now) > sum(self.memory.get(name, [])):
                    self.memory[name] = now


@contextmanager
def premises(folder: Path, build: Build) -> Iterator[Premises]:
    """Everything but the shop is there. All that was started has ended afterwards."""
    with ExitStack() as stack:
        database = PostgreSQL(folder)
        stack.callback(database.stop)
        ports = {"web-1": free_port(), "web-2": free_port()}
        proxy = Proxy(folder, list(ports.values()))
        stack.callback(proxy.stop)
        mails = stack.enter_context(mail_server())
        sandbox, stripe = _sandbox(folder, build, proxy)
        stack.callback(sandbox.kill)
        control = SandboxControl(
            int(stripe["STRIPE_API_BASE"].rpartition(":")[2]), folder / "sandbox.sqlite3"
        )
        environment = {
            "LANG": "C.UTF-8",
            "PYTHONUNBUFFERED": "1",
            "WEB_CONCURRENCY": "2",
            "DATABASE_URL": database.url,
            "PUBLIC_URL": proxy.url,
            "SECRET_KEYS": KEY,
            "SMTP_URL": mails.url,
            "MAIL_FROM": "shop@example.com",
            "OWNER_EMAIL": "owner@example.com",
            "SSL_CERT_FILE": str(proxy.authority),
            **stripe,
        }
        crowd = Crowd(proxy.url, proxy.authority, control)
        shop = Premises(folder, build, database, control, mails, proxy, ports, environment, crowd)
        stack.callback(_kill_all, shop)
        over = threading.Event()
        observer = threading.Thread(target=shop.observe, args=[over], daemon=True)
        observer.start()
        stack.callback(observer.join)
        stack.callback(over.set)
        yield shop


def _kill_all(shop: Premises) -> None:
    for running in shop.running.values():
        running.kill()


def _sandbox(folder: Path, build: Build, proxy: Proxy) -> tuple[Running, Environment]:
    """Stripe, and what the shop must know of it."""
    port = free_port()
    log = folder / "sandbox.log"
    command = build.python("-m", "webshop", "sandbox", "--webhook", f"{proxy.url}/stripe/webhook")
    environment = {
        "PORT": str(port),
        "DATA_DIR": str(folder),
        "SSL_CERT_FILE": str(proxy.authority),
        "PATH": f"{build.binaries}:/usr/bin:/bin",
    }
    running = start(
        "sandbox", [*command, "--file", str(folder / "sandbox.sqlite3")], environment, log, folder=build.tree
    )
    if not wait_until(lambda: answers(f"http://127.0.0.1:{port}/ledger.json"), OPENS_WITHIN):
        running.kill()
        raise RuntimeError(f"the sandbox does not open: {log.read_text()}")
    lines = log.read_text().splitlines()
    return running, dict(line.split("=", 1) for line in lines if line.startswith("STRIPE_"))
