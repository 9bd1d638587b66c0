"""Alarms by mail: one mail for a storm of them, and never an alarm about an alarm's mail."""

import logging
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from threading import Barrier, BrokenBarrierError
from typing import Any

import pytest
import sqlalchemy as sa
from bs4 import BeautifulSoup
from sqlalchemy import Connection
from starlette.testclient import TestClient

from tests.conftest import both_databases, only_postgresql, site_of
from tests.mailserver import MailServer, mail_server
from tests.till import Till, at_once
from webshop.alarms import queries as alarms
from webshop.alarms.model import Alarm, AlarmKind
from webshop.db.tables import alarms as alarm_rows
from webshop.db.tables import outbox as mails
from webshop.mail import outbox
from webshop.mail import send as correspondence
from webshop.mail.letters import Letters, what_it_means
from webshop.mail.model import MailKind, QueuedMail
from webshop.mail.smtp import Sender, SmtpServer
from webshop.settings.mode import ShopMode
from webshop.web.site import Site

OWNER = "owner@example.com"
MINUTE = timedelta(minutes=1)


@pytest.fixture
def server() -> Iterator[MailServer]:
    with mail_server() as running:
        yield running


@pytest.fixture
def site(client: TestClient) -> Site:
    return site_of(client)


@pytest.fixture
def post(site: Site, server: MailServer) -> Letters:
    smtp = SmtpServer(server.url, Sender("shop@shop.example", "Test Pottery"))
    return Letters(smtp, site.pages, site.signatures, "https://shop.example", OWNER, "en")


def sound(
    site: Site, *about: str, kind: AlarmKind = AlarmKind.UNDECIDED, detail: str = "nobody knows"
) -> None:
    with site.db.write() as connection:
        for each in about:
            alarms.raise_alarm(connection, kind, each, detail)


def after(minutes: float) -> datetime:
    return datetime.now(UTC) + minutes * MINUTE


def text_of(mail: Any) -> str:
    return str(mail.get_body(("plain",)).get_content()).replace("\r\n", "\n")


@both_databases
def test_a_storm_is_one_mail_when_the_first_alarm_is_a_minute_old(
    site: Site, post: Letters, server: MailServer
) -> None:
    sound(site, *(f"AAAA-{number:04}" for number in range(1000, 1030)))
    correspondence.send_due(site.db, post, after(0.9), most=99)
    assert server.received == []
    for minutes in (1.1, 1.2, 60):
        correspondence.send_due(site.db, post, after(minutes), most=99)
    [mail] = server.received
    assert (mail["To"], mail["Subject"]) == (OWNER, "[sandbox] 30 things need you at Test Pottery")
    assert text_of(mail).count("\nWhen it is seen to: ") == 30


def test_the_next_mail_waits_for_a_quarter_of_an_hour(site: Site, post: Letters, server: MailServer) -> None:
    sound(site, "AAAA-1111")
    correspondence.send_due(site.db, post, after(2), most=99)
    sound(site, "BBBB-2222")
    correspondence.send_due(site.db, post, after(16.9), most=99)
    assert len(server.received) == 1
    correspondence.send_due(site.db, post, after(17.1), most=99)
    assert len(server.received) == 2
    assert "AAAA-1111" not in text_of(server.received[1])
    assert server.received[0]["Message-ID"] != server.received[1]["Message-ID"]


