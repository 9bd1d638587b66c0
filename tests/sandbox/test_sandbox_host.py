"""The sandbox answers under its own names only: any other may be a stranger's that leads to this machine."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
import uvicorn
from starlette.testclient import TestClient

from tests.conftest import ADDRESS, make_config, site_of
from tests.people import CARD
from webshop.app import create_app
from webshop.middleware import own_address
from webshop.sandbox.core import Sandbox
from webshop.sandbox.pages import own_host
from webshop.sandbox.testing import client_of, embedded_params, session_params
from webshop.sandbox.web import create_app as create_sandbox

# What a browser sends for a page of evil.example whose name has come to lead to this machine.
REBOUND = {"Host": "evil.example", "Origin": "http://evil.example", "Sec-Fetch-Site": "same-origin"}


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """A sandbox of its own behind https://pay.example:8443, on the server that a shop runs on."""
    file = tmp_path_factory.mktemp("host") / "sandbox.db"
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        web = create_sandbox(Sandbox(file, base_url="https://pay.example:8443/sandbox"))
        config = uvicorn.Config(web, http="httptools", log_config=None, lifespan="off", ws="none")
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        while not server.started:
            time.sleep(0.01)
        yield listener.getsockname()[1]
        server.should_exit = True
        thread.join()


def status_of(port: int, head: bytes) -> int:
    with closing(socket.create_connection(("127.0.0.1", port), timeout=60)) as connection:
        connection.sendall(head + b"Connection: close\r\n\r\n")
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    return int(answer.split(b" ")[1])


@pytest.mark.parametrize(
    "host",
    [
        b"pay.example:8443",
        b"pay.example",  # a router may leave the port out
        b"pay.example:443",
        b"PAY.Example:8443",
        b"127.0.0.1",
        b"127.0.0.1:8001",
        b"localhost:65535",
        b"LocalHost",
        b"[::1]",
        b"[::1]:8001",
    ],
)
def test_it_answers_under_its_own_name_and_on_this_machine(port: int, host: bytes) -> None:
    assert status_of(port, b"GET / HTTP/1.1\r\nHost: %s\r\n" % host) == 200


@pytest.mark.parametrize(
    "host",
    [
        b"evil.example",
        b"evil.example:8443",
        b"192.168.1.5:8001",
        b"0.0.0.0:8001",
        b"127.0.0.2",
        b"127.1",
        b"2130706433",
        b"[::]",
        b"[::ffff:127.0.0.1]",
        b"::1",
        b"[::1].evil.example",
        b"[::1",
        b"pay.example.",
        b"localhost.",
        b"localhost.evil.example",
        b"127.0.0.1.evil.example",
        b"evil-pay.example",
        b"sub.pay.example",
        b"evil.example@127.0.0.1",
        b"127.0.0.1@evil.example",
        b"127.0.0.1:80@evil.example",
        b"127.0.0.1:8001:8001",
        b"127.0.0.1:",
        b"127.0.0.1:x",
        b"127.0.0.1:123456",
        b"127.0.0.1/",
        b"127.0.0.1#",
        b"127.0.0.1\\evil.example",
        b"127.0.0.1, evil.example",
        b"127.0.0.1 evil.example",
        b"http://127.0.0.1",
        b"*",
        b":80",
        b"",
        b"\xfflocalhost",
    ],
)
def test_every_other_name_is_refused(port: int, host: bytes) -> None:
    assert status_of(port, b"GET / HTTP/1.1\r\nHost: %s\r\n" % host) == 421


@pytest.mark.parametrize(
    "head",
    [
        b"GET / HTTP/1.0\r\n",
        b"GET / HTTP/1.1\r\n",
        b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nHost: evil.example\r\n",
        b"GET / HTTP/1.1\r\nHost: evil.example\r\nHost: 127.0.0.1\r\n",
        b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nhost: 127.0.0.1\r\n",
        b"GET / HTTP/1.1\r\nHost: evil.example\r\nX-Forwarded-Host: 127.0.0.1\r\n",
        b"GET http://127.0.0.1/ HTTP/1.1\r\nHost: evil.example\r\n",
    ],
)
def test_a_request_that_names_no_host_or_two_is_refused(port: int, head: bytes) -> None:
    assert status_of(port, head) == 421


