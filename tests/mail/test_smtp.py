"""Mail through a real server: what arrives, and what happens when the server is in a mood."""

from collections.abc import Iterator
from email import message_from_bytes
from email.header import decode_header, make_header
from email.policy import compat32
from email.utils import getaddresses

import pytest

from tests.mailserver import MailServer, mail_server
from webshop.errors import Unavailable
from webshop.mail.smtp import Mail, Refused, Sender, SmtpServer

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


def test_an_answer_within_the_time_is_waited_for(server: MailServer) -> None:
    server.pause = 0.3
    SmtpServer(server.url, SENDER, timeout=60).send(MAIL)
    assert len(server.received) == 1


def test_an_answer_that_does_not_come_in_time_means_later(server: MailServer) -> None:
    server.pause = 1.5
    with pytest.raises(Unavailable):
        SmtpServer(server.url, SENDER, timeout=0.3).send(MAIL)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Fernhill Pottery", "Fernhill Pottery"),
        ('Mug, Bowl & "Sons"', 'Mug, Bowl & "Sons"'),
        ("Töpferei Müller, Söhne", "Töpferei Müller, Söhne"),
        ("Pots for €5", "Pots for €5"),
        ("🏺 Pots", "🏺 Pots"),
        ("shop@elsewhere.example", "shop@elsewhere.example"),
        ("Pots <bcc@elsewhere.example>", "Pots <bcc@elsewhere.example>"),
        ("Pots (by hand); and: more", "Pots (by hand); and: more"),
        ("Pots\r\nBcc: everybody@example.com", "Pots Bcc: everybody@example.com"),
        (
            'Pots, "Mugs" <everybody@example.com>, Bowls; Vases: and whatever else is made of clay',
            "Pots Mugs everybody example com Bowls Vases and whatever else is made of clay",
        ),
        (
            "Ein langer Name voller Umlaute: Töpferei, Glasurwerkstatt und Südhofmühle, gegründet 1899",
            "Ein langer Name voller Umlaute Töpferei Glasurwerkstatt und Südhofmühle gegründet 1899",
        ),
    ],
)
def test_the_shop_s_name_stands_before_its_address_whatever_it_is(
    server: MailServer, name: str, shown: str
) -> None:
    SmtpServer(server.url, Sender("shop@shop.example", name)).send(MAIL)
    headers = message_from_bytes(server.raw[0], policy=compat32)
    [(written, address)] = getaddresses([headers["From"]])
    assert (str(make_header(decode_header(written))), address) == (shown, "shop@shop.example")
    assert headers["Bcc"] is None
    assert server.envelopes == [("shop@shop.example", ["ada@example.com"])]


@pytest.mark.parametrize("field", ["to", "reply_to"])
@pytest.mark.parametrize(
    "typed",
    [
        "ada@example.com, everybody@example.com",
        "ada@example.com>, <everybody@example.com",
        "Ada <ada@example.com>",
        "nobody",
        "@example.com",
        "ada@",
    ],
)
def test_an_address_is_one_address(server: MailServer, field: str, typed: str) -> None:
    with pytest.raises(Refused):
        SmtpServer(server.url, SENDER).send(Mail(**{**vars(MAIL), field: typed}))
    assert server.received == []


@pytest.mark.parametrize("line_end", ["\r", "\n", "\r\n", "\x0b", "\x0c", "\x85", "\u2028", "\u2029"])
def test_a_subject_of_two_lines_is_refused(server: MailServer, line_end: str) -> None:
    mail = Mail(**{**vars(MAIL), "subject": f"Yours{line_end}Bcc: everybody@example.com"})
    with pytest.raises(Refused):
        SmtpServer(server.url, SENDER).send(mail)
    assert server.received == []


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
