"""What the shopper is told of money that comes back: what came now, the sum so far, and the note."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from starlette.testclient import TestClient

from tests.conftest import payments_of, site_of
from tests.mailserver import MailServer, mail_server
from tests.shopper import Shopper
from webshop.checkout.settle import _store_refunds
from webshop.db.tables import orders
from webshop.mail.letters import Letters
from webshop.mail.smtp import Sender, SmtpServer
from webshop.payments import attempts
from webshop.payments import events as stripe_events
from webshop.payments.shapes import StripeRefund
from webshop.worker import rounds as worker

FIRST, SECOND = StripeRefund("re_1", "", 500, "succeeded"), StripeRefund("re_2", "", 300, "succeeded")


@pytest.fixture
def server() -> Iterator[MailServer]:
    with mail_server() as running:
        yield running


@pytest.fixture
def number(client: TestClient) -> str:
    """Of a paid order: two mugs, 24.00, and shipping, 4.90."""
    Shopper(client).add("blue-mug", "2").check_out().pay()
    with site_of(client).db.write() as connection:
        stripe_events.remember(connection, "evt_1", "checkout.session.completed")
        return str(connection.execute(sa.select(orders.c.number)).scalar_one())


def hear(client: TestClient, number: str, *found: StripeRefund) -> None:
    db = site_of(client).db
    with db.read() as connection:
        attempt = attempts.get_paying(connection, number)
    _store_refunds(db, attempt, found)


def sent(client: TestClient, server: MailServer) -> list[str]:
    """All that is due is sent; the bodies of the mails about money that came back, oldest first."""
    site = site_of(client)
    mailer = SmtpServer(server.url, Sender("shop@shop.example", "Test Pottery"), 10)
    post = Letters(mailer, site.pages, site.signatures, site.settings.url, "owner@example.com")
    for _round in range(3):
        worker.work(site.db, payments_of(client), datetime.now(UTC) + timedelta(hours=1), post)
    mails = [each for each in server.by_recipient("ada@example.com") if "Money back" in each["Subject"]]
    return [" ".join(each.get_body(("plain",)).get_content().split()) for each in mails]  # type: ignore[union-attr]


def test_a_part_says_what_came_now_the_sum_and_the_note(
    client: TestClient, number: str, server: MailServer
) -> None:
    hear(client, number, FIRST)
    (first,) = sent(client, server)
    assert "€5.00 of €28.90" in first
    assert [word for word in first.split() if "CN-" in word][0].endswith("-000001")
    hear(client, number, FIRST, SECOND)
    second = sent(client, server)[1]
    assert "€3.00 now" in second
    assert "€8.00 of €28.90 in all" in second
    assert [word[-7:] for word in second.split() if "CN-" in word] == ["-000002"]


def test_a_mail_that_comes_late_never_says_that_nothing_was_sent_back(
    client: TestClient, number: str, server: MailServer
) -> None:
    """The mail server was down; the bank has returned the money meanwhile."""
    hear(client, number, FIRST)
    hear(client, number, replace(FIRST, status="failed"))
    assert [each for each in sent(client, server) if "€0.00" in each] == []
