"""A good shop: real processes with live keys, and the sandbox is what the doctor takes for Stripe."""

import os
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy
import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from tests.conftest import DATA
from tests.keys import KEY
from tests.ports import free_port
from tests.postgres import on_server
from tests.wire import Answer, Wire
from webshop import shop
from webshop.alarms.heartbeats import Heart, beat
from webshop.catalog import load as catalogue
from webshop.catalog.file.reading import read_catalog
from webshop.db.engine import Database
from webshop.db.migrate import migrate
from webshop.doctor.examination import CHECKS, examine
from webshop.doctor.model import Check, Examined, Finding, Kind
from webshop.payments.client import Payments
from webshop.payments.inspection import Inspection
from webshop.payments.webhook.endpoint import PATH
from webshop.sandbox.core import LIVE_KEY, Sandbox
from webshop.settings import model as settings
from webshop.settings.mode import ShopMode
from webshop.settings.model import Settings

ROOT = Path(__file__).parents[2]
LONGEST_START = 60.0  # seconds
Named = tuple[str, Check]
CADDY = Path(sys.executable).with_name("caddy")
SAFE = ("fsync", "full_page_writes", "synchronous_commit")

# The proxy's ways to the shop: right, and wrong ones, each at a port of its own.
CADDYFILE = """
{{
    admin off
    auto_https off
    storage file_system {folder}/caddy
    log {{
        output discard
    }}
}}
(shop) {{
    reverse_proxy 127.0.0.1:{shop} {{
        header_up Host localhost:{good}
        {{block}}
    }}
}}
https://localhost:{good} {{
    tls {folder}/good.pem {folder}/good.key
    import shop
}}
http://localhost:{jump} {{
    redir https://localhost:{good}{{uri}} 308
}}
https://localhost:{bare} {{
    tls {folder}/good.pem {folder}/good.key
    header {{
        -Strict-Transport-Security
        -Content-Security-Policy
        defer
    }}
    import shop
}}
https://localhost:{insecure} {{
    tls {folder}/good.pem {folder}/good.key
    import shop {{
        header_down Set-Cookie "(?i); *Secure" ""
    }}
}}
https://localhost:{cookieless} {{
    tls {folder}/good.pem {folder}/good.key
    import shop {{
        header_down -Set-Cookie
    }}
}}
https://localhost:{yesterday} {{
    tls {folder}/good.pem {folder}/good.key
    header >Date "Thu, 26 Nov 2020 12:00:00 GMT"
    import shop
}}
https://localhost:{hostless} {{
    tls {folder}/good.pem {folder}/good.key
    reverse_proxy 127.0.0.1:{shop} {{
        header_up Host 127.0.0.1:{shop}
    }}
}}
https://localhost:{plain} {{
    tls {folder}/good.pem {folder}/good.key
    import shop {{
        header_up X-Forwarded-Proto http
    }}
}}
https://localhost:{nobody} {{
    tls {folder}/good.pem {folder}/good.key
    reverse_proxy 127.0.0.1:1
}}
https://localhost:{elsewhere} {{
    tls {folder}/good.pem {folder}/good.key
    respond "It works!" 200
}}
https://localhost:{expired} {{
    tls {folder}/expired.pem {folder}/expired.key
    import shop
}}
https://localhost:{soon} {{
    tls {folder}/soon.pem {folder}/soon.key
    import shop
}}
https://127.0.0.1:{unnamed} {{
    tls {folder}/good.pem {folder}/good.key
    import shop
}}
"""
WAYS = (
    "good jump bare insecure cookieless yesterday hostless plain nobody elsewhere expired soon unnamed"
).split()


class LyingWire(Wire):
    """`changes`: what is other in the answers about this path."""

    def __init__(self, sandbox: Sandbox) -> None:
        super().__init__(sandbox)
        self.changes: dict[str, tuple[str, str]] = {}

    def request(  # type: ignore[override]  # as in the class above
        self, method: str, url: str, headers: Mapping[str, str] | None, post_data: Any = None
    ) -> Answer:
        body, status, found = super().request(method, url, headers, post_data)
        for path, (before, after) in self.changes.items():
            if path in url:
                assert before in body, (before, body)
                body = body.replace(before, after)
        return body, status, found


