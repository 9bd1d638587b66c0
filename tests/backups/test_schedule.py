"""Backups on a schedule: one of many processes takes it, a failed one is told and tried again later."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from tests.conftest import both_databases, make_config, site_of
from tests.due import HOUR, MINUTE, NOW
from webshop.alarms import queries as alarms
from webshop.alarms.heartbeats import Heart, last_beat
from webshop.app import create_app
from webshop.backups import schedule, turns
from webshop.backups.schedule import Schedule
from webshop.db import modes, pauses
from webshop.db.engine import Database
from webshop.errors import OwnerError, Unavailable
from webshop.settings.mode import ShopMode

EVERY = timedelta(hours=24)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "backups"


@pytest.fixture
def due(db: Database, place: Path, tmp_path: Path) -> Iterator[Schedule]:
    with db.write() as connection:
        modes.claim(connection, ShopMode.SANDBOX)
    config = make_config(tmp_path, database_url=str(db.engine.url), backup_to=str(place))
    yield Schedule(db, config)


def claims(db: Database, moment: timedelta) -> bool:
    with db.write(NOW + moment) as connection:
        return turns.claim(connection, EVERY)


@both_databases
def test_a_backup_is_due_once_a_day_and_a_failed_one_after_a_growing_pause(db: Database) -> None:
    assert claims(db, 0 * HOUR)
    assert not claims(db, 29 * MINUTE)
    assert claims(db, 30 * MINUTE)  # nobody has said that it was done
    assert not claims(db, 89 * MINUTE)
    assert claims(db, 90 * MINUTE)
    with db.write(NOW + 2 * HOUR) as connection:
        turns.done(connection)
    assert not claims(db, 25 * HOUR)
    assert claims(db, 26 * HOUR)
    assert not claims(db, 26 * HOUR + 29 * MINUTE)
    assert claims(db, 26 * HOUR + 30 * MINUTE)


@both_databases
def test_it_beats_when_it_is_whole_and_its_alarm_ends(
    db: Database, due: Schedule, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    moment = NOW
    db.clock = lambda: moment

    def fails(*_args: object) -> None:
        raise OwnerError("The disk is full.")

    with monkeypatch.context() as broken:
        broken.setattr(schedule, "take", fails)
        assert due.look() is None
    with db.read() as connection:
        assert [alarm.detail for alarm in alarms.list_open(connection)] == [
            "2026-03-05: a backup was not taken: The disk is full."
        ]
        assert last_beat(connection, Heart.BACKUP) is None
    assert due.look() is None  # not yet again
    moment = NOW + HOUR
    taken = due.look()
    assert taken
    assert [file.name for file in place.iterdir()] == [str(taken.name)]
    with db.read() as connection:
        assert alarms.list_open(connection) == []
        assert last_beat(connection, Heart.BACKUP) == moment


def test_a_paused_shop_is_not_backed_up(db: Database, due: Schedule, place: Path) -> None:
    """Its backups would push out better ones."""
    with db.write() as connection:
        pauses.begin(connection, "webshop-live-20261127T031500Z-0010.dump", NOW)
    with pytest.raises(Unavailable, match="the shop is paused since it was restored from webshop-live-2026"):
        due.look()
    assert not place.exists()


@both_databases
def test_web_takes_them_beside_its_requests_also_where_no_worker_runs(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = []
    monkeypatch.setattr(
        "webshop.backups.schedule.Schedule", lambda _db, config: begun.append(config.backup_to)
    )
    for place in ("", "/backups"):
        app = create_app(make_config(tmp_path, database_url=database_url, backup_to=place))
        site_of(TestClient(app)).db.engine.dispose()
    assert begun == ["/backups"]