def test_an_alarm_mail_says_what_it_is_about_and_what_to_do(
    site: Site, post: Letters, server: MailServer
) -> None:
    sound(site, "AAAA-1111", kind=AlarmKind.REFUND, detail="paid <twice>")
    sound(site, "the shop", kind=AlarmKind.WEBHOOK, detail="silence")
    with site.db.write() as connection:
        connection.execute(sa.update(alarm_rows).values(raised_at=datetime(2026, 11, 3, 12, 0, tzinfo=UTC)))
    correspondence.send_due(site.db, post, after(0), most=99)
    [mail] = server.received
    assert mail["From"] == "Test Pottery <shop@shop.example>"
    assert mail["Reply-To"] is None
    assert mail["Auto-Submitted"] == "auto-generated"
    assert text_of(mail).partition("\n-- ")[0].rstrip("\n") + "\n" == (
        "The shop is in sandbox mode: no real money.\n"
        "\n"
        "AAAA-1111, Nov 3, 2026, 12:00\u202fPM\n"
        "Money came that cannot become an order. It is being sent back.\n"
        "paid <twice>\n"
        f"The order as the shopper sees it: https://shop.example/orders/{site.signatures.sign_order('AAAA-1111')}\n"
        "All about it: python -m webshop orders show AAAA-1111\n"
        "When it is seen to: python -m webshop alarms --clear AAAA-1111\n"
        "\n"
        "Test Pottery, Nov 3, 2026, 12:00\u202fPM\n"
        "Stripe's webhooks do not arrive. Orders are still settled, but later than they could be.\n"
        "silence\n"
        'When it is seen to: python -m webshop alarms --clear "the shop"\n'
    )
    html = BeautifulSoup(mail.get_body(("html",)).get_content(), "html.parser")  # type: ignore[union-attr]
    shown = " ".join(html.get_text(" ").split())
    for expected in ("paid <twice>", "orders show AAAA-1111", 'alarms --clear "the shop"'):
        assert expected in shown


@pytest.mark.parametrize("mode", ShopMode)
def test_an_alarm_mail_says_whether_the_shops_money_is_real(
    site: Site, post: Letters, mode: ShopMode
) -> None:
    site.pages.set_global("mode", mode)
    queued = QueuedMail(1, None, MailKind.ALARMS, "alarms-1", after(0), 0, after(0), None, "")
    alarm = Alarm(1, AlarmKind.MAIL, "mail receipt", "AAAA-1111", "no", after(0), 1, None, None)
    mail = post.write_alarms(queued, [alarm])
    mark, sentence = {
        "sandbox": ("[sandbox] ", "The shop is in sandbox mode: no real money."),
        "test": ("[test] ", "The shop is in test mode: no real money."),
        "live": ("", ""),
    }[mode]
    assert mail.subject == f"{mark}1 thing needs you at Test Pottery"
    assert mail.text.startswith(f"{sentence}\n\nAAAA-1111, " if sentence else "AAAA-1111, ")
    assert mail.html.count("no real money") == bool(sentence)


def test_every_kind_of_alarm_has_its_own_sentence() -> None:
    assert len({what_it_means(kind) for kind in AlarmKind}) == len(AlarmKind)


def test_a_very_long_mail_says_how_many_more_there_are(site: Site, post: Letters) -> None:
    moment = datetime.now(UTC)
    told = [
        Alarm(n, AlarmKind.MAIL, "mail receipt", f"AAAA-{n:04}", "no", moment, 1, None, None)
        for n in range(53)
    ]
    queued = QueuedMail(1, None, MailKind.ALARMS, "alarms-1", moment, 0, moment, None, "")
    mail = post.write_alarms(queued, told)
    assert mail.subject == "[sandbox] 53 things need you at Test Pottery"
    assert "AAAA-0049" in mail.text
    assert "AAAA-0050" not in mail.text
    assert "3 more are listed by: python -m webshop alarms\n" in mail.text
    assert mail.message_id == "<alarms-1@shop.example>"


def test_a_mail_that_is_tried_again_has_the_same_id(site: Site, post: Letters, server: MailServer) -> None:
    sound(site, "AAAA-1111")
    server.answer = ""
    correspondence.send_due(site.db, post, after(2), most=99)
    server.answer = "250 OK"
    for minutes in (10, 200, 500):
        correspondence.send_due(site.db, post, after(minutes), most=99)
    first, second = server.received
    assert first["Message-ID"] == second["Message-ID"]


@both_databases
def test_what_was_seen_to_before_the_mail_left_is_not_told(
    site: Site, post: Letters, server: MailServer
) -> None:
    sound(site, "AAAA-1111")
    server.answer = "451 later"
    correspondence.send_due(site.db, post, after(2), most=99)
    with site.db.write() as connection:
        alarms.clear(connection, "AAAA-1111")
    server.answer = "250 OK"
    correspondence.send_due(site.db, post, after(10), most=99)
    assert server.received == []
    with site.db.read() as connection:
        assert connection.execute(sa.select(mails.c.due_at)).scalars().all() == [None]


