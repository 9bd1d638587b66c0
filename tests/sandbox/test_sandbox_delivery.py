"""Webhooks: signed, sent at once, tried again, never by two at a time."""

from __future__ import annotations

import http.server
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import stripe

from webshop.sandbox import delivery
from webshop.sandbox.core import Sandbox
from webshop.sandbox.delivery import PAUSES, Delivery, deliver_due
from webshop.sandbox.pages.ledger import deliveries
from webshop.sandbox.testing import Clock, client_of, pay, session_params

stripe.enable_telemetry = False

PATIENCE = 60.0  # seconds for what takes none, on a machine that has other things to do


class Shop:
    """The other end: notes what it gets and answers as it is told."""

    def __init__(self, *answers: int | OSError) -> None:
        self.answers = list(answers)
        self.got: list[tuple[str, dict[str, str], bytes]] = []

    def __call__(self, url: str, headers: dict[str, str], body: bytes) -> int:
        self.got.append((url, headers, body))
        answer = self.answers.pop(0) if self.answers else 200
        if isinstance(answer, OSError):
            raise answer
        return answer

    def types(self) -> list[str]:
        return [json.loads(body)["type"] for _, _, body in self.got]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def sandbox(tmp_path: Path, clock: Clock) -> Sandbox:
    return make_sandbox(tmp_path / "sandbox.db", "http://shop.test/webhook", clock)


def make_sandbox(path: Path, webhook_url: str, clock: Any = time.time) -> Sandbox:
    return Sandbox(path, base_url="http://shop.test/sandbox", webhook_url=webhook_url, clock=clock)


def expire_one(sandbox: Sandbox) -> str:
    """One event, checkout.session.expired; gives the session's id."""
    client = client_of(sandbox)
    session = client.v1.checkout.sessions.create(session_params())
    client.v1.checkout.sessions.expire(session.id)
    return session.id


def rows(sandbox: Sandbox) -> list[dict[str, Any]]:
    with sandbox.work() as work:
        return deliveries(work)


def test_a_webhook_is_signed_as_stripe_signs(sandbox: Sandbox) -> None:
    session_id, shop = expire_one(sandbox), Shop()
    assert deliver_due(sandbox, shop) == 1
    url, headers, body = shop.got[0]
    assert url == "http://shop.test/webhook"
    client = client_of(sandbox)
    event = client.construct_event(body, headers["Stripe-Signature"], sandbox.webhook_secret)
    assert event.type == "checkout.session.expired"
    assert event.data.object["id"] == session_id
    assert event.pending_webhooks == 1
    with pytest.raises(stripe.SignatureVerificationError):
        client.construct_event(body + b" ", headers["Stripe-Signature"], sandbox.webhook_secret)
    with pytest.raises(stripe.SignatureVerificationError):
        client.construct_event(body, headers["Stripe-Signature"], "whsec_other")


def test_a_payment_sends_its_events_in_order(sandbox: Sandbox) -> None:
    session = client_of(sandbox).v1.checkout.sessions.create(session_params())
    pay(sandbox, session.id)
    shop = Shop()
    deliver_due(sandbox, shop)
    assert shop.types() == ["charge.succeeded", "payment_intent.succeeded", "checkout.session.completed"]


def test_what_is_delivered_is_not_sent_again(sandbox: Sandbox) -> None:
    expire_one(sandbox)
    assert deliver_due(sandbox, Shop(204)) == 1
    assert deliver_due(sandbox, Shop()) == 0
    assert [(row["state"], row["status"], row["attempts"]) for row in rows(sandbox)] == [
        ("delivered", 204, 1)
    ]
    assert client_of(sandbox).v1.events.list().data[0].pending_webhooks == 0


@pytest.mark.parametrize("answer", [500, 503, 404, 400, 302, ConnectionRefusedError("refused")])
def test_anything_but_2xx_is_tried_again_with_growing_pauses(
    sandbox: Sandbox, clock: Clock, answer: int | OSError
) -> None:
    expire_one(sandbox)
    for pause in (1, 5, 30, 120, 600):
        assert deliver_due(sandbox, Shop(answer)) == 1
        clock.forward(pause - 1)
        assert deliver_due(sandbox, Shop()) == 0
        clock.forward(1)
    assert deliver_due(sandbox, Shop(200)) == 1
    assert [(row["state"], row["attempts"]) for row in rows(sandbox)] == [("delivered", 6)]


def test_the_reason_of_a_failed_connection_is_kept(sandbox: Sandbox) -> None:
    expire_one(sandbox)
    deliver_due(sandbox, Shop(ConnectionRefusedError("refused")))
    assert [(row["status"], row["problem"]) for row in rows(sandbox)] == [(None, "refused")]


def test_at_last_it_gives_up(sandbox: Sandbox, clock: Clock) -> None:
    expire_one(sandbox)
    for _ in range(len(PAUSES) + 1):
        assert deliver_due(sandbox, Shop(500)) == 1
        clock.forward(24 * 3600)
    assert deliver_due(sandbox, Shop()) == 0
    assert rows(sandbox)[0]["state"] == "failed"


def test_one_failing_webhook_does_not_hold_up_the_others(sandbox: Sandbox) -> None:
    for _ in range(3):
        expire_one(sandbox)
    assert deliver_due(sandbox, Shop(500, 200, 200)) == 3
    assert [row["state"] for row in rows(sandbox)] == ["pending", "delivered", "delivered"]


