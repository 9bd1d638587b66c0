"""A mail in the sandbox's panel, in a real browser: it can be read and its links followed, and no more."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvicorn
from playwright.sync_api import Browser, Page

from tests.ports import free_port
from webshop.mail.smtp import Folder, Mail, Sender
from webshop.sandbox.core import Sandbox
from webshop.sandbox.web import create_app

HOSTILE = """<html><head><base href="http://127.0.0.1:9/"><base target="_self">
<meta http-equiv="refresh" content="0;url=/gone"><link rel="stylesheet" href="/sheet.css">
<style>@import "/import.css";
p { background: url("/picture.png") } body { color: rgb(1, 2, 3) }</style></head>
<body onload="top.document.title = 'got you'">
<script>top.document.title = "got you"; fetch("/fetch")</script>
<img src="/image.png" onerror="top.document.title = 'got you'"><iframe src="/frame"></iframe>
<form action="/form"><button id="send">Send</button></form>
<a id="trick" href="javascript:top.document.title = 'got you'">Trick</a>
<a id="top" href="/taken" target="_top">Take the panel away</a>
<p>Thank you</p><a id="order" href="ORIGIN/ledger.json">Your order</a></body></html>"""


@pytest.fixture
def origin(tmp_path: Path) -> Iterator[str]:
    """A sandbox over HTTP, with one hostile mail."""
    url = f"http://127.0.0.1:{(port := free_port())}"
    html = HOSTILE.replace("ORIGIN", url)
    Folder(tmp_path / "mail", Sender("shop@shop.test", "Shop")).send(
        Mail("ann@example.com", "", "Your receipt", "Thank you", html, "<1.receipt@shop.test>")
    )
    sandbox = Sandbox(tmp_path / "sandbox.db", base_url=url, mails=tmp_path / "mail")
    server = uvicorn.Server(uvicorn.Config(create_app(sandbox), port=port, log_config=None))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            thread.join(0.02)
        yield url
    finally:
        server.should_exit = True
        thread.join(10)


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 900, "height": 1400})
    yield context.new_page()
    context.close()


def test_a_hostile_mail_does_nothing_and_its_links_open_a_window(origin: str, page: Page) -> None:
    answered: list[str] = []  # Chromium lists what it refuses to ask for among the requests
    page.context.on("response", lambda response: answered.append(response.url))
    page.goto(f"{origin}/")
    page.get_by_role("link", name="Your receipt").click()
    letter = page.frame_locator("iframe")
    assert letter.get_by_text("Thank you").inner_text() == "Thank you"
    # A style of the mail's own is let through, so that it looks as it was written.
    assert letter.locator("p").evaluate("p => getComputedStyle(p).color") == "rgb(1, 2, 3)"
    letter.locator("#send").click()
    letter.locator("#trick").click()
    letter.locator("#top").click()
    with page.context.expect_page() as opened:
        letter.locator("#order").click()
    opened.value.wait_for_load_state()
    assert "sessions" in opened.value.content()
    assert opened.value.evaluate("window.opener") is None
    page.wait_for_timeout(300)
    assert page.title() == "Your receipt – sandbox"
    assert page.url == f"{origin}/mails/1.receipt_shop.test"
    assert letter.get_by_text("Thank you").is_visible()
    pages = ("/", "/mails/1.receipt_shop.test", "/mails/1.receipt_shop.test/html", "/ledger.json")
    furniture = ("/static/sandbox.css", "/static/icon.svg", "/favicon.ico")
    assert set(answered) <= {f"{origin}{path}" for path in (*pages, *furniture)}


def test_nothing_runs_either_when_the_letter_is_opened_by_its_address(origin: str, page: Page) -> None:
    page.goto(f"{origin}/mails/1.receipt_shop.test/html")
    assert page.get_by_text("Thank you").is_visible()
    page.wait_for_timeout(300)
    assert page.title() == ""
    assert page.url == f"{origin}/mails/1.receipt_shop.test/html"
