"""Rounds in a thread: one after another with a pause between them, whatever happens, until it is stopped."""

import logging
import threading
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import partial
from types import SimpleNamespace
from typing import Any, cast

import pytest

from tests.db.answers import answers
from tests.due import MINUTE, NOW
from tests.till import Till
from webshop.errors import Unavailable
from webshop.mail.letters import Letters
from webshop.settings.mode import ShopMode
from webshop.worker import rounds
from webshop.worker.rounds import Worker


class Unhurried(threading.Event):
    """Writes down for how long it should have waited, and does not wait."""

    def __init__(self) -> None:
        super().__init__()
        self.waited: list[float | None] = []

    def wait(self, timeout: float | None = None) -> bool:
        self.waited.append(timeout)
        return self.is_set()


def worker_of(
    till: Till, monkeypatch: pytest.MonkeyPatch, *acts: Callable[[], None]
) -> tuple[Worker, Unhurried]:
    """A worker whose rounds do these things in turn and which is stopped in the last one."""
    worker, pauses = Worker(till.db, till.stripe, ShopMode.SANDBOX), Unhurried()
    left: Iterator[Callable[[], None]] = iter([*acts, worker.stop_soon])
    monkeypatch.setattr(worker, "_stopping", pauses)
    monkeypatch.setattr(rounds, "work", lambda *_args, **_kwargs: next(left)())
    return worker, pauses


def set_clock(till: Till, now: datetime) -> None:
    till.db.clock = lambda: now


def fail(error: Exception) -> Callable[[], None]:
    def raised() -> None:
        raise error

    return raised


def nothing() -> None:
    """There is no work."""


def test_five_seconds_lie_between_two_rounds(till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    worker, pauses = worker_of(till, monkeypatch, nothing, nothing)
    worker.run()
    assert pauses.waited == [5, 5, 5]


def test_a_round_that_fails_is_logged_and_followed_by_the_next(
    till: Till, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    worker, pauses = worker_of(
        till, monkeypatch, fail(Unavailable("The shop is very busy.")), fail(RuntimeError("a bug")), nothing
    )
    worker.run()

    assert [(record.levelno, record.getMessage()) for record in caplog.records] == [
        (logging.WARNING, "The worker pauses: The shop is very busy."),
        (logging.ERROR, "A round of the worker failed"),
    ]
    assert "a bug" in caplog.text
    assert pauses.waited == [5, 5, 5, 5]


def test_a_worker_ends_when_somebody_has_gone_live_since(
    till: Till, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """What is due then is not for its keys."""
    done: list[str] = []
    worker, pauses = worker_of(
        till,
        monkeypatch,
        lambda: done.append("one"),
        lambda: till.open_as(ShopMode.LIVE),
        lambda: done.append("two"),
    )
    worker.run()
    assert (done, pauses.waited) == (["one"], [5, 5])
    [record] = caplog.records
    assert (record.levelno, record.getMessage()) == (
        logging.ERROR,
        "The worker ends: DATABASE_URL: the database is of live mode, but without Stripe's keys the shop is "
        "in sandbox mode; set Stripe's live keys, or another DATABASE_URL or DATA_DIR",
    )


def test_a_worker_that_is_stopped_before_it_begins_does_nothing(
    till: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker, pauses = worker_of(till, monkeypatch)
    worker.stop_soon()
    worker.run()
    assert pauses.waited == []


def test_a_round_has_the_workers_database_stripe_and_letters(
    till: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    unchanged = SimpleNamespace(inspector=SimpleNamespace(look=dict))
    letters = cast(Letters, SimpleNamespace(pages=unchanged))
    worker = Worker(till.db, till.stripe, ShopMode.SANDBOX, letters)
    seen: list[tuple[Any, ...]] = []

    def look(db: Any, stripe: Any, letters: Any = None, **_more: Any) -> None:
        seen.append((db, stripe, letters))
        worker.stop_soon()

    monkeypatch.setattr(rounds, "work", look)
    worker.run()
    assert seen == [(till.db, till.stripe, letters)]


def test_stopping_waits_for_the_round_that_is_under_way_and_begins_no_other(
    till: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker = Worker(till.db, till.stripe, ShopMode.SANDBOX)
    stopping, begun = worker._stopping, threading.Event()
    done: list[bool] = []

    def one_round(*_args: Any, **_kwargs: Any) -> None:
        begun.set()
        assert stopping.wait(30)
        done.append(answers(till.db))

    monkeypatch.setattr(rounds, "work", one_round)
    worker.start()
    assert begun.wait(30)
    worker.stop()
    assert done == [True]


def test_the_first_round_beside_requests_comes_after_the_first_visitors(
    till: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    waited: list[float | None] = []
    worker, pauses = worker_of(till, monkeypatch, lambda: waited.extend(pauses.waited))
    worker.start()
    worker._thread.join(30)
    assert waited == [rounds.FIRST_PAUSE]


def test_every_hour_a_round_cleans_up_and_while_there_is_much_to_do_each_of_them(
    till: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is looked for from end to end is looked for seldom."""
    moments: list[timedelta] = []
    left = iter([True, True, False, False, False])

    def clean_up(_db: Any, now: datetime) -> bool:
        moments.append(now - NOW)
        return next(left)

    monkeypatch.setattr(rounds, "clean_up", clean_up)
    minutes = [0, 1, 2, 3, 61, 62, 63, 122, 180]
    rounds_at = [partial(set_clock, till, NOW + minute * MINUTE) for minute in minutes]
    worker, _pauses = worker_of(till, monkeypatch, *rounds_at)
    worker.run()
    assert moments == [each * MINUTE for each in (0, 1, 2, 62, 122)]


def test_older_tables_are_left_alone_until_somebody_has_released(
    till: Till, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Such as those of a backup that was restored under the worker."""

    def set_revision(to: str) -> None:
        with till.db.write() as connection:
            connection.exec_driver_sql(f"UPDATE alembic_version SET version_num = '{to}'")

    with till.db.read() as connection:
        head = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar_one()
    set_revision("0008")
    worker, pauses = worker_of(till, monkeypatch)
    monkeypatch.setattr(pauses, "wait", lambda _seconds: set_revision(head))
    worker.run()
    words = "its tables are not of this version; run python -m webshop release"
    assert [(record.levelno, record.getMessage()) for record in caplog.records] == [
        (logging.WARNING, f"The worker pauses: DATABASE_URL: {words}")
    ]


def test_a_clean_up_that_fails_is_tried_in_the_next_round(
    till: Till, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    acts = iter([fail(Unavailable("The shop is very busy.")), nothing])
    monkeypatch.setattr(rounds, "clean_up", lambda *_args: next(acts)())
    worker, pauses = worker_of(till, monkeypatch, nothing, nothing)
    worker.run()
    assert [record.getMessage() for record in caplog.records] == ["The worker pauses: The shop is very busy."]
    assert len(pauses.waited) == 3
