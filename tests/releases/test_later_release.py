"""A way back, and a way forward: today's program on the tables of a later release, and of the one before.

make slow     runs these tests
"""

import threading
import time
from pathlib import Path

import pytest

from tests.releases.processes import Premises
from tests.releases.test_release_before import (  # noqa: F401 - fixtures
    assert_the_books_are_right,
    assert_todays_program_shows_it_paid,
    buy,
    originals,
    release_before,
    shop,
    shopper,
    stock,
    today,
)
from tests.shopper import Shopper

pytestmark = pytest.mark.slow

# What a later release may have done: to old tables it adds columns that need no value, and tables of its own.
LATER = (
    "UPDATE alembic_version SET version_num = '9999'",
    "ALTER TABLE orders ADD COLUMN gift VARCHAR(20)",
    "ALTER TABLE payments ADD COLUMN wallet VARCHAR(20) NOT NULL DEFAULT ''",
    "CREATE INDEX ix_orders_email ON orders (email)",
    "CREATE TABLE gifts (order_number VARCHAR(20) REFERENCES orders (number))",
)
ACCEPTED = "The database is of a newer release (revision 9999)"


def test_todays_release_comes_back_after_a_later_one(
    shop: Premises,  # noqa: F811
    shopper: Shopper,  # noqa: F811
    today: Path,  # noqa: F811
) -> None:
    shop.run(today, "release")
    for statement in LATER:
        shop.tell(statement)
    assert "The shop sells" in shop.run(today, "release")
    with shop.serving(today), shop.working(today):
        before = stock(shop)
        number = buy(shopper)
        assert_the_books_are_right(shop, number, before)
        wait_until_the_receipt_is_sent(shop)
    assert_todays_program_shows_it_paid(shop, number, today)
    shop.run(today, "orders", "ship", number)
    assert shop.ask("SELECT version_num FROM alembic_version") == [("9999",)]
    assert ACCEPTED in shop.log
    assert "Traceback" not in shop.log


def wait_until_the_receipt_is_sent(shop: Premises) -> None:  # noqa: F811
    for _attempt in range(300):
        if shop.ask("SELECT kind FROM outbox WHERE kind = 'receipt' AND sent_at IS NOT NULL"):
            return
        time.sleep(0.1)
    raise AssertionError(f"no receipt was sent: {shop.log}")


@pytest.mark.parametrize("shop", ["postgresql"], indirect=True)
def test_today_opens_by_itself_as_soon_as_it_is_released(
    shop: Premises,  # noqa: F811
    shopper: Shopper,  # noqa: F811
    today: Path,  # noqa: F811
) -> None:
    """Where web and worker start before the release is done; SQLite's file is made theirs by the web."""
    before = stock(shop)
    releasing = threading.Thread(target=release_when_they_wait, args=(shop, today))
    releasing.start()
    with shop.serving(today), shop.working(today):
        releasing.join()
        number = buy(shopper)
        assert_the_books_are_right(shop, number, before)
        wait_until_the_receipt_is_sent(shop)
    assert "Traceback" not in shop.log


def release_when_they_wait(shop: Premises, today: Path) -> None:  # noqa: F811
    waits = "DATABASE_URL: its tables are not of this version; run python -m webshop release"
    while waits not in shop.log:
        time.sleep(0.1)
    shop.run(today, "release")
