"""Work that waits in a table: claimed when it is due, by one, and put off for longer each time."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, Row, insert, select

from tests.conftest import only_postgresql, only_sqlite
from tests.due import HOUR, MINUTE, NOW, SECOND
from webshop.db.engine import Database
from webshop.db.queue import claim, growing
from webshop.db.tables import outbox


def put(db: Database, **due: datetime | None) -> None:
    """Rows with these names, which are due at these moments."""
    with db.write(NOW) as connection:
        for name, due_at in due.items():
            row = insert(outbox).values(name=name, created_at=NOW, due_at=due_at, tries=4, problem="")
            connection.execute(row)


def take(connection: Connection) -> Row[Any] | None:
    return claim(connection, outbox.c.due_at, outbox.c.tries, lambda row: row.tries * MINUTE)


def taken(db: Database, now: datetime) -> list[str]:
    """The names of all that can be claimed at this moment."""
    with db.write(now) as connection:
        return [row.name for row in iter(lambda: take(connection), None)]


def rows(db: Database) -> list[tuple[str, datetime | None, int]]:
    with db.read() as connection:
        query = select(outbox.c.name, outbox.c.due_at, outbox.c.tries).order_by(outbox.c.id)
        return [(row.name, row.due_at, row.tries) for row in connection.execute(query)]


@pytest.mark.parametrize(
    ("tries", "seconds"),
    [(0, 30), (1, 60), (2, 120), (3, 240), (4, 300), (5, 300), (10, 300), (11, 300), (1000, 300)],
)
def test_a_pause_is_twice_as_long_each_time_up_to_the_longest(tries: int, seconds: int) -> None:
    assert growing(timedelta(seconds=30), timedelta(minutes=5), tries) == timedelta(seconds=seconds)


@only_sqlite
def test_what_is_due_now_is_claimed_and_what_is_due_a_second_later_is_not(db: Database) -> None:
    put(db, now=NOW, soon=NOW + SECOND, never=None)
    assert taken(db, NOW - SECOND) == []
    assert taken(db, NOW) == ["now"]
    assert taken(db, NOW + SECOND) == ["soon"]


@only_sqlite
def test_what_has_been_due_longest_is_claimed_first_and_each_once(db: Database) -> None:
    put(db, young=NOW - MINUTE, old=NOW - HOUR, younger=NOW)
    assert taken(db, NOW) == ["old", "young", "younger"]


@only_sqlite
def test_what_is_claimed_is_counted_and_put_off_and_the_others_stay_as_they_are(db: Database) -> None:
    put(db, other=NOW + HOUR, claimed=NOW - HOUR)
    with db.write(NOW) as connection:
        row = take(connection)
        assert row is not None
        assert (row.name, row.due_at, row.tries) == ("claimed", NOW - HOUR, 4)  # as it was before
    assert rows(db) == [("other", NOW + HOUR, 4), ("claimed", NOW + 4 * MINUTE, 5)]


@only_sqlite
def test_a_claim_that_is_not_committed_leaves_the_row_to_the_others(db: Database) -> None:
    put(db, mail=NOW)

    def die(connection: Connection) -> None:
        assert take(connection) is not None
        raise KeyError("a worker dies")

    with pytest.raises(KeyError), db.write(NOW) as connection:
        die(connection)
    assert taken(db, NOW) == ["mail"]


@only_postgresql
def test_workers_at_the_same_time_claim_different_rows_and_none_waits(db: Database) -> None:
    put(db, first=NOW - HOUR, second=NOW)
    with db.write(NOW) as one, db.write(NOW) as other, db.write(NOW) as third:
        found = [take(connection) for connection in (one, other, third)]
    assert [row and row.name for row in found] == ["first", "second", None]
