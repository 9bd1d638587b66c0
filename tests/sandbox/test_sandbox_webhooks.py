"""Webhook rules: held, reordered, dropped, doubled, late; and a shop that hangs."""

from __future__ import annotations

import http.server
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import stripe
from starlette.testclient import TestClient

from webshop.sandbox import delivery
from webshop.sandbox.core import Sandbox
from webshop.sandbox.delivery import POSTS_AT_ONCE, Delivery, deliver_due
from webshop.sandbox.pages.ledger import deliveries
from webshop.sandbox.testing import SHOP, Clock, client_of, pay, session_params
from webshop.sandbox.web import create_app

stripe.enable_telemetry = False

PATIENCE = 60.0  # seconds for what takes none, on a machine that has other things to do
SENT = ["charge.succeeded", "payment_intent.succeeded", "checkout.session.completed"]
"""By one purchase."""


class Shop(http.server.ThreadingHTTPServer):
    """A real little server: `arrived` are the types of events, `answer` may wait and gives the status."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Hook)
        self.arrived: list[str] = []
        self.answer: Callable[[str], int] = lambda kind: 200
        self.url = f"http://127.0.0.1:{self.server_port}/webhook"

    def wait_for(self, count: int) -> list[str]:
        wait_until(lambda: len(self.arrived) >= count)
        return self.arrived


class Hook(http.server.BaseHTTPRequestHandler):
    server: Shop

    def do_POST(self) -> None:
        kind = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["type"]
        self.server.arrived.append(kind)
        self.send_response(self.server.answer(kind))
        self.end_headers()

    def log_message(self, *args: object) -> None:
        pass


def wait_until(true: Callable[[], bool]) -> None:
    give_up = time.monotonic() + PATIENCE
    while not true() and time.monotonic() < give_up:
        time.sleep(0.01)
    assert true()


@pytest.fixture
def shop() -> Iterator[Shop]:
    with Shop() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def sandbox(tmp_path: Path, shop: Shop, clock: Clock) -> Sandbox:
    return Sandbox(
        tmp_path / "sandbox.db",
        base_url="http://testserver",
        shop_url=SHOP,
        webhook_url=shop.url,
        clock=clock,
    )


@pytest.fixture
def remote(sandbox: Sandbox) -> TestClient:
    return TestClient(create_app(sandbox))


@contextmanager
def delivering(sandbox: Sandbox) -> Iterator[Delivery]:
    running = Delivery(sandbox)
    running.start()
    try:
        yield running
    finally:
        running.stop()


def buy(sandbox: Sandbox) -> None:
    pay(sandbox, client_of(sandbox).v1.checkout.sessions.create(session_params()).id)


def rule(remote: TestClient, action: str, **body: Any) -> Any:
    answer = remote.post("/webhooks.json", json={"action": action} | body)
    assert answer.status_code == 200, answer.text
    return answer.json()


def states(sandbox: Sandbox) -> list[str]:
    with sandbox.work() as work:
        return [row["state"] for row in deliveries(work)]


def test_held_webhooks_wait_for_their_release(sandbox: Sandbox, shop: Shop, remote: TestClient) -> None:
    held = rule(remote, "hold")
    assert [each["action"] for each in held["webhooks"]] == ["hold"]
    with delivering(sandbox):
        buy(sandbox)
        time.sleep(0.2)
        assert shop.arrived == []
        assert remote.get("/faults.json").json()["waiting"] == 3
        rule(remote, "release")
        assert sorted(shop.wait_for(3)) == sorted(SENT)
        wait_until(lambda: states(sandbox) == ["delivered"] * 3)
    assert remote.get("/faults.json").json()["webhooks"] == []


def test_a_retry_is_held_too_and_a_release_sends_it_at_once(
    sandbox: Sandbox, shop: Shop, remote: TestClient, clock: Clock
) -> None:
    shop.answer = lambda kind: 500
    buy(sandbox)
    assert deliver_due(sandbox) == 3
    rule(remote, "hold")
    clock.forward(60)
    assert deliver_due(sandbox) == 0
    rule(remote, "release")
    assert deliver_due(sandbox) == 3
    assert deliver_due(sandbox) == 0
    rule(remote, "release")
    assert deliver_due(sandbox) == 3


def slowly(kind: str) -> int:
    time.sleep(0.05)
    return 200


def test_held_webhooks_are_released_in_reverse_one_after_another(
    sandbox: Sandbox, shop: Shop, remote: TestClient
) -> None:
    rule(remote, "reorder")
    buy(sandbox)
    shop.answer = slowly
    with delivering(sandbox):
        rule(remote, "release")
        assert shop.wait_for(3) == SENT[::-1]
        buy(sandbox)
        wait_until(lambda: states(sandbox) == ["delivered"] * 6)


def test_one_that_fails_does_not_hold_up_those_behind_it(
    sandbox: Sandbox, shop: Shop, remote: TestClient, clock: Clock
) -> None:
    rule(remote, "reorder")
    buy(sandbox)
    rule(remote, "release")
    shop.answer = lambda kind: 500 if kind == SENT[2] else 200
    assert deliver_due(sandbox) == 3
    assert shop.arrived == SENT[::-1]
    shop.answer = lambda kind: 200
    clock.forward(1)
    assert deliver_due(sandbox) == 1
    assert states(sandbox) == ["delivered"] * 3


def shuffled(tmp_path: Path, shop: Shop, name: str, seed: int) -> list[str]:
    sandbox = Sandbox(tmp_path / name, base_url="http://testserver", shop_url=SHOP, webhook_url=shop.url)
    remote = TestClient(create_app(sandbox))
    rule(remote, "reorder", sequence="shuffle", seed=seed)
    for _ in range(4):
        buy(sandbox)
    rule(remote, "release")
    shop.arrived.clear()
    assert deliver_due(sandbox) == 12
    return list(shop.arrived)


def test_a_shuffle_can_be_repeated_by_its_seed(tmp_path: Path, shop: Shop) -> None:
    first = shuffled(tmp_path, shop, "a.db", 1)
    assert sorted(first) == sorted(SENT * 4)
    assert first not in (SENT * 4, SENT[::-1] * 4)
    assert shuffled(tmp_path, shop, "b.db", 1) == first
    assert shuffled(tmp_path, shop, "c.db", 2) != first


def test_dropped_events_are_never_sent(sandbox: Sandbox, shop: Shop, remote: TestClient) -> None:
    rule(remote, "drop", times=2)
    buy(sandbox)
    assert deliver_due(sandbox) == 1
    assert shop.arrived == SENT[2:]
    assert states(sandbox) == ["dropped", "dropped", "delivered"]
    rule(remote, "release")
    assert deliver_due(sandbox) == 0
    assert [(each["action"], each["hits"]) for each in rule(remote, "hold")["webhooks"]] == [
        ("drop", 2),
        ("hold", 0),
    ]


def test_a_rule_may_mean_one_type_of_event(sandbox: Sandbox, shop: Shop, remote: TestClient) -> None:
    rule(remote, "drop", event=SENT[2])
    buy(sandbox)
    deliver_due(sandbox)
    assert shop.arrived == SENT[:2]
    buy(sandbox)
    deliver_due(sandbox)
    assert shop.arrived == SENT[:2] + SENT


def test_copies_arrive_in_parallel(sandbox: Sandbox, shop: Shop, remote: TestClient) -> None:
    rule(remote, "drop", times=2)
    rule(remote, "duplicate", copies=POSTS_AT_ONCE)
    together = threading.Barrier(POSTS_AT_ONCE, timeout=PATIENCE)
    shop.answer = lambda kind: 200 if together.wait() < POSTS_AT_ONCE else 500
    buy(sandbox)
    with delivering(sandbox):
        assert shop.wait_for(POSTS_AT_ONCE) == [SENT[2]] * POSTS_AT_ONCE
        wait_until(lambda: states(sandbox) == ["dropped"] * 2 + ["delivered"] * POSTS_AT_ONCE)


def test_two_hundred_copies_are_each_sent_once(sandbox: Sandbox, shop: Shop, remote: TestClient) -> None:
    rule(remote, "duplicate", copies=200, event=SENT[2])
    buy(sandbox)
    with delivering(sandbox):
        wait_until(lambda: states(sandbox) == ["delivered"] * 202)
    assert shop.arrived.count(SENT[2]) == 200


def test_a_delay_counts_from_the_event_and_lasts_until_normal(
    sandbox: Sandbox, shop: Shop, remote: TestClient, clock: Clock
) -> None:
    rule(remote, "delay", seconds=30)
    for _ in range(2):
        buy(sandbox)
        clock.forward(29)
        assert deliver_due(sandbox) == 0
        clock.forward(1)
        assert deliver_due(sandbox) == 3
    buy(sandbox)
    rule(remote, "normal")
    assert deliver_due(sandbox) == 3
    buy(sandbox)
    assert deliver_due(sandbox) == 3


def test_forgetting_all_rules_releases(sandbox: Sandbox, shop: Shop, remote: TestClient) -> None:
    rule(remote, "hold")
    buy(sandbox)
    shown = remote.delete("/faults.json").json()
    assert (shown["webhooks"], shown["waiting"]) == ([], 3)
    assert deliver_due(sandbox) == 3


def test_rules_outlive_the_process(sandbox: Sandbox, shop: Shop, remote: TestClient) -> None:
    rule(remote, "hold")
    rule(remote, "duplicate", times=3)
    restarted = Sandbox(
        sandbox.store.path,
        base_url="http://testserver",
        shop_url=SHOP,
        webhook_url=shop.url,
        clock=sandbox.clock,
    )
    buy(restarted)
    assert deliver_due(restarted) == 0
    rule(TestClient(create_app(restarted)), "release")
    assert deliver_due(sandbox) == 6


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"action": "explode"}, "action: Input should be 'hold', "),
        ({"action": "delay"}, "Say how many seconds delay takes."),
        ({"action": "drop", "times": 0}, "times: "),
        ({"action": "duplicate", "copies": 1}, "copies: "),
        ({"action": "reorder", "sequence": "sideways"}, "sequence: "),
    ],
)
def test_a_rule_that_makes_no_sense_is_refused(remote: TestClient, body: dict[str, Any], words: str) -> None:
    answer = remote.post("/webhooks.json", json=body)
    assert answer.status_code == 422
    assert words in answer.json()["error"]


def test_a_shop_that_hangs_over_one_gets_the_others(sandbox: Sandbox, shop: Shop) -> None:
    go_on = threading.Event()
    shop.answer = lambda kind: 200 if kind != SENT[0] or go_on.wait(PATIENCE) else 500
    buy(sandbox)
    with delivering(sandbox):
        wait_until(lambda: states(sandbox) == ["pending", "delivered", "delivered"])
        buy(sandbox)
        wait_until(lambda: states(sandbox)[3:] == ["pending", "delivered", "delivered"])
        go_on.set()
        wait_until(lambda: states(sandbox) == ["delivered"] * 6)
    assert sorted(shop.arrived) == sorted(SENT * 2)


def test_no_more_is_claimed_than_can_leave(sandbox: Sandbox, shop: Shop) -> None:
    go_on = threading.Event()
    shop.answer = lambda kind: 200 if go_on.wait(PATIENCE) else 500
    for _ in range(2):
        buy(sandbox)
    with delivering(sandbox) as running:
        shop.wait_for(POSTS_AT_ONCE)
        time.sleep(0.1)
        assert len(shop.arrived) == POSTS_AT_ONCE
        running.stop(timeout=0.05)
        go_on.set()
        wait_until(lambda: not [t for t in threading.enumerate() if t.name == "sandbox-delivery"])
    assert states(sandbox) == ["delivered"] * 4 + ["pending"] * 2


def test_it_can_be_started_again(sandbox: Sandbox, shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delivery, "LOOK_SECONDS", 60)
    running = Delivery(sandbox)
    for count in (3, 6):
        running.start()
        buy(sandbox)
        shop.wait_for(count)
        running.stop()
    assert states(sandbox) == ["delivered"] * 6
