"""A worker shows that it is alive; web processes miss one that does not, and stand in for it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import insert, update

from tests.conftest import both_databases
from tests.due import MINUTE, SECOND
from tests.till import Till
from webshop.alarms import queries as alarms
from webshop.alarms.heartbeats import Heart, beat_for_all, last_beat
from webshop.alarms.model import THE_SHOP, AlarmKind
from webshop.db.tables import alarms as table
from webshop.errors import Unavailable
from webshop.settings.mode import ShopMode
from webshop.worker import rounds
from webshop.worker.life import LivingWorker, StandIn
from webshop.worker.rounds import Worker

pytestmark = both_databases
NOON = datetime(2026, 11, 27, 12, tzinfo=UTC)


@pytest.fixture
def at(till: Till) -> Callable[[timedelta], None]:
    """Sets the clock to so long after noon."""

    def set_clock(later: timedelta) -> None:
        till.db.clock = lambda: NOON + later

    set_clock(timedelta())
    return set_clock


def of_kind(till: Till, kind: type[Worker]) -> Worker:
    return kind(till.db, till.stripe, ShopMode.SANDBOX)


def told(till: Till) -> list[str]:
    with till.db.read() as connection:
        return [f"{each.kind}: {each.about}: {each.detail}" for each in alarms.list_open(connection)]


def test_nobody_is_missed_for_five_minutes_then_the_alarm_is_raised_and_the_round_is_done(
    till: Till, at: Callable[[timedelta], None]
) -> None:
    web = of_kind(till, StandIn)
    assert not web.has_turn()  # it begins to look
    at(5 * MINUTE - SECOND)
    assert (web.has_turn(), web.pause, told(till)) == (False, 30, [])
    at(5 * MINUTE)
    assert (web.has_turn(), web.pause) == (True, 5)
    assert told(till) == ["worker: the shop: no worker has been at work ever"]


def test_a_worker_that_stops_is_missed_and_when_it_is_back_the_alarm_is_over(
    till: Till, at: Callable[[timedelta], None]
) -> None:
    worker, web = of_kind(till, LivingWorker), of_kind(till, StandIn)
    assert worker.goes_on()
    at(4 * MINUTE)
    assert not web.has_turn()
    at(9 * MINUTE)
    assert web.has_turn()
    assert told(till) == ["worker: the shop: no worker has been at work since 2026-11-27 12:00"]
    at(10 * MINUTE)
    assert web.has_turn()  # the same words: once

    at(11 * MINUTE)
    assert worker.goes_on()
    assert (web.has_turn(), web.pause, told(till)) == (False, 30, [])
    at(17 * MINUTE)
    assert web.has_turn()
    assert told(till) == ["worker: the shop: no worker has been at work since 2026-11-27 12:11"]


def test_of_many_web_processes_one_does_each_round(till: Till, at: Callable[[timedelta], None]) -> None:
    """And one that begins while others stand in does not wait for five minutes."""
    webs = [of_kind(till, StandIn) for _each in range(4)]
    assert not any(web.has_turn() for web in webs)
    for moment in (5 * MINUTE, 5 * MINUTE + 5 * SECOND):
        at(moment)
        assert [web.has_turn() for web in webs] == [True, False, False, False]
    webs.insert(0, of_kind(till, StandIn))
    at(5 * MINUTE + 10 * SECOND)
    assert [web.has_turn() for web in webs] == [True, False, False, False, False]


def test_while_a_round_is_long_the_worker_shows_that_it_is_alive(
    till: Till, at: Callable[[timedelta], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    worker, web = of_kind(till, LivingWorker), of_kind(till, StandIn)
    polled: list[int] = []

    def slow(*_args: object) -> bool:
        polled.append(1)
        at(len(polled) * 2 * MINUTE)
        assert not web.has_turn()
        if len(polled) == 12:
            worker.stop_soon()  # which ends the round, too
        return True

    monkeypatch.setattr(rounds, "_poll_next", slow)
    worker.run()
    assert len(polled) == 12
    with till.db.read() as connection:
        assert last_beat(connection, Heart.WORKER) == NOON + 24 * MINUTE


def test_a_database_that_fails_ends_no_worker(
    till: Till, at: Callable[[timedelta], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    for kind in (LivingWorker, StandIn):
        worker = of_kind(till, kind)
        fails = iter([Unavailable("The shop is very busy.")])

        def has_turn(worker: Worker = worker, fails: object = fails) -> bool:
            for error in fails:  # type: ignore[attr-defined]
                raise error
            worker.stop_soon()
            return False

        monkeypatch.setattr(worker, "has_turn", has_turn)
        monkeypatch.setattr(worker._stopping, "wait", lambda _seconds: None)
        worker.run()
        assert worker._stopping.is_set()


def test_the_turn_of_all_copies_comes_once_a_pause(till: Till) -> None:
    def turn(after: timedelta) -> bool:
        with till.db.write(NOON + after) as connection:
            return beat_for_all(connection, Heart.STAND_IN, 5 * SECOND)

    moments = [timedelta(), SECOND, 4 * SECOND, 5 * SECOND, 9 * SECOND, 11 * SECOND]
    assert [turn(moment) for moment in moments] == [True, False, False, True, False, True]


def test_alarms_of_a_newer_release_stop_nobody_and_ours_not_the_release_before(till: Till) -> None:
    newer = {
        "name": "flood x",
        "alarm_kind": "flood",
        "about": THE_SHOP,
        "detail": "water",
        "raised_at": NOON,
    }
    with till.db.write(NOON) as connection:
        connection.execute(insert(table).values(**newer))
        alarms.raise_alarm(connection, AlarmKind.WORKER, THE_SHOP, "none")
        written = connection.execute(table.select().where(table.c.name == "worker")).one()
        assert written.alarm_kind == "errors"  # a kind that the release before knows
        assert [(each.kind, each.name) for each in alarms.list_open(connection)] == [
            (AlarmKind.OTHER, "flood x"),
            (AlarmKind.WORKER, "worker"),
        ]
        connection.execute(update(table).values(alarm_kind=None))  # as long ago
        assert [each.kind for each in alarms.lock_untold(connection)] == [AlarmKind.OTHER, AlarmKind.WORKER]
