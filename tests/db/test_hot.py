"""Hot statements: the driver says what SQLAlchemy would have said."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import bindparam, event, func, insert, select, update
from sqlalchemy.exc import IntegrityError, OperationalError

from tests.conftest import both_databases, only_postgresql, only_sqlite
from webshop.cart import queries as carts
from webshop.cart import statements as sql
from webshop.cart.cookie import new_cart_id
from webshop.cart.reading import LINES, LOOK
from webshop.db import hot
from webshop.db.columns import Moment
from webshop.db.engine import Database
from webshop.db.hot import Hot
from webshop.db.tables import cart_lines, variants
from webshop.db.tables import carts as tables_carts
from webshop.errors import Unavailable

NOON = datetime(2026, 3, 5, 12, 0, 0, 250, tzinfo=UTC)
ADDED = Hot(
    select(cart_lines.c.added_at, cart_lines.c.quantity.label("many"), func.coalesce(None, 7).label("seven"))
    .where(cart_lines.c.cart == bindparam("of"), cart_lines.c.added_at >= bindparam("since", type_=Moment))
    .order_by(cart_lines.c.sku)
)


@pytest.fixture
def cart(db: Database) -> str:
    """With two blue mugs and a tile."""
    cart = new_cart_id()
    with db.write(NOON) as connection:
        carts.add(connection, cart, "MUG-BLUE", 2)
        carts.add(connection, cart, "TILES", 1)
    return cart


def both_ways(db: Database, ask: Callable[[Any], Sequence[Any]]) -> tuple[list[Any], list[Any]]:
    """What the driver says, and SQLAlchemy, which executes what somebody listens to."""

    def listen(*_of: object) -> None:
        pass

    with db.read() as connection:
        ours = list(ask(connection))
    event.listen(db.engine, "before_cursor_execute", listen)
    with db.read() as connection:
        theirs = list(ask(connection))
    event.remove(db.engine, "before_cursor_execute", listen)
    return ours, theirs


@both_databases
def test_values_are_stored_and_columns_read_as_their_types_say(db: Database, cart: str) -> None:
    with db.read() as connection:
        rows = ADDED.all(connection, {"of": cart, "since": NOON})
        assert [tuple(row) for row in rows] == [(NOON, 2, 7), (NOON, 1, 7)]
        assert [row.many for row in rows] == [2, 1]
        later = {"of": cart, "since": NOON.replace(second=1)}
        assert ADDED.all(connection, later) == []
        assert ADDED.first(connection, later) is None


@both_databases
@pytest.mark.parametrize("statement", [LINES, LOOK])
def test_the_driver_says_of_a_cart_what_sqlalchemy_says(db: Database, cart: str, statement: Hot) -> None:
    ours, theirs = both_ways(db, lambda connection: statement.all(connection, {"cart_id": cart}))
    assert len(ours) == 2
    assert [tuple(row) for row in ours] == [tuple(row) for row in theirs]
    assert [row.sku for row in ours] == [row.sku for row in theirs] == ["MUG-BLUE", "TILES"]


@both_databases
def test_the_driver_says_of_an_article_what_sqlalchemy_says(db: Database, cart: str) -> None:
    asked = {"cart_id": cart, "key": "mug-blue", "sku": "mug-blue"}
    ours, theirs = both_ways(db, lambda connection: sql.ARTICLE.all(connection, asked))
    assert [tuple(row) for row in ours] == [tuple(row) for row in theirs]


@only_sqlite
def test_control_the_driver_alone_knows_no_types(db: Database, cart: str) -> None:
    with db.read() as connection:
        driver: Any = connection.connection.dbapi_connection
        row = driver.execute("SELECT added_at FROM cart_lines WHERE cart = ?", (cart,)).fetchone()
    assert row == ("2026-03-05 12:00:00.000250",)


@both_databases
def test_how_many_rows_were_changed_is_told(db: Database, cart: str) -> None:
    with db.write() as connection:
        line = {"cart_id": cart, "line": "TILES", "wanted": 3}
        assert sql.SET.run(connection, line) == 1
        assert sql.SET.run(connection, {**line, "line": "VASE"}) == 0
    with db.read() as connection:
        assert [line.quantity for line in carts.list_lines(connection, cart)] == [2, 3]


@both_databases
def test_an_insert_takes_its_columns_by_name(db: Database) -> None:
    begin = Hot(insert(tables_carts), ["id", "created_at", "changed_at"])
    row = {"changed_at": NOON, "created_at": NOON, "id": "a" * 32}
    with db.write() as connection:
        begin.run(connection, row)
    with pytest.raises(IntegrityError) as error, db.write() as connection:
        begin.run(connection, row)
    assert "a" * 32 not in str(error.value).partition("DETAIL:")[0]  # values are hidden


@only_sqlite
def test_what_the_database_cannot_do_is_told_as_ever(db: Database) -> None:
    take = Hot(update(variants).values(stock=bindparam("left")).where(variants.c.sku == "MUG-BLUE"))
    with pytest.raises(Unavailable) as error, db.read() as connection:
        connection.exec_driver_sql("PRAGMA query_only = ON")
        try:
            take.run(connection, {"left": 1})
        finally:
            connection.exec_driver_sql("PRAGMA query_only = OFF")
    assert isinstance(error.value.__cause__, OperationalError)


@both_databases
def test_sqlalchemy_executes_what_somebody_listens_to(db: Database, cart: str) -> None:
    heard: list[str] = []
    event.listen(db.engine, "before_cursor_execute", lambda *of: heard.append(of[2]))
    with db.read() as connection:
        carts.list_lines(connection, cart)
        assert hot.is_sqlalchemys(db.engine)
    assert any("cart_lines" in statement for statement in heard)


@only_postgresql
def test_a_connection_that_broke_under_a_look_is_not_given_back(
    db: Database, cart: str, caplog: pytest.LogCaptureFixture
) -> None:
    """The pool would find out by itself, and call it an error of its own."""
    ends_itself = Hot(select(func.pg_terminate_backend(func.pg_backend_pid())))
    with pytest.raises(Unavailable):
        db.look(ends_itself, {})
    assert [each.name for each in caplog.records] == ["webshop.db.trouble"]
    assert len(db.look(LINES, {"cart_id": cart})) == 2
