"""Transactions: all or nothing, one writer at a time, and an answer also when the database is busy."""

import inspect
import sqlite3
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from functools import partial
from pathlib import Path
from threading import Barrier, Event, Thread

import pytest
from sqlalchemy import Connection, bindparam, event, insert, literal_column, select, text, update
from sqlalchemy.exc import DBAPIError, IntegrityError

from tests.conftest import both_databases, only_postgresql, only_sqlite
from tests.db.answers import answers
from tests.till import at_once
from webshop.db import engine
from webshop.db.engine import Contended, Database, again_if_contended
from webshop.db.hot import Hot
from webshop.db.tables import cart_lines, carts, variants
from webshop.errors import Unavailable

pytestmark = both_databases
NOW = datetime(2026, 3, 5, 14, 0, tzinfo=UTC)


@pytest.fixture
def impatient(database_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    """The same database for somebody who waits for a lock as short as each of the two can."""
    monkeypatch.setattr(engine, "LOCK_SECONDS", 0 if database_url.startswith("sqlite") else 1)
    database = Database(database_url)
    yield database
    database.engine.dispose()


def take(connection: Connection, sku: str, pieces: int = 1) -> None:
    mug = update(variants).where(variants.c.sku == sku)
    connection.execute(mug.values(stock=variants.c.stock - pieces))


def stock(db: Database, sku: str = "MUG-BLUE") -> int | None:
    with db.read() as connection:
        left: int | None = connection.execute(
            select(variants.c.stock).where(variants.c.sku == sku)
        ).scalar_one()
    return left


def test_what_an_error_says_holds_no_values(db: Database) -> None:
    with pytest.raises(IntegrityError) as error, db.write() as connection:
        connection.execute(text("INSERT INTO alarms (detail) VALUES (:detail)"), {"detail": "1 Street"})
    told = str(error.value).partition("DETAIL:")[0]  # then PostgreSQL's: tests/telemetry/test_telemetry.py
    assert "INSERT INTO alarms" in str(error.value)
    assert "1 Street" not in told
    assert "parameters hidden" in str(error.value)


PRICE = Hot(
    select(variants.c.price, variants.c.stock, variants.c.sku).where(
        variants.c.sku == bindparam("one"), variants.c.price > 100
    )
)

STREET = "1 Street"
NOTHING = Hot(select(literal_column("no_such")).where(variants.c.sku == bindparam("one")))


def test_a_look_reads_what_was_written_last(db: Database) -> None:
    assert db.look(PRICE, {"one": "MUG-BLUE"}) == [(1200, 10, "MUG-BLUE")]
    with db.write() as connection:
        take(connection, "MUG-BLUE")
    assert db.look(PRICE, {"one": "MUG-BLUE"}) == [(1200, 9, "MUG-BLUE")]
    assert db.look(PRICE, {"one": "' OR 1 --"}) == []


def test_a_look_that_fails_says_what_a_read_says(db: Database, caplog: pytest.LogCaptureFixture) -> None:
    told = []
    for ask in (lambda: db.look(NOTHING, {"one": STREET}), lambda: _read(db)):
        caplog.clear()
        with pytest.raises((Unavailable, DBAPIError)) as error:
            ask()
        told.append((type(error.value), caplog.messages))
        assert STREET not in str(error.value) + caplog.text
    assert told[0] == told[1]


def _read(db: Database) -> None:
    with db.read() as connection:
        NOTHING.all(connection, {"one": STREET})


@only_sqlite
def test_a_look_at_a_file_that_cannot_be_opened_says_what_a_read_says(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "none").mkdir()
    (tmp_path / "other").write_text("no database" * 100)
    said = []
    for file in ("none", "other"):
        db = Database(f"sqlite:///{tmp_path / file}")
        for ask in (partial(db.look, PRICE, {"one": STREET}), partial(_read, db)):
            with pytest.raises(Unavailable):
                ask()
            said += caplog.messages
            caplog.clear()
    none, other = "unable to open database file", "file is not a database"
    assert said == [f"The database did not answer: {why}" for why in (none, none, other, other)]


@only_sqlite
def test_a_look_gives_its_connection_back(db: Database) -> None:
    """Though it fails."""
    for _each in range(50):
        db.look(PRICE, {"one": "MUG-BLUE"})
        with pytest.raises(Unavailable):
            db.look(NOTHING, {"one": "MUG-BLUE"})
    assert db.engine.pool.checkedout() == 0  # type: ignore[attr-defined]  # a QueuePool


@only_postgresql
def test_a_look_is_asked_of_postgresql_without_a_transaction(db: Database) -> None:
    """There `now()` is when the transaction began: the statement, if it is alone. The control: a read."""
    is_alone = Hot(select(literal_column("now() = statement_timestamp()").label("alone")))
    for _each in range(3):  # on a connection that is there already, too
        assert db.look(is_alone, {})[0].alone
    with db.read() as connection:
        connection.execute(text("SELECT 1"))
        assert not is_alone.all(connection, {})[0].alone


def test_a_write_is_all_or_nothing(db: Database) -> None:
    def half() -> None:
        with db.write() as connection:
            take(connection, "MUG-BLUE")
            assert connection.execute(select(variants.c.stock)).first() is not None
            raise KeyError("a bug")

    with pytest.raises(KeyError):
        half()
    assert stock(db) == 10

    with db.write() as connection:
        take(connection, "MUG-BLUE")
    assert stock(db) == 9


def test_a_write_is_not_seen_before_it_is_done(db: Database) -> None:
    with db.write() as connection:
        take(connection, "MUG-BLUE")
        assert stock(db) == 10  # and whoever reads need not wait
    assert stock(db) == 9


def test_what_a_row_refers_to_must_exist(db: Database) -> None:
    line = {"cart": "nobody", "sku": "MUG-BLUE", "quantity": 1, "added_at": NOW}
    with pytest.raises(IntegrityError), db.write() as connection:
        connection.execute(insert(cart_lines).values(**line))


def test_moments_come_back_in_utc(db: Database) -> None:
    in_kathmandu = NOW.astimezone(timezone(timedelta(hours=5, minutes=45)))
    with db.write() as connection:
        connection.execute(insert(carts).values(id="cart", created_at=in_kathmandu, changed_at=NOW))
        (moments,) = connection.execute(select(carts.c.created_at, carts.c.changed_at))
    assert [moment.isoformat() for moment in moments] == ["2026-03-05T14:00:00+00:00"] * 2


def test_a_second_writer_waits_for_the_first(db: Database) -> None:
    said: list[str] = []
    begins = Event()

    def second() -> None:
        begins.set()
        with db.write() as connection:
            take(connection, "MUG-BLUE")
            said.append("second")

    thread = Thread(target=second)
    with db.write() as connection:
        take(connection, "MUG-BLUE")
        thread.start()
        begins.wait()
        time.sleep(0.3)  # enough for a second writer that does not wait
        said.append("first")
    thread.join()
    assert said == ["first", "second"]
    assert stock(db) == 8


def test_who_waits_for_too_long_is_told_that_the_shop_is_busy(db: Database, impatient: Database) -> None:
    with db.write() as connection:
        take(connection, "MUG-BLUE")
        with pytest.raises(Unavailable) as refusal, impatient.write() as other:
            take(other, "MUG-BLUE")
    assert refusal.type is Unavailable
    assert refusal.value.message == "The shop is very busy. Please try again in a moment."
    assert stock(db) == 9


@only_sqlite
def test_sqlite_takes_the_write_lock_before_the_first_statement(db: Database, database_url: str) -> None:
    other = sqlite3.connect(database_url.removeprefix("sqlite:///"), timeout=0, isolation_level=None)
    with db.write():
        with pytest.raises(sqlite3.OperationalError, match="database is locked"):
            other.execute("BEGIN IMMEDIATE")
        assert other.execute("SELECT stock FROM variants WHERE sku = 'MUG-BLUE'").fetchone() == (10,)
    with db.read():
        other.execute("BEGIN IMMEDIATE")  # a reader keeps nobody from writing
        other.execute("ROLLBACK")
    other.close()


@only_sqlite
def test_who_does_not_wait_is_told_at_once_and_the_next_one_waits_again(
    db: Database, caplog: pytest.LogCaptureFixture
) -> None:
    def patience() -> int:
        with db.read() as connection:
            return int(connection.exec_driver_sql("PRAGMA busy_timeout").scalar_one())

    for _again in range(2):
        with db.write() as holder:
            take(holder, "MUG-BLUE")
            with pytest.raises(Unavailable), db.write(waits=False) as other:
                take(other, "MUG-BLUE")
        assert patience() == 5000
        with db.write(waits=False) as connection:
            take(connection, "MUG-BLUE")
        assert patience() == 5000
    assert stock(db) == 6
    assert caplog.records == []


@only_sqlite
def test_who_has_waited_in_line_waits_so_much_less_for_another_process(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that nobody waits twice as long as is promised."""
    asked: list[str] = []
    event.listen(db.engine, "before_cursor_execute", lambda *sent: asked.append(sent[2]))

    def waited(seconds: float) -> list[str]:
        asked.clear()
        moments = iter([100.0, 100.0 + seconds, *[200.0] * 9])
        with monkeypatch.context() as patched:
            patched.setattr(engine, "monotonic", lambda: next(moments))
            with db.write():
                pass
        return asked

    usual = "PRAGMA busy_timeout = 5000"
    assert waited(0.1) == ["BEGIN IMMEDIATE"]
    assert waited(3.5) == ["PRAGMA busy_timeout = 1500", "BEGIN IMMEDIATE", usual]
    assert waited(6.0) == ["PRAGMA busy_timeout = 0", "BEGIN IMMEDIATE", usual]


@only_sqlite
def test_twelve_that_read_before_they_write_lose_nothing(db: Database) -> None:
    def count_up(_number: int) -> None:
        with db.write() as connection:
            before = connection.execute(
                select(variants.c.stock).where(variants.c.sku == "MUG-BLUE")
            ).scalar_one()
            connection.execute(update(variants).where(variants.c.sku == "MUG-BLUE").values(stock=before + 1))

    assert at_once(12, count_up) == [None] * 12
    assert stock(db) == 22


@only_sqlite
def test_sqlite_survives_a_power_cut_and_checks_references(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    of_the_shop = inspect.unwrap(engine._prepare_sqlite)
    monkeypatch.setattr(engine, "_prepare_sqlite", of_the_shop)
    database = Database(database_url)
    with database.read() as connection:
        pragmas = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar_one()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
    database.engine.dispose()
    assert pragmas == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 5000}


@only_postgresql
def test_postgresql_never_waits_for_ever(db: Database) -> None:
    with db.read() as connection:
        shown = [
            connection.execute(text(f"SHOW {name}")).scalar_one()
            for name in ("lock_timeout", "statement_timeout", "TimeZone")
        ]
    assert shown == ["5s", "10s", "UTC"]


@only_postgresql
def test_a_deadlock_is_resolved_by_running_the_loser_again(db: Database) -> None:
    both_have_one, one_is_done = Barrier(2), Event()
    tries: list[str] = []

    @again_if_contended
    def buy(first: str, second: str) -> None:
        if first in tries:
            one_is_done.wait(timeout=30)  # else it might take the same row again and lose again
        with db.write() as connection:
            take(connection, first)
            tries.append(first)
            if tries.count(first) == 1:
                both_have_one.wait()
            take(connection, second)
        one_is_done.set()

    skus = ("MUG-BLUE", "BOWL-S")
    assert at_once(2, lambda n: buy(skus[n], skus[1 - n])) == [None, None]
    assert len(tries) == 3
    assert (stock(db, "MUG-BLUE"), stock(db, "BOWL-S")) == (8, 3)


@pytest.mark.parametrize(("kind", "times"), [(Contended, 3), (Unavailable, 1), (KeyError, 1)])
def test_only_what_lost_against_another_is_run_again_and_not_for_ever(
    kind: type[Exception], times: int
) -> None:
    tries: list[int] = []

    @again_if_contended
    def fail() -> None:
        tries.append(1)
        raise kind("no")

    with pytest.raises(kind):
        fail()
    assert len(tries) == times


@only_postgresql
def test_the_scheme_that_platforms_write_is_understood(database_url: str) -> None:
    scheme, rest = database_url.split("://")
    assert scheme == "postgresql"
    db = Database(f"postgres://{rest}")
    assert (answers(db), db.is_embedded) == (True, False)
    db.engine.dispose()


def test_a_database_that_does_not_answer_is_unavailable(tmp_path: Path) -> None:
    for url in (f"sqlite:///{tmp_path}", "postgresql://shop@127.0.0.1:1/shop"):  # a folder; a closed port
        db = Database(url)
        assert not answers(db)
        with pytest.raises(Unavailable), db.write():
            pass
        db.engine.dispose()


def test_the_folder_of_an_sqlite_file_is_made(tmp_path: Path) -> None:
    db = Database(f"sqlite:///{tmp_path}/new/folder/shop.sqlite3")
    assert (answers(db), db.is_embedded) == (True, True)
    db.engine.dispose()
