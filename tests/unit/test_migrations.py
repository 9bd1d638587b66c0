"""Migrations: they end at exactly the tables that the program knows, or they have not happened."""

from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect, text
from sqlalchemy.exc import ProgrammingError

from webshop.db.engine import Database
from webshop.db.migrate import is_current, migrate
from webshop.db.tables import metadata
from webshop.errors import Unavailable


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
            if table != "alembic_version"
        }


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


def test_the_next_migration_would_have_nothing_to_do(empty: Database) -> None:
    migrate(empty)
    with empty.read() as connection:
        options = {"compare_type": True, "compare_server_default": True}
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
        connection.execute(text("UPDATE alembic_version SET version_num = '0000'"))
    assert not is_current(db)
