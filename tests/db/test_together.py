"""Several changes in one transaction: each alone may fail, and all are answered when all are written."""

import sqlite3
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from threading import Thread

import pytest
from sqlalchemy import Connection, bindparam, event, select, text, update

from tests.conftest import only_sqlite
from webshop.db.engine import Database, moment_of
from webshop.db.hot import Hot
from webshop.db.tables import variants
from webshop.errors import Conflict, Unavailable

pytestmark = only_sqlite


def left(db: Database) -> int | None:
    """Of the blue mug, of which there are 10 at first."""
    with db.read() as connection:
        found: int | None = connection.execute(
            select(variants.c.stock).where(variants.c.sku == "MUG-BLUE")
        ).scalar_one()
    return found


def take(connection: Connection, pieces: int) -> None:
    mug = update(variants).where(variants.c.sku == "MUG-BLUE")
    connection.execute(mug.values(stock=variants.c.stock - pieces))


def taking(db: Database, pieces: int) -> Callable[[], int | None]:
    def work() -> int | None:
        with db.write() as connection:
            take(connection, pieces)
        return left(db)

    return work


def taking_in_vain(db: Database) -> None:
    with db.write() as connection:
        take(connection, 5)
        raise Conflict("Sorry, this is sold out.")


@pytest.fixture
def commits(db: Database) -> Iterator[list[None]]:
    """One for each."""
    seen: list[None] = []

    def note(_connection: Connection) -> None:
        seen.append(None)

    event.listen(db.engine, "commit", note)
    yield seen
    event.remove(db.engine, "commit", note)


def test_several_changes_are_one_transaction_and_each_sees_those_before_it(
    db: Database, commits: list[None]
) -> None:
    assert db.together([taking(db, 1), taking(db, 2), taking(db, 3)]) == [9, 7, 4]
    assert len(commits) == 1
    assert left(db) == 4


def test_control_each_alone_is_a_transaction_of_its_own(db: Database, commits: list[None]) -> None:
    assert [taking(db, 1)(), taking(db, 2)()] == [9, 7]
    assert len(commits) == 4  # of two that read and two that write


def test_what_one_of_them_writes_in_vain_is_undone_alone(db: Database) -> None:
    first, refused, last = db.together([taking(db, 1), lambda: taking_in_vain(db), taking(db, 2)])
    assert (first, last) == (9, 7)
    assert isinstance(refused, Conflict)
    assert left(db) == 7


def test_a_statement_that_fails_is_its_own_writers_alone(db: Database) -> None:
    def wrong() -> None:
        with db.write() as connection:
            take(connection, 5)
            connection.execute(text("INSERT INTO cart_lines (cart) VALUES ('none')"))

    first, failed, last = db.together([taking(db, 1), wrong, taking(db, 2)])
    assert (first, last) == (9, 7)
    assert isinstance(failed, Exception)
    assert left(db) == 7


def test_nobody_else_sees_anything_before_all_of_it_is_written(db: Database) -> None:
    seen: list[int | None] = []

    def look() -> None:
        elsewhere = Thread(target=lambda: seen.append(left(db)))
        elsewhere.start()
        elsewhere.join()

    db.together([taking(db, 1), look])
    look()
    assert seen == [10, 9]


def test_each_has_its_own_moment(db: Database) -> None:
    moments = [datetime(2026, 3, day, tzinfo=UTC) for day in (1, 2, 3)]
    clock = iter(moments)
    db.clock = lambda: next(clock)

    def ask() -> datetime:
        with db.write() as connection:
            return moment_of(connection)

    assert db.together([ask, ask]) == moments[1:]  # the first one is the transaction's


def test_where_the_commit_fails_all_have_failed(db: Database) -> None:
    def fail(_connection: Connection) -> None:
        raise sqlite3.OperationalError("disk I/O error")

    event.listen(db.engine, "commit", fail)
    with pytest.raises(sqlite3.OperationalError):
        db.together([taking(db, 1), taking(db, 2)])
    event.remove(db.engine, "commit", fail)
    assert left(db) == 10


def test_when_sqlite_ends_the_transaction_all_have_failed_and_nothing_comes_after_it(db: Database) -> None:
    """As it does by itself when the disk is full."""

    def end() -> None:
        with db.write() as connection:
            connection.exec_driver_sql("ROLLBACK")

    with pytest.raises(Unavailable):
        db.together([taking(db, 1), end, taking(db, 2)])
    assert left(db) == 10
    with pytest.raises(Unavailable):
        db.together([taking(db, 1), end])
    assert left(db) == 10


def test_afterwards_a_thread_writes_alone_again(db: Database, commits: list[None]) -> None:
    db.together([lambda: taking_in_vain(db)])
    commits.clear()
    with db.write() as connection:
        take(connection, 1)
    assert len(commits) == 1
    assert left(db) == 9


def test_when_another_process_writes_all_wait_for_it(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("webshop.db.engine.LOCK_SECONDS", 0)
    other = sqlite3.connect(str(db.engine.url.database), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(Unavailable):
        db.together([taking(db, 1)])
    other.execute("ROLLBACK")
    other.close()
    assert db.together([taking(db, 1)]) == [9]


def test_a_look_among_them_sees_what_they_have_written(db: Database) -> None:
    """Though nobody else can yet."""
    stock = Hot(select(variants.c.stock).where(variants.c.sku == bindparam("one")))

    def work() -> int:
        with db.write() as connection:
            take(connection, 4)
        return int(db.look(stock, {"one": "MUG-BLUE"})[0].stock)

    assert db.together([work, work]) == [6, 2]
