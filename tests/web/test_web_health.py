"""What the platform asks: is the process alive, and can it serve."""

import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import anyio
import httpx2
import pytest
from anyio import to_thread
from anyio.from_thread import start_blocking_portal
from starlette.testclient import TestClient

from tests.conftest import ADDRESS, both_databases, site_of, state_of
from tests.db.test_migrate import set_revision
from webshop.app import create_app
from webshop.db.engine import Database
from webshop.settings.model import Settings


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_shop_that_works_says_ok(client: TestClient, method: str, path: str) -> None:
    response = client.request(method, path)

    assert response.status_code == 200
    assert response.text == ("ok" if method == "GET" else "")
    assert "set-cookie" not in response.headers


@both_databases
def test_a_shop_without_its_database_is_alive_but_not_ready(client: TestClient) -> None:
    gone = Database("postgresql://nobody@127.0.0.1:1/none")
    state_of(client).site = replace(site_of(client), db=gone)

    assert client.get("/healthz").status_code == 200
    response = client.get("/readyz")
    assert (response.status_code, response.headers["retry-after"]) == (503, "5")


@both_databases
def test_a_page_without_its_database_is_503_with_a_sentence(client: TestClient) -> None:
    gone = Database("postgresql://nobody@127.0.0.1:1/none")
    state_of(client).site = replace(site_of(client), db=gone)

    for path in ("/", "/products/bowl"):
        response = client.get(path)
        assert (response.status_code, response.headers["retry-after"]) == (503, "5")
        assert "The shop is very busy. Please try again in a moment." in response.text


def test_a_shop_that_is_told_to_end_is_alive_but_not_ready(config: Settings) -> None:
    @asynccontextmanager
    async def leaving(_app: object) -> AsyncIterator[dict[str, bool]]:
        yield {"leaving": True}  # as the server does

    app = create_app(config)
    inner(app).router.lifespan_context = leaving
    with TestClient(app, base_url=ADDRESS) as client:
        assert client.get("/healthz").status_code == 200
        response = client.get("/readyz")
    inner(app).state.site.db.engine.dispose()
    assert (response.status_code, response.text) == (503, "this process is leaving")


@both_databases
def test_tables_of_another_version_are_not_ready_and_newer_ones_are(client: TestClient, db: Database) -> None:
    for revision, status in (("0008", 503), ("9999", 200)):
        set_revision(db, revision)
        response = client.get("/readyz")
        assert response.status_code == status, revision
    set_revision(db, "0001")
    assert client.get("/readyz").text == "the database is not of this version"
    assert client.get("/healthz").status_code == 200


# While all threads wait for another company


def test_a_shop_whose_threads_are_all_busy_answers_the_platform(config: Settings) -> None:
    with start_blocking_portal() as portal:  # a loop of its own: Playwright's may be running in this thread
        portal.call(ask_while_all_threads_are_busy, create_app(config))


async def ask_while_all_threads_are_busy(app: Any) -> None:
    over = threading.Event()
    client = httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url=ADDRESS)

    async def wait() -> None:
        await to_thread.run_sync(over.wait)

    async with client, anyio.create_task_group() as tasks:
        limiter = to_thread.current_default_thread_limiter()
        for _each in range(int(limiter.total_tokens)):
            tasks.start_soon(wait)
        while limiter.available_tokens:
            await anyio.sleep(0.01)
        try:
            with anyio.fail_after(10):
                assert (await client.get("/healthz")).text == "ok"
                assert (await client.get("/readyz")).text == "ok"
            with anyio.move_on_after(0.5) as page:  # the control: a page needs such a thread
                await client.get("/")
            assert page.cancelled_caught
        finally:
            over.set()
    inner(app).state.site.db.engine.dispose()


def inner(app: Any) -> Any:
    while not hasattr(app, "state"):
        app = app.app
    return app
