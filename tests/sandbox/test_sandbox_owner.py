"""The panel is for whoever runs the sandbox: from other machines it wants a token."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import uvicorn
from httpx2 import Response
from starlette.routing import Mount, Route
from starlette.testclient import TestClient

from tests.conftest import make_config, site_of
from tests.people import CARD
from webshop.app import create_app
from webshop.commands import serve
from webshop.provider import create_provider
from webshop.sandbox.core import Sandbox
from webshop.sandbox.pages import own_host
from webshop.sandbox.testing import client_of, embedded_params, session_params
from webshop.sandbox.web import ROUTES
from webshop.sandbox.web import create_app as create_sandbox

SENTENCE = "This is the sandbox&#39;s panel, for whoever runs it."
STRANGER = ("203.0.113.7", 50000)
HERE = ("127.0.0.1", 50000)
PUBLIC, LOCAL = "https://demo.example", "http://127.0.0.1:8000"
PAYERS = {"/pay/{key}", "/pay/{key}/challenge", "/embedded/{key}", "/embedded/{key}/challenge", "/stripe.js"}


def at(path: Path, url: str, peer: tuple[str, int], host: str = "") -> tuple[TestClient, Sandbox]:
    """A sandbox by itself at this address, asked by this machine."""
    sandbox = Sandbox(path / "sandbox.db", base_url=url)
    web = create_sandbox(sandbox, kills=True, for_owner=True)
    return TestClient(web, base_url=host or url, client=peer, follow_redirects=False), sandbox


def test_who_is_on_this_machine_and_who_only_seems_to_be(tmp_path: Path) -> None:
    cases: list[tuple[str, tuple[str, int], dict[str, str], int]] = [
        (LOCAL, HERE, {}, 200),
        (LOCAL, ("::1", 1), {}, 200),
        (LOCAL, ("127.8.9.1", 1), {}, 200),
        (LOCAL, STRANGER, {}, 403),  # listens on 0.0.0.0
        (LOCAL, ("172.17.0.1", 1), {}, 403),  # through Docker's bridge
        (LOCAL, ("", 0), {}, 403),  # a Unix socket
        (LOCAL, HERE, {"X-Forwarded-For": "203.0.113.7"}, 403),  # a proxy on the same machine
        (LOCAL, HERE, {"X-Forwarded-For": "127.0.0.1"}, 403),
        (LOCAL, HERE, {"X-Forwarded-Proto": "https"}, 403),
        (LOCAL, HERE, {"X-Forwarded-Host": "demo.example"}, 403),
        (LOCAL, HERE, {"Forwarded": "for=203.0.113.7"}, 403),
        (LOCAL, HERE, {"X-Real-IP": "203.0.113.7"}, 403),
        (LOCAL, HERE, {"Via": "1.1 proxy"}, 403),
        (PUBLIC, HERE, {}, 403),  # a proxy that says nothing
        (PUBLIC, STRANGER, {}, 403),
        (PUBLIC, HERE, {"Host": "127.0.0.1"}, 403),
        ("http://192.168.1.5:8000", HERE, {}, 403),
        ("http://192.168.1.5:8000", ("192.168.1.5", 1), {}, 403),
    ]
    for url, peer, headers, expected in cases:
        browser, sandbox = at(tmp_path, url, peer)
        answer = browser.get("/", headers=headers)
        assert answer.status_code == expected, (url, peer, headers)
        assert (sandbox.webhook_secret in answer.text) == (expected == 200)
        assert (SENTENCE in answer.text) == (expected == 403)


def test_from_another_machine_only_payers_get_in(tmp_path: Path) -> None:
    browser, sandbox = at(tmp_path, PUBLIC, STRANGER)
    asked = 0
    for route in ROUTES:
        assert isinstance(route, Route | Mount)
        if route.path in (*PAYERS, "/static"):
            continue
        path = route.path.replace("{path:path}", "refunds").replace("{id}", "x").replace("{name}", "x")
        for method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"):
            key = {"Authorization": "Bearer sk_test_sandbox"}
            answer = browser.request(method, path, headers=key, json={"effect": "kill_before"})
            assert answer.status_code == 403, (method, path)
            assert sandbox.panel_token not in answer.text
            asked += 1
    assert asked > 100
    for odd in (
        "//",
        "/pay/../ledger.json",
        "/%6cedger.json",
        "/faults.json?token=",
        "/nothing",
        "/pay",
        "/stripe.js/",
    ):
        assert browser.get(odd).status_code in (403, 404), odd
    here, _same = at(tmp_path, LOCAL, HERE)
    assert here.get("/faults.json").json()["faults"] == []  # nothing was done


def test_payers_get_in_from_everywhere(tmp_path: Path) -> None:
    browser, sandbox = at(tmp_path, PUBLIC, STRANGER)
    stripe = client_of(sandbox).v1.checkout.sessions
    hosted = stripe.create(session_params(PUBLIC))
    embedded = stripe.create(embedded_params(PUBLIC))
    for path in (f"pay/{hosted.id}", f"embedded/{embedded.client_secret}", "stripe.js", "static/sandbox.css"):
        assert browser.get(f"/{path}").status_code == 200, path
    assert browser.post(f"/pay/{hosted.id}", data=CARD).status_code == 303


def test_the_link_with_the_token_opens_the_panel_and_is_then_forgotten(tmp_path: Path) -> None:
    browser, sandbox = at(tmp_path, PUBLIC, STRANGER)

    def enter(token: str, path: str = "/") -> Response:
        return browser.get(path, params={"token": token})

    for wrong in ("", "x", sandbox.panel_token[:-1], sandbox.panel_token + "x", "é", "\x00", "None"):
        assert enter(wrong).status_code == 403, wrong
        browser.cookies.set("sandbox_panel", wrong.encode("ascii", "ignore").decode().strip("\x00"))
        assert browser.get("/").status_code == 403
        browser.cookies.clear()
    entered = enter(sandbox.panel_token)
    assert (entered.status_code, entered.headers["location"]) == (303, "/")
    _value, *flags = entered.headers["set-cookie"].lower().split("; ")
    assert set(flags) == {"httponly", "path=/", "samesite=lax", "secure"}
    assert sandbox.webhook_secret in browser.get("/").text
    assert browser.post("/faults.json", json={"effect": "garbage"}).status_code == 201
    foreign = {"Sec-Fetch-Site": "cross-site"}
    assert browser.post("/faults.json", json={"effect": "garbage"}, headers=foreign).status_code == 403
    browser.cookies.clear()
    assert browser.get("/").status_code == 403
    program = browser.post(
        "/pay.json", params={"token": sandbox.panel_token}, json={"session": "x", "bank": True}
    )
    assert program.status_code == 404  # there is no such session


def test_the_token_is_made_once_and_kept_for_the_owner_alone(tmp_path: Path) -> None:
    first = Sandbox(tmp_path / "sandbox.db", base_url=LOCAL)
    assert first.panel_token == Sandbox(tmp_path / "sandbox.db", base_url=PUBLIC).panel_token
    assert first.panel_token != Sandbox(tmp_path / "other.db", base_url=LOCAL).panel_token
    assert len(first.panel_token) == 32
    assert {each.stat().st_mode & 0o777 for each in tmp_path.glob("sandbox.db*")} == {0o600}


def test_without_the_protection_a_stranger_reads_the_secret(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(own_host.PanelForOwner, "_may_enter", lambda _self, _scope: True)
    browser, sandbox = at(tmp_path, PUBLIC, STRANGER)
    assert sandbox.webhook_secret in browser.get("/").text


# Inside the shop


def test_a_demo_on_a_platform_sells_to_all_and_shows_its_panel_to_its_owner(tmp_path: Path) -> None:
    config = make_config(tmp_path, public_url="", demo=False, fly_address="clay")
    assert config.url == "https://clay.fly.dev"
    browser = TestClient(create_app(config), base_url=config.url, client=STRANGER, follow_redirects=False)
    browser.post("/cart/lines", data={"sku": "TILES", "quantity": "1"})
    for path in ("/sandbox/", "/sandbox/ledger.json", "/sandbox/v1/events", "/sandbox/faults.json"):
        assert browser.get(path).status_code == 403, path
    assert "/sandbox/" in browser.get("/").text
    link = create_provider(config).panel
    assert link.startswith("https://clay.fly.dev/sandbox/?token=")
    entered = browser.get(link)
    assert (entered.status_code, entered.headers["location"]) == (303, "/sandbox/")
    assert "path=/sandbox/; " in entered.headers["set-cookie"].lower()
    assert browser.get("/sandbox/").status_code == 200
    site_of(browser).db.engine.dispose()


@pytest.mark.parametrize(
    ("variables", "there"),
    [
        ({"PORT": "8123"}, "http://127.0.0.1:8123"),
        ({"FLY_APP_NAME": "clay"}, "https://clay.fly.dev"),
        ({"PUBLIC_URL": "https://demo.example"}, "https://demo.example"),
    ],
)
def test_the_start_of_a_demo_tells_the_link(
    said: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, variables: dict[str, str], there: str
) -> None:
    for name in ("open_door", "take_requests"):
        monkeypatch.setattr(serve, name, lambda *_args: None)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    code, out, err = said("serve")
    token = Sandbox(tmp_path / "sandbox.sqlite3", base_url=LOCAL).panel_token
    assert (code, err) == (0, [])
    assert f"Its panel, for you alone: {there}/sandbox/?token={token}" in out


def test_the_sandbox_as_a_server_is_guarded_too(said: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []

    def visit(web: Any, **_how: Any) -> None:
        for peer in (HERE, STRANGER):
            client = TestClient(web, base_url="http://127.0.0.1:8000", client=peer)
            seen.append(client.get("/ledger.json").status_code)

    monkeypatch.setattr(uvicorn, "run", visit)
    assert said("sandbox")[0] == 0
    assert seen == [200, 403]
