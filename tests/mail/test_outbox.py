"""The outbox: when each mail is tried, for how long, and that it is queued once."""

from datetime import timedelta

import pytest
from sqlalchemy import insert, select

from tests.due import DAY, MINUTE, NOW, SECOND, claim_at, is_due
from tests.people import ADA
from tests.till import SHOP, Till
from webshop.checkout.place import place_order
from webshop.db.tables import outbox as rows
from webshop.mail import outbox
from webshop.mail.model import MailKind, QueuedMail
from webshop.mail.outbox import claim_due


@pytest.fixture
def number(till: Till) -> str:
    """An order's, placed now."""
    till.db.clock = lambda: NOW
    cart = till.cart(MUG_BLUE=1)
    placed = place_order(
        till.db, SHOP, cart=cart, details=ADA, shown_total=1690, ui_mode="hosted_page", visitor=""
    )
    return placed.number


def queue(till: Till, number: str, *kinds: MailKind) -> None:
    with till.db.write() as connection:
        for kind in kinds:
            outbox.queue_once(connection, number, kind)


def queued(till: Till, number: str) -> list[QueuedMail]:
    with till.db.read() as connection:
        return outbox.list_of_order(connection, number)


def test_a_mail_is_tried_at_once_then_after_a_minute_then_ever_more_seldom_and_every_two_hours(
    till: Till, number: str
) -> None:
    queue(till, number, MailKind.RECEIPT)
    minutes = [0, 1, 3, 7, 15, 31, 63, 127, 127 + 120, 127 + 240]
    claimed = claim_at(till.db, claim_due, [each * MINUTE for each in minutes])

    assert [mail.tries for mail in claimed] == [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]
    assert {(mail.order_number, mail.name, mail.problem) for mail in claimed} == {(number, "receipt", "")}


@pytest.mark.parametrize(
    ("age", "is_overdue"),
    [(timedelta(0), False), (23 * 60 * MINUTE, False), (DAY, False), (DAY + SECOND, True)],
)
def test_sending_is_given_up_after_a_day(till: Till, number: str, age: timedelta, is_overdue: bool) -> None:
    queue(till, number, MailKind.RECEIPT)
    (mail,) = queued(till, number)
    assert mail.is_overdue(NOW + age) is is_overdue


def test_a_mail_that_was_sent_or_given_up_is_not_tried_again_and_the_others_are(
    till: Till, number: str
) -> None:
    queue(till, number, MailKind.RECEIPT, MailKind.OWNER, MailKind.SHIPPED)
    sent, given_up, failed = queued(till, number)
    with till.db.write(NOW + SECOND) as connection:
        outbox.mark_failed(connection, sent, "later", final=False)
        outbox.mark_sent(connection, sent)
        outbox.mark_failed(connection, given_up, "no such user", final=True)
        outbox.mark_failed(connection, failed, "later", final=False)

    assert [(mail.name, mail.sent_at, mail.due_at, mail.problem) for mail in queued(till, number)] == [
        ("receipt", NOW + SECOND, None, ""),
        ("owner", None, None, "no such user"),
        ("shipped", None, NOW, "later"),
    ]
    (again,) = claim_at(till.db, claim_due, [timedelta(0)])
    assert again.name == "shipped"


def test_of_a_long_problem_500_letters_are_kept(till: Till, number: str) -> None:
    queue(till, number, MailKind.RECEIPT)
    (mail,) = queued(till, number)
    with till.db.write() as connection:
        outbox.mark_failed(connection, mail, "a" * 499 + "bc", final=False)
    assert queued(till, number)[0].problem == "a" * 499 + "b"


def test_a_kind_is_queued_once_or_each_time_as_it_is_asked_for(till: Till, number: str) -> None:
    with till.db.write() as connection:
        for _time in range(2):
            outbox.queue_once(connection, number, MailKind.RECEIPT)
        for _time in range(3):
            outbox.queue_again(connection, number, MailKind.REFUNDED)
        outbox.queue_once(connection, number, MailKind.SHIPPED)
        outbox.queue_again(connection, number, MailKind.SHIPPED)
    assert [(mail.kind, mail.name) for mail in queued(till, number)] == [
        ("receipt", "receipt"),
        ("refunded", "refunded"),
        ("refunded", "refunded-again-1"),
        ("refunded", "refunded-again-2"),
        ("shipped", "shipped"),
        ("shipped", "shipped-again-1"),
    ]


def test_a_mail_that_the_release_before_has_queued_has_the_kind_of_its_name(till: Till, number: str) -> None:
    with till.db.write() as connection:
        for name in ("receipt", "refunded-again-1"):
            old = insert(rows).values(order_number=number, name=name, created_at=NOW, due_at=NOW, tries=0)
            connection.execute(old.values(problem=""))
    assert [mail.kind for mail in queued(till, number)] == [MailKind.RECEIPT, MailKind.REFUNDED]


def test_the_mails_of_an_order_are_its_own(till: Till, number: str) -> None:
    cart = till.cart(TILES=1)
    other = place_order(
        till.db, SHOP, cart=cart, details=ADA, shown_total=589, ui_mode="hosted_page", visitor=""
    )
    queue(till, number, MailKind.RECEIPT, MailKind.OWNER)
    queue(till, other.number, MailKind.FAILED)
    assert [mail.name for mail in queued(till, number)] == ["receipt", "owner"]
    assert [mail.name for mail in queued(till, other.number)] == ["failed"]


def test_mails_about_the_shop_have_a_name_each_and_the_latest_is_known(till: Till, number: str) -> None:
    queue(till, number, MailKind.RECEIPT)
    with till.db.read() as connection:
        assert outbox.last_alarms(connection) is None
    for moment in (NOW - DAY, NOW, NOW - MINUTE):
        with till.db.write(moment) as connection:
            outbox.queue_alarms(connection)
    with till.db.read() as connection:
        assert outbox.last_alarms(connection) == NOW
        names = connection.execute(select(rows.c.name).where(rows.c.order_number.is_(None))).scalars().all()
    assert len(set(names)) == 3
    assert {name.partition("-")[0] for name in names} == {"alarms"}


def test_a_mail_that_was_claimed_by_a_worker_that_died_is_sent_by_another(till: Till, number: str) -> None:
    queue(till, number, MailKind.RECEIPT)
    assert is_due(till.db, claim_due, NOW)
    claim_at(till.db, claim_due, [MINUTE, 3 * MINUTE])
