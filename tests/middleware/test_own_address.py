"""http goes to https, other hosts to the shop's: tables of what browsers, proxies and strangers send."""

import logging
import socket
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from anyio.from_thread import start_blocking_portal
from starlette.testclient import TestClient
from starlette.types import Receive, Scope, Send

from tests.conftest import make_config, site_of
from webshop import app as shop
from webshop.app import create_app
from webshop.middleware.own_address import OwnAddress
from webshop.serving.connections import GuardedProtocol

URL = "https://shop.example"
HSTS = "strict-transport-security"
Header = tuple[str, str]


async def _sells(scope: Scope, receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"sold"})


def ask(
    at: OwnAddress, *headers: Header, method: str = "GET", path: bytes = b"/cart", query: bytes = b""
) -> tuple[int, dict[str, str], str]:
    """Status, headers and text of the answer; the path is as it stands in the request."""
    sent: list[Any] = []
    scope: dict[str, Any] = {
        "type": "http",
        "method": method,
        "path": path.decode("latin-1"),
        "raw_path": path,
        "query_string": query,
        "headers": [(name.lower().encode(), value.encode("latin-1")) for name, value in headers],
    }

    async def receive() -> Any:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    with start_blocking_portal() as portal:  # a loop of its own: Playwright's may be running in this thread
        portal.call(at, scope, receive, send)
    told = {name.decode(): value.decode("latin-1") for name, value in sent[0]["headers"]}
    return sent[0]["status"], told, b"".join(each.get("body", b"") for each in sent).decode()


def at(url: str = URL, *, is_told: bool = True) -> OwnAddress:
    return OwnAddress(_sells, url, is_told=is_told, hsts="max-age=3600")


# http


ARRIVED = {  # what proxies say: how the visitor came
    (): "",
    (("X-Forwarded-Proto", "https"),): "https",
    (("X-Forwarded-Proto", "HTTPS"),): "https",
    (("X-Forwarded-Proto", "http"),): "http",
    (("X-Forwarded-Proto", "HTTP"),): "http",
    (("X-Forwarded-Proto", " Http "),): "http",
    (("X-Forwarded-Proto", "http,https"),): "http",
    (("X-Forwarded-Proto", "http"), ("X-Forwarded-Proto", "https")): "http",
    (("X-Forwarded-Proto", "https, http"),): "https",  # inside, behind the TLS
    (("X-Forwarded-Proto", "https"), ("X-Forwarded-Proto", "http")): "https",
    (("Forwarded", "proto=http"),): "http",
    (("Forwarded", 'for=192.0.2.1;Proto="HTTP";by=203.0.113.43'),): "http",
    (("Forwarded", "for=192.0.2.1; proto=https, for=10.0.0.1;proto=http"),): "https",
    (("Forwarded", "for=192.0.2.1"), ("Forwarded", "for=10.0.0.1;proto=http")): "http",
    (("Forwarded", "for=192.0.2.1;host=proto.example"),): "",
    (("X-Forwarded-Proto", "https"), ("Forwarded", "proto=http")): "https",
    (("X-Forwarded-Proto", ""), ("Forwarded", "proto=http")): "http",
    (("X-Forwarded-Proto", "javascript"),): "",
    (("X-Forwarded-Proto", "httpx"),): "",
    (("X-Forwarded-Scheme", "http"),): "",
}


def test_who_came_by_http_is_sent_to_https_and_nobody_else_is() -> None:
    for headers, how in ARRIVED.items():
        for method in ("GET", "HEAD"):
            status, told, _text = ask(
                at(), ("Host", "shop.example"), *headers, method=method, query=b"a=%20b"
            )
            if how == "http":
                assert (status, told["location"]) == (308, f"{URL}/cart?a=%20b"), headers
                assert told["cache-control"] == "no-store"  # a cache may not know http from https
            else:
                assert status == 200, headers
            assert (HSTS in told) == (how != "http"), headers
        for method in ("POST", "PUT", "DELETE", "PATCH", "OPTIONS"):
            status, _told, text = ask(at(), ("Host", "shop.example"), *headers, method=method)
            assert status == (403 if how == "http" else 200), (method, headers)
            if how == "http":
                assert text.startswith("This came without encryption, so nothing was done.")
                assert URL in text


def test_a_shop_at_an_http_address_sends_nobody_to_https() -> None:
    for headers in ARRIVED:
        status, told, _text = ask(at("http://shop.example"), ("Host", "shop.example"), *headers)
        assert (status, HSTS in told) == (200, False)


