"""Migrations: they end at exactly the tables that the program knows, or they have not happened."""

from datetime import UTC, datetime
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, inspect, select, text, update
from sqlalchemy.exc import ProgrammingError

from tests.conftest import both_databases
from webshop.alarms.queries import list_open
from webshop.db.columns import metadata
from webshop.db.engine import Database
from webshop.db.migrate import _config, is_current, migrate
from webshop.db.tables import (
    alarms,
    indexes,  # noqa: F401
    orders,
    outbox,
)
from webshop.errors import Unavailable
from webshop.mail.outbox import list_of_order

pytestmark = both_databases
OLD_ROWS = [
    """INSERT INTO orders (number, cart, state, email, name, line1, line2, postal_code, city, country,
        language, currency, shipping_title, shipping, total, refunded, placed_at, expires_at)
        VALUES ('K7QM-2XTD', 'c', 'paid', 'ada@example.com', 'Ada', '1', '', '10115', 'Berlin', 'DE', 'en',
        'EUR', 'Parcel', 490, 1690, 0, '2026-01-01 00:00:00', '2026-01-01 00:30:00')""",
    """INSERT INTO order_events (order_number, at, kind, detail)
        VALUES ('K7QM-2XTD', '2026-01-02 00:00:00', 'paid', '')""",
    """INSERT INTO alarms (kind, order_number, detail, raised_at)
        VALUES ('refund', 'K7QM-2XTD', 'paid twice', '2026-01-02 00:00:00')""",
    """INSERT INTO outbox (order_number, kind, created_at, tries, problem)
        VALUES ('K7QM-2XTD', 'receipt', '2026-01-02 00:00:00', 1, '')""",
]


@pytest.fixture
def empty(db: Database) -> Database:
    """A database without any table."""
    with db.write() as connection:
        metadata.drop_all(connection)
        connection.execute(text("DROP TABLE alembic_version"))
        assert inspect(connection).get_table_names() == []
    return db


def tables(db: Database) -> dict[str, Any]:
    """What the database itself says of each table."""
    with db.read() as connection:
        return tables_seen_by(connection)


def tables_seen_by(connection: Connection) -> dict[str, Any]:
    look = inspect(connection)
    return {
        table: {
            "columns": [{**column, "type": str(column["type"])} for column in look.get_columns(table)],
            "primary key": look.get_pk_constraint(table),
            "foreign keys": by_name(look.get_foreign_keys(table)),
            "unique": by_name(look.get_unique_constraints(table)),
            "checks": by_name(look.get_check_constraints(table)),
            "indexes": [
                {**index, "dialect_options": {k: str(v) for k, v in index["dialect_options"].items()}}
                for index in by_name(look.get_indexes(table))
            ],
        }
        for table in look.get_table_names()
        if table != "alembic_version" and not is_of_fts5(table)
    }


def is_of_fts5(table: str) -> bool:
    """Whether SQLite has made it by itself, to keep its full text in."""
    return table.startswith("search_index")


def by_name(found: Any) -> list[Any]:
    return sorted(found, key=lambda each: str(each["name"]))


def test_a_new_database_becomes_current(empty: Database) -> None:
    assert not is_current(empty)
    migrate(empty)
    assert is_current(empty)


def test_migrating_again_changes_nothing(empty: Database) -> None:
    migrate(empty)
    before = tables(empty)
    migrate(empty)
    assert tables(empty) == before
    assert is_current(empty)


@pytest.mark.filterwarnings("ignore:autogenerate skipping:UserWarning")  # PostgreSQL's own indexes, on SQLite
def test_the_next_migration_would_have_nothing_to_do(empty: Database) -> None:
    migrate(empty)
    with empty.read() as connection:
        options = {
            "compare_type": True,
            "compare_server_default": True,
            "include_name": lambda name, kind, _parents: kind != "table" or not is_of_fts5(name),
        }
        assert compare_metadata(MigrationContext.configure(connection, opts=options), metadata) == []


def test_migrations_make_the_same_tables_as_the_program_would(empty: Database) -> None:
    migrate(empty)
    migrated = tables(empty)
    with empty.write() as connection:
        metadata.drop_all(connection)
        metadata.create_all(connection)
    assert len(migrated) == len(metadata.tables)
    assert migrated == tables(empty)


def test_half_a_migration_is_none(empty: Database) -> None:
    with empty.write() as connection:
        metadata.tables["products"].create(connection)
        metadata.tables["variants"].create(connection)
        connection.execute(text("DROP TABLE products" + ("" if empty.is_embedded else " CASCADE")))
    with pytest.raises((Unavailable, ProgrammingError)):  # variants are there already
        migrate(empty)
    assert not is_current(empty)
    with empty.read() as connection:
        assert inspect(connection).get_table_names() == ["variants"]


def test_a_database_of_another_version_is_not_current(db: Database) -> None:
    with db.write() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    assert not is_current(db)


def test_what_was_there_before_tax_and_invoices_is_kept(empty: Database) -> None:
    with empty.write() as connection:
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        for row in OLD_ROWS:
            connection.execute(text(row))
    migrate(empty)
    with empty.read() as connection:
        order = connection.execute(
            select(orders.c.paid_at, orders.c.invoice, orders.c.tax_mode, orders.c.region)
        )
        assert order.all() == [(datetime(2026, 1, 2, tzinfo=UTC), None, "none", "")]
        alarm = connection.execute(select(alarms.c.name, alarms.c.about, alarms.c.mail_id))
        assert alarm.all() == [("refund", "K7QM-2XTD", None)]
        assert connection.execute(select(outbox.c.order_number, outbox.c.name)).all() == [
            ("K7QM-2XTD", "receipt")
        ]


BEFORE_KINDS = [
    *OLD_ROWS[:1],
    *(
        f"""INSERT INTO outbox (order_number, kind, created_at, tries, problem)
            VALUES ({number}, '{kind}', '2026-01-02 00:00:00', 1, '')"""
        for number, kind in (
            ("'K7QM-2XTD'", "receipt"),
            ("'K7QM-2XTD'", "shipped-3"),
            ("'K7QM-2XTD'", "refunded-500-2"),
            ("NULL", "alarms-7f3a"),
        )
    ),
    *(
        f"""INSERT INTO alarms (kind, about, detail, raised_at)
            VALUES ('{kind}', 'K7QM-2XTD', 'words', '2026-01-02 00:00:00')"""
        for kind in ("refund failed", "mail refunded-500", "undecided")
    ),
]


def test_mails_and_alarms_that_were_there_before_have_their_kind(empty: Database) -> None:
    """Those that the release before goes on writing, too, after the migration."""
    with empty.write() as connection:
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, "0002")
        for row in BEFORE_KINDS:
            connection.execute(text(row))
    migrate(empty)
    with empty.write() as connection:
        kinds = connection.execute(select(outbox.c.mail_kind).order_by(outbox.c.id)).scalars()
        assert kinds.all() == ["receipt", "shipped", "refunded", "alarms"]
        kinds = connection.execute(select(alarms.c.alarm_kind).order_by(alarms.c.id)).scalars()
        assert kinds.all() == ["refund failed", "mail", "undecided"]
        connection.execute(update(outbox).values(mail_kind=None))
        connection.execute(update(alarms).values(alarm_kind=None))
        mails = list_of_order(connection, "K7QM-2XTD")
        assert [mail.kind for mail in mails] == ["receipt", "shipped", "refunded"]
        assert [alarm.kind for alarm in list_open(connection)] == ["refund failed", "mail", "undecided"]
