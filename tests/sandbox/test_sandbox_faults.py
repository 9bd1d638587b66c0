"""Fault rules on calls of the API: each effect in process and over a real socket, with the real client."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, Literal

import pytest
import stripe
import uvicorn

from webshop.sandbox.client import SandboxHTTPClient
from webshop.sandbox.core import SECRET_KEY, Sandbox
from webshop.sandbox.faults import faults
from webshop.sandbox.faults.faults import Effect, Fault
from webshop.sandbox.pages.ledger import ledger
from webshop.sandbox.testing import SHOP, session_params
from webshop.sandbox.web import create_app

stripe.enable_telemetry = False

TIMEOUT = 60.0  # of the client, in seconds, on a machine that has other things to do
SHORT = 2.0

Server = Literal["httptools", "h11"]


@contextmanager
def served(sandbox: Sandbox, http: Server) -> Iterator[str]:
    """The sandbox on a port of its own."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        app = create_app(sandbox, kills=True)
        config = uvicorn.Config(app, log_config=None, lifespan="off", ws="none", http=http)
        running = uvicorn.Server(config)
        thread = threading.Thread(target=running.run, kwargs={"sockets": [listener]})
        thread.start()
        while not running.started:
            time.sleep(0.01)
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            running.should_exit = True
            thread.join()


class Shop:
    """The real client at the sandbox's other end."""

    def __init__(self, sandbox: Sandbox, client: Callable[..., stripe.StripeClient]) -> None:
        self.sandbox = sandbox
        self.client = client()
        self.retrying = client(max_network_retries=1)

    def create(self, key: str = "k", *, retry: bool = False) -> stripe.checkout.Session:
        client = self.retrying if retry else self.client
        return client.v1.checkout.sessions.create(session_params(), {"idempotency_key": key})

    def count(self) -> int:
        """Sessions made."""
        return len(self.book()["sessions"])

    def book(self) -> Any:
        with self.sandbox.work() as work:
            return ledger(work)


@pytest.fixture
def sandbox(tmp_path: Path) -> Sandbox:
    return Sandbox(tmp_path / "sandbox.db", base_url="http://sandbox.test", shop_url=SHOP)


@pytest.fixture
def timeout() -> float:
    return TIMEOUT


@pytest.fixture(
    params=["in process", *(pytest.param(each, marks=pytest.mark.slow) for each in ("httptools", "h11"))]
)
def shop(sandbox: Sandbox, timeout: float, request: pytest.FixtureRequest) -> Iterator[Shop]:
    if request.param == "in process":
        sandbox.kills = True
        transport: stripe.HTTPClient = SandboxHTTPClient(sandbox, timeout)
        yield Shop(
            sandbox, lambda **options: stripe.StripeClient(SECRET_KEY, http_client=transport, **options)
        )
        return
    with served(sandbox, request.param) as url:
        transport = stripe.RequestsClient(timeout=timeout)
        at = partial(stripe.StripeClient, SECRET_KEY, base_addresses={"api": url}, http_client=transport)
        yield Shop(sandbox, at)
        transport.close()  # type: ignore[no-untyped-call]


@contextmanager
def bystander() -> Iterator[subprocess.Popen[bytes]]:
    """A process in a group of its own, to be killed."""
    with subprocess.Popen(
        [sys.executable, "-c", "input()"], stdin=subprocess.PIPE, start_new_session=True
    ) as child:
        try:
            yield child
        finally:
            child.kill()


def add(sandbox: Sandbox, effect: Effect, **rule: Any) -> int:
    return faults.add(sandbox.store, Fault(effect=effect, **({"call": "sessions.create"} | rule)))


def rules(sandbox: Sandbox) -> list[dict[str, Any]]:
    with sandbox.work() as work:
        return faults.list_faults(work)


def hits(sandbox: Sandbox) -> list[int]:
    return [rule["hits"] for rule in rules(sandbox)]


def test_a_lost_response_was_executed_and_the_same_key_gets_it(shop: Shop) -> None:
    add(shop.sandbox, "lose_response")
    with pytest.raises(stripe.APIConnectionError) as error:
        shop.create()
    assert error.value.should_retry
    assert shop.count() == 1
    assert shop.create().id == shop.book()["sessions"][0]["id"]
    assert (shop.count(), hits(shop.sandbox)) == (1, [1])


def test_a_reset_connection_executed_nothing(shop: Shop) -> None:
    add(shop.sandbox, "reset")
    with pytest.raises(stripe.APIConnectionError) as error:
        shop.create()
    assert error.value.should_retry
    assert shop.count() == 0
    assert shop.create().status == "open"


