"""Many pages at once are answered over the connections that are there."""

import threading
from pathlib import Path
from typing import Any

import httpx2
import pytest
from anyio.to_thread import current_default_thread_limiter
from sqlalchemy import Engine, create_engine, event
from starlette.testclient import TestClient
from starlette.types import ASGIApp, Receive, Scope, Send

from tests.browser.server import served_behind
from tests.conftest import both_databases, make_config, only_postgresql, only_sqlite, site_of
from webshop.app import create_app
from webshop.db.engine import FILES
from webshop.web.threads import VIEWS, share_few_threads

CLIENTS, PAGES = 16, 200


def with_few_threads(app: ASGIApp) -> ASGIApp:
    async def door(scope: Scope, receive: Receive, send: Send) -> None:
        share_few_threads()  # as a server does when it begins
        await app(scope, receive, send)

    return door


def connections_of_pages(database_url: str, folder: Path) -> tuple[int, int]:
    """How many were opened, and how many there may be."""
    with served_behind(with_few_threads, folder, database_url=database_url) as shop:
        opened: list[object] = []
        event.listen(shop.site.db.engine, "connect", lambda *each: opened.append(each))
        threads = [threading.Thread(target=visit, args=[shop.url]) for _ in range(CLIENTS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        kept = FILES if shop.site.db.is_embedded else shop.site.settings.database_connections
        return len(opened), kept


def visit(url: str) -> None:
    with httpx2.Client(base_url=url, timeout=30) as client:
        client.post("/cart/lines", data={"sku": "TILES", "quantity": "1"})
        for _page in range(PAGES // CLIENTS):
            assert client.get("/cart").status_code == 200


@both_databases
def test_two_hundred_pages_open_no_more_connections_than_are_kept(database_url: str, tmp_path: Path) -> None:
    opened, kept = connections_of_pages(database_url, tmp_path)
    assert 0 < opened <= kept
    assert VIEWS <= FILES


@only_postgresql
def test_where_a_pool_may_overflow_they_are_opened_again_and_again(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control: as many at once, of which one is kept."""

    def overflowing(url: str, **options: Any) -> Engine:
        return create_engine(url, **{**options, "pool_size": 1, "max_overflow": VIEWS - 1})

    monkeypatch.setattr("webshop.db.engine.create_engine", overflowing)
    opened, kept = connections_of_pages(database_url, tmp_path)
    assert opened > max(kept, VIEWS)


@only_sqlite
def test_where_fewer_are_kept_than_threads_ask_they_are_opened_again_and_again(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control."""
    monkeypatch.setattr("webshop.db.engine.FILES", 1)
    opened, _kept = connections_of_pages(database_url, tmp_path)
    assert opened > FILES


@pytest.mark.parametrize(("design", "threads"), [(False, 10), (True, 40)])
def test_a_server_shares_them_unless_somebody_designs(tmp_path: Path, design: bool, threads: int) -> None:
    """There each page that is open holds one."""
    with TestClient(create_app(make_config(tmp_path, design=design))) as client:
        assert client.portal
        assert client.portal.call(lambda: current_default_thread_limiter().total_tokens) == threads
    site_of(client).db.engine.dispose()
