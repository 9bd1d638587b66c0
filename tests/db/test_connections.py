"""A PostgreSQL with few connections: nobody holds one and wants another, and who finds it full waits."""

import socket
import socketserver
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import NullPool, create_engine, func, select, text
from starlette.testclient import TestClient

from tests.conftest import both_databases, make_config, only_postgresql, payments_of, site_of
from tests.connections import SecondConnection
from tests.loops import run_alone
from tests.people import TYPED
from tests.postgres import on_server
from tests.shopper import Shopper
from webshop.admin.refunds import request_refund
from webshop.db import engine, hot
from webshop.db.engine import Database
from webshop.db.hot import Hot
from webshop.errors import Unavailable
from webshop.orders import queries as orders
from webshop.settings.model import Settings
from webshop.worker import rounds


@pytest.fixture
def config(database_url: str, tmp_path: Path) -> Settings:
    return make_config(tmp_path, database_url=database_url, database_connections=1)


@only_postgresql
def test_one_connection_is_enough_for_a_purchase_a_refund_and_a_round(client: TestClient) -> None:
    shopper = Shopper(client)
    db = site_of(client).db
    assert db.engine.pool.size() == 1  # type: ignore[attr-defined]
    shopper.visit("/").follow("Blue mug").submit("form.buy", quantity="2")
    shopper.follow("checkout").submit(**{key.replace("-", "_"): value for key, value in TYPED.items()}).pay()
    assert "your order is paid" in shopper.text

    with db.read() as connection:
        number = connection.execute(text("SELECT number FROM orders")).scalar_one()
    request_refund(db, number)
    rounds.work(db, payments_of(client))
    rounds.clean_up(db, db.clock())
    with db.read() as connection:
        order = orders.get_order(connection, number)
    assert order.refunded == order.total
    assert client.get("/readyz").status_code == 200


@both_databases
def test_control_a_second_connection_would_be_noticed(db: Database) -> None:
    planted = compile("def nested(db):\n    with db.read(), db.read():\n        pass", "planted", "exec")
    of_the_shop: dict[str, object] = {"__name__": "webshop.planted"}
    exec(planted, of_the_shop)  # noqa: S102 - as if the shop did it
    with pytest.raises(SecondConnection):
        of_the_shop["nested"](db)  # type: ignore[operator]


@pytest.fixture
def small(db: Database) -> Iterator[Database]:
    """Of a role that may have one connection, from a process that would open three."""
    url = db.engine.url
    on_server(url.render_as_string(hide_password=False), "CREATE ROLE small LOGIN CONNECTION LIMIT 1")
    small = Database(url.set(username="small").render_as_string(hide_password=False), connections=3)
    yield small
    small.engine.dispose()
    on_server(url.render_as_string(hide_password=False), "DROP ROLE small")


def wait_until_they_have_left(small: Database) -> None:
    """A server counts a connection for a moment after it was closed."""
    server = create_engine(small.engine.url.set(username="postgres"), poolclass=NullPool)
    for _each in range(1000):
        with server.connect() as connection:
            left = "SELECT count(*) FROM pg_stat_activity WHERE usename = 'small'"
            if connection.exec_driver_sql(left).scalar_one() == 0:
                return
        time.sleep(0.01)
    pytest.fail("somebody has not left")


def ask_while_it_is_full(small: Database, holder: Database) -> None:
    """One asks while another holds the only connection, who lets go a moment later."""
    holds, lets_go = threading.Event(), threading.Event()
    small.engine.dispose()
    wait_until_they_have_left(small)

    def hold() -> None:
        with holder.read() as connection:
            connection.execute(text("SELECT 1"))
            holds.set()
            lets_go.wait(60)
        if holder is not small:
            holder.engine.dispose()

    holding = threading.Thread(target=hold)
    holding.start()
    assert holds.wait(60)
    letting_go = threading.Timer(0.4, lets_go.set)
    letting_go.start()
    try:
        small.ask()
    finally:
        lets_go.set()
        holding.join()


@only_postgresql
@pytest.mark.parametrize("whose", ["its own", "another process's"])
def test_who_finds_the_server_full_waits(
    small: Database, whose: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    holder = small if whose == "its own" else Database(small.engine.url.render_as_string(hide_password=False))
    ask_while_it_is_full(small, holder)

    monkeypatch.setattr(engine, "LOCK_SECONDS", 0)  # the control
    with pytest.raises(Unavailable):
        ask_while_it_is_full(small, holder)


@only_postgresql
def test_many_threads_share_three_connections(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "LOCK_SECONDS", 60)  # as long as it takes here
    db = Database(database_url, connections=3)
    most = threading.Semaphore(3)
    answered: list[int] = []

    def ask() -> None:
        for _each in range(10):
            with db.read() as connection:
                assert most.acquire(blocking=False)
                answered.append(connection.execute(text("SELECT 1 FROM pg_sleep(0.002)")).scalar_one())
                most.release()

    threads = [threading.Thread(target=ask) for _each in range(40)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert len(answered) == 400
    db.engine.dispose()


@only_postgresql
def test_the_kernel_keeps_connections_alive(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """By itself it begins after two hours."""
    monkeypatch.setattr(hot, "LONGEST", 60.0)  # a busy machine is no broken connection
    socket_file = f"{db.engine.url.query['host']}/.s.PGSQL.5432"
    with relay(socket_file) as port:
        url = db.engine.url.set(host="127.0.0.1", port=port).difference_update_query(["host"])
        over_tcp = Database(url.render_as_string(hide_password=False), connections=2, glances=True)
        with over_tcp.read() as connection:
            driver: Any = connection.connection.dbapi_connection
            assert alive_after(driver) == (1, 60)
        run_alone(over_tcp.glance(Hot(select(func.count().label("one"))), {}))
        in_loop: Any = over_tcp._in_loop
        assert alive_after(in_loop._connection) == (1, 60)
        over_tcp.engine.dispose()


def alive_after(driver: Any) -> tuple[int, int]:
    with socket.fromfd(driver.fileno(), socket.AF_INET, socket.SOCK_STREAM) as own:
        alive = own.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
        return alive, own.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE)


@contextmanager
def relay(socket_file: str) -> Iterator[int]:
    """The port of a server that hands all on to that socket."""

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            with socket.socket(socket.AF_UNIX) as behind:
                behind.connect(socket_file)
                back = threading.Thread(target=hand_on, args=[behind, self.request])
                back.start()
                hand_on(self.request, behind)
                back.join()

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
            thread.join()


def hand_on(one: socket.socket, other: socket.socket) -> None:
    while said := one.recv(65536):
        other.sendall(said)
    with suppress(OSError):  # it may have ended first
        other.shutdown(socket.SHUT_WR)