@pytest.mark.parametrize("effect", ["lose_response", "reset", "409", "500_before", "500_after"])
def test_the_clients_own_retry_survives_it(shop: Shop, effect: Effect) -> None:
    add(shop.sandbox, effect)
    assert shop.create(retry=True).status == "open"
    assert (shop.count(), hits(shop.sandbox)) == (1, [1])


def test_a_slow_answer_arrives(shop: Shop) -> None:
    add(shop.sandbox, "slow", seconds=0.2)
    begun = time.monotonic()
    assert shop.create().status == "open"
    assert time.monotonic() - begun >= 0.2


@pytest.mark.parametrize("timeout", [SHORT])
def test_an_answer_slower_than_the_client_waits_is_lost(shop: Shop, timeout: float) -> None:
    add(shop.sandbox, "slow", seconds=timeout + 0.5)
    begun = time.monotonic()
    with pytest.raises(stripe.APIConnectionError) as error:
        shop.create()
    assert time.monotonic() - begun >= timeout
    assert error.value.should_retry
    assert shop.count() == 1


def test_a_slow_answer_holds_up_nobody_else(shop: Shop) -> None:
    add(shop.sandbox, "slow", seconds=3, times=3)
    with ThreadPoolExecutor(3) as pool:
        waiting = [pool.submit(shop.create, f"k{n}") for n in range(3)]
        assert shop.client.v1.balance.retrieve().livemode is False
        assert not any(future.done() for future in waiting)
        assert {future.result().status for future in waiting} == {"open"}


def test_garbage_is_an_api_error_after_execution(shop: Shop) -> None:
    add(shop.sandbox, "garbage")
    with pytest.raises(stripe.APIError) as error:
        shop.create()
    assert error.value.http_status == 200
    assert "Invalid response body" in str(error.value)
    assert shop.count() == 1


def test_too_many_requests_executes_and_saves_nothing(shop: Shop) -> None:
    add(shop.sandbox, "429")
    with pytest.raises(stripe.RateLimitError):
        shop.create(retry=True)
    assert shop.count() == 0
    assert shop.create().status == "open"


def test_a_key_in_use_executes_and_saves_nothing(shop: Shop) -> None:
    add(shop.sandbox, "409")
    with pytest.raises(stripe.APIError) as error:
        shop.create()
    assert error.value.http_status == 409
    assert error.value.error is not None
    assert error.value.error.code == "idempotency_key_in_use"
    assert shop.count() == 0
    assert shop.create().status == "open"


@pytest.mark.parametrize(("effect", "executed"), [("500_before", 0), ("500_after", 1), ("saved_500", 0)])
def test_a_server_error_before_after_or_instead_of_execution(
    shop: Shop, effect: Effect, executed: int
) -> None:
    add(shop.sandbox, effect)
    with pytest.raises(stripe.APIError) as error:
        shop.create()
    assert error.value.http_status == 500
    assert shop.count() == executed


def test_after_a_500_the_same_key_gets_the_real_answer(shop: Shop) -> None:
    add(shop.sandbox, "500_after")
    with pytest.raises(stripe.APIError):
        shop.create()
    again = shop.create()
    assert again.id == shop.book()["sessions"][0]["id"]
    assert again.last_response is not None
    assert again.last_response.headers["Idempotent-Replayed"] == "true"
    assert shop.count() == 1


def test_a_saved_500_is_this_keys_answer_for_good(shop: Shop) -> None:
    add(shop.sandbox, "saved_500")
    for _ in range(3):
        with pytest.raises(stripe.APIError) as error:
            shop.create(retry=True)
        assert error.value.http_status == 500
    assert shop.count() == 0
    assert shop.create("another").status == "open"


def test_a_saved_500_does_not_replace_what_was_saved_before(shop: Shop) -> None:
    first = shop.create()
    add(shop.sandbox, "saved_500")
    assert shop.create().id == first.id


@pytest.mark.parametrize(("effect", "executed"), [("kill_before", 0), ("kill_after", 1)])
def test_a_process_group_is_killed_before_or_after_execution(
    shop: Shop, effect: Effect, executed: int
) -> None:
    with bystander() as child:
        add(shop.sandbox, effect, process_group=child.pid)
        with pytest.raises(stripe.APIConnectionError):
            shop.create()
        assert child.wait(TIMEOUT) == -signal.SIGKILL
    assert (shop.count(), hits(shop.sandbox)) == (executed, [1])
    assert rules(shop.sandbox)[0]["problem"] == ""
    assert shop.create().status == "open"
    assert shop.count() == 1


