"""Migrations only add: what the release before reads and writes goes on working on the tables after it.

tests/releases plays a whole purchase on them; this looks at each migration by itself.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from alembic import command
from sqlalchemy import text

from tests.conftest import both_databases, only_postgresql
from tests.db.test_migrations import empty, tables, tables_seen_by  # noqa: F401 - a fixture
from webshop.db import migrate
from webshop.db.engine import Database

pytestmark = both_databases

LAST_THAT_CHANGED = "0004"  # the rule is younger
KEPT = ("primary key", "foreign keys", "unique", "checks")
EMPTIED = {"carts", "cart_lines", "stripe_events", "limits"}  # from which the shop deletes


def problems(before: dict[str, Any], after: dict[str, Any]) -> Iterator[str]:
    """What the release of the tables `before` may not find, or not be able to do, in those `after`."""
    for name, old in before.items():
        if name not in after:
            yield f"{name} is gone"
            continue
        new = after[name]
        count = len(old["columns"])
        if new["columns"][:count] != old["columns"]:
            yield f"{name}: its columns have changed"
        for column in new["columns"][count:]:
            if not column["nullable"] and column["default"] is None:
                yield f"{name}.{column['name']}: whoever does not know it cannot insert"
        yield from (f"{name}: {what} have changed" for what in KEPT if new[what] != old[what])
        added = [index for index in new["indexes"] if index not in old["indexes"]]
        if any(index["unique"] for index in added):
            yield f"{name}: what it took twice is taken once"
        if any(index not in new["indexes"] for index in old["indexes"]):
            yield f"{name}: an index is gone"
    for name in after.keys() - before.keys():
        for key in after[name]["foreign keys"]:
            if key["referred_table"] in EMPTIED and "ondelete" not in key["options"]:
                yield f"{name}: its rows keep those of {key['referred_table']} from being deleted"


def upgrade(db: Database, to: str) -> dict[str, Any]:
    """The tables then."""
    with db.write() as connection:
        config = migrate._config()
        config.attributes["connection"] = connection
        command.upgrade(config, to)
    return tables(db)


def test_each_migration_only_adds(empty: Database) -> None:  # noqa: F811
    after = upgrade(empty, LAST_THAT_CHANGED)
    for revision in migrate._known():
        if revision > LAST_THAT_CHANGED:
            before, after = after, upgrade(empty, revision)
            assert list(problems(before, after)) == [], revision


def test_revisions_are_numbers_in_order() -> None:
    """One that nobody knows is taken for a later one."""
    assert list(migrate._known()) == [f"{number:04}" for number in range(1, len(migrate._known()) + 1)]


MORE_THAN_ADDED = {
    "ALTER TABLE products RENAME TO goods": "products is gone",
    "ALTER TABLE orders RENAME COLUMN total TO amount": "orders: its columns have changed",
    "ALTER TABLE outbox DROP COLUMN tries": "outbox: its columns have changed",
    "ALTER TABLE orders ALTER COLUMN number TYPE VARCHAR(10)": "orders: its columns have changed",
    "ALTER TABLE orders ALTER COLUMN carrier DROP DEFAULT": "orders: its columns have changed",
    "ALTER TABLE orders ALTER COLUMN mode SET NOT NULL": "orders: its columns have changed",
    "ALTER TABLE orders ADD COLUMN gift TEXT NOT NULL": "orders.gift: whoever does not know it cannot insert",
    "ALTER TABLE orders ADD CHECK (country <> 'XX')": "orders: checks have changed",
    "ALTER TABLE carts ADD COLUMN colour TEXT CHECK (colour <> '')": "carts: checks have changed",
    "ALTER TABLE carts ADD UNIQUE (seen_at)": "carts: unique have changed",
    "ALTER TABLE orders ADD FOREIGN KEY (cart) REFERENCES carts (id)": "orders: foreign keys have changed",
    "CREATE UNIQUE INDEX one_email ON orders (email)": "orders: what it took twice is taken once",
    "DROP INDEX ix_orders_paid": "orders: an index is gone",
    "CREATE TABLE gifts (cart VARCHAR(32) REFERENCES carts)": (
        "gifts: its rows keep those of carts from being deleted"
    ),
}


ONLY_ADDED = [
    "ALTER TABLE orders ADD COLUMN gift TEXT",
    "ALTER TABLE orders ADD COLUMN gift TEXT NOT NULL DEFAULT ''",
    "CREATE INDEX ix_orders_email ON orders (email)",
    "CREATE TABLE gifts (cart VARCHAR(32) REFERENCES carts ON DELETE CASCADE)",
]


@pytest.mark.slow
@only_postgresql
def test_what_does_more_is_noticed(db: Database) -> None:
    before = tables(db)
    found = {each: problems_of(db, before, each) for each in (*MORE_THAN_ADDED, *ONLY_ADDED)}
    assert [each for each, problem in MORE_THAN_ADDED.items() if problem not in found[each]] == []
    assert [each for each in ONLY_ADDED if found[each]] == []


def problems_of(db: Database, before: dict[str, Any], statement: str) -> list[str]:
    """Those that it would make."""
    with db.engine.connect() as connection, connection.begin() as transaction:
        connection.execute(text(statement))
        found = list(problems(before, tables_seen_by(connection)))
        transaction.rollback()
    return found
