"""Two real shops, each a few processes of its own: the demo, and one as it takes real money."""

import os
import signal
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2

from tests.attack.edge import Edge
from tests.attack.judge import House
from tests.attack.shopping import PERSONAL, read_the_manual, shop_around
from tests.attack.survey import Survey
from tests.attack.targets import Target, list_targets
from tests.faults.databases import postgresql_server
from tests.faults.sink import Sink
from tests.ports import free_port
from tests.postgres import on_server
from webshop.app import create_app
from webshop.provider import create_provider
from webshop.sandbox.pages.own_host import COOKIE
from webshop.settings import model as settings
from webshop.settings.model import ROOT

KEY = "c4nary-key-of-the-shop-that-is-attacked-0123456789"
LONGEST_START = 120.0  # seconds


@dataclass
class Shop:
    """Browsers come to `edge`; raw bytes go to `port`. `environment` is that of its processes, `folder` has
    their logs and whatever they keep. `certificate` is the authority's, for whoever speaks HTTPS."""

    name: str
    folder: Path
    port: int
    edge: Edge
    environment: dict[str, str]
    certificate: Path | None = None

    @property
    def logs(self) -> list[Path]:
        return sorted(self.folder.glob("*.log"))

    def targets(self) -> list[Target]:
        """Those of the application that the same environment makes in this process."""
        names = {name.lower(): value for name, value in self.environment.items()}
        app: Any = create_app(settings.load(_env_file=None, **names))
        found = list_targets(app)
        while not hasattr(app, "state"):
            app = app.app
        app.state.site.db.engine.dispose()
        return found

    def survey(self, targets: list[Target]) -> Survey:
        known = Survey(targets)
        with self.browser() as client:
            shop_around(client, known)
            self._wait_for_mail()
            known.panel = self._enter_panel(client)
            known.explore(client)
            for cookie in client.cookies.jar:
                known.keys.add(str(cookie.value))
                if cookie.name != COOKIE:
                    known.cookie = f"{cookie.name}={cookie.value}"
        if base := self.environment.get("STRIPE_API_BASE"):
            known.events += httpx2.get(f"{base}/ledger.json", trust_env=False).json()["events"]
        else:
            read_the_manual(known)
        known.signing = self.environment.get("STRIPE_WEBHOOK_SECRET") or known.word("whsec_")
        return known

    def _enter_panel(self, client: httpx2.Client) -> str:
        """As the owner of the demo: the cookie. "" where there is none."""
        if "STRIPE_API_BASE" in self.environment:
            return ""
        names = {name.lower(): value for name, value in self.environment.items()}
        client.get(create_provider(settings.load(_env_file=None, **names)).panel)
        return f"{COOKIE}={client.cookies[COOKIE]}"

    def _wait_for_mail(self) -> None:
        """Where mails are files, to be looked at in the sandbox."""
        end = time.monotonic() + LONGEST_START
        while "STRIPE_API_BASE" not in self.environment and not list(self.folder.glob("var/mail/*.eml")):
            assert time.monotonic() < end, "no mail was written"
            time.sleep(0.1)

    def browser(self) -> httpx2.Client:
        trusted = ssl.create_default_context(cafile=self.certificate) if self.certificate else True
        return httpx2.Client(base_url=self.edge.url, timeout=60, trust_env=False, verify=trusted)

    def house(self, survey: Survey) -> House:
        key = self.environment.get("SECRET_KEYS") or (self.folder / "var" / "secret_key").read_text()
        base = self.environment.get("STRIPE_API_BASE")
        return House(
            https=self.edge.url.startswith("https:"),
            origins=(self.edge.url, *([base] if base else [])),
            secrets=(key, *([self.environment["STRIPE_SECRET_KEY"]] if base else [])),
            inside=(str(ROOT), str(self.folder)),
            personal=PERSONAL,
            keys=tuple(sorted(survey.keys)),
            open_to_all=("/sandbox",),
        )


@contextmanager
def demo(folder: Path) -> Iterator[Shop]:
    """Without keys: on SQLite, with the sandbox and the worker inside. HTTP, as on a developer's machine."""
    with ExitStack() as stack:
        port = free_port()
        edge = _edge(stack, port, None)
        shop = Shop("demo", _tree(folder), port, edge, _environment(folder, port, edge.url))
        stack.enter_context(running(shop.folder, "shop", ["webshop", "serve"], shop.environment, port))
        yield shop