EVERYTHING = [
    ("GET", "/"),
    ("POST", "/faults"),
    ("POST", "/webhooks"),
    ("GET", "/mails/1.receipt"),
    ("GET", "/ledger.json"),
    ("GET", "/faults.json"),
    ("POST", "/faults.json"),
    ("DELETE", "/faults.json"),
    ("POST", "/webhooks.json"),
    ("POST", "/pay.json"),
    ("POST", "/refund.json"),
    ("GET", "/pay/cs_test_1"),
    ("POST", "/pay/cs_test_1"),
    ("GET", "/embedded/cs_test_1"),
    ("GET", "/stripe.js"),
    ("GET", "/static/sandbox.css"),
    ("GET", "/v1/events"),
    ("POST", "/v1/refunds"),
    ("GET", "/nowhere"),
]


@pytest.mark.parametrize(("method", "path"), EVERYTHING)
def test_a_page_that_has_come_to_lead_to_the_shop_gets_nothing_of_its_sandbox(
    client: TestClient, sandbox: Sandbox, method: str, path: str
) -> None:
    key = {"Authorization": "Bearer sk_test_sandbox"}
    client.follow_redirects = False
    answer = client.request(method, f"/sandbox{path}", headers=REBOUND | key, json={"action": "drop"})
    assert answer.status_code == (308 if method == "GET" else 421)
    assert answer.headers.get("location", f"{ADDRESS}/").startswith(f"{ADDRESS}/")
    assert sandbox.webhook_secret not in answer.text
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(("method", "path"), EVERYTHING)
def test_the_sandbox_alone_refuses_it_too(
    client: TestClient, sandbox: Sandbox, method: str, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(own_address.OwnAddress, "_is_own", lambda _self, _host: True)
    answer = client.request(method, f"/sandbox{path}", headers=REBOUND, json={"action": "drop"})
    assert answer.status_code == 421
    assert "answers under its own address only: http://127.0.0.1:8000/sandbox" in answer.text
    assert sandbox.webhook_secret not in answer.text


def test_nothing_is_done_for_another_name(client: TestClient, sandbox: Sandbox) -> None:
    rule = {"action": "drop"}
    client.post("/sandbox/webhooks.json", headers=REBOUND, json=rule)
    assert client.get("/sandbox/faults.json").json()["webhooks"] == []
    client.post("/sandbox/webhooks.json", json=rule)
    assert len(client.get("/sandbox/faults.json").json()["webhooks"]) == 1


def test_without_the_protection_the_secret_is_told(
    client: TestClient, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(own_host.OwnHostOnly, "_is_meant", lambda _self, _scope: True)
    monkeypatch.setattr(own_address.OwnAddress, "_is_own", lambda _self, _host: True)
    assert sandbox.webhook_secret in client.get("/sandbox/", headers=REBOUND).text


@pytest.mark.parametrize(
    ("public_url", "host"),
    [
        ("https://shop.example", "shop.example"),
        ("http://192.168.1.5:8000", "192.168.1.5:8000"),  # a phone on the same network
        ("http://[fd00::5]:8000", "[fd00::5]:8000"),
        ("https://münchen.example", "xn--mnchen-3ya.example"),
    ],
)
def test_people_pay_at_the_public_address_of_a_demo(tmp_path: Path, public_url: str, host: str) -> None:
    config = make_config(tmp_path, public_url=public_url)
    browser = TestClient(create_app(config), base_url="http://127.0.0.1:8000", follow_redirects=False)
    sandbox = Sandbox(tmp_path / "sandbox.sqlite3", base_url=f"{config.url}/sandbox")
    stripe = client_of(sandbox).v1.checkout.sessions
    hosted = stripe.create(session_params(config.url))
    embedded = stripe.create(embedded_params(config.url))
    own, other = {"Host": host}, {"Host": "10.0.0.9"}
    for path in ("stripe.js", f"pay/{hosted.id}", f"embedded/{embedded.client_secret}", "static/sandbox.css"):
        assert browser.get(f"/sandbox/{path}", headers=own).status_code == 200
        assert browser.get(f"/sandbox/{path}", headers=other).status_code == 308
    assert browser.post(f"/sandbox/pay/{hosted.id}", data=CARD, headers=own).status_code == 303
    assert browser.post(f"/sandbox/pay/{hosted.id}", data=CARD, headers=other).status_code == 421
    site_of(browser).db.engine.dispose()