@dataclass(frozen=True)
class Good:
    """`values` are the settings' fields, `ports` the proxy's, by the names of WAYS."""

    values: dict[str, Any]
    sandbox: Sandbox
    wire: LyingWire
    server: str
    ports: dict[str, int]
    folder: Path
    mails: list[str]
    silent: int = 0  # a port that takes connections and says nothing

    @property
    def config(self) -> Settings:
        return settings.load(_env_file=None, **self.values)

    @property
    def payments(self) -> Payments:
        return self.paid_with(str(self.values["stripe_secret_key"]))

    def paid_with(self, secret_key: str) -> Payments:
        return Payments(secret_key, "pk_live_sandbox", [], script="", http_client=self.wire)

    @property
    def database(self) -> Database:
        return Database(self.config.database)

    def set_to(self, **values: Any) -> "Good":
        """With other settings than the shop's processes have."""
        return replace(self, values={**self.values, **values})

    def at(self, way: str) -> "Good":
        """With the PUBLIC_URL of this way through the proxy."""
        host = "127.0.0.1" if way == "unnamed" else "localhost"
        return self.set_to(public_url=f"https://{host}:{self.ports[way]}")

    @contextmanager
    def as_it_was(self) -> Iterator[None]:
        """Afterwards the database is what it was before, and so are its server's settings."""
        names = "alembic_version modes pauses heartbeats alarms products variants".split()
        db = self.database
        with db.engine.begin() as connection:
            for name in names:
                connection.exec_driver_sql(f"CREATE TABLE kept_{name} AS TABLE {name}")
        try:
            yield
        finally:
            of_server = (
                "ALTER DATABASE doctor CONNECTION LIMIT -1",
                "ALTER DATABASE doctor RESET default_transaction_read_only",
            )
            tell_all(self.server, [*of_server, *(f"ALTER SYSTEM RESET {name}" for name in SAFE)])
            db.engine.dispose()
            with db.engine.begin() as connection:
                connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
                for name in names:
                    connection.exec_driver_sql(f"DELETE FROM {name}")
                    connection.exec_driver_sql(f"INSERT INTO {name} SELECT * FROM kept_{name}")
                    connection.exec_driver_sql(f"DROP TABLE kept_{name}")
            db.engine.dispose()

    def found(self, checks: Sequence[Named] = CHECKS, **wishes: Any) -> list[Finding]:
        return examine(Examined(self.config, self.payments, **wishes), checks)


def named(findings: list[Finding]) -> dict[str, Finding]:
    """What is not fine, by ids."""
    return {each.id: each for each in findings if each.kind is not Kind.FINE}


def paper_shop(folder: Path) -> Good:
    """The same without a process: nobody answers at its addresses, and Stripe is in this process."""
    sandbox = Sandbox(folder / "sandbox.sqlite3", base_url="https://sandbox.example", livemode=True)
    wire = LyingWire(sandbox)
    url = "https://kiln-street.shop"
    values = _values(wire, url) | {"data_dir": folder, "port": 8000, "smtp_url": "smtps://localhost:1"}
    return Good(values, sandbox, wire, "", {}, folder, [])


def _values(wire: LyingWire, url: str) -> dict[str, Any]:
    inspection = Inspection(Payments(LIVE_KEY, "", [], script="", http_client=wire))
    return {
        "public_url": url,
        "shop_file": DATA / "shop.toml",
        "catalog_file": DATA / "catalog.toml",
        "secret_keys": KEY,
        "stripe_secret_key": LIVE_KEY,
        "stripe_publishable_key": "pk_live_sandbox",
        "stripe_webhook_secret": inspection.create_endpoint(f"{url}{PATH}"),
        "mail_from": "shop@kiln-street.shop",
        "owner_email": "ada@kiln-street.shop",
        "trusted_proxies": 1,
    }


@contextmanager
def premises(server: str, folder: Path) -> Iterator[Good]:
    """`server` is a PostgreSQL's address. Everything that was started has ended afterwards."""
    ports = {name: free_port() for name in WAYS}
    url = f"https://localhost:{ports['good']}"
    sandbox = Sandbox(folder / "sandbox.sqlite3", base_url="https://sandbox.example", livemode=True)
    wire = LyingWire(sandbox)
    mails: list[str] = []
    with ExitStack() as stack:
        stack.enter_context(_certificates(folder))
        stack.enter_context(_as_it_comes(server))
        smtp = stack.enter_context(_mail_server(folder, mails))
        values = _values(wire, url) | {
            "port": free_port(),
            "database_url": _database(server),
            "data_dir": folder,
            "smtp_url": f"smtps://shop:correct-horse@localhost:{smtp}",
        }
        silent = stack.enter_context(closing(socket.create_server(("127.0.0.1", 0)))).getsockname()[1]
        good = Good(values, sandbox, wire, server, ports, folder, mails, silent)
        stack.enter_context(_serving(good))
        stack.enter_context(_proxy(good))
        yield good


