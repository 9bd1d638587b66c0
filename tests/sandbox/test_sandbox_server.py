"""The sandbox as a server of its own: the real client over a real socket, retries included."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import stripe
import uvicorn

from webshop.sandbox.core import SECRET_KEY, Sandbox
from webshop.sandbox.testing import SHOP, pay, session_params
from webshop.sandbox.web import create_app

stripe.enable_telemetry = False


@pytest.fixture
def server(tmp_path: Path) -> Iterator[tuple[Sandbox, str]]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        sandbox = Sandbox(tmp_path / "sandbox.db", base_url=url, shop_url=SHOP)
        config = uvicorn.Config(create_app(sandbox), log_config=None, lifespan="off", ws="none")
        running = uvicorn.Server(config)
        thread = threading.Thread(target=running.run, kwargs={"sockets": [listener]})
        thread.start()
        while not running.started:
            time.sleep(0.01)
        yield sandbox, url
        running.should_exit = True
        thread.join()


@pytest.fixture
def client(server: tuple[Sandbox, str]) -> Iterator[stripe.StripeClient]:
    transport = stripe.RequestsClient(timeout=60)
    yield stripe.StripeClient(SECRET_KEY, base_addresses={"api": server[1]}, http_client=transport)
    transport.close()  # type: ignore[no-untyped-call]


def test_the_real_client_buys_over_http(server: tuple[Sandbox, str], client: stripe.StripeClient) -> None:
    sandbox, url = server
    session = client.v1.checkout.sessions.create(session_params(), {"idempotency_key": "k"})
    assert session.url == f"{url}/pay/{session.id}"
    again = client.v1.checkout.sessions.create(session_params(), {"idempotency_key": "k"})
    assert again.id == session.id
    assert again.last_response is not None
    assert again.last_response.headers["Idempotent-Replayed"] == "true"
    pay(sandbox, session.id)
    paid = client.v1.checkout.sessions.retrieve(session.id, {"expand": ["payment_intent.latest_charge"]})
    assert paid.payment_status == "paid"
    intent: Any = paid.payment_intent
    assert client.v1.refunds.create({"payment_intent": intent.id}).amount == 2890
    assert [page.id for page in client.v1.checkout.sessions.list({"limit": 1}).data] == [session.id]


def test_errors_come_over_http_as_the_same_exceptions(client: stripe.StripeClient) -> None:
    with pytest.raises(stripe.InvalidRequestError) as unknown:
        client.v1.checkout.sessions.create(session_params(payment_method_types=["card"]))
    assert unknown.value.code == "parameter_unknown"
    assert unknown.value.request_id is not None
    assert unknown.value.request_id.startswith("req_")
    with pytest.raises(stripe.InvalidRequestError) as missing:
        client.v1.charges.retrieve("ch_nothing")
    assert missing.value.http_status == 404
    with pytest.raises(stripe.AuthenticationError):
        client.v1.balance.retrieve({}, {"api_key": "sk_test_other"})