def test_reading_can_be_disturbed_too(shop: Shop) -> None:
    session = shop.create()
    add(shop.sandbox, "reset", call="sessions.retrieve")
    add(shop.sandbox, "500_before", call="refunds.list")
    with pytest.raises(stripe.APIConnectionError):
        shop.client.v1.checkout.sessions.retrieve(session.id)
    assert shop.client.v1.checkout.sessions.retrieve(session.id).id == session.id
    with pytest.raises(stripe.APIError):
        shop.client.v1.refunds.list()
    assert shop.client.v1.refunds.list().data == []


def outcomes(shop: Shop, count: int) -> list[int]:
    """The statuses of so many calls with keys of their own."""
    found = []
    for n in range(count):
        try:
            shop.create(f"{n}")
            found.append(200)
        except stripe.APIError as error:
            found.append(error.http_status or 0)
    return found


@pytest.fixture
def near(sandbox: Sandbox) -> Shop:
    """A shop in process, for what has nothing to do with the way to it."""
    transport = SandboxHTTPClient(sandbox, TIMEOUT)
    return Shop(sandbox, partial(stripe.StripeClient, SECRET_KEY, http_client=transport))


def test_a_rule_waits_for_its_call_and_lasts_so_many(near: Shop) -> None:
    add(near.sandbox, "500_before", nth=3, times=2)
    assert outcomes(near, 6) == [200, 200, 500, 500, 200, 200]
    assert [(rule["seen"], rule["hits"]) for rule in rules(near.sandbox)] == [(4, 2)]


def test_two_rules_for_one_call_take_it_in_turn(near: Shop) -> None:
    add(near.sandbox, "500_before")
    add(near.sandbox, "409")
    assert outcomes(near, 3) == [500, 409, 200]


def test_a_rule_for_another_call_waits_and_one_for_any_does_not(near: Shop) -> None:
    add(near.sandbox, "500_before", call="refunds.create")
    assert outcomes(near, 1) == [200]
    add(near.sandbox, "500_before", call="*")
    assert outcomes(near, 1) == [500]
    assert hits(near.sandbox) == [0, 1]


def test_rules_outlive_the_process(near: Shop) -> None:
    add(near.sandbox, "500_before")
    restarted = Sandbox(near.sandbox.store.path, base_url="http://sandbox.test", shop_url=SHOP)
    client = stripe.StripeClient(SECRET_KEY, http_client=SandboxHTTPClient(restarted))
    with pytest.raises(stripe.APIError):
        client.v1.checkout.sessions.create(session_params())
    assert hits(near.sandbox) == [1]


def test_forty_calls_at_once_use_up_a_rule_exactly(near: Shop) -> None:
    add(near.sandbox, "500_before", nth=5, times=7)

    def status(n: int) -> int:
        try:
            near.create(f"k{n}")
        except stripe.APIError as error:
            return error.http_status or 0
        return 200

    with ThreadPoolExecutor(20) as pool:
        statuses = list(pool.map(status, range(40)))
    assert statuses.count(500) == 7
    assert (near.count(), hits(near.sandbox)) == (33, [7])


def test_nothing_is_killed_unless_it_is_switched_on(near: Shop) -> None:
    with bystander() as child:
        add(near.sandbox, "kill_before", process_group=child.pid)
        assert near.create().status == "open"
        assert child.poll() is None
    assert hits(near.sandbox) == [0]


def test_a_kill_that_found_nobody_says_so(near: Shop) -> None:
    near.sandbox.kills = True
    with bystander() as child:
        add(near.sandbox, "kill_before", process_group=child.pid)
    with pytest.raises(stripe.APIConnectionError):
        near.create()
    assert rules(near.sandbox)[0]["problem"] == f"There is no process group {child.pid}."


def test_a_refusal_can_be_lost_too(near: Shop) -> None:
    add(near.sandbox, "lose_response")
    with pytest.raises(stripe.APIConnectionError):
        near.client.v1.checkout.sessions.create(session_params(mode="nonsense"))


def test_the_ledger_counts_calls_by_kind_status_and_fault(near: Shop) -> None:
    add(near.sandbox, "lose_response")
    add(near.sandbox, "500_before")
    with pytest.raises(stripe.APIConnectionError):
        near.create()
    outcomes(near, 3)
    near.client.v1.balance.retrieve()
    with pytest.raises(stripe.AuthenticationError):
        near.client.v1.balance.retrieve({}, {"api_key": "sk_test_other"})
    assert near.book()["calls"] == [
        {"call": "balance.retrieve", "status": 200, "fault": "", "count": 1},
        {"call": "sessions.create", "status": 0, "fault": "lose_response", "count": 1},
        {"call": "sessions.create", "status": 200, "fault": "", "count": 2},
        {"call": "sessions.create", "status": 500, "fault": "500_before", "count": 1},
        {"call": "unreadable", "status": 401, "fault": "", "count": 1},
    ]
