"""What a shopper asks for looks into no table that grows from end to end."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import Connection, event
from starlette.testclient import TestClient

from tests.conftest import both_databases, site_of
from tests.scale import made
from webshop.catalog import load as catalogue
from webshop.db.engine import Database, _written

pytestmark = both_databases

PRODUCTS = 1000
SAME_SITE = {"Sec-Fetch-Site": "same-origin"}
GROWING = {
    "products",
    "variants",
    "listings",
    "facets",
    "price_history",
    "moved_addresses",
    "search_documents",
    "search_index",
    "search_words",
    "search_spellings",
    "carts",
    "cart_lines",
}
FIRST = made.make(1).products[0]
CATEGORY = "/c/" + "mugs"
PAGES = {
    "index": ["/"],
    "category": [CATEGORY, "/c/gifts", f"{CATEGORY}?after={FIRST.slug}", f"{CATEGORY}?before={FIRST.slug}"],
    "sorted": [f"{CATEGORY}?sort={sort}" for sort in ("price", "-price", "new")],
    "filtered": [
        f"{CATEGORY}?brand=Harbour+%26+Sons",
        f"{CATEGORY}?option.Glaze=Blue&option.Size=Small",
        f"{CATEGORY}?tag=linen&sort=price",
        f"{CATEGORY}?from=10&to=40",
        f"{CATEGORY}?stock=yes",
    ],
    "search": [
        f"/search?q={words}" for words in (made.COMMON, made.RARE, made.BEGUN, made.MISTYPED, "SKU-7")
    ],
    "product": [f"/products/{FIRST.slug}", "/products/no-such-thing"],
    "cart": ["/cart"],
    "machines": ["/sitemap.xml", "/robots.txt"],
}

Statement = tuple[str, Any]


@pytest.fixture
def large(client: TestClient) -> TestClient:
    """The shop with a catalogue that is worth an index, known to the planner."""
    with site_of(client).db.write() as connection:
        catalogue.load(connection, made.make(PRODUCTS))
        connection.exec_driver_sql("ANALYZE")
    return client


@contextmanager
def statements(db: Database) -> Iterator[list[Statement]]:
    """Those that are executed meanwhile, with their values."""
    found: list[Statement] = []

    def note(_connection: object, _cursor: object, words: str, values: Any, *_more: object) -> None:
        if words.lstrip().startswith(("SELECT", "UPDATE", "DELETE", "WITH")):
            found.append((words, values))

    def note_look(statement: Any, **values: str) -> Any:
        """SQLite's driver is asked directly."""
        if db.is_embedded:
            words, constants = _written(statement)
            found.append((words, {**constants, **values}))
        return Database.look(db, statement, **values)

    event.listen(db.engine, "before_cursor_execute", note)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(db, "look", note_look)
        yield found
    event.remove(db.engine, "before_cursor_execute", note)


def scans(connection: Connection, statement: Statement) -> list[str]:
    """Growing tables, or whole indexes of them, that it goes through from end to end, as planned."""
    words, values = statement
    if connection.dialect.name == "sqlite":
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {words}", values).all()
        steps = [str(row[-1]).split() for row in plan]
        return [
            step[1] for step in steps if step[0] == "SCAN" and step[1] in GROWING and "VIRTUAL" not in step
        ]
    connection.exec_driver_sql("SET LOCAL enable_seqscan = off")  # it takes one for small tables, else
    [plan] = connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {words}", values).scalars()
    return [*_scanned(plan[0]["Plan"], limited=False)]


def _scanned(node: dict[str, Any], limited: bool) -> Iterator[str]:
    limited = limited or node["Node Type"] == "Limit"
    table = node.get("Relation Name")
    whole_index = node["Node Type"] in ("Index Scan", "Index Only Scan") and "Index Cond" not in node
    if table in GROWING and (node["Node Type"] == "Seq Scan" or (whole_index and not limited)):
        yield str(table)
    for below in node.get("Plans", ()):
        yield from _scanned(below, limited)


def scanned_by(client: TestClient, paths: Sequence[str]) -> dict[str, list[str]]:
    """By statement."""
    with statements(site_of(client).db) as found:
        for path in paths:
            assert client.get(path).status_code in (200, 404), path
    return explained(site_of(client).db, found)


def explained(db: Database, found: Sequence[Statement]) -> dict[str, list[str]]:
    with db.read() as connection:
        by_statement = {each[0]: scans(connection, each) for each in found}
    return {words: tables for words, tables in by_statement.items() if tables}


def test_nothing_that_a_shopper_does_scans_a_growing_table(large: TestClient) -> None:
    wrong = {name: scanned for name, paths in PAGES.items() if (scanned := scanned_by(large, paths))}
    db, form = site_of(large).db, {"sku": FIRST.variants[0].sku, "quantity": "2"}
    with statements(db) as found:
        for path in ("/cart/lines", "/cart/lines/change"):
            answer = large.post(path, data=form, headers=SAME_SITE, follow_redirects=False)
            assert answer.status_code == 303, path
        assert large.get("/cart").status_code == 200
    wrong |= {"adding": scanned} if (scanned := explained(db, found)) else {}
    assert len(found) > 5
    assert wrong == {}


def test_control_without_their_index_a_products_variants_are_looked_for_in_all_of_them(
    client: TestClient,
) -> None:
    with site_of(client).db.write() as connection:
        connection.exec_driver_sql("DROP INDEX ix_variants_product")
    [tables] = scanned_by(client, ["/products/bowl"]).values()
    assert tables == ["variants"]
