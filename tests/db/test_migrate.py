"""Who migrates, who only looks, and what becomes of both when others are at work on the same database."""

import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import inspect, select, text

from tests.conftest import DATA, both_databases, empty_postgresql, make_config, only_postgresql, only_sqlite
from tests.keys import OF_MODE
from tests.serving.probes import wait_until
from webshop.db import engine, migrate
from webshop.db.columns import metadata
from webshop.db.engine import Database
from webshop.db.tables import orders, products, variants
from webshop.db.trouble import told
from webshop.errors import Unavailable
from webshop.settings.model import ROOT

pytestmark = both_databases

NEXT = '''"""A migration of the tests."""

from alembic import op

revision = "9990"
down_revision = "{head}"


def upgrade() -> None:
    op.execute("{statement}")
'''


@pytest.fixture
def next_migration(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Callable[[str], None]]:
    """Gives the program one more migration, of this statement."""

    def add(statement: str) -> None:
        scripts = tmp_path / "migrations"
        shutil.copytree(migrate.SCRIPTS, scripts, ignore=shutil.ignore_patterns("__pycache__"))
        script = NEXT.format(head=migrate._known()[-1], statement=statement)
        (scripts / "versions" / "9990_next.py").write_text(script)
        monkeypatch.setattr(migrate, "SCRIPTS", scripts)
        migrate._known.cache_clear()

    yield add
    migrate._known.cache_clear()


@pytest.fixture
def quiet(db: Database) -> Database:
    db.logs = False
    return db


def revision(db: Database) -> str:
    with db.read() as connection:
        return str(connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one())


def set_revision(db: Database, to: str) -> None:
    with db.write() as connection:
        connection.execute(text(f"UPDATE alembic_version SET version_num = '{to}'"))


# Time and locks


@only_postgresql
def test_a_migration_may_take_longer_than_any_other_statement(
    database_url: str, monkeypatch: pytest.MonkeyPatch, next_migration: Callable[[str], None]
) -> None:
    monkeypatch.setattr(engine, "STATEMENT_SECONDS", 1)
    db = Database(database_url)
    db.logs = False
    with pytest.raises(Unavailable), db.write() as connection:  # the control
        connection.execute(text("SELECT pg_sleep(1.5)"))
    next_migration("SELECT pg_sleep(1.5)")
    migrate.migrate(db)
    assert revision(db) == "9990"
    with pytest.raises(Unavailable), db.write() as connection:  # and again for all others
        connection.execute(text("SELECT pg_sleep(1.5)"))
    db.engine.dispose()


@contextmanager
def held(db: Database, *statements: str) -> Iterator[None]:
    """Somebody else has a transaction of these statements under way."""
    with db.engine.connect() as connection, connection.begin():
        for statement in statements:
            connection.execute(text(statement))
        yield


AS_PG_DUMP = "LOCK TABLE orders IN ACCESS SHARE MODE"


