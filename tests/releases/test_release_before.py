"""While a release goes out, the one before still serves, on tables that are the new one's already: it must go
on selling. So migrations only add.

make slow     runs these tests
"""

import re
import shutil
import sys
from collections.abc import Callable, Iterator
from functools import cache
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import make_url

from tests.conftest import empty_postgresql
from tests.ports import free_port
from tests.postgres import on_server
from tests.releases.processes import Premises, tree_of, tree_of_today
from tests.shopper import Shopper

pytestmark = pytest.mark.slow

RELEASE_BEFORE = "a25e20a87aebb1f93a3e6cf9f0f019e3d08f30d9"

# In that commit's catalog.toml and shop.toml: 2 mugs at 24.00 and a bowl at 28.00, 1400 g in all; the parcel
# within Germany costs 4.90 up to 5 kg and below 150.00. Prices include the tax.
MUG, BOWL = "HARBOUR-MUG-BLUE", "FERN-BOWL-CELADON"
TOTAL = "€80.90"
TOTAL_IN_CENTS = 8090

MORE_THAN_ADDED = {
    "a column of carts has another name": "ALTER TABLE cart_lines RENAME COLUMN quantity TO pieces",
    "a column of orders has another name": "ALTER TABLE orders RENAME COLUMN total TO amount",
    "a column of payments is gone": "ALTER TABLE payments DROP COLUMN receipt_url",
    "a column of mails is gone": "ALTER TABLE outbox DROP COLUMN tries",
    "a table has another name": "ALTER TABLE invoice_numbers RENAME TO invoices",
    "a new column demands a value": """ALTER TABLE order_events
        ADD COLUMN author VARCHAR(20) NOT NULL DEFAULT '' CHECK (author <> '')""",
}
NUMBERS = count(1)


