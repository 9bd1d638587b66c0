"""The history of prices, and the lowest one of the 30 days before a reduction began."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import event, func, select

from tests.conftest import both_databases
from webshop.catalog import load as catalogue
from webshop.catalog.model import Catalogue, Product, Variant
from webshop.catalog.prices import count_unknown
from webshop.catalog.queries import get_product
from webshop.db.engine import Database
from webshop.db.tables import price_history, variants
from webshop.shop import Prices

FIRST = datetime(2026, 1, 1, 12, tzinfo=UTC)
EU, PLAIN = Prices(), Prices(earlier="was")


@dataclass(frozen=True)
class Sold:
    """In the file so many days after the first load: a price and an earlier one. No price: not there."""

    day: float
    price: int | None
    was: int | None = None


# What the file said on which day, and the earlier price that is shown in the end.
HISTORIES: dict[str, tuple[Sequence[Sold], int | None]] = {
    "never reduced": ([Sold(0, 30)], None),
    "imported as reduced": ([Sold(0, 20, 30)], None),
    "imported as reduced, a year ago": ([Sold(0, 20, 30), Sold(365, 20, 30)], None),
    "cheaper, but nothing says that it is a sale": ([Sold(0, 30), Sold(40, 20)], None),
    "sold for 30 days": ([Sold(0, 30), Sold(30, 20, 30)], 30),
    "sold for 29 days": ([Sold(0, 30), Sold(29, 20, 30)], None),
    "29 days and some hours, but 30 by the calendar": ([Sold(0.4, 30), Sold(30, 20, 30)], 30),
    "the lowest of them, not the last": ([Sold(0, 30), Sold(40, 24), Sold(45, 28), Sold(50, 20, 30)], 24),
    "lower ones were longer ago": ([Sold(0, 18), Sold(10, 30), Sold(41, 20, 30)], 30),
    "lower one ended on the first of the 30 days": ([Sold(0, 22), Sold(10, 30), Sold(40, 20, 30)], 22),
    "raised for a week to be reduced": ([Sold(0, 20), Sold(60, 30), Sold(67, 20, 30)], None),
    "it lasts": ([Sold(0, 30), Sold(40, 20, 30), Sold(100, 20, 30)], 30),
    "it lasts, and the file says another one": ([Sold(0, 30), Sold(40, 20, 30), Sold(41, 20, 35)], 30),
    "in steps": ([Sold(0, 30), Sold(40, 25, 30), Sold(50, 20, 30), Sold(90, 15, 30)], 30),
    "dearer within": ([Sold(0, 30), Sold(40, 20, 30), Sold(50, 25, 30)], None),
    "dearer within, long ago": ([Sold(0, 30), Sold(40, 20, 30), Sold(80, 22, 30), Sold(111, 21, 30)], None),
    "ended": ([Sold(0, 30), Sold(40, 20, 30), Sold(50, 30)], None),
    "a second one, soon": ([Sold(0, 30), Sold(40, 20, 30), Sold(50, 30), Sold(60, 15, 30)], 20),
    "a second one, later": ([Sold(0, 30), Sold(40, 20, 30), Sold(50, 30), Sold(81, 15, 30)], 30),
    "the sale became the price": ([Sold(0, 30), Sold(40, 20, 30), Sold(50, 20), Sold(60, 19, 30)], 20),
    "away for a day": ([Sold(0, 30), Sold(40, 20, 30), Sold(50, None), Sold(51, 20, 30)], 30),
    "away for a season": ([Sold(0, 30), Sold(40, 20, 30), Sold(50, None), Sold(90, 20, 30)], None),
    "back reduced, from a season away": ([Sold(0, 30), Sold(40, None), Sold(90, 20, 30)], None),
    "away for a week before": ([Sold(0, 30), Sold(40, None), Sold(47, 20, 30)], 30),
    "not in the shop now": ([Sold(0, 30), Sold(40, 20, 30), Sold(50, None)], None),
    "on one day": ([Sold(0, 30), Sold(40, 25), Sold(40.1, 30), Sold(40.2, 20, 30)], 25),
    "the clock was put back": ([Sold(0, 30), Sold(40, 28), Sold(39, 20, 30)], 28),
    "the same moment": ([Sold(0, 30), Sold(40, 28), Sold(40, 20, 30)], 28),
    "an earlier price that is lower": ([Sold(0, 30), Sold(40, 20, 15)], None),
    "the file's is lower than what was": ([Sold(0, 30), Sold(40, 20, 25)], 30),
}  # fmt: skip


def mug(price: int, was: int | None = None) -> Product:
    return Product("mug", "Mug", "", "", (Variant("MUG", "mug", "", price, None, 1, was=was),))


Load = Callable[..., None]


@pytest.fixture
def load(db: Database) -> Load:
    """Loads a file of these products so many days after FIRST."""

    def load_at(day: float, *products: Product, currency: str = "EUR") -> None:
        with db.write(FIRST + timedelta(days=day)) as connection:
            catalogue.load(connection, Catalogue(products, currency=currency))

    return load_at


def earlier(db: Database, sku: str = "MUG") -> int | None:
    with db.read() as connection:
        row = connection.execute(select(variants).where(variants.c.sku == sku)).one()
    return EU.earlier_of(row.price, row.was, row.lowest) if row.active else None


@both_databases
def test_what_stands_beside_a_reduced_price(db: Database, load: Load) -> None:
    wrong = {}
    for number, (name, (files, expected)) in enumerate(HISTORIES.items()):
        sku = f"MUG-{number}"
        for sold in files:
            price = (
                []
                if sold.price is None
                else [Variant(sku, sku.lower(), "", sold.price, None, 1, was=sold.was)]
            )
            load(sold.day, *(Product(sku.lower(), "Mug", "", "", (variant,)) for variant in price))
        if (shown := earlier(db, sku)) != expected:
            wrong[name] = (shown, expected)
    assert wrong == {}


@both_databases
def test_it_is_known_beside_shoppers_too(db: Database) -> None:
    for day, product in ((0, mug(30)), (40, mug(20, 30))):
        db.clock = lambda day=day: FIRST + timedelta(days=day)  # type: ignore[misc]
        catalogue.store(db, Catalogue((product,), currency="EUR"), f"file of day {day}", {})
    assert earlier(db) == 30


def test_days_are_those_of_the_shop(db: Database, load: Load) -> None:
    """23:30 in Berlin is 22:30 in UTC; half an hour later it is the next day there, and not in UTC."""
    db.zone = ZoneInfo("Europe/Berlin")
    load(0, mug(30))  # on 1 January, at 13:00 in Berlin
    load(29 + 10.75 / 24, mug(20, 30))  # 30 January, 23:45 in Berlin
    assert earlier(db) is None
    load(29 + 10.8 / 24, mug(30))
    load(29 + 11.25 / 24, mug(19, 30))  # 31 January, 00:15 in Berlin, and 30 January in UTC
    assert earlier(db) == 20


def test_a_price_in_another_currency_tells_nothing(db: Database, load: Load) -> None:
    load(0, mug(30))
    load(40, mug(33), currency="USD")
    load(41, mug(20, 33), currency="USD")
    assert earlier(db) is None
    load(42, mug(33), currency="USD")
    load(90, mug(25, 33), currency="USD")
    assert earlier(db) == 33


def test_only_what_changes_is_written_down_and_two_years_are_kept(db: Database, load: Load) -> None:
    def history() -> list[int | None]:
        query = (
            select(price_history.c.price).where(price_history.c.sku == "MUG").order_by(price_history.c.since)
        )
        with db.read() as connection:
            return list(connection.execute(query).scalars())

    load(0, mug(30))
    load(1, mug(30))
    load(2, mug(28))
    load(3)
    assert history() == [30, 28, None]
    load(10, mug(27))
    load(732.5, mug(26))
    assert history() == [28, None, 27, 26]
    load(1600, mug(25))
    assert history() == [26, 25]


def test_how_many_earlier_prices_nobody_knows_is_counted(db: Database, load: Load) -> None:
    load(0, mug(20, 30), Product("cup", "Cup", "", "", (Variant("CUP", "cup", "", 20, None, 1),)))
    with db.read() as connection:
        assert count_unknown(connection) == 1
    load(40, mug(20), Product("cup", "Cup", "", "", (Variant("CUP", "cup", "", 10, None, 1, was=20),)))
    with db.read() as connection:
        assert count_unknown(connection) == 0


def test_what_an_owner_says_it_was_is_shown_where_the_shop_may(db: Database, load: Load) -> None:
    load(0, mug(20, 30))
    with db.read() as connection:
        [sold] = get_product(connection, "mug").variants
    assert EU.earlier_of(sold.price, sold.was, sold.lowest) is None
    assert PLAIN.earlier_of(sold.price, sold.was, sold.lowest) == 30
    assert PLAIN.earlier_of(20, 20, 30) is None
    assert PLAIN.earlier_of(20, None, 30) is None


@both_databases
def test_many_prices_are_few_statements(db: Database, load: Load) -> None:
    def mugs(price: int, was: int | None) -> list[Product]:
        each = [Variant(f"M-{n}", f"mug-{n}", "", price, None, 1, was=was) for n in range(1_500)]
        return [Product(variant.product, "Mug", "", "", (variant,)) for variant in each]

    said: list[str] = []
    load(0, *mugs(30, None))
    event.listen(db.engine, "before_cursor_execute", lambda *of: said.append(of[2]))
    load(40, *mugs(20, 30))
    assert len([words for words in said if "price_history" in words or "SET lowest" in words]) == 6
    with db.read() as connection:
        assert connection.execute(select(func.count()).where(variants.c.lowest == 30)).scalar_one() == 1_500
