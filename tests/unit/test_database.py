"""The database as such: transactions, settings of SQLite, migrations, constraints."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import insert, select, text, update
from sqlalchemy.exc import IntegrityError, OperationalError

from tests.till import ADA, SHOP, Till
from webshop.checkout import place_order
from webshop.db import orders
from webshop.db.engine import Database
from webshop.db.migrate import migrate
from webshop.db.orders import IllegalMove
from webshop.db.tables import carts, metadata, payments, variants
from webshop.db.tables import orders as order_table
from webshop.errors import Unavailable
from webshop.orders import State, new_number

GOOD = {
    ("pending", "processing"), ("pending", "paid"), ("pending", "cancelled"), ("pending", "expired"),
    ("pending", "refund_due"), ("processing", "paid"), ("processing", "failed"), ("processing", "refund_due"),
    ("paid", "shipped"), ("paid", "refunded"), ("shipped", "refunded"), ("cancelled", "paid"),
    ("cancelled", "processing"), ("cancelled", "refund_due"), ("expired", "paid"), ("expired", "processing"),
    ("expired", "refund_due"), ("refund_due", "refunded"),
}  # fmt: skip


def test_migrating_leaves_no_difference_to_the_tables(db: Database) -> None:
    with db.engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "compare_server_default": True}
        )
        assert compare_metadata(context, metadata) == []


def test_migrating_again_changes_nothing(db: Database) -> None:
    migrate(db)
    with db.read() as connection:
        assert connection.execute(text("SELECT count(*) FROM products")).scalar_one() == 4


def test_a_transaction_is_all_or_nothing(db: Database) -> None:
    with pytest.raises(RuntimeError), db.write() as connection:
        connection.execute(update(variants).values(price=1))
        raise RuntimeError
    with pytest.raises(IntegrityError), db.write() as connection:
        connection.execute(update(variants).values(price=1))
        connection.execute(update(variants).values(stock=-1))
    with db.read() as connection:
        assert connection.execute(select(variants.c.price).order_by(variants.c.price)).scalars().all() == [
            99, 1200, 1850, 2900, 4000, 9500,
        ]  # fmt: skip


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE variants SET stock = -1",
        "UPDATE variants SET price = 0",
        "INSERT INTO cart_lines (cart, sku, quantity, added_at) VALUES ('none', 'TILES', 1, '2026-01-01')",
    ],
)
def test_the_database_itself_refuses_what_must_not_be(db: Database, statement: str) -> None:
    with pytest.raises(IntegrityError), db.write() as connection:
        connection.execute(text(statement))


def test_sqlite_survives_a_power_cut_and_lets_readers_through(tmp_path: Path) -> None:
    db = Database(f"sqlite:///{tmp_path / 'new' / 'shop.sqlite3'}")
    pragmas = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 5000}
    with db.read() as connection:
        found = {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in pragmas}
    db.engine.dispose()

    assert found == pragmas  # synchronous: 2 is FULL


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_writer_on_sqlite_has_the_lock_before_its_first_statement(db: Database) -> None:
    with db.write(), db.engine.connect() as rival, pytest.raises(OperationalError, match="locked"):
        rival.exec_driver_sql("PRAGMA busy_timeout = 0")
        rival.exec_driver_sql("BEGIN IMMEDIATE")


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_postgresql_gives_up_waiting_before_the_shopper_does(db: Database) -> None:
    shown = ("lock_timeout", "statement_timeout", "timezone")
    with db.read() as connection:
        found = [connection.execute(text(f"SHOW {name}")).scalar_one() for name in shown]
    assert found == ["5s", "10s", "UTC"]


def test_heroku_style_addresses_are_understood() -> None:
    urls = {
        "postgres://u:p@host:5432/name": "postgresql://u:***@host:5432/name",
        "postgresql://u:p@host/name?sslmode=require": "postgresql://u:***@host/name?sslmode=require",
        "postgresql+psycopg://u:p@host/postgres": "postgresql+psycopg://u:***@host/postgres",
    }
    assert {url: Database(url).engine.url.render_as_string() for url in urls} == urls


def test_a_database_that_is_gone_is_unavailable(caplog: pytest.LogCaptureFixture) -> None:
    gone = Database("postgresql://nobody@127.0.0.1:1/none")
    with pytest.raises(Unavailable, match="very busy"), gone.write():
        pass
    assert not gone.is_ready()


# Orders


def test_of_all_81_moves_only_those_are_made_that_stand_here(
    till: Till,
) -> None:
    order = place_order(till.db, SHOP, till.cart(TILES=1), ADA, 589, "hosted_page")
    made = set()
    for before in State:
        for after in State:
            with till.db.write() as connection:
                connection.execute(update(order_table).values(state=before))
            try:
                with till.db.write() as connection:
                    orders.move(connection, replace(order, state=before), after)
                made.add((str(before), str(after)))
            except IllegalMove:
                assert till.state(order) == before
    assert made == GOOD


def test_a_cart_has_one_pending_order_and_any_number_of_others(till: Till) -> None:
    cart = till.cart(TILES=1)
    order = place_order(till.db, SHOP, cart, ADA, 589, "hosted_page")
    another = replace(order, number=new_number())
    with pytest.raises(IntegrityError), till.db.write() as connection:
        orders.insert_order(connection, another, {"TILES": 100})
    with till.db.write() as connection:
        orders.move(connection, order, State.CANCELLED)
        orders.insert_order(connection, another, {"TILES": 100})
    assert sorted(till.states()) == ["cancelled", "pending"]


def test_an_order_is_read_as_it_was_written(till: Till) -> None:
    order = place_order(till.db, SHOP, till.cart(MUG_BLUE=2, BOWL_L=1), ADA, 5790, "hosted_page")

    assert till.order(order.number) == order
    assert [(line.name, line.unit_price, line.quantity, line.held) for line in order.lines] == [
        ("Blue mug", 1200, 2, 2),
        ("Bowl, Large", 2900, 1, 0),
    ]


def test_a_session_pays_one_attempt_only(till: Till) -> None:
    first, _session = till.check_out(till.cart(TILES=1))
    second, _session = till.check_out(till.cart(TILES=1))
    with pytest.raises(IntegrityError), till.db.write() as connection:
        connection.execute(
            update(payments)
            .where(payments.c.order_number.in_([first.number, second.number]))
            .values(session="x")
        )


def test_carts_are_named_by_whole_ids_only(db: Database) -> None:
    row = {"id": "a" * 32, "created_at": datetime.now(UTC), "changed_at": datetime.now(UTC)}
    with db.write() as connection:
        connection.execute(insert(carts).values(**row))
    with pytest.raises(IntegrityError), db.write() as connection:
        connection.execute(insert(carts).values(**row))
