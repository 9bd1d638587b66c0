"""A database that is on its way, or its release, is waited for; nothing else is."""

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import make_config, only_postgresql
from tests.db.test_migrate import set_revision
from tests.worker.test_worker import fail, nothing
from webshop import app
from webshop.commands import serve
from webshop.db import migrate
from webshop.db.engine import Database
from webshop.db.migrate import NotReleased, patiently
from webshop.errors import Unavailable
from webshop.settings.model import Settings, SettingsError
from webshop.worker.rounds import Worker

RELEASE_IT = "DATABASE_URL: its tables are not of this version; run python -m webshop release"
NOBODY = "DATABASE_URL: nobody answers at 127.0.0.1:1; check host and port, and whether the database runs"


class Clock:
    """Stands in for time: each pause takes as long as it says, each try two seconds."""

    def __init__(self) -> None:
        self.now = 0.0

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds + 2


class Watch:
    """Time as it is; `looked` as soon as somebody pauses before they look again."""

    def __init__(self) -> None:
        self.monotonic = time.monotonic
        self.looked = threading.Event()

    def sleep(self, seconds: float) -> None:
        self.looked.set()
        time.sleep(seconds)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(migrate, "time", clock)
    return clock


@pytest.fixture
def closed(tmp_path: Path) -> Settings:
    return make_config(tmp_path, database_url="postgresql://shop:hunter2@127.0.0.1:1/shop")


def ask(config: Settings) -> Callable[[], None]:
    db = Database(config.database)
    db.logs = False
    return db.ask


def test_what_may_pass_is_waited_for_and_told_every_five_seconds(
    clock: Clock, closed: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(Unavailable):
        patiently(ask(closed), closed)
    assert [record.getMessage() for record in caplog.records] == [
        f"Waiting, {seconds} of 30 s: {NOBODY}" for seconds in (0, 5, 10, 15, 20, 25)
    ]
    assert 30 <= clock.now < 33


def test_the_release_is_waited_for(clock: Clock, closed: Settings, caplog: pytest.LogCaptureFixture) -> None:
    tries = iter([fail(NotReleased([RELEASE_IT])), fail(NotReleased([RELEASE_IT])), nothing])
    patiently(lambda: next(tries)(), closed)
    assert list(tries) == []
    assert [record.getMessage() for record in caplog.records] == [f"Waiting, 0 of 30 s: {RELEASE_IT}"]


@pytest.mark.parametrize("error", [SettingsError(["another mode"]), Unavailable("Stripe"), KeyError("a bug")])
def test_what_stays_as_it_is_is_not_waited_for(clock: Clock, closed: Settings, error: Exception) -> None:
    with pytest.raises(type(error)):
        patiently(fail(error), closed)
    assert clock.now == 0


@only_postgresql
@pytest.mark.parametrize(
    ("address", "code", "sentence"),
    [
        ("postgresql://shop:hunter2@127.0.0.1:1/shop", 1, NOBODY),
        (
            "{server}nobody:hunter2@/shop?",
            2,
            'DATABASE_URL: there is no role "nobody" that may log in; check the user',
        ),
        (
            "{server}postgres@/hunter?",
            2,
            'DATABASE_URL: there is no database "hunter"; check the name at the end, or make it with '
            "CREATE DATABASE",
        ),
    ],
    ids=["nobody answers", "no role", "no database"],
)
def test_who_starts_says_it_in_one_sentence(
    said: Any,
    database_url: str,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    address: str,
    code: int,
    sentence: str,
) -> None:
    monkeypatch.setattr(migrate, "PATIENCE", 0)
    url = address.format(server="postgresql://") + (
        database_url.partition("?")[2] if address.endswith("?") else ""
    )
    monkeypatch.setenv("DATABASE_URL", url)
    for command in (
        ["serve"],
        ["worker"],
        ["release"],
        ["orders", "list"],
        ["catalog", "stock", "MUG-BLUE", "1"],
    ):
        assert said(*command) == (code, [], [sentence]), command
    assert caplog.records == []


@only_postgresql
@pytest.mark.parametrize("command", ["serve", "worker"])
def test_web_and_worker_begin_as_soon_as_somebody_has_released(
    said: Any, db: Database, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    begun = threading.Event()

    def work(worker: Worker) -> None:
        worker._db.engine.dispose()
        begun.set()

    monkeypatch.setattr(serve, "open_door", lambda *_args: None)
    monkeypatch.setattr(serve, "take_requests", lambda *_args: begun.set())
    monkeypatch.setattr(Worker, "run", work)
    monkeypatch.setattr("signal.signal", lambda *_args: None)
    watch = Watch()
    monkeypatch.setattr(migrate, "time", watch)
    set_revision(db, "0008")
    starting: list[tuple[int, list[str], list[str]]] = []
    process = threading.Thread(target=lambda: starting.append(said(command)))
    process.start()
    assert watch.looked.wait(60)
    assert not begun.is_set()
    set_revision(db, migrate._known()[-1])
    process.join(60)
    assert begun.is_set()
    [(code, out, _err)] = starting
    assert code == 0
    assert f"Waiting, 0 of 30 s: {RELEASE_IT}" in out[0]
    assert out[1].startswith(("Test Pottery is open at", "The worker works."))


@only_postgresql
@pytest.mark.parametrize("command", ["serve", "worker"])
def test_web_and_worker_end_where_nobody_releases(
    said: Any, db: Database, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    monkeypatch.setattr(migrate, "PATIENCE", 0)
    set_revision(db, "0008")
    assert said(command) == (2, [], [RELEASE_IT])


@only_postgresql
def test_each_process_of_the_web_waits_as_well(
    database_url: str, db: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migrate, "PATIENCE", 0)
    set_revision(db, "0008")
    with pytest.raises(NotReleased):
        app.create_app(make_config(tmp_path, database_url=database_url))
