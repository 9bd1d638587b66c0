"""Who waits to write keeps nobody from reading."""

import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest
from starlette.concurrency import run_in_threadpool
from starlette.types import ASGIApp, Receive, Scope, Send

from tests.browser.server import served_behind
from webshop.web.threads import FormThreads, share_few_threads

WRITERS = 20  # more than there are threads of any kind
ADD, RESTORE = "/cart/lines", "/cart/restore"
NO_ANSWER = "The database did not answer"


class Door:
    """Before a shop; it counts the forms that were sent to it."""

    def __init__(self) -> None:
        self.sent = 0

    def before(self, app: ASGIApp) -> ASGIApp:
        async def door(scope: Scope, receive: Receive, send: Send) -> None:
            share_few_threads()  # as a server does when it begins

            async def counted() -> Any:
                message = await receive()
                if scope["method"] == "POST" and not message.get("more_body"):
                    self.sent += 1
                return message

            await app(scope, counted, send)

        return door


@contextmanager
def locked(database: Path) -> Iterator[Callable[[], None]]:
    """Another process writes to the file, until it is told to end."""
    other = sqlite3.connect(database, isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    try:
        yield other.rollback
    finally:
        other.close()


def read_while_others_wait(path: str, folder: Path, caplog: pytest.LogCaptureFixture) -> tuple[int, set[int]]:
    """How many have waited in vain before a page was read; and what all who waited were told."""
    file, door, told = folder / "shop.sqlite3", Door(), []
    form = {"sku": "TILES", "quantity": "1", "lines": '[["TILES", 1]]'}

    with served_behind(door.before, folder, database_url=f"sqlite:///{file}") as shop:
        assert httpx2.get(f"{shop.url}/cart", timeout=60).status_code == 200

        def write() -> None:
            told.append(httpx2.post(shop.url + path, data=form, timeout=60).status_code)

        with locked(file) as unlock:
            writing = [threading.Thread(target=write) for _each in range(WRITERS)]
            for each in writing:
                each.start()
            while door.sent < WRITERS:
                time.sleep(0.01)
            assert httpx2.get(f"{shop.url}/cart", timeout=60).status_code == 200
            in_vain = sum(record.getMessage().startswith(NO_ANSWER) for record in caplog.records)
            unlock()
            for each in writing:
                each.join()
    return in_vain, set(told)


@pytest.mark.parametrize(("path", "told"), [(ADD, 303), (RESTORE, 200)])
def test_a_page_is_read_while_many_wait_to_write(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, path: str, told: int
) -> None:
    monkeypatch.setattr("webshop.db.engine.LOCK_SECONDS", 60)  # as long as it takes here
    assert read_while_others_wait(path, tmp_path, caplog) == (0, {told})


def test_where_they_share_the_threads_of_views_it_waits_until_they_give_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The negative control."""
    monkeypatch.setattr("webshop.db.engine.LOCK_SECONDS", 1)

    async def run(_self: FormThreads, view: Callable[..., object], *args: object) -> object:
        return await run_in_threadpool(view, *args)

    monkeypatch.setattr(FormThreads, "run", run)
    in_vain, _told = read_while_others_wait(RESTORE, tmp_path, caplog)
    assert in_vain >= 10
