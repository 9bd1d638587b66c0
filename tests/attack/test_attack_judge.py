"""The judge, on answers written by hand: a good one is fine, and each fault alone is found."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.attack.draft import Draft
from tests.attack.exchange import Answer
from tests.attack.findings import SERVER_ERROR, Finding, lines, shown
from tests.attack.judge import House, judge
from tests.attack.logs import judge_log

HOUSE = House(
    https=True,
    origins=("https://shop.example", "https://pay.example"),
    secrets=("a-secret-key",),
    inside=("/srv/shop",),
    personal=("Ada Lovelace",),
    keys=("K7QM-2XTD.signature",),
    open_to_all=("/sandbox",),
)
DRAFT = Draft(7, "/cart", "GET", False, b"GET /cart HTTP/1.1\r\n\r\n")
POLICY = "default-src 'none'; script-src 'self'; base-uri 'none'; frame-ancestors 'none'"
FRAMED_BY_ALL = POLICY.replace("frame-ancestors 'none'", "frame-ancestors *")
HEADERS = {
    "content-type": "text/html; charset=utf-8",
    "cache-control": "private, no-cache",
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
    "cross-origin-opener-policy": "same-origin-allow-popups",
    "strict-transport-security": "max-age=3600",
    "x-request-id": "4f760306dba56bba",
}
COOKIE = "__Host-cart=0123; HttpOnly; Max-Age=31536000; Path=/; SameSite=lax; Secure"


def answer(status: int = 200, body: bytes = b"<p>Fine", **headers: str) -> Answer:
    """A good one, but for what is given; a header without a value is left out."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(status, [(name, value) for name, value in {**HEADERS, **named}.items() if value], body)


def kinds(said: Answer, draft: Draft = DRAFT, house: House = HOUSE) -> list[str]:
    return [finding.kind for finding in judge(house, draft, said)]


@pytest.mark.parametrize(
    "said",
    [
        answer(),
        answer(404),
        answer(429, retry_after="5"),
        answer(303, location="/cart?added=TILES"),
        answer(303, location="https://pay.example/pay/cs_1"),
        answer(308, location="https://shop.example/cart", strict_transport_security=""),
        answer(421, strict_transport_security=""),
        answer(hx_redirect="/orders/x"),
        answer(set_cookie=COOKIE),
        answer(body=b"you typed &lt;zq1n7q&gt; and &#34; zq1n7q=&#34;"),
        answer(body=b'{"a": "<zq1n7q>"}', content_type="application/json"),
    ],
)
def test_a_good_answer_is_fine(said: Answer) -> None:
    assert kinds(said) == []


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        (answer(500), SERVER_ERROR),
        (answer(503, retry_after="5"), SERVER_ERROR),
        (answer(content_security_policy=""), "content policy"),
        (answer(content_security_policy=POLICY + "; style-src 'unsafe-inline'"), "content policy"),
        (answer(content_security_policy=POLICY.replace("default-src 'none'; ", "")), "content policy"),
        (
            answer(content_security_policy=FRAMED_BY_ALL),
            "security header",
        ),
        (answer(x_content_type_options=""), "security header"),
        (answer(x_frame_options=""), "security header"),
        (answer(strict_transport_security=""), "security header"),
        (answer(referrer_policy="unsafe-url"), "security header"),
        (answer(body=b"Traceback (most recent call last):\n"), "inside shown"),
        (answer(body=b"no such file: /srv/shop/templates"), "inside shown"),
        (answer(body=b"sqlite3.OperationalError: near"), "inside shown"),
        (answer(body=b"root:x:0:0:root"), "inside shown"),
        (answer(body=b"the key is a-secret-key"), "secret shown"),
        (answer(body=b"for Ada Lovelace"), "somebody else's data"),
        (answer(303, location="https://evil.example/"), "leads away"),
        (answer(303, location="//evil.example/"), "leads away"),
        (answer(303, location="/\\evil.example/"), "leads away"),
        (answer(303, location="/\t/evil.example/"), "leads away"),
        (answer(303, location="https://shop.example.evil.example/"), "leads away"),
        (answer(303, location="javascript:zq1n7q"), "leads away"),
        (answer(hx_redirect="https:evil.example"), "leads away"),
        (answer(hx_push_url="http://shop.example/"), "leads away"),
        (answer(x_injected="zq1n7q"), "header injected"),
        (answer(body=b"you typed <zq1n7q>"), "reflected markup"),
        (answer(body=b'<a title="" zq1n7q="">'), "reflected markup"),
        (answer(body=b'<a href="javascript:zq1n7q">'), "reflected markup"),
        (answer(body=b"1337zq1n7q"), "reflected markup"),
        (answer(body=b"<svg/onload=zq1n3q>"), "stored markup"),
        (answer(set_cookie=COOKIE.replace("; HttpOnly", "")), "cookie"),
        (answer(set_cookie=COOKIE.replace("; SameSite=lax", "")), "cookie"),
        (answer(set_cookie=COOKIE.replace("; Secure", "")), "cookie"),
        (answer(set_cookie=COOKIE.replace("__Host-", "")), "cookie"),
        (answer(cache_control=""), "kept in caches"),
        (answer(cache_control="public, max-age=60"), "kept in caches"),
    ],
)
def test_each_fault_is_found_and_nothing_else(said: Answer, kind: str) -> None:
    assert kinds(said) == [kind]