def test_a_row_that_one_process_is_sending_is_not_sent_by_another(
    sandbox: Sandbox, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Both have looked before either of them claims: only the claim itself is left to keep them apart.
    monkeypatch.setattr(delivery, "_any", lambda *_: True)
    expire_one(sandbox)
    another = make_sandbox(sandbox.store.path, sandbox.webhook_url, clock)
    meanwhile: list[int] = []

    def post(url: str, headers: dict[str, str], body: bytes) -> int:
        meanwhile.append(deliver_due(another, Shop()))
        return 200

    assert deliver_due(sandbox, post) == 1
    assert meanwhile == [0]


def test_a_delivery_of_a_process_that_died_is_taken_over(sandbox: Sandbox, clock: Clock) -> None:
    class Killed(BaseException):
        pass

    def die(url: str, headers: dict[str, str], body: bytes) -> int:
        raise Killed

    expire_one(sandbox)
    with pytest.raises(Killed):
        deliver_due(sandbox, die)
    assert deliver_due(sandbox, Shop()) == 0
    clock.forward(20)
    assert deliver_due(sandbox, Shop()) == 1


def test_an_answer_that_comes_after_the_claim_was_lost_changes_nothing(
    sandbox: Sandbox, clock: Clock
) -> None:
    expire_one(sandbox)

    def slow(url: str, headers: dict[str, str], body: bytes) -> int:
        clock.forward(20)
        deliver_due(make_sandbox(sandbox.store.path, sandbox.webhook_url, clock), Shop(200))
        return 500

    deliver_due(sandbox, slow)
    assert [(row["state"], row["attempts"]) for row in rows(sandbox)] == [("delivered", 1)]


def test_without_an_endpoint_events_are_kept_and_not_sent(tmp_path: Path) -> None:
    sandbox = make_sandbox(tmp_path / "quiet.db", "")
    expire_one(sandbox)
    assert rows(sandbox) == []
    assert client_of(sandbox).v1.events.list().data[0].pending_webhooks == 0


class Endpoint(http.server.BaseHTTPRequestHandler):
    """A real shop on a real socket: redirects at /moved, hangs up at /gone."""

    arrivals: list[tuple[float, bytes]]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.arrivals.append((time.time(), body))
        if self.path == "/gone":
            self.close_connection = True
            return
        self.send_response(302 if self.path == "/moved" else 204)
        self.send_header("Location", "/elsewhere")
        self.end_headers()

    def log_message(self, *args: object) -> None:
        pass


@contextmanager
def endpoint() -> Iterator[tuple[str, list[tuple[float, bytes]]]]:
    arrivals: list[tuple[float, bytes]] = []
    handler = type("Handler", (Endpoint,), {"arrivals": arrivals})
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", arrivals
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def at_work(sandbox: Sandbox) -> Iterator[Delivery]:
    thread = Delivery(sandbox)
    thread.start()
    try:
        yield thread
    finally:
        thread.stop()


def wait_for(arrivals: list[Any], count: int) -> None:
    give_up = time.monotonic() + PATIENCE
    while len(arrivals) < count and time.monotonic() < give_up:
        time.sleep(0.005)
    assert len(arrivals) >= count


def test_the_thread_is_woken_by_an_event_and_by_stopping(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "LOOK_SECONDS", 10 * PATIENCE)
    with endpoint() as (url, arrivals):
        sandbox = make_sandbox(tmp_path / "live.db", f"{url}/webhook")
        with at_work(sandbox) as thread:
            time.sleep(0.1)
            expire_one(sandbox)
            wait_for(arrivals, 1)
            thread.stop(timeout=PATIENCE)
        assert not [t for t in threading.enumerate() if t.name == "sandbox-delivery"]
        expire_one(sandbox)
        time.sleep(0.05)
        assert len(arrivals) == 1


def test_the_thread_sees_what_another_process_recorded(tmp_path: Path) -> None:
    with endpoint() as (url, arrivals):
        sandbox = make_sandbox(tmp_path / "live.db", f"{url}/webhook")
        with at_work(sandbox):
            time.sleep(0.1)
            expire_one(make_sandbox(sandbox.store.path, f"{url}/webhook"))
            wait_for(arrivals, 1)


def test_the_thread_expires_sessions_that_nobody_asks_for(tmp_path: Path) -> None:
    with endpoint() as (url, arrivals):
        clock = Clock()
        sandbox = make_sandbox(tmp_path / "live.db", f"{url}/webhook", clock)
        client_of(sandbox).v1.checkout.sessions.create(session_params())
        thread = Delivery(sandbox)
        thread.start()
        clock.forward(24 * 3600)
        wait_for(arrivals, 1)
        thread.stop()
        assert json.loads(arrivals[0][1])["type"] == "checkout.session.expired"


@pytest.mark.parametrize(("path", "status"), [("/moved", 302), ("/gone", None)])
def test_a_redirect_is_not_followed_and_a_hung_up_line_is_no_answer(
    tmp_path: Path, path: str, status: int | None
) -> None:
    with endpoint() as (url, arrivals):
        sandbox = make_sandbox(tmp_path / "live.db", f"{url}{path}")
        expire_one(sandbox)
        assert deliver_due(sandbox) == 1
        assert len(arrivals) == 1
        assert [(row["state"], row["status"]) for row in rows(sandbox)] == [("pending", status)]


def test_a_shop_that_is_not_there_is_tried_again(tmp_path: Path) -> None:
    with endpoint() as (url, _):
        pass
    sandbox = make_sandbox(tmp_path / "live.db", f"{url}/webhook")
    expire_one(sandbox)
    assert deliver_due(sandbox) == 1
    assert rows(sandbox)[0]["state"] == "pending"
    assert rows(sandbox)[0]["problem"]