@pytest.fixture(scope="session")
def release_before(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tree_of(RELEASE_BEFORE, tmp_path_factory.mktemp("release-before"))


@pytest.fixture(scope="session")
def today(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tree_of_today(tmp_path_factory.mktemp("today"))


@pytest.fixture(scope="session")
def originals(
    request: pytest.FixtureRequest, release_before: Path, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str], Premises]:
    """A shop of the release before on each database, made when it is first asked for, to be copied."""

    @cache
    def original(database: str) -> Premises:
        folder = tmp_path_factory.mktemp("original")
        url = sqlite_in(folder)
        if database == "postgresql":
            url = empty_postgresql(request.getfixturevalue("postgresql"), new_name())
        shop = Premises(url, free_port(), folder, owner=release_before)
        shop.run(release_before, "release")
        return shop

    return original


@pytest.fixture(params=["sqlite", "postgresql"])
def shop(
    request: pytest.FixtureRequest, originals: Callable[[str], Premises], tmp_path: Path
) -> Iterator[Premises]:
    """A demo shop whose database and files are those of the release before."""
    original = originals(request.param)
    shutil.copytree(original.folder, tmp_path, dirs_exist_ok=True)
    url = sqlite_in(tmp_path)
    if request.param == "postgresql":
        url = copied(request.getfixturevalue("postgresql"), original.database_url)
    shop = Premises(url, free_port(), tmp_path, owner=original.owner)
    yield shop
    sys.stdout.write(shop.log)  # pytest shows it beside a failure


def sqlite_in(folder: Path) -> str:
    return f"sqlite:///{folder / 'shop.sqlite3'}"


def copied(server: str, url: str) -> str:
    """The address of a database like this one, to which nobody is connected."""
    old, new = str(make_url(url).database), new_name()
    on_server(server, f"CREATE DATABASE {new} TEMPLATE {old}")
    return url.replace(f"/{old}?", f"/{new}?")


def new_name() -> str:
    return f"release_before_{next(NUMBERS)}"


@pytest.fixture
def shopper(shop: Premises) -> Iterator[Shopper]:
    with shop.shopper() as shopper:
        yield shopper


def fill_the_cart(shopper: Shopper) -> None:
    for slug, quantity, sku in (("harbour-mug", "2", MUG), ("fern-bowl", "1", BOWL)):
        shopper.add(slug, quantity, sku)
        assert shopper.response.status_code == 200, shopper.text


def check_out(shopper: Shopper) -> None:
    """To the page that asks for a card."""
    shopper.check_out()
    assert shopper.response.status_code == 200, shopper.text


def paid(shopper: Shopper) -> str:
    """The order's number, from its page, which says that it is paid."""
    assert "Thank you, your order is paid" in shopper.text
    assert f"Total {TOTAL}" in shopper.text
    number = re.search(r"Order (\w{4}-\w{4}) of", shopper.text)
    assert number, shopper.text
    return number[1]


def buy(shopper: Shopper) -> str:
    """The number of a paid order."""
    fill_the_cart(shopper)
    check_out(shopper)
    shopper.pay()
    return paid(shopper)


def stock(shop: Premises) -> dict[str, int]:
    return dict(shop.ask(f"SELECT sku, stock FROM variants WHERE sku IN ('{MUG}', '{BOWL}')"))


def assert_the_books_are_right(shop: Premises, number: str, before: dict[str, int]) -> None:
    assert shop.ask("SELECT number, state, total, currency FROM orders") == [
        (number, "paid", TOTAL_IN_CENTS, "EUR")
    ]
    assert stock(shop) == {MUG: before[MUG] - 2, BOWL: before[BOWL] - 1}
    assert (number, "receipt") in shop.ask("SELECT order_number, kind FROM outbox")


def assert_todays_program_shows_it_paid(shop: Premises, number: str, today: Path) -> None:
    shown = shop.run(today, "orders", "show", number)
    assert shown.startswith(f"Order {number}: paid\n  mode     sandbox: no real money\n")
    assert re.search(rf"^{number} .* sandbox$", shop.run(today, "orders", "list"), re.MULTILINE)
    assert re.search(rf"^ *Total +{TOTAL}$", shown, re.MULTILINE), shown


def test_the_release_before_sells_on_todays_tables(
    shop: Premises, shopper: Shopper, release_before: Path, today: Path
) -> None:
    with shop.serving(release_before):
        shop.release(today, shopper, "/products/harbour-mug")
        before = stock(shop)
        number = buy(shopper)
        assert_the_books_are_right(shop, number, before)
        assert_todays_program_shows_it_paid(shop, number, today)
    assert "Traceback" not in shop.log


def test_an_order_begun_with_the_release_before_is_paid_with_todays(
    shop: Premises, shopper: Shopper, release_before: Path, today: Path
) -> None:
    before = stock(shop)
    with shop.serving(release_before), shop.shopper() as somebody_else:
        fill_the_cart(shopper)
        check_out(shopper)
        shop.release(today, somebody_else, "/")
    with shop.serving(today):
        shopper.pay()
        number = paid(shopper)
        assert_the_books_are_right(shop, number, before)
        assert_todays_program_shows_it_paid(shop, number, today)
    assert "Traceback" not in shop.log


@pytest.mark.parametrize("statement", MORE_THAN_ADDED.values(), ids=MORE_THAN_ADDED.keys())
def test_the_release_before_cannot_sell_where(
    shop: Premises, shopper: Shopper, release_before: Path, today: Path, statement: str
) -> None:
    """The control: a migration that does more than add does not go unnoticed above."""
    with shop.serving(release_before):
        shop.run(today, "release")
        shopper.visit("/products/harbour-mug")
        assert "Traceback" not in shop.log
        shop.tell(statement)
        with pytest.raises(AssertionError):
            buy(shopper)
    assert shop.ask("SELECT number FROM orders WHERE state = 'paid'") == []
    assert "sqlalchemy.exc." in shop.log  # it was the database that refused


def test_a_commit_that_was_not_fetched_fails_in_ci(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="fetch the whole history"):
        tree_of("f" * 40, tmp_path)


def test_a_commit_that_was_not_fetched_skips_the_tests_elsewhere(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(pytest.skip.Exception, match="fetch the whole history"):
        tree_of("f" * 40, tmp_path)