def test_an_injected_cookie_is_two_faults() -> None:
    assert kinds(answer(set_cookie="injected=zq1n7q")) == ["header injected", "cookie"]


def test_private_pages_are_not_kept_and_shown_to_whoever_has_their_key() -> None:
    order = replace(DRAFT, target="/orders/{signed}", raw=b"GET /orders/K7QM-2XTD.signature HTTP/1.1\r\n\r\n")
    page = answer(body=b"for Ada Lovelace", cache_control="no-store")

    assert kinds(page, order) == []
    assert kinds(replace(page, headers=answer().headers), order) == ["kept in caches"]
    assert kinds(page, replace(order, raw=b"GET /orders/forged HTTP/1.1\r\n\r\n")) == ["somebody else's data"]
    assert kinds(page, replace(order, target="/sandbox/")) == []


def test_only_what_the_sandbox_shows_in_a_frame_may_be_framed_and_by_the_shop_alone() -> None:
    policy = POLICY.replace("ancestors 'none'", "ancestors 'self' https://shop.example")
    framed = answer(content_security_policy=policy, x_frame_options="")
    assert kinds(framed, replace(DRAFT, target="/sandbox/embedded/{key}")) == []
    assert kinds(framed) == ["security header"]
    elsewhere = answer(content_security_policy=policy + " https://evil.example", x_frame_options="")
    assert kinds(elsewhere, replace(DRAFT, target="/sandbox/embedded/{key}")) == ["security header"]


def test_over_http_no_cookie_is_secure() -> None:
    plain = replace(HOUSE, https=False)
    cookie = "cart=0123; HttpOnly; Path=/; SameSite=lax"
    assert kinds(answer(set_cookie=cookie, strict_transport_security=""), house=plain) == []


def test_what_the_server_says_of_what_is_no_http_has_no_headers() -> None:
    refused = Answer(400, [("content-type", "text/plain")], b"Invalid HTTP request received.")
    assert kinds(refused) == []
    assert "security header" in kinds(replace(refused, body=b"Something else"))


LOG = """\
12:00:00 INFO webshop.requests: POST /cart/lines 303 12 ms [4f760306dba56bba]
12:00:01 INFO webshop.requests: GET /static/… 500 1 ms [aaaa0306dba56bba]
12:00:01 ERROR uvicorn.error: Exception in ASGI application
 [aaaa0306dba56bba]
Traceback (most recent call last):
  File "app.py", line 1
ValueError: x
12:00:02 WARNING webshop.db.engine: The database did not answer
"""
JSON_LINE = '{"level": "ERROR", "logger": "x", "message": "x", "request": "4f760306dba56bba"}\n'


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (LOG.replace(" 500 ", " 404 ").partition("12:00:01 ERROR")[0], []),
        (LOG, [SERVER_ERROR, SERVER_ERROR]),
        (JSON_LINE, [SERVER_ERROR]),
        ('{"route": "/", "status": 503}\n', [SERVER_ERROR]),
        ('{"route": "/", "status": 404}\n', []),
        ("12:00:00 WARNING x: the key is a-secret-key\n", ["secret in the log"]),
        ("12:00:00 WARNING x: K7QM-2XTD.signature\n", ["secret in the log"]),
        ("12:00:00 WARNING x: for Ada Lovelace\n", ["person in the log"]),
        ("12:00:00 WARNING x: <zq1n7q>\n", ["visitor's words in the log"]),
        ("STRIPE_SECRET_KEY=a-secret-key\n", []),
    ],
)
def test_what_a_log_tells(tmp_path: Path, text: str, found: list[str]) -> None:
    file = tmp_path / "shop.log"
    file.write_text(text)
    assert [finding.kind for finding in judge_log(HOUSE, file, [])] == found


def test_a_failure_that_a_client_saw_is_told_once(tmp_path: Path) -> None:
    file = tmp_path / "shop.log"
    file.write_text(LOG)
    seen = judge(HOUSE, DRAFT, answer(500, x_request_id="aaaa0306dba56bba"))
    assert [finding.kind for finding in seen] == [SERVER_ERROR]
    assert list(judge_log(HOUSE, file, seen)) == []


def test_a_finding_says_how_to_see_it_again() -> None:
    raw = b"GET /" + b"A" * 6000 + b" HTTP/1.1\r\n\r\n"
    assert shown(raw) == r"b'GET /' + b'A' * 6000 + b' HTTP/1.1\r\n\r\n'"
    assert eval(shown(raw)) == raw

    found = [Finding("cookie", "/cart", f"the {number}th", shown(raw)) for number in range(5)]
    assert list(lines(found))[:2] == ["FINDING cookie at /cart: 5", "  the 0th"]
