"""What the planners of both databases say of the statements that were executed meanwhile."""

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, event

from webshop.db.engine import Database

Statement = tuple[str, Any]
FEW = {"ix_alarms_open", "uq_orders_pending_cart"}  # indexes of few rows, which may be gone through


@contextmanager
def statements(db: Database) -> Iterator[list[Statement]]:
    """Those that are executed meanwhile, with their values."""
    found: list[Statement] = []

    def note(_connection: object, _cursor: object, words: str, values: Any, *_more: object) -> None:
        if words.lstrip().startswith(("SELECT", "UPDATE", "DELETE", "WITH")):
            found.append((words, values))

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(db.engine, "before_cursor_execute", note)


def explained(db: Database, found: Sequence[Statement], growing: Collection[str]) -> dict[str, list[str]]:
    """By statement, the growing tables that it goes through."""
    with db.read() as connection:
        by_statement = {each[0]: scans(connection, each, growing) for each in found}
    return {words: tables for words, tables in by_statement.items() if tables}


def scans(connection: Connection, statement: Statement, growing: Collection[str]) -> list[str]:
    """Growing tables, or whole indexes of them, that it goes through from end to end, as planned."""
    words, values = statement
    if connection.dialect.name == "sqlite":
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {words}", values).all()
        steps = [str(row[-1]).split() for row in plan]
        return [step[1] for step in steps if _is_scan(step) and step[1] in growing]
    connection.exec_driver_sql("SET LOCAL enable_seqscan = off")  # it takes one for small tables, else
    return [
        table for node, limited in nodes(connection, statement) for table in _scanned(node, limited, growing)
    ]


def _is_scan(step: Sequence[str]) -> bool:
    """SQLite calls it a search, too, where it looks for the greatest without an index."""
    through = step[0] == "SCAN" or (step[0] == "SEARCH" and "USING" not in step)
    return through and "VIRTUAL" not in step and not FEW.intersection(step)


def nodes(connection: Connection, statement: Statement) -> list[tuple[dict[str, Any], bool]]:
    """PostgreSQL's plan: each node, and whether it ends as soon as there is enough."""
    words, values = statement
    [plan] = connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {words}", values).scalars()
    return [*_below(plan[0]["Plan"], limited=False)]


def _below(node: dict[str, Any], limited: bool) -> Iterator[tuple[dict[str, Any], bool]]:
    limited = limited or node["Node Type"] == "Limit"
    yield node, limited
    for below in node.get("Plans", ()):
        yield from _below(below, limited)


def _scanned(node: dict[str, Any], limited: bool, growing: Collection[str]) -> Iterator[str]:
    table = node.get("Relation Name")
    whole_index = node["Node Type"] in ("Index Scan", "Index Only Scan") and "Index Cond" not in node
    whole_index = whole_index and not limited and node["Index Name"] not in FEW
    if table in growing and (node["Node Type"] == "Seq Scan" or whole_index):
        yield str(table)
