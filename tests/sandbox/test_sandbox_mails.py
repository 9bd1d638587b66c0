"""The panel's mails: which are shown, and that none can do or reach anything."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from starlette.testclient import TestClient

from webshop.mail.smtp import Folder, Mail, Sender
from webshop.sandbox.core import Sandbox
from webshop.sandbox.pages.mails import find_mail, list_mails
from webshop.sandbox.web import create_app
from webshop.settings.model import Settings

THANKS = "<p>Thank you, Änn.</p>"
HOSTILE = '<script>document.title = "got you"</script><a href="http://shop.test/orders/1">Your order</a>'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "mail"


@pytest.fixture
def browser(tmp_path: Path, folder: Path) -> TestClient:
    sandbox = Sandbox(tmp_path / "sandbox.db", base_url="http://testserver", mails=folder)
    return TestClient(create_app(sandbox), follow_redirects=False)


def write(folder: Path, number: int, subject: str = "Your receipt", html: str = THANKS) -> Path:
    """A mail as the shop writes it, in the second of its number."""
    text = "Thank you, Änn.\nhttp://shop.test/orders/1\n"
    mail = Mail("ann@example.com", "", subject, text, html, f"<{number}.receipt@shop.test>")
    Folder(folder, Sender("shop@shop.test", "Shop")).send(mail)
    path = folder / f"{number}.receipt_shop.test.eml"
    os.utime(path, (number, number))
    return path


def shown(page: object) -> str:
    return " ".join(BeautifulSoup(str(page), "html.parser").get_text(" ").split())


def subjects(folder: Path) -> list[str]:
    return [found.subject for found in list_mails(folder, 30)]


def test_the_panel_lists_mails_newest_first_and_links_to_them(browser: TestClient, folder: Path) -> None:
    write(folder, 1, "First")
    write(folder, 3, "Third <b>")
    write(folder, 2, "Second")
    section = BeautifulSoup(browser.get("/").text, "html.parser").select_one("#mails")
    assert section is not None
    assert [link.get_text() for link in section.select("a")] == ["Third <b>", "Second", "First"]
    assert "to ann@example.com" in section.get_text()
    page = browser.get(str(section.select("a")[1]["href"]))
    assert (page.status_code, "Second" in shown(page.text)) == (200, True)


def test_only_so_many_mails_are_listed(folder: Path) -> None:
    for number in range(4):
        write(folder, number, str(number))
    assert [found.subject for found in list_mails(folder, 3)] == ["3", "2", "1"]


def test_a_mail_shows_its_headers_its_text_and_its_html_in_a_frame(browser: TestClient, folder: Path) -> None:
    write(folder, 1)
    html = browser.get("/mails/1.receipt_shop.test").text
    page = BeautifulSoup(html, "html.parser")
    headers = [name.get_text() for name in page.select("dt")]
    assert headers[:4] == ["From", "To", "Subject", "Date"]
    assert "Shop <shop@shop.test>" in [value.get_text() for value in page.select("dd")]
    text = page.select_one("pre")
    assert text is not None
    assert "Thank you, Änn." in text.get_text()
    assert [link["href"] for link in text.select("a")] == ["http://shop.test/orders/1"]
    frame = page.select_one("iframe")
    assert frame is not None
    assert frame["src"] == "/mails/1.receipt_shop.test/html"
    assert 'sandbox="allow-popups allow-popups-to-escape-sandbox"' in html
    assert "<p>Thank you, Änn.</p>" in browser.get(str(frame["src"])).text


def test_what_a_mail_holds_is_text_on_the_page_around_it(browser: TestClient, folder: Path) -> None:
    write(folder, 1, "<script>alert(1)</script>", HOSTILE)
    for path in ("/", "/mails/1.receipt_shop.test"):
        answer = browser.get(path)
        assert "<script" not in answer.text
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert "unsafe" not in answer.headers["content-security-policy"]


def test_a_hostile_mail_is_shut_in_even_without_its_frame(browser: TestClient, folder: Path) -> None:
    write(folder, 1, "Hello", HOSTILE)
    answer = browser.get("/mails/1.receipt_shop.test/html")
    assert answer.headers["content-security-policy"] == (
        "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'self'; sandbox allow-popups allow-popups-to-escape-sandbox"
    )
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_a_mail_without_html_has_no_frame(browser: TestClient, folder: Path) -> None:
    folder.mkdir()
    (folder / "plain.eml").write_bytes(b"From: a@shop.test\r\nSubject: Plain\r\n\r\nHello\r\n")
    assert "<iframe" not in browser.get("/mails/plain").text
    assert "Hello" in browser.get("/mails/plain").text
    assert browser.get("/mails/plain/html").status_code == 404


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x00\xff" * 100,
        b"no mail at all",
        b"Subject: half\r\nFrom",
        b"From: a@shop.test\r\nContent-Type: text/plain; charset=klingon\r\n\r\nx",
        b"From: a@shop.test\r\nSubject: =?x?q?=ff?=\r\nContent-Type: multipart/mixed\r\n\r\nx",
        b"From: a@shop.test\r\n\r\n" + b"x" * 1024 * 1024,
    ],
)
def test_what_is_no_mail_is_left_out(browser: TestClient, folder: Path, content: bytes) -> None:
    write(folder, 1, "Whole")
    (folder / "broken.eml").write_bytes(content)
    assert subjects(folder) == ["Whole"]
    assert browser.get("/").status_code == 200
    assert browser.get("/mails/broken").status_code == 404


def test_a_mail_that_is_just_being_written_is_left_out(folder: Path) -> None:
    path = write(folder, 1)
    whole = path.read_bytes()
    for length in range(0, len(whole) - 4, 5):
        path.write_bytes(whole[:length])
        assert subjects(folder) == []
    path.write_bytes(whole)
    assert subjects(folder) == ["Your receipt"]


def test_bytes_in_no_known_encoding_can_be_shown(browser: TestClient, folder: Path) -> None:
    folder.mkdir()
    (folder / "odd.eml").write_bytes(
        b"From: a@shop.test\r\nSubject: caf\xe9\r\nX-Odd: \xe9\r\n\r\ncaf\xe9\r\n"
    )
    assert browser.get("/").status_code == 200
    assert browser.get("/mails/odd").status_code == 200


@pytest.mark.parametrize(
    "name",
    [
        "..%2Fsecret",
        "..%2F..%2Fsecret",
        "%2E%2E%2Fsecret",
        "..%5Csecret",
        "link",
        "inside",
        "sub%2Fdeep",
        "",
        "%2E%2E",
        "%00",
        "1.receipt_shop.test.eml",
        "nothing",
    ],
)
def test_no_name_leads_out_of_the_folder(browser: TestClient, folder: Path, name: str) -> None:
    secret = b"From: a@shop.test\r\nSubject: secret\r\n\r\nsecret\r\n"
    write(folder, 1)
    (folder.parent / "secret.eml").write_bytes(secret)
    (folder / "link.eml").symlink_to(folder.parent / "secret.eml")
    (folder / "inside.eml").mkdir()
    (folder / "sub").mkdir()
    (folder / "sub" / "deep.eml").write_bytes(secret)
    for path in (f"/mails/{name}", f"/mails/{name}/html"):
        answer = browser.get(path)
        assert answer.status_code == 404
        assert "secret" not in shown(answer.text)
    assert subjects(folder) == ["Your receipt"]
    assert find_mail(folder, "../secret") is None
    assert find_mail(folder, str(folder.parent / "secret")) is None


def test_a_name_may_be_odd(browser: TestClient, folder: Path) -> None:
    write(folder, 1).rename(folder / "a b?c#é.eml")
    section = BeautifulSoup(browser.get("/").text, "html.parser").select_one("#mails a")
    assert section is not None
    assert browser.get(str(section["href"])).status_code == 200


def test_before_the_first_mail_the_panel_says_so(browser: TestClient) -> None:
    assert "None yet. The shop writes when an order is paid." in shown(browser.get("/").text)


def test_a_sandbox_that_knows_no_folder_has_no_mails(tmp_path: Path) -> None:
    sandbox = Sandbox(tmp_path / "sandbox.db", base_url="http://testserver")
    browser = TestClient(create_app(sandbox))
    assert "mails" not in browser.get("/").text
    assert browser.get("/mails/1.receipt_shop.test").status_code == 404


def test_a_demo_shop_shows_its_own_mails(client: TestClient, config: Settings) -> None:
    write(config.data_dir / "mail", 1, "Your receipt")
    link = BeautifulSoup(client.get("/sandbox/").text, "html.parser").select_one("#mails a")
    assert link is not None
    assert link["href"] == "/sandbox/mails/1.receipt_shop.test"
    frame = BeautifulSoup(client.get(str(link["href"])).text, "html.parser").select_one("iframe")
    assert frame is not None
    letter = client.get(str(frame["src"]))
    assert (letter.status_code, letter.headers.get("x-frame-options")) == (200, None)
