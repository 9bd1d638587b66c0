"""Signs of life are kept, and never go back."""

from datetime import UTC, datetime, timedelta

from tests.conftest import both_databases
from webshop.alarms.heartbeats import Heart, beat, last_beat
from webshop.db.engine import Database

NOON = datetime(2026, 11, 27, 12, tzinfo=UTC)


@both_databases
def test_the_last_sign_of_life_is_told_and_those_that_come_late_do_not_count(db: Database) -> None:
    for moment in (NOON, NOON + timedelta(seconds=5), NOON - timedelta(minutes=1)):
        with db.write(moment) as connection:
            beat(connection, Heart.WORKER)
    with db.read() as connection:
        assert last_beat(connection, Heart.WORKER) == NOON + timedelta(seconds=5)
        assert last_beat(connection, Heart.BACKUP) is None