def test_what_platforms_and_stripe_ask_is_answered_by_any_name_and_over_http() -> None:
    paths = (b"/healthz", b"/readyz", b"/stripe/webhook")
    hosts: list[list[Header]] = [
        [("Host", "10.0.0.7:8000")],
        [],
        [("Host", "a"), ("Host", "b")],
        [("Host", "shop.example")],
    ]
    for path in paths:
        for host in hosts:
            for scheme in ("http", "https"):
                for url, is_told in ((URL, True), ("http://127.0.0.1:8000", False)):
                    sent = (*host, ("X-Forwarded-Proto", scheme))
                    for method in ("GET", "POST"):
                        assert ask(at(url, is_told=is_told), *sent, path=path, method=method)[0] == 200
    for path in (b"/healthz/", b"/readyz/x", b"/stripe", b"//healthz", b"/"):
        assert ask(at(), ("Host", "10.0.0.7:8000"), path=path)[0] == 308


# Hosts


OWN = {
    URL: ["shop.example", "shop.example:443", "SHOP.Example", "shop.example:8000", "shop.example:80"],
    "https://shop.example:8443": ["shop.example:8443", "shop.example"],
    "http://127.0.0.1:8000": ["127.0.0.1:8000", "127.0.0.1"],
    "http://[fd00:0:0::5]:8000": ["[fd00::5]:8000", "[FD00::5]", "[fd00:0::5]:8000"],
    "https://xn--mnchen-3ya.example": ["xn--mnchen-3ya.example", "XN--MNCHEN-3YA.example:443"],
}
OTHERS = [
    "www.shop.example", "shop.example.", "shop.example.evil.example", "evil-shop.example", "shop",
    "x.herokuapp.com", "evil.example", "evil.example:443", "127.0.0.1:8000", "localhost", "[::1]:8000",
    "192.168.1.5", "10.0.0.7:8000", "shop.example:x", "shop.example:", "shop.example:443:443", "a" * 300,
    "shop.example:123456", "shop.example@evil.example", "evil.example@shop.example", "shop.example/",
    "shop.example, evil.example", "shop.example evil.example", "http://shop.example", "*", ":443", "",
    "m\xfcnchen.example", "\xff", "shop.example\\evil.example", "[shop.example]", "[::1", "shop.example#",
]  # fmt: skip


def test_the_shop_answers_under_its_own_name() -> None:
    for url, hosts in OWN.items():
        for host in hosts:
            for method in ("GET", "POST"):
                assert ask(at(url), ("Host", host), method=method)[0] == 200, (url, host)


@pytest.mark.parametrize("scheme", ["", "http"])
def test_every_other_name_is_led_to_it_or_refused(scheme: str) -> None:
    forwarded = [("X-Forwarded-Proto", scheme)] if scheme else []
    hosts: list[list[Header]] = [[("Host", host)] for host in OTHERS]
    hosts += [[], [("Host", "shop.example"), ("Host", "shop.example")]]
    hosts += [[("Host", "shop.example"), ("Host", "evil.example")]]
    hosts += [[("Host", "evil.example"), ("X-Forwarded-Host", "shop.example")]]
    for host in hosts:
        status, told, text = ask(at(), *host, *forwarded)
        assert (status, told["location"], text) == (308, f"{URL}/cart", ""), host
        assert HSTS not in told  # it is not this host that has promised
        status, told, text = ask(at(), *host, *forwarded, method="POST")
        assert (status, text) == (421, f"This shop is at {URL} and nowhere else."), host
        assert "location" not in told


TARGETS = {  # in the request, and in the address that it leads to
    b"/": "/",
    b"/products/bowl": "/products/bowl",
    b"//evil.example": "//evil.example",
    b"///evil.example/%2e%2e": "///evil.example/%2e%2e",
    b"/\\evil.example": "/\\evil.example",
    b"/%5Cevil.example": "/%5Cevil.example",
    b"/%2f%2Fevil.example": "/%2f%2Fevil.example",
    b"/a%0d%0aSet-Cookie:x=1": "/a%0d%0aSet-Cookie:x=1",
    b"/a\r\nSet-Cookie: x=1": "/a%0D%0ASet-Cookie:%20x=1",
    b"/caf%C3%A9/\xc3\xa9": "/caf%C3%A9/%C3%A9",
    b".evil.example/": "/",
    b"@evil.example/": "/",
    b":8@evil.example/": "/",
    b"*": "/",
    b"": "/",
}


