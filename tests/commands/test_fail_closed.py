"""A shop opens on no other shop's database, and a shop for real money not without what it needs.

Each refusal is one sentence, said before the port is bound.
"""

import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from alembic.command import upgrade
from sqlalchemy import select

from tests.conftest import both_databases
from tests.keys import LIVE_KEYS, OF_MODE
from webshop.commands import serve
from webshop.db import migrate, modes
from webshop.db.columns import metadata
from webshop.db.engine import Database
from webshop.settings.mode import ShopMode
from webshop.settings.model import ROOT

# Both modes, and what to do: forward there is a way, backward there is none.
ANOTHER_SHOPS = {
    ("sandbox", "test"): "DATABASE_URL: the database is of sandbox mode, but Stripe's keys are of test mode; "
    "set another DATABASE_URL or DATA_DIR, or take this one forward with python -m webshop go-live",
    ("sandbox", "live"): "DATABASE_URL: the database is of sandbox mode, but Stripe's keys are of live mode; "
    "set another DATABASE_URL or DATA_DIR, or take this one forward with python -m webshop go-live",
    ("test", "live"): "DATABASE_URL: the database is of test mode, but Stripe's keys are of live mode; "
    "set another DATABASE_URL or DATA_DIR, or take this one forward with python -m webshop go-live",
    (
        "test",
        "sandbox",
    ): "DATABASE_URL: the database is of test mode, but without Stripe's keys the shop is in "
    "sandbox mode; set Stripe's test keys, or another DATABASE_URL or DATA_DIR",
    (
        "live",
        "sandbox",
    ): "DATABASE_URL: the database is of live mode, but without Stripe's keys the shop is in "
    "sandbox mode; set Stripe's live keys, or another DATABASE_URL or DATA_DIR",
    ("live", "test"): "DATABASE_URL: the database is of live mode, but Stripe's keys are of test mode; "
    "set Stripe's live keys, or another DATABASE_URL or DATA_DIR",
}
LOST_KEYS = (
    "STRIPE_SECRET_KEY, STRIPE_PUBLISHABLE_KEY, STRIPE_WEBHOOK_SECRET: missing, but {seen}, as of a shop "
    "that takes real money; set all three, or DEMO=1 for a shop that pays against its own sandbox"
)
# The environment of a shop for real money, with something wrong; and the sentence.
UNFIT: dict[str, tuple[dict[str, str], str]] = {
    "no keys, https": (
        {"PUBLIC_URL": "https://shop.example"},
        LOST_KEYS.format(seen="PUBLIC_URL is https"),
    ),
    "no keys, PostgreSQL": (
        {"DATABASE_URL": "postgresql://shop@127.0.0.1:1/shop"},
        LOST_KEYS.format(seen="DATABASE_URL is PostgreSQL"),
    ),
    "no keys, a mail server": (
        {"SMTP_URL": "smtp://user:password@mail.example:587"},
        LOST_KEYS.format(seen="SMTP_URL is another machine"),
    ),
    "no keys at all": (
        {
            "PUBLIC_URL": "https://shop.example",
            "DATABASE_URL": "postgres://shop@127.0.0.1:1/shop",
            "SMTP_URL": "smtp://mail.example",
        },
        LOST_KEYS.format(
            seen="PUBLIC_URL is https and DATABASE_URL is PostgreSQL and SMTP_URL is another machine"
        ),
    ),
    "plain http": (
        {**LIVE_KEYS, "PUBLIC_URL": "http://shop.example"},
        "PUBLIC_URL: must start with https:// when Stripe's keys are live",
    ),
    "a disk that is wiped": (
        {**LIVE_KEYS, "DYNO": "web.1"},
        "DATABASE_URL: is not PostgreSQL, on a platform that wipes its disk at each restart: paid orders "
        "would be lost; set it, or SQLITE_IS_KEPT=1 if the SQLite file is on a disk that stays",
    ),
    "a demo nowhere": (
        {"DYNO": "web.1"},
        "PUBLIC_URL: missing, and this platform does not say where the shop is, so the demo's checkout would "
        "lead nowhere; set it to what visitors see, such as https://shop.example, and DEMO=1",
    ),
    "no secret keys": (
        {**LIVE_KEYS, "SECRET_KEYS": ""},
        "SECRET_KEYS: missing; make one with python -c 'import secrets; print(secrets.token_hex())'",
    ),
}


