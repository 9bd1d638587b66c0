"""Where a session may send a shopper: to its shop, and nowhere else. Everybody knows the sandbox's key."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import stripe
from starlette.testclient import TestClient

from tests.people import CARD
from webshop.sandbox.core import Sandbox
from webshop.sandbox.state import addresses
from webshop.sandbox.testing import client_of, embedded_params, session_params
from webshop.sandbox.web import create_app

NO_ADDRESS = [
    "shop.example",
    "/charge",
    "//evil.example",
    "//shop.example",
    "///evil.example",
    "https:evil.example",
    "https:/evil.example",
    "https:///evil.example",
    "https://",
    "https://?",
    "https:\\\\evil.example",
    "https:/\\evil.example",
    "javascript:alert(1)",
    "JavaScript:alert(1)//shop.example",
    "javascript://shop.example/%0aalert(1)",
    "data:text/html,<script>alert(1)</script>",
    "vbscript:msgbox",
    "ftp://shop.example",
    "httpss://shop.example",
    "blob:https://shop.example/1",
    "view-source:https://shop.example",
    "https://shop.example@evil.example/",
    "https://shop.example:80@evil.example/",
    "https://evil.example@shop.example/",
    "https://@shop.example/",
    "https://evil.example\\@shop.example/",
    "https://shop.example\\@evil.example/",
    "https://shop.example\\.evil.example/",
    "https://shop.example/\\evil.example",
    "https://shop.example:port/",
    "https://shop.example:/",
    "https://shop.example:-1/",
    "https://shop.example:123456/",
    "http://127.0.0.1:65536/",
    "https://shop.example:４４３/",
    "https://[shop.example]/",
    "https://[::1/",
    "https://shop.example%2eevil.example/",
    "https://shop.example%00.evil.example/",
    "https://shop.example;.evil.example/",
    "https://shop.example,evil.example/",
    "https://{CHECKOUT_SESSION_ID}.evil.example/",
    "https://shop.example{CHECKOUT_SESSION_ID}/",
    "https://shop。example/",
    "https://ſhop.example/",
    "https://ＳＨＯＰ.example/",
    "https://evil\u2024example/",
    " https://shop.example/",
    "https://shop.example/ ",
    "https://shop.example/a b",
    "https://shop.example /",
    "\thttps://shop.example/",
    "ht\ntps://shop.example/",
    "https://shop\n.example/",
    "https://shop.example/\r\nSet-Cookie: a=b",
    "https://shop.example/\r",
    "https://shop.example/\x00",
    "https://shop.example/\x7f",
    "https://shop.example/\u2028",
    "https://shop.example/\u202e",
    "https://shop.example/\xa0",
]
ELSEWHERE = [
    "https://evil.example",
    "https://evil.example/?https://shop.example/",
    "https://evil.example#@shop.example/",
    "https://evil.example/{CHECKOUT_SESSION_ID}",
    "https://shop.example.evil.example/",
    "https://evil-shop.example/",
    "https://www.shop.example/",
    "https://shop.example./",
    "http://shop.example/",
    "http://shop.example:443/",
    "https://shop.example:8443/",
    "https://shop.example:80/",
    "https://shop.example:0/",
    "https://10.0.0.9/",
    "https://[fd00::5]/",
]
MACHINE = ["http://127.0.0.1:8000/", "http://localhost/", "https://localhost:3000/", "http://[::1]:8000/"]
NOT_THIS_MACHINE = [
    "http://127.0.0.1.evil.example/",
    "http://0.0.0.0/",
    "http://127.1/",
    "http://localhost./",
]
SHOPS = [
    "https://shop.example",
    "https://shop.example/",
    "https://shop.example:443/charge",
    "https://shop.example:0443/charge",
    "HTTPS://SHOP.Example/Charge",
    "https://shop.example?token={CHECKOUT_SESSION_ID}",
    "https://shop.example#{CHECKOUT_SESSION_ID}",
    "https://shop.example/charge?token={CHECKOUT_SESSION_ID}&to=https://evil.example",
    "https://shop.example//evil.example",
    "https://shop.example/@evil.example",
    "https://shop.example/größe",
]


@pytest.fixture
def inside(tmp_path: Path) -> Sandbox:
    """In a demo that everybody can reach."""
    return Sandbox(tmp_path / "inside.db", base_url="https://shop.example/sandbox")


@pytest.fixture
def apart(tmp_path: Path) -> Sandbox:
    """A server of its own, whose shop is on another."""
    return Sandbox(tmp_path / "apart.db", base_url="http://127.0.0.1:8001", shop_url="https://shop.example")


def places_of(sandbox: Sandbox, url: str) -> list[tuple[str, Any]]:
    """Each parameter that leads a shopper somewhere, and the session or the refusal that it makes."""
    own = f"{sandbox.returns.origin}/charge"
    asked = [
        ("success_url", session_params(success_url=url, cancel_url=own)),
        ("cancel_url", session_params(success_url=own, cancel_url=url)),
        ("return_url", embedded_params(return_url=url)),
    ]
    answers: list[tuple[str, Any]] = []
    for name, params in asked:
        try:
            answers.append((name, client_of(sandbox).v1.checkout.sessions.create(params)))
        except stripe.InvalidRequestError as refusal:
            answers.append((name, refusal))
    return answers


def is_refused(sandbox: Sandbox, url: str) -> bool:
    """All three are, as Stripe refuses a bad parameter, or none is."""
    answers = places_of(sandbox, url)
    refusals = [answer for _name, answer in answers if isinstance(answer, stripe.InvalidRequestError)]
    for (name, _answer), refusal in zip(answers, refusals, strict=False):
        assert (refusal.http_status, refusal.param, refusal.code) == (400, name, "url_invalid")
    assert len(refusals) in (0, 3)
    return bool(refusals)


@pytest.mark.parametrize("url", NO_ADDRESS)
def test_what_not_everybody_reads_as_one_address_leads_nowhere(
    inside: Sandbox, apart: Sandbox, url: str
) -> None:
    assert (is_refused(inside, url), is_refused(apart, url)) == (True, True)


@pytest.mark.parametrize("url", ELSEWHERE + NOT_THIS_MACHINE)
def test_nobody_is_sent_anywhere_else(inside: Sandbox, apart: Sandbox, url: str) -> None:
    assert (is_refused(inside, url), is_refused(apart, url)) == (True, True)


@pytest.mark.parametrize("url", MACHINE)
def test_only_a_sandbox_of_its_own_sends_to_other_servers_of_this_machine(
    inside: Sandbox, apart: Sandbox, url: str
) -> None:
    assert (is_refused(inside, url), is_refused(apart, url)) == (True, False)


@pytest.mark.parametrize("url", SHOPS)
def test_the_shop_may_be_led_to_at_any_path(inside: Sandbox, apart: Sandbox, url: str) -> None:
    assert (is_refused(inside, url), is_refused(apart, url)) == (False, False)


def test_a_demo_on_this_machine_leads_to_its_own_port_only(tmp_path: Path) -> None:
    demo = Sandbox(tmp_path / "demo.db", base_url="http://127.0.0.1:8000/sandbox")
    assert not is_refused(demo, "http://127.0.0.1:8000/charge")
    for other in ("http://127.0.0.1:8001/", "http://localhost:8000/", "http://127.0.0.1/"):
        assert is_refused(demo, other)


def test_without_a_shop_a_sandbox_of_its_own_leads_to_this_machine_only(tmp_path: Path) -> None:
    alone = Sandbox(tmp_path / "alone.db", base_url="http://127.0.0.1:8001", shop_url="")
    answers = dict(places_of(alone, "http://127.0.0.1:5000/"))
    assert answers["return_url"].status == "open"
    assert dict(places_of(alone, "https://shop.example/"))["return_url"].param == "return_url"


def test_the_refusal_says_where_it_may_lead(inside: Sandbox, apart: Sandbox) -> None:
    told = [str(dict(places_of(each, "https://evil.example"))["success_url"]) for each in (inside, apart)]
    assert told[0].endswith(
        "Not a valid URL: this sandbox sends shoppers only to https://shop.example, not to https://evil.example"
    )
    assert "only to https://shop.example and to this machine, not" in told[1]


def test_the_session_s_id_is_still_filled_in(inside: Sandbox) -> None:
    session = client_of(inside).v1.checkout.sessions.create(session_params("https://shop.example"))
    browser = TestClient(create_app(inside), base_url="https://shop.example", follow_redirects=False)
    paid = browser.post(f"/pay/{session.id}", data=CARD)
    assert paid.headers["location"] == f"https://shop.example/charge?token={session.id}"


def test_what_is_refused_is_asked_again_under_the_same_key(inside: Sandbox) -> None:
    create = client_of(inside).v1.checkout.sessions.create
    with pytest.raises(stripe.InvalidRequestError):
        create(session_params("https://evil.example"), {"idempotency_key": "k"})
    assert create(session_params("https://shop.example"), {"idempotency_key": "k"}).status == "open"


def test_without_the_protection_the_demo_redirects_to_a_stranger(
    inside: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(addresses.Returns, "include", lambda _self, _origin: True)
    session = client_of(inside).v1.checkout.sessions.create(
        session_params(success_url="https://evil.example/", cancel_url=None)
    )
    browser = TestClient(create_app(inside), base_url="https://shop.example", follow_redirects=False)
    assert browser.post(f"/pay/{session.id}", data=CARD).headers["location"] == "https://evil.example/"
