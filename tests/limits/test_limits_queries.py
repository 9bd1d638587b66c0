"""Limits in the database: counted together by all processes, over when their time is, lifted by the owner."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from tests.conftest import both_databases
from tests.due import MINUTE, NOW, SECOND
from tests.till import at_once
from webshop.db.engine import Database
from webshop.db.tables.counters import limits as rows
from webshop.errors import TooMany
from webshop.limits import queries as limits
from webshop.limits.model import Limit

pytestmark = both_databases

THREE = Limit("teas", 3, timedelta(minutes=10))
CAKES = Limit("cakes", 3, timedelta(minutes=10))


def take(db: Database, times: int, who: str = "ada", after: timedelta = timedelta(0)) -> list[int]:
    """How often that went well, and after how many seconds it may again where it did not."""
    refused = []
    db.clock = lambda: NOW + after
    for _time in range(times):
        try:
            limits.take(db, (THREE, who))
        except TooMany as error:
            refused.append(error.retry_after)
    return [times - len(refused), *refused]


def test_the_fourth_of_three_is_refused_until_the_time_is_over(db: Database) -> None:
    assert take(db, 2) == [2]
    assert take(db, 3, after=4 * MINUTE) == [1, 360, 360]
    assert take(db, 1, after=10 * MINUTE - SECOND) == [0, 1]
    assert take(db, 4, after=10 * MINUTE) == [3, 600]


def test_others_and_other_things_are_counted_apart(db: Database) -> None:
    assert take(db, 4) == [3, 600]
    assert take(db, 3, who="grace") == [3]
    limits.take(db, (CAKES, "ada"))


def test_nobody_in_particular_is_not_counted(db: Database) -> None:
    assert take(db, 50, who="") == [50]
    with db.read() as connection:
        assert limits.list_all(connection) == []


def test_of_two_limits_the_one_that_is_reached_refuses_and_neither_counts(db: Database) -> None:
    assert take(db, 4) == [3, 600]
    with pytest.raises(TooMany):
        limits.take(db, (CAKES, "ada"), (THREE, "ada"))
    with db.read() as connection:
        counted = limits.list_all(connection)
    assert [(row.what, row.who, row.times) for row in counted] == [("teas", "ada", 3)]


def test_a_flood_of_what_is_refused_writes_nothing(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    take(db, 3)
    monkeypatch.setattr(db, "write", lambda: pytest.fail("it is refused by reading"))
    assert take(db, 20)[0] == 0


def test_twenty_at_once_are_no_more_than_three(db: Database) -> None:
    results = at_once(20, lambda _n: limits.take(db, (THREE, "ada")))
    assert results.count(None) == 3
    assert {type(each) for each in results if each} == {TooMany}


def test_a_count_that_is_read_first_and_written_later_lets_more_through(db: Database) -> None:
    """What the one statement is for."""

    def take_in_two_steps(_number: int) -> None:
        with db.read() as connection:
            row = connection.execute(select(rows).where(rows.c.who == "ada")).first()
        assert row is not None
        if row[3] < 3:  # the count
            with db.write() as connection:
                connection.execute(update(rows).where(rows.c.who == "ada").values(count=row[3] + 1))
            return
        raise TooMany("", 1)

    limits.take(db, (THREE, "ada"))
    passed = 1
    for _round in range(20):
        with db.write() as connection:
            connection.execute(update(rows).values(count=1))
        passed = max(passed, 1 + at_once(20, take_in_two_steps).count(None))
    assert passed > 3


def test_the_owner_lifts_a_limit_for_a_while(db: Database) -> None:
    assert take(db, 4) == [3, 600]
    with db.write() as connection:
        limits.lift(connection, "ada", NOW + 60 * MINUTE)
    assert take(db, 50) == [50]
    assert take(db, 50, after=59 * MINUTE) == [50]
    assert take(db, 4, after=60 * MINUTE) == [3, 600]


def test_lifting_twice_lifts(db: Database) -> None:
    for hours in (1, 2):
        with db.write() as connection:
            limits.lift(connection, "ada", NOW + hours * 60 * MINUTE)
    assert take(db, 9, after=90 * MINUTE) == [9]


@pytest.mark.parametrize(("after", "left"), [(10 * MINUTE, 1), (10 * MINUTE + SECOND, 0)])
def test_an_address_is_kept_no_longer_than_it_counts(db: Database, after: timedelta, left: int) -> None:
    take(db, 1)
    with db.write(NOW + after) as connection:
        limits.delete_old(connection)
        assert len(limits.list_all(connection)) == left


def test_an_exception_is_kept_until_it_is_over(db: Database) -> None:
    with db.write() as connection:
        limits.lift(connection, "ada", NOW + 60 * MINUTE)
    kept: Callable[[timedelta], bool] = lambda after: _kept(db, after)  # noqa: E731
    assert [kept(after) for after in (50 * MINUTE, 70 * MINUTE, 71 * MINUTE)] == [True, True, False]


def _kept(db: Database, after: timedelta) -> bool:
    with db.write(NOW + after) as connection:
        limits.delete_old(connection)
        return bool(limits.list_all(connection))
