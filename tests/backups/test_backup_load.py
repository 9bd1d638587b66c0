"""A backup that is taken while people buy, and the way back from it: the laws say whether the books agree.

make slow     runs these tests
"""

import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import httpx2
import pytest
from sqlalchemy import text

from tests.backups.way_back import new_address
from tests.conftest import both_databases, make_config, only_sqlite
from tests.evidence import Evidence, count_pieces, read_evidence
from tests.keys import KEY
from tests.laws import Known, Violation, judge
from tests.shopper import Shopper
from tests.siege.premises import Premises, premises
from webshop.alarms import queries as alarms
from webshop.backups import books
from webshop.backups.copies.keep import Rule
from webshop.backups.copies.places import open_place
from webshop.backups.reopen import reopen
from webshop.backups.restore import restore
from webshop.backups.take import take
from webshop.db.engine import Database
from webshop.payments.client import Payments
from webshop.provider import create_provider
from webshop.settings.mode import ShopMode
from webshop.settings.model import Settings
from webshop.worker.rounds import work

pytestmark = pytest.mark.slow

BUYERS = 3
PEOPLE = count(1)
BEFORE, AFTER = 8, 6  # orders that are paid before the backup, and at least after it
RULE = Rule(2, 30, 12)
UNKNOWN = {"charge_has_its_order", "no_payment_is_lost"}


class Buyers:
    """People without JavaScript who buy one bowl after another until they are told to stop."""

    def __init__(self, port: int) -> None:
        self._url = f"http://127.0.0.1:{port}"
        self._stopping = threading.Event()
        self._threads = [threading.Thread(target=self._buy, daemon=True) for _each in range(BUYERS)]
        self.bought = 0

    def _buy(self) -> None:
        while not self._stopping.is_set():
            somebody = {"X-Forwarded-For": f"198.51.{next(PEOPLE) // 250}.{next(PEOPLE) % 250}"}
            with httpx2.Client(base_url=self._url, timeout=60, trust_env=False, headers=somebody) as client:
                shopper = Shopper(client)
                shopper.add("bowl", "1", "BOWL-L").check_out().pay()
                assert "Thank you" in shopper.text, shopper.text
            self.bought += 1

    def wait_for(self, number: int) -> None:
        until = time.monotonic() + 120
        while self.bought < number:
            assert time.monotonic() < until, f"only {self.bought} of {number} were bought"
            assert any(each.is_alive() for each in self._threads)
            time.sleep(0.02)

    @contextmanager
    def buying(self) -> Iterator[None]:
        for each in self._threads:
            each.start()
        try:
            yield
        finally:
            self._stopping.set()
            for each in self._threads:
                each.join(60)


@pytest.fixture
def lost(request: pytest.FixtureRequest, database_url: str, tmp_path: Path) -> Iterator[Premises]:
    """The shop that will be lost, open in a process of its own."""
    folder = tmp_path / "lost"
    folder.mkdir()
    with premises(folder, database_url) as shop:
        yield shop


def config_of(lost: Premises, tmp_path: Path, database_url: str) -> Settings:
    """Of the same shop at another place."""
    said = (tmp_path / "lost" / "sandbox.log").read_text().splitlines()
    keys = dict(line.lower().split("=", 1) for line in said if line.startswith("STRIPE_"))
    for name in keys:
        keys[name] = next(line.split("=", 1)[1] for line in said if line.lower().startswith(name))
    url = f"http://127.0.0.1:{lost.port}"
    own = {"database_url": database_url, "public_url": url, "secret_keys": [KEY], "demo": False}
    return make_config(tmp_path, **own, **keys)


def look(db: Database, lost: Premises, known: Known) -> tuple[Evidence, list[Violation]]:
    with db.read() as connection:
        evidence = Evidence(**read_evidence(connection, lost.sandbox.ledger()))
    return evidence, judge(evidence, known, at_rest=True)


