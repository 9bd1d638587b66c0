"""What asks Stripe: seldom, and in threads of its own."""

from typing import Any

import anyio
import pytest
from anyio.from_thread import start_blocking_portal
from sqlalchemy import select
from starlette.concurrency import run_in_threadpool
from starlette.testclient import TestClient

from tests.conftest import site_of
from tests.shopper import Shopper
from tests.wire import Wire
from webshop.db.tables import attempts
from webshop.errors import Unavailable
from webshop.web import threads
from webshop.web.threads import SlowThreads


def tokens_of(client: TestClient) -> list[str]:
    with site_of(client).db.read() as connection:
        return [str(token) for token in connection.execute(select(attempts.c.session_id)).scalars()]


def test_a_decided_payment_is_answered_from_the_database(
    client: TestClient, shopper: Shopper, wire: Wire
) -> None:
    """However often its token is posted."""
    shopper.add("blue-mug").check_out()
    (token,) = tokens_of(client)
    client.get("/charge", params={"token": token}, follow_redirects=False)
    assert wire.count("GET /v1/checkout/sessions") == 1
    shopper.pay()
    asked = wire.count("GET /v1/checkout/sessions")
    for _each in range(50):
        answer = client.post("/charge", data={"token": token}, follow_redirects=True)
        assert "your order is paid" in answer.text
        assert client.get("/charge", params={"token": token}).status_code == 200
    assert wire.count("GET /v1/checkout/sessions") == asked


def test_every_view_that_asks_stripe_has_threads_of_its_own(
    client: TestClient, shopper: Shopper, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran: list[str] = []
    run = SlowThreads.run

    async def watched(self: SlowThreads, view: Any, *args: Any) -> Any:
        ran.append(view.__name__)
        return await run(self, view, *args)

    monkeypatch.setattr(SlowThreads, "run", watched)
    shopper.add("blue-mug").check_out().pay()
    client.post("/charge", data={"token": tokens_of(client)[0]})
    event = b'{"id": "evt_1"}'
    client.post("/stripe/webhook", content=event)
    client.get("/cart")
    assert ran == ["place", "returned", "charge"]  # a webhook that nobody signed does not get so far


def in_a_loop(crowd: Any, *args: float) -> Any:
    """In a thread of its own: a browser's test may have left a loop in this one."""
    with start_blocking_portal() as portal:
        return portal.call(crowd, *args)


async def _crowd(people: int, patience: float) -> tuple[list[str], bool]:
    """How many are served when all wait for Stripe, and whether another view is answered meanwhile."""
    slow = SlowThreads()
    stripe_answers = anyio.Event()
    said: list[str] = []

    def ask() -> None:
        anyio.from_thread.run(stripe_answers.wait)

    async def visit() -> None:
        try:
            await slow.run(ask)
            said.append("served")
        except Unavailable:
            said.append("busy")

    async with anyio.create_task_group() as group:
        for _each in range(people):
            group.start_soon(visit)
        await anyio.sleep(0.05)
        with anyio.fail_after(60):
            answered = await run_in_threadpool(lambda: True)
        await anyio.sleep(patience + 0.1)
        stripe_answers.set()
    return sorted(said), answered


def test_a_crowd_that_waits_for_stripe_leaves_the_catalogue_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threads, "PATIENCE", 0.1)
    said, answered = in_a_loop(_crowd, 60, 0.1)
    assert answered
    assert said == ["busy"] * 50 + ["served"] * 10


def test_whoever_comes_when_the_queue_is_full_is_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threads, "QUEUE", 5)
    said, _answered = in_a_loop(_crowd, 30, 0.0)
    assert said == ["busy"] * 15 + ["served"] * 15