@both_databases
def test_an_alarm_raised_again_with_other_words_is_told_again(
    site: Site, post: Letters, server: MailServer
) -> None:
    sound(site, "AAAA-1111", detail="one")
    correspondence.send_due(site.db, post, after(2), most=99)
    sound(site, "AAAA-1111", detail="one")
    correspondence.send_due(site.db, post, after(30), most=99)
    assert len(server.received) == 1
    sound(site, "AAAA-1111", detail="two")
    correspondence.send_due(site.db, post, after(60), most=99)
    assert "\ntwo\n" in text_of(server.received[1])


def test_without_an_owner_no_mail_is_made(site: Site, post: Letters, server: MailServer) -> None:
    sound(site, "AAAA-1111")
    nobody = Letters(post.postbox, site.pages, site.signatures, "https://shop.example", "")
    correspondence.send_due(site.db, nobody, after(60), most=99)
    with site.db.read() as connection:
        assert connection.execute(sa.select(mails)).all() == []


def test_an_alarm_mail_that_is_refused_for_ever_raises_no_alarm_but_an_error(
    site: Site, post: Letters, server: MailServer, caplog: pytest.LogCaptureFixture
) -> None:
    sound(site, "AAAA-1111")
    server.answer = "550 no such user"
    for minutes in (2, 60, 120):
        correspondence.send_due(site.db, post, after(minutes), most=99)
    errors = [record.getMessage() for record in caplog.records if record.levelno == logging.ERROR]
    assert errors == ["The owner was not told of alarms: (550, b'no such user')"]
    with site.db.read() as connection:
        assert [(alarm.kind, alarm.about) for alarm in alarms.list_open(connection)] == [
            ("undecided", "AAAA-1111")
        ]
        assert connection.execute(sa.select(sa.func.count()).select_from(mails)).scalar_one() == 1


def gather_at_once(till: Till, monkeypatch: pytest.MonkeyPatch, patience: float) -> int:
    """How many mails two workers make of one alarm, each waiting, for so long, until the other has looked."""
    with till.db.write() as connection:
        alarms.raise_alarm(connection, AlarmKind.UNDECIDED, "AAAA-1111", "nobody knows")
    both_looked = Barrier(2, timeout=patience)
    ask = outbox.last_alarms

    def ask_and_wait(connection: Connection) -> datetime | None:
        last = ask(connection)
        with suppress(BrokenBarrierError):
            both_looked.wait()
        return last

    monkeypatch.setattr(outbox, "last_alarms", ask_and_wait)
    found = at_once(2, lambda _n: correspondence.gather_alarms(till.db, after(2)))
    assert found == [None, None]
    with till.db.read() as connection:
        return int(connection.execute(sa.select(sa.func.count()).select_from(mails)).scalar_one())


@both_databases
def test_two_workers_at_once_make_one_mail(till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    assert gather_at_once(till, monkeypatch, 0.5) == 1


@only_postgresql
def test_control_without_the_lock_two_workers_make_two(till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    """On PostgreSQL: SQLite has one writer at a time."""
    monkeypatch.setattr(alarms, "lock_untold", alarms.list_open)
    assert gather_at_once(till, monkeypatch, 60) == 2


def test_an_order_that_was_lost_has_no_link(site: Site, post: Letters, server: MailServer) -> None:
    """Its page is not there, and it can be seen to all the same."""
    sound(site, "LOST-LOST", kind=AlarmKind.UNKNOWN, detail="order LOST-LOST, €31.90, paid")
    correspondence.send_due(site.db, post, after(2), most=5)
    [mail] = server.received
    text = text_of(mail)
    assert "order LOST-LOST, €31.90, paid" in text
    assert "alarms --clear LOST-LOST" in text
    assert "/orders/" not in text
    assert "orders show" not in text