@both_databases
@pytest.mark.parametrize("to", ["folder", "bucket"])
def test_a_backup_under_load_comes_back_and_its_books_agree(
    request: pytest.FixtureRequest, lost: Premises, database_url: str, tmp_path: Path, to: str
) -> None:
    address = str(tmp_path / "backups") if to == "folder" else request.getfixturevalue("bucket")
    config = config_of(lost, tmp_path, new_address(request, database_url, tmp_path)())
    place = open_place(address, config)
    buyers = Buyers(lost.port)
    with lost.db.read() as connection:
        pieces = count_pieces(connection)["free"]
    with buyers.buying():
        buyers.wait_for(BEFORE)
        taken = take(lost.db, ShopMode.TEST, place, RULE)
        buyers.wait_for(buyers.bought + AFTER)
    invoices = invoices_of(lost.db)

    db = Database(config.database)
    try:
        restored = restore(db, config, place, taken.name)
        assert restored.orders >= BEFORE
        stripe = create_provider(config).payments
        done = reopen(db, stripe, config.mode, config.url)
        come_to_rest(db, stripe)
        with db.read() as connection:
            told = {each.about for each in alarms.list_open(connection) if each.name == "unknown payment"}
            (gap,) = books.list_gaps(connection)
        evidence, violations = look(db, lost, Known(pieces=pieces))
        print(  # noqa: T201  # pytest shows it with -s
            f"{buyers.bought} bought, {restored.orders} orders in the backup, {len(told)} told of, "
            f"numbers {gap.first} to {gap.last} left out"
        )
        charged = {evidence.order_of(charge["session"]) for charge in evidence.paid}
        assert len(charged) == len(evidence.paid) == buyers.bought
        unknown = charged - evidence.order.keys()
        assert told == unknown == {each.session.order_number for each in done.unknown}
        assert unknown
        assert all(number in evidence.order or number in told for number in charged)
        # What is unknown belongs to no order, as its alarm says; nothing else is wrong.
        assert len(violations) == 2 * len(unknown), violations
        assert {each.law for each in violations} == {"I2", "I4"}
        given = {number: order for order, number in invoices.items()}
        for order, number in invoices_of(db).items():
            assert given.get(number, order) == order, "a number was given to two orders"
    finally:
        db.engine.dispose()


def invoices_of(db: Database) -> dict[str, str]:
    with db.read() as connection:
        query = text("SELECT number, invoice FROM orders WHERE invoice IS NOT NULL")
        return {str(number): str(invoice) for number, invoice in connection.execute(query)}


def come_to_rest(db: Database, stripe: Payments) -> None:
    """As the worker would, once every session that is still open has run out."""
    with db.read() as connection:
        later = (
            connection.execute(text("SELECT session FROM payments WHERE look_at IS NOT NULL")).scalars().all()
        )
    for session in later:
        stripe.expire(str(session))
    with db.write() as connection:
        connection.execute(text("UPDATE payments SET look_at = created_at WHERE look_at IS NOT NULL"))
    work(db, stripe)


@only_sqlite
def test_cp_would_have_been_short(lost: Premises, database_url: str, tmp_path: Path) -> None:
    """The negative control: SQLite says that the copied file is whole, and orders are missing."""
    file = Path(database_url.removeprefix("sqlite:///"))
    buyers = Buyers(lost.port)
    with buyers.buying():
        buyers.wait_for(BEFORE)
        shutil.copy(file, tmp_path / "copied.sqlite3")
        bought = buyers.bought
    copied = Database(f"sqlite:///{tmp_path / 'copied.sqlite3'}")
    try:
        with copied.read() as connection:
            whole = connection.execute(text("PRAGMA integrity_check")).scalar_one()
            found = connection.execute(text("SELECT count(*) FROM orders WHERE state = 'paid'")).scalar_one()
        print(f"{bought} were bought, cp has {found}, and integrity_check says {whole}")  # noqa: T201
        assert whole == "ok"
        assert found < bought - BUYERS
    finally:
        copied.engine.dispose()
