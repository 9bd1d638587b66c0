"""The log and the reports of real processes: a server with several workers, a worker, a command."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.conftest import DATA
from tests.keys import KEY
from tests.ports import free_port
from tests.sentryserver import SentryServer
from webshop.settings.model import ROOT

pytestmark = pytest.mark.slow


@dataclass
class Program:
    """python -m webshop, from a folder without a developer's .env."""

    process: subprocess.Popen[str]
    out: Path
    port: int

    @property
    def lines(self) -> list[dict[str, Any]]:
        whole, _end, _begun = self.out.read_text().rpartition("\n")  # of the last one a half may be there
        return [json.loads(line) for line in whole.splitlines()]

    def wait_until(self, is_so: Callable[[], bool]) -> None:
        end = time.monotonic() + 120
        while not is_so():
            assert self.process.poll() is None, self.out.read_text()
            assert time.monotonic() < end, self.out.read_text()
            time.sleep(0.1)

    def ends(self, by: signal.Signals) -> int:
        self.process.send_signal(by)
        return self.process.wait(60)

    def is_open(self) -> bool:
        try:
            return httpx2.get(f"http://127.0.0.1:{self.port}/healthz").status_code == 200
        except httpx2.TransportError:
            return False


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Program]]:
    """Starts the shop with Stripe's test keys; what it says on stderr is a failure of the test."""
    for name in ("webshop", "static"):
        (tmp_path / name).symlink_to(ROOT / name)
    (tmp_path / "templates").mkdir()
    for template in (ROOT / "templates").iterdir():
        (tmp_path / "templates" / template.name).symlink_to(template)
    programs = []

    def started(command: str, **more: str) -> Program:
        port = free_port()
        environment = {
            "PATH": os.environ["PATH"],
            "PORT": str(port),
            "DRAIN_SECONDS": "0",
            "PUBLIC_URL": f"http://127.0.0.1:{port}",
            "SECRET_KEYS": f"c4nary{KEY}",
            "DATA_DIR": str(tmp_path / "var"),
            "SHOP_FILE": str(DATA / "shop.toml"),
            "CATALOG_FILE": str(DATA / "catalog.toml"),
            "STRIPE_SECRET_KEY": "sk_test_c4nary",
            "STRIPE_PUBLISHABLE_KEY": "pk_test_c4nary",
            "STRIPE_WEBHOOK_SECRET": "whsec_c4nary",
            "STRIPE_API_BASE": "http://127.0.0.1:1",  # a closed port: nothing goes to Stripe
            **more,
        }
        out, errors = tmp_path / "out", tmp_path / "errors"
        with out.open("w") as stdout, errors.open("w") as stderr:
            process = subprocess.Popen(
                [sys.executable, "-m", "webshop", command],
                cwd=tmp_path,
                env=environment,
                stdout=stdout,
                stderr=stderr,
                text=True,
            )
        programs.append(process)
        return Program(process, out, port)

    yield started
    for process in programs:
        if process.poll() is None:
            process.terminate()
            process.wait(60)
    assert (tmp_path / "errors").read_text() == ""


def break_a_page(folder: Path) -> None:
    catalog = folder / "templates" / "catalog"
    whole = catalog.resolve()
    catalog.unlink()
    catalog.mkdir()
    for template in whole.iterdir():
        (catalog / template.name).symlink_to(template)
    (catalog / "index.html").unlink()
    (catalog / "index.html").write_text("{{ nothing }}")


@pytest.mark.parametrize("processes", ["1", "2"])
def test_a_server_writes_json_and_reports_before_it_ends(
    start: Callable[..., Program], tmp_path: Path, sentry: SentryServer, processes: str
) -> None:
    break_a_page(tmp_path)
    shop = start("serve", WEB_CONCURRENCY=processes, SENTRY_DSN=sentry.dsn)
    shop.wait_until(shop.is_open)
    visitor = httpx2.Client(base_url=f"http://127.0.0.1:{shop.port}", timeout=30)
    assert visitor.get("/nothing?c4nary").status_code == 404
    broken = visitor.get("/", headers={"X-Request-ID": "from-the-router"})
    visitor.close()
    assert (broken.status_code, broken.headers["x-request-id"]) == (500, "from-the-router")
    shop.ends(by=signal.SIGTERM)

    said = {line["message"].strip(): line for line in shop.lines}
    assert f"Test Pottery is open at http://127.0.0.1:{shop.port} (payments: Stripe, test mode)" in said
    (missing,) = [line for line in shop.lines if line.get("status") == 404]
    assert (missing["logger"], missing["route"], len(missing["request"])) == ("webshop.requests", "-", 16)
    (failed,) = [line for line in shop.lines if line.get("status") == 500]
    assert failed["request"] == "from-the-router"
    bug = said["Exception in ASGI application"]
    assert (bug["logger"], bug["level"], bug["request"]) == ("uvicorn.error", "ERROR", "from-the-router")
    assert bug["exception"].endswith("jinja2.exceptions.UndefinedError: 'nothing' is undefined")
    assert "c4nary" not in shop.out.read_text()

    (event,) = sentry.items("event")  # and not once more for the server's own line
    assert event["exception"]["values"][-1]["type"] == "UndefinedError"
    assert event["tags"] == {"request": "from-the-router"}
    assert (event["transaction"], event["environment"]) == ("webshop.catalog.views.index", "test")


def test_a_worker_without_its_database_says_what_it_waits_for(
    start: Callable[..., Program], sentry: SentryServer
) -> None:
    worker = start(
        "worker",
        DATABASE_URL="postgresql://shop:c4nary-password@127.0.0.1:1/c4nary",
        SENTRY_DSN=sentry.dsn,
    )
    worker.wait_until(lambda: len(worker.out.read_text().splitlines()) >= 2)
    assert worker.ends(by=signal.SIGTERM) == -signal.SIGTERM

    nobody = "nobody answers at 127.0.0.1:1; check host and port, and whether the database runs"
    assert [(line["logger"], line["message"]) for line in worker.lines] == [
        ("webshop.db.migrate", f"Waiting, 0 of 30 s: DATABASE_URL: {nobody}"),
        ("webshop.db.migrate", f"Waiting, 5 of 30 s: DATABASE_URL: {nobody}"),
    ]
    assert "c4nary" not in worker.out.read_text()
    assert "c4nary" not in sentry.everything()
