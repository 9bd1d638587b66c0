"""Mail through a real server: what arrives, and what happens when the server is in a mood."""

from collections.abc import Iterator

import pytest

from tests.mailserver import MailServer, mail_server
from webshop.errors import Unavailable
from webshop.mail import Mail, Refused, Sender, SmtpServer

SENDER = Sender("shop@shop.example")
MAIL = Mail(
    to="ada@example.com",
    reply_to="owner@example.com",
    subject="Your order €24",
    text="Grüße\n",
    html="<p>Grüße</p>",
    message_id="<AAAA-BBBB.receipt@shop.example>",
)


@pytest.fixture
def server() -> Iterator[MailServer]:
    with mail_server() as running:
        yield running


def test_a_mail_arrives_with_the_right_headers_and_both_parts(server: MailServer) -> None:
    SmtpServer(server.url, SENDER).send(MAIL)
    [mail] = server.received
    headers = {name: mail[name] for name in ("From", "To", "Reply-To", "Subject", "Message-ID")}
    assert headers == {
        "From": "shop@shop.example",
        "To": "ada@example.com",
        "Reply-To": "owner@example.com",
        "Subject": "Your order €24",
        "Message-ID": "<AAAA-BBBB.receipt@shop.example>",
    }
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Date"]
    bodies = {part.get_content_type(): part.get_content() for part in mail.iter_parts()}
    assert bodies["text/plain"].strip() == "Grüße"
    assert bodies["text/html"].strip() == "<p>Grüße</p>"


@pytest.mark.parametrize("field", ["to", "reply_to", "subject", "message_id"])
def test_no_header_can_start_another(server: MailServer, field: str) -> None:
    mail = Mail(**{**vars(MAIL), field: "x\r\nBcc: everybody@example.com"})
    with pytest.raises(Refused):
        SmtpServer(server.url, SENDER).send(mail)
    assert server.received == []


@pytest.mark.parametrize("answer", ["550 no such user", "554 we do not like you"])
def test_a_refusal_for_ever_is_told_apart(server: MailServer, answer: str) -> None:
    server.answer = answer
    with pytest.raises(Refused):
        SmtpServer(server.url, SENDER).send(MAIL)


@pytest.mark.parametrize("answer", ["451 try later", "421 closing", ""])
def test_a_refusal_for_now_or_a_cut_line_means_later(server: MailServer, answer: str) -> None:
    server.answer = answer
    with pytest.raises(Unavailable):
        SmtpServer(server.url, SENDER).send(MAIL)


def test_a_server_that_is_down_means_later() -> None:
    with mail_server() as server:
        url = server.url
    with pytest.raises(Unavailable):
        SmtpServer(url, SENDER).send(MAIL)


def test_a_server_without_tls_is_not_spoken_to_where_tls_is_demanded(server: MailServer) -> None:
    demanding = server.url.replace("smtp://", "smtp+starttls://")
    with pytest.raises(Unavailable):
        SmtpServer(demanding, SENDER).send(MAIL)
    assert server.received == []
