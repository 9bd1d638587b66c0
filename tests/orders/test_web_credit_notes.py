"""What a shopper sees of money that came back: on the order's page, and in the mail."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from starlette.testclient import TestClient

from tests.conftest import site_of
from tests.shopper import Shopper
from tests.web.questions import words
from webshop.checkout.settle import _store_refunds
from webshop.db.tables import orders
from webshop.mail import send
from webshop.mail.letters import Letters
from webshop.mail.smtp import Mail
from webshop.payments import attempts
from webshop.payments.shapes import StripeRefund

FIRST, SECOND = StripeRefund("re_1", "", 500, "succeeded"), StripeRefund("re_2", "", 2390, "succeeded")
HOME = StripeRefund("re_1", "", 500, "failed")


class Post:
    """Keeps what it is given."""

    def __init__(self) -> None:
        self.mails: list[Mail] = []

    def send(self, mail: Mail) -> None:
        self.mails.append(mail)


@pytest.fixture
def link(shopper: Shopper) -> str:
    """The path of a paid order for two mugs, 28.90 with 4.61 of VAT in it."""
    shopper.add("blue-mug", "2").check_out().pay()
    return str(shopper.response.url.path)


def hear(client: TestClient, *found: StripeRefund) -> str:
    """The texts of the mails to the shopper after that."""
    db, post = site_of(client).db, Post()
    letters: Any = Letters(
        post, site_of(client).pages, site_of(client).signatures, "https://shop.example", ""
    )
    send.send_due(db, letters, db.clock(), most=99)
    post.mails.clear()
    with db.read() as connection:
        number = connection.execute(select(orders.c.number)).scalar_one()
        attempt = attempts.get_paying(connection, number)
    _store_refunds(db, attempt, found)
    send.send_due(db, letters, db.clock() + timedelta(seconds=1), most=99)
    return "\n".join(mail.text for mail in post.mails)


def test_a_part_is_told_with_what_came_back_now_and_in_all(client: TestClient, link: str) -> None:
    mail = hear(client, FIRST)
    year = site_of(client).db.clock().year
    assert "We have sent back €5.00 of €28.90." in mail
    assert f"Credit note SANDBOX-CN-{year}-000001 of " in mail
    assert f"for invoice SANDBOX-{year}-000001: €5.00" in mail
    assert "incl. €0.80 VAT (19%), net €4.20" in mail
    assert "Not a real credit note: paid in sandbox mode." in mail
    assert "Ada Lovelace" in mail

    shown = words(client.get(link), "#order")
    assert "Thank you, your order is paid" in shown
    assert "We have refunded €5.00 of the €28.90 that you paid." in shown
    assert "What remains €23.90" in shown
    assert "incl. €3.81 VAT (19%), net €20.09" in shown
    assert f"Credit note SANDBOX-CN-{year}-000001 of " in shown
    assert "incl. €0.80 VAT (19%), net €4.20" in shown

    mail = hear(client, FIRST, SECOND)
    assert "We have sent back €23.90 now, and €28.90 of €28.90 in all." in mail
    assert f"SANDBOX-CN-{year}-000002" in mail
    assert f"SANDBOX-CN-{year}-000001" not in mail
    shown = words(client.get(link), "#order")
    assert "Your order is refunded" in shown
    assert "incl. €3.81 VAT (19%), net €20.09" in shown  # of the second note
    assert "What remains" not in shown
    hear(client, HOME, SECOND)
    assert "Not all of your money has reached you" in words(client.get(link), "#order")


def test_money_that_came_home_is_told_too(client: TestClient, link: str) -> None:
    hear(client, FIRST)
    mail = hear(client, HOME)
    assert "We could not send back €5.00: your bank has returned it. We will see to it." in mail
    assert "We have sent back" not in mail
    assert "cancels credit note" in mail
    shown = words(client.get(link), "#order")
    assert "Did not reach you -€5.00" in shown
    assert "What remains" not in shown
