"""The database remembers whose money is taken with it, from the first start on."""

import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from threading import Barrier

import pytest
from alembic import command
from sqlalchemy import Connection, select, text

from tests.conftest import both_databases, only_postgresql
from tests.keys import KEY
from tests.till import at_once
from webshop.db import modes
from webshop.db.columns import metadata
from webshop.db.engine import Database, moment_of
from webshop.db.migrate import _config, migrate
from webshop.db.tables.counters import modes as rows
from webshop.db.upsert import insert as upsert
from webshop.settings.mode import ShopMode
from webshop.settings.model import ROOT, SettingsError

pytestmark = both_databases

NOW = datetime(2026, 11, 3, 12, 0, tzinfo=UTC)
MANY = 9  # connections, of which a PostgreSQL pool has ten


def remembered(db: Database) -> list[str]:
    with db.read() as connection:
        return list(connection.execute(select(rows.c.mode).order_by(rows.c.id)).scalars())


def claim(db: Database, mode: ShopMode) -> None:
    with db.write(NOW) as connection:
        modes.claim(connection, mode)


def test_only_what_lies_ahead_may_follow() -> None:
    ways = [(here, there) for here in ShopMode for there in ShopMode if here.may_become(there)]
    assert ways == [("sandbox", "test"), ("sandbox", "live"), ("test", "live")]


@pytest.mark.parametrize("mode", ShopMode)
def test_the_first_start_decides(db: Database, mode: ShopMode) -> None:
    with db.read() as connection:
        assert modes.current(connection) is None
    for _start in range(2):
        claim(db, mode)
    with db.read() as connection:
        assert connection.execute(select(rows)).all() == [(1, mode, NOW)]
    for other in set(ShopMode) - {mode}:
        with pytest.raises(SettingsError):
            claim(db, other)
    assert remembered(db) == [mode]


def many_first_starts(db: Database) -> list[None | Exception]:
    """At the same moment, and each third in another mode."""
    start = Barrier(MANY, timeout=60)

    def first_start(number: int) -> None:
        start.wait()
        claim(db, list(ShopMode)[number % 3])

    return at_once(MANY, first_start)


def test_of_many_first_starts_at_once_one_decides_for_all(db: Database) -> None:
    results = many_first_starts(db)
    [mode] = remembered(db)
    assert [type(result) for result in results] == [
        type(None) if list(ShopMode)[number % 3] == mode else SettingsError for number in range(MANY)
    ]


@only_postgresql
def test_who_looks_first_and_writes_afterwards_may_decide_twice(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: the test above would notice. SQLite has one writer at a time, and would not."""
    all_have_looked = Barrier(MANY, timeout=60)

    def claim_carelessly(connection: Connection, mode: ShopMode) -> None:
        found = modes.current(connection)
        all_have_looked.wait()
        if found is None:
            row = {"id": list(ShopMode).index(mode) + 1, "mode": mode, "since": moment_of(connection)}
            connection.execute(upsert(connection, rows).values(**row).on_conflict_do_nothing())

    monkeypatch.setattr(modes, "claim", claim_carelessly)
    assert many_first_starts(db) == [None] * MANY
    assert remembered(db) == ["sandbox", "test", "live"]


@pytest.mark.slow
def test_processes_that_start_at_once_agree(db: Database, database_url: str, tmp_path: Path) -> None:
    environment = {
        "PATH": os.environ["PATH"],
        "DATABASE_URL": database_url,
        "DATA_DIR": str(tmp_path),
        "SECRET_KEYS": KEY,
        "PUBLIC_URL": "http://127.0.0.1:8000",
    }
    keys = {
        "STRIPE_SECRET_KEY": "sk_test_1",
        "STRIPE_PUBLISHABLE_KEY": "pk_test_1",
        "STRIPE_WEBHOOK_SECRET": "whsec_1",
    }
    release = [sys.executable, "-m", "webshop", "release"]
    running = [
        subprocess.Popen(
            release,
            env={**environment, **({"DEMO": "1"} if number % 2 else keys)},
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        for number in range(4)
    ]
    told = [process.communicate(timeout=120)[1] for process in running]
    [mode] = remembered(db)
    for number, process in enumerate(running):
        theirs = "sandbox" if number % 2 else "test"
        assert process.returncode == (0 if theirs == mode else 2), told
        assert f"DATABASE_URL: the database is of {mode} mode, but " in told[number] or theirs == mode


# Databases that were there before


def before(db: Database, session: str) -> None:
    """As the release before has left it, with an attempt to pay that has this session."""
    with db.write() as connection:
        metadata.drop_all(connection)
        connection.execute(text("DROP TABLE alembic_version"))
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, "0003")
        connection.execute(
            text(
                """INSERT INTO orders (number, cart, state, email, name, line1, line2, postal_code, city,
                country, language, currency, shipping_title, shipping, total, refunded, placed_at, expires_at)
                VALUES ('K7QM-2XTD', 'c', 'paid', 'ada@example.com', 'Ada', '1', '', '10115', 'Berlin', 'DE',
                'en', 'EUR', 'Parcel', 490, 1690, 0, '2026-01-01 00:00:00', '2026-01-01 00:30:00')"""
            )
        )
        connection.execute(
            text(
                f"""INSERT INTO payments (order_number, attempt, idempotency_key, ui_mode, status, session,
                amount, currency, created_at, expires_at, looks)
                VALUES ('K7QM-2XTD', 1, 'k', 'hosted_page', 'paid', '{session}', 1690, 'EUR',
                '2026-01-01 00:00:00', '2026-01-01 00:30:00', 0)"""
            )
        )


@pytest.mark.parametrize(
    ("session", "mode", "remembers"),
    [
        ("cs_live_1", "live", "live"),
        ("cs_test_1", "sandbox", "sandbox"),
        ("cs_test_1", "test", "test"),
    ],
)
def test_a_database_from_before_is_taken_by_a_shop_like_its_own(
    db: Database, session: str, mode: str, remembers: str
) -> None:
    before(db, session)
    migrate(db, ShopMode(mode))
    assert remembered(db) == [remembers]


@pytest.mark.parametrize(
    ("session", "mode", "theirs"),
    [
        ("cs_live_1", "sandbox", "live"),
        ("cs_live_1", "test", "live"),
        ("cs_test_1", "live", "test"),  # or of a sandbox: who knows; in any case no live shop's
    ],
)
def test_a_database_from_before_that_belongs_to_another_shop_stays_as_it_is(
    db: Database, session: str, mode: str, theirs: str
) -> None:
    before(db, session)
    with pytest.raises(SettingsError, match=f"the database is of {theirs} mode, but "):
        migrate(db, ShopMode(mode))
    with db.read() as connection:
        assert connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one() == "0003"