@pytest.fixture
def tries(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """One for each time that it was tried to migrate, with short patience."""
    done: list[int] = []
    once = migrate._migrate

    def counted(*given: Any) -> None:
        done.append(1)
        once(*given)

    monkeypatch.setattr(migrate, "_migrate", counted)
    monkeypatch.setattr(migrate, "BETWEEN_TRIES", 0.3)
    monkeypatch.setattr(migrate, "LOCK_SECONDS", 1)
    return done


@only_postgresql
def test_tables_that_somebody_holds_are_tried_three_times(
    quiet: Database,
    tries: list[int],
    next_migration: Callable[[str], None],
    tmp_path: Path,
    database_url: str,
) -> None:
    next_migration("ALTER TABLE orders ADD COLUMN gift TEXT")
    with held(quiet, AS_PG_DUMP), pytest.raises(Unavailable) as error:
        migrate.migrate(quiet)
    assert len(tries) == 3
    assert revision(quiet) != "9990"
    assert told(error.value, make_config(tmp_path, database_url=database_url)) == (
        "DATABASE_URL: somebody holds a lock on its tables, such as a backup that is being made; try again "
        "when that is done"
    )


@only_postgresql
def test_tables_that_somebody_held_are_migrated(
    quiet: Database, tries: list[int], next_migration: Callable[[str], None]
) -> None:
    next_migration("ALTER TABLE orders ADD COLUMN gift TEXT")
    migrating = threading.Thread(target=migrate.migrate, args=(quiet,))
    with held(quiet, AS_PG_DUMP):
        migrating.start()
        while not tries:
            time.sleep(0.05)
    migrating.join(60)
    assert revision(quiet) == "9990"


@only_sqlite
def test_a_file_that_somebody_writes_to_is_tried_three_times(
    database_url: str, monkeypatch: pytest.MonkeyPatch, tries: list[int]
) -> None:
    monkeypatch.setattr(engine, "LOCK_SECONDS", 0)
    db = Database(database_url)
    db.logs = False
    with held(db, "UPDATE variants SET stock = 1"), pytest.raises(Unavailable):
        migrate.migrate(db)
    assert len(tries) == 3
    db.engine.dispose()


@only_postgresql
def test_another_release_is_waited_for_however_long_it_takes(
    quiet: Database, tries: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    def one_while_the_other(works: Callable[[], None]) -> None:
        migrating = threading.Thread(target=migrate.migrate, args=(quiet,))
        with held(quiet, "SELECT pg_advisory_xact_lock(20261123)"):
            migrating.start()
            works()
        migrating.join(60)

    one_while_the_other(lambda: time.sleep(1.5))  # longer than a lock is waited for
    assert tries == [1]

    monkeypatch.setattr(migrate, "ANOTHER_RELEASE", "1s")  # the control
    tries.clear()
    one_while_the_other(lambda: wait_until(lambda: len(tries) > 1))


@pytest.mark.slow
def test_two_releases_at_once_make_one_shop(
    request: pytest.FixtureRequest, db: Database, tmp_path: Path
) -> None:
    """Real processes, on a database without tables."""
    if db.is_embedded:
        url = f"sqlite:///{tmp_path}/new.sqlite3"
    else:
        url = empty_postgresql(request.getfixturevalue("postgresql"), "released_twice")
    release = [sys.executable, "-m", "webshop", "release"]
    environment = {
        **OF_MODE["test"],
        "PATH": os.environ["PATH"],
        "DATABASE_URL": url,
        "DATA_DIR": str(tmp_path),
        "SHOP_FILE": str(DATA / "shop.toml"),
        "CATALOG_FILE": str(DATA / "catalog.toml"),
    }
    running = [
        subprocess.Popen(
            release, env=environment, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        for _each in range(2)
    ]
    told = [process.communicate(timeout=120) for process in running]
    assert [process.returncode for process in running] == [0, 0], told
    new = Database(url)
    with new.read() as connection:
        own = [name for name in inspect(connection).get_table_names() if not name.startswith("search_index")]
        assert len(own) == len(metadata.tables) + 1
        assert len(connection.execute(select(products.c.slug)).all()) == 4
        assert len(connection.execute(select(variants.c.sku)).all()) == 6
        assert connection.execute(text("SELECT id, mode FROM modes")).all() == [(1, "test")]
        assert connection.execute(text("SELECT count(*) FROM alembic_version")).scalar_one() == 1
    assert migrate.is_current(new)
    new.engine.dispose()


# Older and newer


@pytest.fixture
def newer(db: Database) -> Database:
    """As a later release leaves it: a revision that nobody here knows, a column more, a table more."""
    set_revision(db, "9999")
    with db.write() as connection:
        connection.execute(text("ALTER TABLE orders ADD COLUMN gift VARCHAR(20)"))
        connection.execute(text("ALTER TABLE products ADD COLUMN grade VARCHAR(20) NOT NULL DEFAULT ''"))
        connection.execute(text("CREATE TABLE gifts (id INTEGER PRIMARY KEY)"))
    return db


SELLING = [
    ("orders", "list"),
    ("orders", "export"),
    ("alarms",),
    ("limits",),
    ("catalog", "stock", "MUG-BLUE", "7"),
    ("catalog", "load"),
]
COMMANDS = [*SELLING, ("personal-data", "ada@example.com"), ("forget", "ada@example.com")]
NEWER = (
    "The database is of a newer release (revision 9999): it has all that this one needs, and is left alone"
)


def test_a_newer_release_is_accepted_with_a_line_in_the_log(
    said: Any, newer: Database, caplog: pytest.LogCaptureFixture
) -> None:
    assert migrate.is_current(newer)
    for command in (("release",), *SELLING):
        caplog.clear()
        code, _out, err = said(*command)
        assert code == 0, (command, err)
        assert [record.getMessage() for record in caplog.records] == [NEWER], command
    assert revision(newer) == "9999"
    with newer.read() as connection:
        assert "gifts" in inspect(connection).get_table_names()
        assert len(connection.execute(select(products.c.slug)).all()) == 4


def test_the_release_before_loads_its_own_catalogue(said: Any, newer: Database, shop_folder: Path) -> None:
    """A way back takes what was sold along."""
    catalog = shop_folder / "catalog.toml"
    catalog.write_text(catalog.read_text().replace("price = 12.00", "price = 11.00"))
    assert said("release")[0] == 0
    with newer.read() as connection:
        price = select(variants.c.price).where(variants.c.sku == "MUG-BLUE")
        assert connection.execute(price).scalar_one() == 1100


@pytest.mark.parametrize("done", ["0001", "0008"])
def test_commands_look_at_the_tables_and_change_none(said: Any, db: Database, done: str) -> None:
    set_revision(db, done)
    assert not migrate.is_current(db)
    sentence = "DATABASE_URL: its tables are not of this version; run python -m webshop release"
    for command in COMMANDS:
        assert said(*command) == (2, [], [sentence]), command
    assert revision(db) == done


def test_a_database_without_tables_is_for_the_release(said: Any, db: Database) -> None:
    with db.write() as connection:
        metadata.drop_all(connection)
        connection.execute(text("DROP TABLE alembic_version"))
    sentence = "DATABASE_URL: its tables are not of this version; run python -m webshop release"
    for command in COMMANDS:
        assert said(*command) == (2, [], [sentence]), command
    with db.read() as connection:
        assert inspect(connection).get_table_names() == []
    assert said("release")[0] == said("orders", "list")[0] == 0
    with db.read() as connection:
        assert connection.execute(select(orders.c.number)).all() == []


@only_sqlite
def test_on_a_new_machine_commands_make_no_file(
    said: Any, shop_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATA_DIR", str(shop_folder / "new"))
    monkeypatch.setenv("DATABASE_URL", "")
    sentence = "DATABASE_URL: there is no database yet; run python -m webshop release"
    for command in COMMANDS:
        assert said(*command) == (2, [], [sentence]), command
    assert [path.name for path in (shop_folder / "new").iterdir()] == ["secret_key"]
    assert said("release")[0] == said("catalog", "stock", "MUG-BLUE", "7")[0] == 0


def test_the_tables_of_another_program_are_left_alone(said: Any, db: Database) -> None:
    """One with migrations of its own, and one without; the release names both."""
    with db.write() as connection:
        metadata.drop_all(connection)
        connection.execute(text("UPDATE alembic_version SET version_num = 'a1b2c3'"))
    sentence = "DATABASE_URL: its tables are another program's (revision a1b2c3); name another database"
    for command in ("release", "serve", "worker", "orders list"):
        assert said(*command.split()) == (2, [], [sentence]), command
    with db.write() as connection:
        connection.execute(text("DROP TABLE alembic_version"))
        connection.execute(text("CREATE TABLE orders (id INTEGER PRIMARY KEY)"))
    sentence = "there are tables of another program, or a part of a shop's; name an empty database"
    assert said("release") == (1, [], [f"DATABASE_URL: {sentence}"])
    with db.read() as connection:
        assert inspect(connection).get_table_names() == ["orders"]
