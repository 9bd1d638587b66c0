"""Whether somebody has come back to a cart: marked once, and no page fails or waits for it."""

import logging
import threading
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, delete, event, select, text, update
from starlette.testclient import TestClient

from tests.conftest import both_databases, only_postgresql, only_sqlite, site_of
from tests.shopper import Shopper
from tests.till import Till
from webshop.cart import queries as carts
from webshop.db.engine import Database
from webshop.db.tables import carts as rows

FIRST, LATER = datetime(2026, 3, 5, 14, 0, tzinfo=UTC), datetime(2026, 3, 6, 9, 30, tzinfo=UTC)
PUT_IN = {"sku": "TILES", "quantity": "1"}


def seen(db: Database) -> list[datetime | None]:
    with db.read() as connection:
        return list(connection.execute(select(rows.c.seen_at)).scalars())


def put_in(client: TestClient) -> None:
    response = client.post("/cart/lines", data=PUT_IN, follow_redirects=False)
    assert response.status_code == 303


@both_databases
@pytest.mark.parametrize("address", ["/", "/cart", "/products/blue-mug", "/checkout", "/nowhere"])
def test_a_cart_is_seen_when_its_cookie_comes_back_and_that_is_written_once(
    client: TestClient, address: str
) -> None:
    db = site_of(client).db
    db.clock = lambda: FIRST
    put_in(client)
    assert seen(db) == [None]
    client.get(address)
    assert seen(db) == [FIRST]
    db.clock = lambda: LATER
    client.get(address)
    put_in(client)
    assert seen(db) == [FIRST]


@both_databases
@pytest.mark.parametrize(
    ("to", "form"), [("/cart/lines", PUT_IN), ("/cart/lines/change", {"sku": "TILES", "quantity": "0"})]
)
def test_a_change_of_the_cart_is_a_return_to_it(client: TestClient, to: str, form: dict[str, str]) -> None:
    db = site_of(client).db
    db.clock = lambda: FIRST
    put_in(client)
    db.clock = lambda: LATER
    client.post(to, data=form, follow_redirects=False)
    assert seen(db) == [LATER]


@both_databases
def test_whoever_comes_back_to_a_cart_that_is_gone_has_come_back(client: TestClient) -> None:
    """It is made again, under the name that the cookie knows."""
    db = site_of(client).db
    put_in(client)
    with db.write() as connection:
        connection.execute(delete(rows))
    db.clock = lambda: LATER
    put_in(client)
    assert seen(db) == [LATER]


def test_whoever_sends_no_cookie_is_seen_nowhere(client: TestClient) -> None:
    for _visit in range(3):
        put_in(client)
        client.cookies.clear()
        client.get("/cart")
    assert seen(site_of(client).db) == [None, None, None]


def test_a_cart_is_written_twice_at_most_before_it_is_changed(client: TestClient) -> None:
    db = site_of(client).db
    put_in(client)
    asked: list[str] = []
    event.listen(db.engine, "before_cursor_execute", lambda *sent: asked.append(sent[2]))
    for _page in range(3):
        client.get("/cart")
    assert [each.partition(" SET")[0] for each in asked if each.startswith("UPDATE")] == ["UPDATE carts"]


def marked_while_another_writes(client: TestClient, patience: float) -> bool:
    """Whether the page is answered before the other one, who writes for so long, is done."""
    db = site_of(client).db
    put_in(client)
    answers: list[int] = []
    visit = threading.Thread(target=lambda: answers.append(client.get("/cart").status_code))
    with db.write() as connection:
        connection.execute(text("UPDATE variants SET stock = stock"))
        connection.execute(update(rows).values(changed_at=rows.c.changed_at))
        visit.start()
        visit.join(patience)
        answered = not visit.is_alive()
    visit.join()
    assert answers == [200]
    return answered


@both_databases
def test_while_another_writes_a_page_does_not_wait_and_the_next_one_marks(
    client: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    assert marked_while_another_writes(client, 60)
    db = site_of(client).db
    assert seen(db) == [None]
    client.get("/cart")
    assert seen(db) != [None]
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


@only_sqlite
def test_control_an_ordinary_write_waits_for_the_other(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = Database.write
    monkeypatch.setattr(Database, "write", lambda db, *_args, **_kwargs: write(db))
    assert not marked_while_another_writes(client, 1)


@only_postgresql
def test_control_a_mark_that_skips_no_lock_waits_for_it(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def wait(connection: Connection, cart: str) -> None:
        connection.execute(update(rows).where(rows.c.id == cart).values(seen_at=FIRST))

    monkeypatch.setattr(carts, "mark_seen", wait)
    assert not marked_while_another_writes(client, 1)


def test_a_database_that_only_reads_shows_the_cart_all_the_same(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    shopper = Shopper(client)
    put_in(client)
    db = site_of(client).db
    write = Database.write

    @contextmanager
    def full_disk(self: Database, *args: Any, **kwargs: Any) -> Any:
        with write(self, *args, **kwargs) as connection:
            connection.exec_driver_sql("PRAGMA query_only = ON")
            try:
                yield connection
            finally:
                connection.exec_driver_sql("PRAGMA query_only = OFF")

    with monkeypatch.context() as broken:
        broken.setattr(Database, "write", full_disk)
        assert "Glaze tiles" in shopper.visit("/cart").text
    assert seen(db) == [None]
    shopper.visit("/cart")
    assert seen(db) != [None]


@both_databases
def test_marking_looks_at_one_cart(till: Till) -> None:
    cart, _other = till.cart(TILES=1), till.cart(TILES=1)
    for moment in (FIRST, FIRST + timedelta(days=1)):
        with till.db.write(moment) as connection:
            carts.mark_seen(connection, cart)
    assert sorted(seen(till.db), key=str) == [FIRST, None]
