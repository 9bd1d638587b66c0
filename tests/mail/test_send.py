"""The outbox: each mail of an order is sent once, whatever the mail server and the worker do."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from starlette.testclient import TestClient

from tests.conftest import both_databases, payments_of, site_of
from tests.mailserver import MailServer, mail_server
from tests.shopper import Shopper
from webshop.admin import shipments
from webshop.db.tables import alarms, orders
from webshop.db.tables import outbox as rows
from webshop.language.formats import format_money
from webshop.mail import outbox
from webshop.mail.letters import Letters
from webshop.mail.smtp import Sender, SmtpServer
from webshop.orders import queries as order_queries
from webshop.payments import attempts
from webshop.payments import events as stripe_events
from webshop.web.site import Site
from webshop.worker import rounds as worker

SENDER = Sender("shop@shop.example", "Test Pottery")
OWNER = "owner@example.com"
ADA = "ada@example.com"


@pytest.fixture
def server() -> Iterator[MailServer]:
    with mail_server() as running:
        yield running


@pytest.fixture
def site(client: TestClient) -> Site:
    return site_of(client)


@pytest.fixture
def order(client: TestClient) -> str:
    """The number of a paid order: two mugs, 24.00, and shipping, 4.90."""
    shopper = Shopper(client).add("blue-mug", "2").check_out().pay()
    assert "your order is paid" in shopper.text
    with site_of(client).db.write() as connection:
        stripe_events.remember(connection, "evt_1", "checkout.session.completed")  # else a silent webhook
        return str(connection.execute(sa.select(orders.c.number)).scalar_one())


def post_to(site: Site, url: str, timeout: float = 10) -> Letters:
    server = SmtpServer(url, SENDER, timeout)
    return Letters(server, site.pages, site.signatures, site.settings.url, OWNER)


def round_of_work(client: TestClient, post: Letters, after: timedelta = timedelta(0)) -> None:
    worker.work(site_of(client).db, payments_of(client), datetime.now(UTC) + after, post)


def test_a_paid_order_sends_one_receipt_and_tells_the_owner(
    client: TestClient, site: Site, order: str, server: MailServer
) -> None:
    post = post_to(site, server.url)
    for _round in range(3):
        round_of_work(client, post, timedelta(hours=1))

    [receipt] = server.by_recipient(ADA)
    assert receipt["Subject"] == f"Your order {order} at Test Pottery"
    assert receipt["Message-ID"] == f"<{order}.receipt@127.0.0.1>"
    text = receipt.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    for expected in ("2 × Blue mug: €24.00", "Parcel: €4.90", "Total: €28.90", "1 Analytical Street"):
        assert expected in text
    assert "http://127.0.0.1:8000/orders/" + order in text
    assert "ch_" not in text  # Stripe's word, and nobody's else

    [alert] = server.by_recipient(OWNER)
    assert alert["Subject"] == f"[sandbox] New order {order}: €28.90"
    assert alert["Reply-To"] == ADA


@pytest.mark.parametrize(
    ("mode", "subject", "line", "dashboard"),
    [
        ("sandbox", "[sandbox] New order ", "Not a real invoice: paid in sandbox mode.", ""),
        (
            "test",
            "[test] New order ",
            "Not a real invoice: paid in test mode.",
            "stripe.com/test/payments/pi_",
        ),
        ("live", "New order ", "", "stripe.com/payments/pi_"),
    ],
)
def test_mails_about_an_order_say_whether_its_money_is_real(
    client: TestClient,
    site: Site,
    order: str,
    server: MailServer,
    mode: str,
    subject: str,
    line: str,
    dashboard: str,
) -> None:
    """By the order's own mode, whatever the shop's is."""
    with site.db.write() as connection:
        connection.execute(sa.update(orders).values(mode=mode))
    round_of_work(client, post_to(site, server.url))
    [receipt], [alert] = server.by_recipient(ADA), server.by_recipient(OWNER)
    assert receipt["Subject"] == f"Your order {order} at Test Pottery"
    assert alert["Subject"].startswith(subject + order)
    for mail in (receipt, alert):
        for part in ("plain", "html"):
            text = mail.get_body((part,)).get_content()  # type: ignore[union-attr]
            assert text.count("Not a real invoice") == text.count(line or "Not a real") == bool(line)
    for part in ("plain", "html"):
        text = alert.get_body((part,)).get_content()  # type: ignore[union-attr]
        assert text.count("dashboard.stripe.com") == text.count(dashboard or "stripe.com") == bool(dashboard)
        assert ("The charge at Stripe" in text) == bool(dashboard)


def test_the_link_in_the_receipt_opens_the_order(
    client: TestClient, site: Site, order: str, server: MailServer
) -> None:
    round_of_work(client, post_to(site, server.url))
    [receipt] = server.by_recipient(ADA)
    text = receipt.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    link = next(word for word in text.split() if "/orders/" in word)
    client.cookies.clear()
    assert "your order is paid" in Shopper(client).visit(link).text


@both_databases
def test_a_server_that_is_down_changes_nothing_but_the_time(
    client: TestClient, site: Site, order: str
) -> None:
    with mail_server() as gone:
        url = gone.url
    round_of_work(client, post_to(site, url))
    with mail_server() as back:
        post = post_to(site, back.url)
        round_of_work(client, post)
        assert back.received == []  # not before the pause is over
        round_of_work(client, post, timedelta(minutes=2))
        round_of_work(client, post, timedelta(hours=9))
        assert len(back.by_recipient(ADA)) == 1
        assert len(back.by_recipient(OWNER)) == 1


def test_a_line_cut_after_the_mail_was_taken_sends_at_most_one_copy_with_the_same_id(
    client: TestClient, site: Site, order: str, server: MailServer
) -> None:
    post = post_to(site, server.url)
    server.answer = ""
    round_of_work(client, post)
    server.answer = "250 OK"
    for hours in (1, 2, 3):
        round_of_work(client, post, timedelta(hours=hours))
    ids = [mail["Message-ID"] for mail in server.by_recipient(ADA)]
    assert ids == [f"<{order}.receipt@127.0.0.1>"] * 2


@both_databases
def test_a_worker_that_dies_with_a_mail_in_hand_loses_none(
    client: TestClient, site: Site, order: str, server: MailServer
) -> None:
    now = datetime.now(UTC)
    with site.db.write(now) as connection:
        taken = [outbox.claim_due(connection), outbox.claim_due(connection)]
    assert {letter.kind for letter in taken if letter} == {"receipt", "owner"}
    round_of_work(client, post_to(site, server.url))
    assert server.received == []
    round_of_work(client, post_to(site, server.url), timedelta(minutes=2))
    assert len(server.received) == 2


def test_a_server_that_is_too_slow_gets_the_mail_again_with_the_same_id(
    client: TestClient, site: Site, order: str, server: MailServer
) -> None:
    server.pause = 2.5
    round_of_work(client, post_to(site, server.url, timeout=1))  # enough for all that is said before
    server.pause = 0
    for hours in (1, 2, 3):
        round_of_work(client, post_to(site, server.url), timedelta(hours=hours))
    assert [mail["Message-ID"] for mail in server.by_recipient(ADA)] == [f"<{order}.receipt@127.0.0.1>"] * 2
    assert [mail["Message-ID"] for mail in server.by_recipient(OWNER)] == [f"<{order}.owner@127.0.0.1>"] * 2


def test_a_server_that_is_slow_but_in_time_gets_it_once(
    client: TestClient, site: Site, order: str, server: MailServer
) -> None:
    server.pause = 0.3
    post = post_to(site, server.url, timeout=60)
    for hours in (0, 1):
        round_of_work(client, post, timedelta(hours=hours))
    assert (len(server.by_recipient(ADA)), len(server.by_recipient(OWNER))) == (1, 1)


def test_a_server_that_refuses_for_now_gets_it_once_when_it_is_back(
    client: TestClient, site: Site, order: str, server: MailServer
) -> None:
    post = post_to(site, server.url)
    server.answer = "451 try later"
    round_of_work(client, post)
    server.answer = "250 OK"
    for hours in (1, 2):
        round_of_work(client, post, timedelta(hours=hours))
    assert (len(server.by_recipient(ADA)), len(server.by_recipient(OWNER))) == (1, 1)


def test_a_worker_that_dies_between_sending_and_marking_sends_one_copy_with_the_same_id(
    client: TestClient, site: Site, order: str, server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(*_arguments: object) -> None:
        raise SystemExit

    with monkeypatch.context() as death:
        death.setattr(outbox, "mark_sent", die)
        with pytest.raises(SystemExit):
            round_of_work(client, post_to(site, server.url))
    assert len(server.received) == 1
    for hours in (1, 2, 3):
        round_of_work(client, post_to(site, server.url), timedelta(hours=hours))
    ids = sorted(mail["Message-ID"] for mail in server.received)
    first = server.received[0]["Message-ID"]
    assert ids == sorted([f"<{order}.owner@127.0.0.1>", f"<{order}.receipt@127.0.0.1>", first])


def test_a_shipped_order_tells_the_shopper_how_it_comes(
    client: TestClient, site: Site, order: str, server: MailServer
) -> None:
    shipments.ship(site.db, order, "DHL & Söhne", "<JJD 123>")
    for hours in (0, 1):
        round_of_work(client, post_to(site, server.url), timedelta(hours=hours))
    [mail] = [mail for mail in server.by_recipient(ADA) if "shipped" in mail["Message-ID"]]
    assert mail["Subject"] == f"Your order {order} is on its way"
    text = mail.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert text.splitlines()[4:6] == ["Carrier: DHL & Söhne", "Tracking number: <JJD 123>"]
    assert f"Your order: http://127.0.0.1:8000/orders/{order}." in text
    html = mail.get_body(("html",)).get_content()  # type: ignore[union-attr]
    assert "&lt;JJD 123&gt;" in html
    assert "Follow your parcel" not in text + html  # nobody has said where this carrier does that


@pytest.mark.parametrize(
    ("parcel", "lines", "link"),
    [
        (
            ("dhl", "JJD 1&2"),
            [
                "Your parcel has left us.",
                "Carrier: dhl",
                "Tracking number: JJD 1&2",
                "Follow your parcel: https://dhl.example/track?number=JJD%201%262&lang=en",
            ],
            'href="https://dhl.example/track?number=JJD%201%262&amp;lang=en" rel="noopener noreferrer"',
        ),
        (("DHL", None), ["Your order has left us with DHL. It has no tracking number."], ""),
        ((None, None), ["Your order has left us. It has no tracking number."], ""),
    ],
)
def test_a_parcel_can_be_followed_and_a_letter_says_that_it_cannot(
    site: Site, order: str, parcel: tuple[str | None, str | None], lines: list[str], link: str
) -> None:
    shipments.ship(site.db, order, *parcel)
    with site.db.read() as connection:
        shipped = order_queries.get_order(connection, order)
        [queued] = [mail for mail in outbox.list_of_order(connection, order) if mail.name == "shipped"]
        mail = post_to(site, "smtp://127.0.0.1:1").write(
            queued, shipped, attempts.get_paying(connection, order)
        )
    told = mail.text.partition("\n-- \n")[0]
    assert [line for line in told.splitlines() if line and "/orders/" not in line][1:] == lines
    assert link in mail.html
    assert ("Tracking number" in mail.html) == bool(link)
    assert lines[0] in mail.html


def kinds_of_alarms(connection: sa.Connection) -> list[str]:
    return sorted(connection.execute(sa.select(alarms.c.name)).scalars())


@both_databases
def test_a_mail_that_is_refused_for_ever_raises_an_alarm_and_the_order_stays_paid(
    client: TestClient, site: Site, order: str, server: MailServer
) -> None:
    server.answer = "550 no such user"
    round_of_work(client, post_to(site, server.url))
    server.answer = "250 OK"
    round_of_work(client, post_to(site, server.url), timedelta(hours=5))
    assert [mail["Subject"] for mail in server.received] == ["[sandbox] 2 things need you at Test Pottery"]
    with site.db.read() as connection:
        assert kinds_of_alarms(connection) == ["mail owner", "mail receipt"]
        assert connection.execute(sa.select(orders.c.state)).scalar_one() == "paid"


def test_after_a_day_of_tries_the_owner_is_told(
    client: TestClient, site: Site, order: str, server: MailServer
) -> None:
    server.answer = "451 try later"
    post = post_to(site, server.url)
    for hour in range(30):
        round_of_work(client, post, timedelta(hours=hour))
    with site.db.read() as connection:
        assert kinds_of_alarms(connection) == ["mail owner", "mail receipt"]
        of_the_order = rows.c.order_number == order
        assert connection.execute(sa.select(rows.c.due_at).where(of_the_order)).scalars().all() == [None] * 2
        # Growing pauses: some fifteen tries in a day, not one each minute.
        tries = connection.execute(sa.select(rows.c.tries).where(of_the_order)).scalars().all()
        assert all(10 <= times <= 20 for times in tries)


def test_the_worker_speaks_its_own_language_again_after_a_mail_in_another(
    client: TestClient, site: Site, order: str, server: MailServer
) -> None:
    with site.db.write() as connection:
        connection.execute(sa.update(orders).values(language="de"))
    round_of_work(client, post_to(site, server.url))
    assert "28,90" in server.by_recipient(ADA)[0].get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert format_money(2890, "EUR") == "€28.90"