def test_what_was_asked_for_is_kept_byte_for_byte_and_leads_nowhere_else() -> None:
    for target, there in TARGETS.items():
        told = ask(at(), ("Host", "www.shop.example"), path=target)[1]
        assert told["location"] == URL + there
    told = ask(at(), ("Host", "www.shop.example"), query=b"q=%20+a%0a&next=//evil.example\n?")[1]
    assert told["location"] == f"{URL}/cart?q=%20+a%0a&next=//evil.example%0A?"


def test_a_proxy_that_makes_a_name_up_is_told_and_nobody_runs_in_a_circle() -> None:
    https = ("X-Forwarded-Proto", "https")
    for host in ("127.0.0.1:8000", "localhost:8000", "web:8000", "webshop_upstream", "10.0.0.7", "[::1]"):
        status, _told, text = ask(at(), ("Host", host), https)
        assert status == 421, host
        assert text == "The proxy in front of this shop has to pass on the Host that it was asked for."
    assert ask(at(), ("Host", "www.shop.example"), https)[0] == 308


# A demo on somebody's machine, with no address of its own


def test_a_demo_answers_to_this_machine_and_to_numbers_and_to_no_strangers_name(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(socket, "gethostname", lambda: "Laptop.home.example")
    demo = at("http://127.0.0.1:8000", is_told=False)
    own = (
        "127.0.0.1:8000", "localhost:8000", "LOCALHOST", "[::1]:8000", "[::]", "192.168.1.5:8000", "0.0.0.0",
        "[fe80::1]", "laptop", "LAPTOP:8000", "laptop.local:8000", "laptop.home.example", "shop.localhost",
    )  # fmt: skip
    for host in own:
        for method in ("GET", "POST"):
            assert ask(demo, ("Host", host), method=method)[0] == 200, host
    strangers = (
        "evil.example", "evil.example:8000", "127.0.0.1.evil.example", "localhost.evil.example", "localhost.",
        "127.1", "2130706433", "0x7f000001", "010.0.0.1", "laptop.evil.example", "evil.local", "[::1", "",
        "127.0.0.1:8000@evil.example", "shop.example", "evillocalhost",
    )  # fmt: skip
    rebound: list[list[Header]] = [[("Host", host)] for host in strangers]
    for sent in [*rebound, [], [("Host", "127.0.0.1"), ("Host", "evil.example")]]:
        for method in ("GET", "HEAD", "POST"):
            status, told, text = ask(demo, *sent, method=method)
            assert (status, "location" in told) == (421, False), sent
            assert text == "This shop is at http://127.0.0.1:8000; PUBLIC_URL gives it another address."


# In the whole shop


@pytest.fixture
def told_shop(tmp_path: Path) -> Iterator[TestClient]:
    client = TestClient(create_app(make_config(tmp_path, public_url=URL)), follow_redirects=False)
    yield client
    site_of(client).db.engine.dispose()


def test_nothing_is_done_for_a_request_that_is_refused(told_shop: TestClient) -> None:
    def add(**headers: str) -> int:
        sent = {"Host": "shop.example", **{name.replace("_", "-"): value for name, value in headers.items()}}
        typed = {"sku": "TILES", "quantity": "1"}
        answer = told_shop.post("/cart/lines", data=typed, headers=sent)
        assert answer.headers["content-security-policy"]
        assert answer.headers["x-request-id"]
        assert ("set-cookie" in answer.headers) == (answer.status_code == 303)
        return answer.status_code

    assert add(X_Forwarded_Proto="http") == 403
    assert add(Host="www.shop.example") == 421
    assert add(X_Forwarded_Proto="https") == 303
    assert add() == 303


def test_it_is_logged(told_shop: TestClient, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, logger="webshop.requests"):
        told_shop.post("/cart/lines", headers={"Host": "evil.example"})
    assert ["POST - 421" in record.getMessage() for record in caplog.records] == [True]


def test_without_the_protection_an_http_cart_stays_empty(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shop, "OwnAddress", lambda app, *_args, **_more: app)
    config = make_config(tmp_path, public_url=URL)
    client = TestClient(create_app(config), base_url="http://shop.example", follow_redirects=False)
    sent = {"X-Forwarded-Proto": "http"}
    assert client.post("/cart/lines", data={"sku": "TILES", "quantity": "1"}, headers=sent).status_code == 303
    assert "Your cart is empty" in client.get("/cart", headers=sent).text
    site_of(client).db.engine.dispose()


HSTS_SET: dict[str, Mapping[str, object]] = {
    "max-age=3600": {},
    "max-age=604800": {"hsts_seconds": "604800"},
    "max-age=63072000; includeSubDomains": {"hsts_seconds": "63072000", "hsts_subdomains": "1"},
    "max-age=0": {"hsts_seconds": "0"},
}


def test_browsers_are_told_to_come_by_https_for_as_long_as_is_set(tmp_path: Path) -> None:
    for told, settings in HSTS_SET.items():
        config = make_config(tmp_path, public_url=URL, **settings)
        client = TestClient(create_app(config), base_url=URL, follow_redirects=False)
        for path in ("/", "/nothing", "/static/shop.css", "/healthz"):
            assert client.get(path).headers[HSTS] == told, path
        assert client.post("/cart/lines", content=b"x" * 100_000).headers[HSTS] == told
        site_of(client).db.engine.dispose()


def test_a_form_of_the_shop_is_known_by_public_url_too(tmp_path: Path) -> None:
    config = make_config(tmp_path, public_url="https://shop.example:443")
    client = TestClient(create_app(config), base_url=URL, follow_redirects=False)
    origins = {
        "https://shop.example": 303,
        "http://shop.example": 403,  # whoever changes what goes over http is another site
        "https://shop.example.evil.example": 403,
        "https://www.shop.example": 403,
        "null": 403,
    }
    for origin, expected in origins.items():
        for host in ("shop.example", "shop.example:8000"):
            typed = {"sku": "TILES", "quantity": "1"}
            answer = client.post("/cart/lines", data=typed, headers={"Origin": origin, "Host": host})
            assert answer.status_code == expected, (origin, host)
    site_of(client).db.engine.dispose()


# On the wire


@pytest.fixture
def port(tmp_path: Path) -> Iterator[int]:
    app = create_app(make_config(tmp_path, public_url=URL))
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        config = uvicorn.Config(app, http=GuardedProtocol, log_config=None, lifespan="off", ws="none")
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        while not server.started:
            time.sleep(0.01)
        yield listener.getsockname()[1]
        server.should_exit = True
        thread.join()
    inner: Any = app
    while not hasattr(inner, "state"):
        inner = inner.app
    inner.state.site.db.engine.dispose()


def test_requests_as_they_come_over_the_wire(port: int) -> None:
    asked = {
        b"GET /cart?a=1 HTTP/1.1\r\nHost: shop.example\r\n": (200, b""),
        b"GET /cart?a=1 HTTP/1.1\r\nHost: www.shop.example\r\n": (308, b"https://shop.example/cart?a=1"),
        b"GET //evil.example/%2f\\ HTTP/1.1\r\nHost: x.example\r\n": (
            308,
            b"https://shop.example//evil.example/%2f\\",
        ),
        b"GET /%E2%82%AC HTTP/1.0\r\n": (308, b"https://shop.example/%E2%82%AC"),
        b"GET /cart HTTP/1.1\r\nHost: shop.example\r\nHost: x.example\r\n": (
            308,
            b"https://shop.example/cart",
        ),
        # A target with a host in it: what counts is what Host says.
        b"GET http://evil.example/cart HTTP/1.1\r\nHost: shop.example\r\n": (200, b""),
        b"GET http://shop.example/cart HTTP/1.1\r\nHost: evil.example\r\n": (
            308,
            b"https://shop.example/cart",
        ),
        b"GET http://shop.example HTTP/1.1\r\nHost: shop.example\r\n": (400, b""),
        b"POST /cart/lines HTTP/1.1\r\nHost: x.example\r\nContent-Length: 0\r\n": (421, b""),
        b"GET /healthz HTTP/1.1\r\nHost: x.example\r\n": (200, b""),
        b"GET .evil.example HTTP/1.1\r\nHost: x.example\r\n": (400, b""),
    }
    for head, (status, location) in asked.items():
        with closing(socket.create_connection(("127.0.0.1", port), timeout=60)) as connection:
            connection.sendall(head + b"Connection: close\r\n\r\n")
            answer = b"".join(iter(lambda: connection.recv(65536), b""))
        assert int(answer.split(b" ")[1]) == status, head
        assert b"\r\nlocation: %s\r\n" % location in answer.lower().replace(b"%e2%82%ac", b"%E2%82%AC") or (
            not location
        ), head
