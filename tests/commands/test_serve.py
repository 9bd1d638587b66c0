"""What web and worker say when they start: what a live shop lacks, and who does the worker's work."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import DATA, both_databases
from tests.keys import LIVE_KEYS, OF_MODE
from webshop.commands import serve
from webshop.settings.model import ROOT

LACKS = [
    "SMTP_URL: missing, so no shopper gets a receipt; set it to your mail provider's server, as .env.example "
    "shows",
    "OWNER_EMAIL: missing, so nobody hears of orders and alarms; set it to the address that you read",
]
WHOLE = {"SMTP_URL": "smtp://mail.example", "OWNER_EMAIL": "owner@shop.example"}
IDLE = "With the SQLite file web does the worker's work; this process only waits to be ended."


class Working:
    """A worker that has nothing to do."""

    def run(self) -> None: ...


@both_databases
@pytest.mark.parametrize("command", ["serve", "worker"])
@pytest.mark.parametrize(
    ("mode", "more", "lacks"), [("live", {}, LACKS), ("live", WHOLE, []), ("test", {}, [])]
)
def test_a_live_shop_hears_at_each_start_what_it_lacks(
    said: Any,
    monkeypatch: pytest.MonkeyPatch,
    command: str,
    mode: str,
    more: dict[str, str],
    lacks: list[str],
) -> None:
    for name in ("open_door", "take_requests"):
        monkeypatch.setattr(serve, name, lambda *_args: None)
    monkeypatch.setattr("webshop.app.create_worker", lambda _config: Working())
    monkeypatch.setattr("threading.Event.wait", lambda _self: True)
    for name, value in {**OF_MODE[mode], **more}.items():
        monkeypatch.setenv(name, value)
    assert said("release")[0] == 0
    code, out, _err = said(command)
    lines = [json.loads(line) for line in out]
    assert code == 0
    assert [line["message"] for line in lines if line["level"] == "WARNING"] == lacks


def test_with_the_sqlite_file_a_worker_waits_until_it_is_ended(tmp_path: Path) -> None:
    """It does not end by itself: a platform would start it again and again."""
    environment = {
        **LIVE_KEYS,
        "PATH": os.environ["PATH"],
        "DATA_DIR": str(tmp_path),
        "DATABASE_URL": f"sqlite:///{tmp_path / 'kept.sqlite3'}",
        "SHOP_FILE": str(DATA / "shop.toml"),
        "CATALOG_FILE": str(DATA / "catalog.toml"),
    }
    worker = subprocess.Popen(
        [sys.executable, "-m", "webshop", "worker"],
        env=environment,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert worker.stdout
    try:
        said = [json.loads(worker.stdout.readline())["message"] for _line in range(3)]
        assert said == [*LACKS, IDLE]
        assert worker.poll() is None
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(30) == 0
    finally:
        worker.kill()
        worker.communicate()