@contextmanager
def _certificates(folder: Path) -> Iterator[None]:
    """Of an authority that this process trusts, as a system trusts its own."""
    authority = trustme.CA()
    now = datetime.now(UTC)
    day = timedelta(days=1)
    ends = {"good": now + 90 * day, "soon": now + 3 * day, "expired": now - day}
    for name, end in ends.items():
        leaf = authority.issue_cert("localhost", not_before=now - 9 * day, not_after=end)
        leaf.private_key_pem.write_to_path(str(folder / f"{name}.key"))
        for part in leaf.cert_chain_pems:
            part.write_to_path(str(folder / f"{name}.pem"), append=True)
    authority.cert_pem.write_to_path(str(folder / "authority.pem"))
    before = os.environ.get("SSL_CERT_FILE")
    os.environ["SSL_CERT_FILE"] = str(folder / "authority.pem")
    try:
        yield
    finally:
        os.environ.pop("SSL_CERT_FILE")
        if before is not None:
            os.environ["SSL_CERT_FILE"] = before


@contextmanager
def _as_it_comes(server: str) -> Iterator[None]:
    """The tests' PostgreSQL does not write to the disk for sure; a shop's does."""
    tell_all(server, [f"ALTER SYSTEM RESET {name}" for name in SAFE])
    try:
        yield
    finally:
        tell_all(server, [f"ALTER SYSTEM SET {name} = off" for name in SAFE])


def tell_all(server: str, statements: Sequence[str]) -> None:
    """And wait until the server has read its settings again."""
    for statement in statements:
        on_server(server, statement)
    before = _read_at(server)
    on_server(server, "SELECT pg_reload_conf()")
    end = time.monotonic() + LONGEST_START
    while _read_at(server) == before and time.monotonic() < end:
        time.sleep(0.02)


def _read_at(server: str) -> Any:
    """By a new process of the server."""
    engine = sqlalchemy.create_engine(server)
    with engine.connect() as connection:
        moment = connection.exec_driver_sql("SELECT pg_conf_load_time()").scalar_one()
    engine.dispose()
    return moment


@contextmanager
def _mail_server(folder: Path, mails: list[str]) -> Iterator[int]:
    """With TLS, and a password; its port."""

    class Mailbox:
        async def handle_RCPT(
            self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
        ) -> str:
            if address.startswith("nobody"):
                return "550 no such mailbox"
            envelope.rcpt_tos.append(address)
            return "250 OK"

        async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:
            mails.extend(envelope.rcpt_tos)
            return "250 OK"

    def let_in(
        _server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, given: LoginPassword
    ) -> Any:
        return AuthResult(success=given == LoginPassword(b"shop", b"correct-horse"), handled=False)

    trusted = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    trusted.load_cert_chain(folder / "good.pem", folder / "good.key")
    port = free_port()
    controller = Controller(
        Mailbox(),
        hostname="localhost",
        port=port,
        ready_timeout=LONGEST_START,
        ssl_context=trusted,
        authenticator=let_in,
        auth_require_tls=False,
    )
    controller.start()
    try:
        yield port
    finally:
        controller.stop()


def _database(server: str) -> str:
    """Of live mode, with the tests' catalogue, a worker and a backup."""
    on_server(server, "DROP DATABASE IF EXISTS doctor WITH (FORCE)")
    on_server(server, "CREATE DATABASE doctor")
    url = server.replace("/postgres?", "/doctor?")
    db = Database(url)
    migrate(db, ShopMode.LIVE)
    with db.write() as connection:
        currency = shop.load(DATA / "shop.toml").currency
        catalogue.load(connection, read_catalog(DATA / "catalog.toml", currency))
        beat(connection, Heart.WORKER)
        beat(connection, Heart.BACKUP)
    db.engine.dispose()
    return url


@contextmanager
def _serving(good: Good) -> Iterator[None]:
    environment = {name.upper(): str(value) for name, value in good.values.items()}
    with _process(
        [sys.executable, "-m", "webshop", "serve"],
        {"PATH": os.environ["PATH"], **environment},
        good.folder / "shop.log",
        good.config.port,
    ):
        yield


@contextmanager
def _proxy(good: Good) -> Iterator[None]:
    text = CADDYFILE.format(folder=good.folder, shop=good.config.port, **good.ports)
    (good.folder / "Caddyfile").write_text(text)
    command = [str(CADDY), "run", "--config", str(good.folder / "Caddyfile"), "--adapter", "caddyfile"]
    environment = {"PATH": os.environ["PATH"], "HOME": str(good.folder)}
    with _process(command, environment, good.folder / "proxy.log", good.ports["good"]):
        yield


def _started(command: list[str], environment: dict[str, str], log: Path) -> "subprocess.Popen[bytes]":
    with log.open("w") as file:
        return subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=file, stderr=file, start_new_session=True
        )


@contextmanager
def _process(command: list[str], environment: dict[str, str], log: Path, port: int) -> Iterator[None]:
    """Running, and listening on the port."""
    process, end = _started(command, environment, log), time.monotonic() + LONGEST_START
    try:
        while not _listens(port):
            assert time.monotonic() < end, log.read_text()
            if process.poll() is not None:  # seen once, without a word in its log
                process = _started(command, environment, log)
            time.sleep(0.05)
        yield
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        process.wait(30)


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