@contextmanager
def live(folder: Path, certificate: Path) -> Iterator[Shop]:
    """With keys, PostgreSQL, a worker, a mail server, and HTTPS at a router; Stripe is a sandbox apart.
    `certificate` is the folder with server.pem, server.key and client.pem, the authority's."""
    with ExitStack() as stack:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(certificate / "server.pem", certificate / "server.key")
        port = free_port()
        edge = _edge(stack, port, tls)
        sink = Sink()
        stack.callback(sink.close)
        server = stack.enter_context(postgresql_server())
        on_server(server, "CREATE DATABASE attacked")
        environment = {
            **_environment(_tree(folder), port, edge.url),
            **_sandbox(stack, folder, port),
            "SECRET_KEYS": KEY,
            "DATABASE_URL": server.replace("/postgres?", "/attacked?"),
            "SMTP_URL": f"smtp://127.0.0.1:{sink.port}",
            "OWNER_EMAIL": "owner@example.com",
        }
        command = [sys.executable, "-m", "webshop", "release"]
        subprocess.run(command, cwd=folder, env=environment, check=True, capture_output=True)
        stack.enter_context(running(folder, "worker", ["webshop", "worker"], environment))
        stack.enter_context(running(folder, "shop", ["webshop", "serve"], environment, port))
        yield Shop("live", folder, port, edge, environment, certificate / "client.pem")


def _edge(stack: ExitStack, port: int, certificate: ssl.SSLContext | None) -> Edge:
    edge = Edge(port, certificate)
    stack.callback(edge.close)
    return edge


def _tree(folder: Path) -> Path:
    """The program, from a folder without a developer's .env."""
    for name in ("webshop", "static", "templates", "shop.toml", "catalog.toml"):
        (folder / name).symlink_to(ROOT / name)
    return folder


def _environment(folder: Path, port: int, url: str) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "PORT": str(port),
        "DRAIN_SECONDS": "0",
        "PUBLIC_URL": url,
        "DATA_DIR": str(folder / "var"),
        "TRUSTED_PROXIES": "1",
    }


def _sandbox(stack: ExitStack, folder: Path, shop: int) -> dict[str, str]:
    """Starts it; what it says is the shop's environment."""
    port = free_port()
    command = ["webshop", "sandbox", "--webhook", f"http://127.0.0.1:{shop}/stripe/webhook"]
    environment = {"PATH": os.environ["PATH"], "PORT": str(port), "DATA_DIR": str(folder / "var")}
    stack.enter_context(running(folder, "sandbox", command, environment, port))
    said = (folder / "sandbox.log").read_text().splitlines()
    return dict(line.split("=", 1) for line in said if line.startswith("STRIPE_"))


@contextmanager
def running(
    folder: Path, name: str, command: list[str], environment: Mapping[str, str], port: int = 0
) -> Iterator["subprocess.Popen[bytes]"]:
    """A process with a group of its own, whose words go to a log of this name; ready when it listens."""
    with (folder / f"{name}.log").open("a") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", *command],
            cwd=folder,
            env=dict(environment),
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        if port:
            _wait_until_open(process, port, folder / f"{name}.log")
        yield process
    finally:
        if process.poll() is not None:
            with (folder / f"{name}.log").open("a") as log:
                log.write(f"00:00:00 CRITICAL attack: it has ended by itself, with {process.returncode}\n")
        _end(process)


def _wait_until_open(process: "subprocess.Popen[bytes]", port: int, log: Path) -> None:
    end = time.monotonic() + LONGEST_START
    while time.monotonic() < end and process.poll() is None:
        try:
            httpx2.get(f"http://127.0.0.1:{port}/healthz", timeout=5, trust_env=False)
            return
        except httpx2.TransportError:
            time.sleep(0.05)
    raise RuntimeError(f"it did not open: {log.read_text()[-4000:]}")


def _end(process: "subprocess.Popen[bytes]") -> None:
    """With its whole group."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(40)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(10)
