"""PostgreSQL looks at few documents to find those that are searched for, however many there are."""

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Connection, delete, text

from tests.catalog.examples import SHELF, shelve
from tests.conftest import only_postgresql
from tests.plans import Statement, statements
from webshop.catalog.search import index
from webshop.catalog.search.queries import FIRST, find
from webshop.db.engine import Database
from webshop.db.tables import search_documents, search_spellings, search_words
from webshop.db.tables.search import GIN_INDEXES

pytestmark = only_postgresql

# "made" is in the text of each, "blue" in the keywords of each, "harbour" in every fourth title.
DOCUMENTS = 20_000
FILL = f"""INSERT INTO search_documents (id, product, digest, title, keywords, codes, lexemes)
    SELECT n, 'p' || n, '', title, repeat('blue ', 200), 'sku' || n,
        (title || ':1A blue:1C sku' || n || ':1B made:1D text' || mod(n, 100) || ':1D')::tsvector
    FROM (SELECT n, CASE WHEN mod(n, 4) = 0 THEN 'harbour' ELSE 'moor' END AS title
        FROM generate_series(1, {DOCUMENTS}) AS n) AS numbered"""
FILL_WORDS = """INSERT INTO search_words (word, products) VALUES ('harbour', 5000), ('moor', 15000)"""
FILL_SPELLINGS = """INSERT INTO search_spellings (form, word)
    VALUES ('harbour', 'harbour'), ('harbor', 'harbour'), ('moor', 'moor'), ('mor', 'moor')"""

SEARCHES = (
    *("harbour", "harb", "blue", "made", "text7", "sku77", "77"),
    *("harbor", "hrabour", "qxqxqx", "qx", "sku99999999", "harbour qxqxqx", "harbor made qxqxqx"),
    " ".join(f"qxqx{letter}" for letter in "abcdefghij"),
)


@pytest.fixture
def many(db: Database) -> Database:
    """Documents enough that reading them all is dear, known to the planner."""
    with db.write() as connection:
        fill(connection)
        index.settle(connection)
        connection.exec_driver_sql("ANALYZE")
    return db


def fill(connection: Connection) -> None:
    for table in (search_documents, search_words, search_spellings):
        connection.execute(delete(table))
    for statement in (FILL, FILL_WORDS, FILL_SPELLINGS):
        connection.exec_driver_sql(statement)


def looked_at_in_vain(connection: Connection, statement: Statement) -> int:
    """Rows that were read and thrown away."""
    words, values = statement
    [plan] = connection.exec_driver_sql(f"EXPLAIN (ANALYZE, FORMAT JSON) {words}", values).scalars()
    return sum(_thrown_away(plan[0]["Plan"]))


def _thrown_away(node: dict[str, Any]) -> Iterator[int]:
    for why in ("Rows Removed by Filter", "Rows Removed by Index Recheck"):
        yield node.get(why, 0) * node.get("Actual Loops", 1)
    for below in node.get("Plans", ()):
        yield from _thrown_away(below)


def in_vain(db: Database, typed: str) -> dict[str, int]:
    """By statement of this search, where it is more than the first documents."""
    with statements(db) as asked, db.read() as connection:
        find(connection, typed)
    with db.read() as connection:
        looked = {
            f"{words} {values}": looked_at_in_vain(connection, (words, values)) for words, values in asked
        }
    return {words: count for words, count in looked.items() if count > FIRST}


def test_no_search_reads_documents_that_it_does_not_find(many: Database) -> None:
    wrong = {typed: found for typed in SEARCHES if (found := in_vain(many, typed))}
    assert wrong == {}


def test_control_without_their_index_words_in_titles_are_looked_for_in_all_documents(many: Database) -> None:
    with many.write() as connection:
        connection.exec_driver_sql("DROP INDEX ix_search_documents_titles")
    [count] = in_vain(many, "qxqxqx").values()
    assert count >= DOCUMENTS


def pages_beside(connection: Connection) -> list[int]:
    """What waits to be put into each index, which is done now."""
    clean = text("SELECT gin_clean_pending_list(CAST(:name AS regclass))")
    return [connection.execute(clean, {"name": name}).scalar_one() for name in GIN_INDEXES]


def test_what_was_loaded_is_in_the_indexes_and_not_on_a_list_beside_them(db: Database) -> None:
    shelve(db, *SHELF)
    with db.write() as connection:
        assert pages_beside(connection) == [0, 0, 0]


def test_control_what_nobody_settles_waits_beside_the_indexes(db: Database) -> None:
    with db.write() as connection:
        fill(connection)
        assert min(pages_beside(connection)) > 0