@pytest.fixture
def bound(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The ports that were to be opened, which they are not: nobody serves there."""
    ports: list[int] = []
    monkeypatch.setattr(serve, "open_door", lambda _host, port: ports.append(port))
    monkeypatch.setattr(serve, "take_requests", lambda *_args: None)
    return ports


@pytest.fixture
def environment(shop_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Sets the variables that belong to these."""

    def set_all(given: dict[str, str]) -> None:
        monkeypatch.delenv("DEMO")
        for name, value in given.items():
            monkeypatch.setenv(name, value)

    return set_all


def remember(db: Database, mode: str) -> None:
    with db.write() as connection:
        modes.claim(connection, ShopMode(mode))


def contents(db: Database) -> list[Any]:
    with db.read() as connection:
        return [connection.execute(select(table)).all() for table in metadata.sorted_tables]


@pytest.mark.parametrize("command", ["serve", "worker", "release"])
@pytest.mark.parametrize(("given", "sentence"), UNFIT.values(), ids=UNFIT.keys())
def test_a_shop_for_real_money_does_not_open_with(
    said: Any, environment: Any, bound: list[int], given: dict[str, str], sentence: str, command: str
) -> None:
    environment(given)
    assert said(command) == (2, [], [sentence])
    assert bound == []


ORDER = ["K7QM-2XTD"]
COMMANDS = [
    ["serve"],
    ["worker"],
    ["release"],
    ["catalog", "load"],
    ["catalog", "stock", "MUG-BLUE", "7"],
    ["orders", "list"],
    ["orders", "show", *ORDER],
    ["orders", "ship", *ORDER, "--carrier", "DHL", "--tracking", "1"],
    ["orders", "refund", *ORDER],
    ["orders", "export"],
    ["alarms", "--clear", "the shop"],
]


@both_databases
@pytest.mark.parametrize(("theirs", "ours"), ANOTHER_SHOPS, ids=lambda mode: mode)
def test_on_the_database_of_another_mode_nothing_starts(
    said: Any, environment: Any, bound: list[int], db: Database, theirs: str, ours: str
) -> None:
    remember(db, theirs)
    before = contents(db)
    environment(OF_MODE[ours])
    for command in COMMANDS:
        assert said(*command) == (2, [], [ANOTHER_SHOPS[theirs, ours]]), command
    assert (contents(db), bound) == (before, [])


@both_databases
@pytest.mark.parametrize("mode", OF_MODE)
def test_on_its_own_database_the_shop_opens(
    said: Any, environment: Any, bound: list[int], db: Database, mode: str
) -> None:
    """The control: the tests above would notice a port that is bound."""
    remember(db, mode)
    environment({**OF_MODE[mode], "PORT": "8123"})
    assert said("release")[0] == said("orders", "list")[0] == said("serve")[0] == 0
    assert bound == [8123]


@both_databases
@pytest.mark.parametrize("processes", [pytest.param("1", marks=pytest.mark.slow), "2"])
def test_a_real_process_says_so_and_ends(
    db: Database, shop_folder: Path, database_url: str, processes: str
) -> None:
    remember(db, "sandbox")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        environment = {
            **OF_MODE["live"],
            "PATH": os.environ["PATH"],
            "PORT": str(taken.getsockname()[1]),  # binding it would fail, and say so
            "WEB_CONCURRENCY": processes,
            "DATA_DIR": str(shop_folder),
            "DATABASE_URL": database_url,
        }
        serve = [sys.executable, "-m", "webshop", "serve"]
        done = subprocess.run(serve, env=environment, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.splitlines() == [ANOTHER_SHOPS["sandbox", "live"]]


@both_databases
def test_a_new_database_is_of_the_mode_in_which_it_is_released(
    said: Any, environment: Any, db: Database
) -> None:
    environment(OF_MODE["test"])
    assert said("release")[0] == 0
    with db.read() as connection:
        assert modes.current(connection) == "test"


# go-live


@both_databases
@pytest.mark.parametrize(("before", "mode"), [("sandbox", "test"), ("sandbox", "live"), ("test", "live")])
def test_going_forward_opens_the_database(
    said: Any, environment: Any, db: Database, before: str, mode: str
) -> None:
    remember(db, before)
    environment(OF_MODE[mode])
    assert said("orders", "list")[0] == 2
    assert said("go-live") == (
        0,
        [
            f"The database was of {before} mode and is of {mode} mode now. Catalogue and carts are kept.",
            f"Orders set apart: 0; python -m webshop orders list --mode {before} shows them.",
            "Of these, expired: 0, failed: 0; what they held can be bought again.",
            "Closed: attempts to pay 0, refunds 0, mails 0, alarms 0.",
        ],
        [],
    )
    assert said("orders", "list") == (0, ["There is no such order."], [])
    assert said("go-live") == (0, [f"The database is of {mode} mode already."], [])


@both_databases
def test_going_forward_takes_older_tables_along(said: Any, environment: Any, db: Database) -> None:
    """A release with live keys is refused a test shop's database, older or not: this is the one way."""
    with db.write() as connection:
        metadata.drop_all(connection)
        connection.exec_driver_sql("DROP TABLE alembic_version")
        config = migrate._config()
        config.attributes["connection"] = connection
        upgrade(config, "0008")
    remember(db, "test")
    environment(OF_MODE["live"])
    assert said("release") == (2, [], [ANOTHER_SHOPS["test", "live"]])
    assert said("go-live")[0] == said("release")[0] == said("orders", "list")[0] == 0


@both_databases
@pytest.mark.parametrize(("theirs", "ours"), [("test", "sandbox"), ("live", "sandbox"), ("live", "test")])
def test_there_is_no_way_back(said: Any, environment: Any, db: Database, theirs: str, ours: str) -> None:
    remember(db, theirs)
    before = contents(db)
    environment(OF_MODE[ours])
    assert said("go-live") == (2, [], [ANOTHER_SHOPS[theirs, ours]])
    assert contents(db) == before
