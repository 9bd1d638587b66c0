"""A few mails an hour to one address, and a few in all from a demo: the rest waits, and nothing is lost."""

import logging
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import select, update
from starlette.testclient import TestClient

from tests.conftest import both_databases, make_config, site_of
from tests.due import HOUR, MINUTE, NOW, SECOND
from tests.keys import KEY
from tests.mailserver import MailServer, mail_server
from tests.people import ADA
from tests.till import SHOP, Till, at_once
from webshop import app
from webshop.checkout.place import place_order
from webshop.db.engine import Database
from webshop.db.tables import alarms, orders
from webshop.db.tables import outbox as rows
from webshop.errors import Unavailable
from webshop.mail import limits, outbox
from webshop.mail import send as correspondence
from webshop.mail.letters import Letters
from webshop.mail.model import MailKind, QueuedMail
from webshop.mail.smtp import Folder, Mail, Sender, SmtpServer

OWNER = "owner@example.com"
SENDER = Sender("shop@shop.example", "Test Pottery")


@dataclass
class Post:
    """A postbox that keeps what it is given, or is `down`."""

    mails: list[Mail] = field(default_factory=list)
    down: bool = False

    def send(self, mail: Mail) -> None:
        if self.down:
            raise Unavailable("451 later")
        self.mails.append(mail)

    @property
    def addresses(self) -> Counter[str]:
        return Counter(mail.to for mail in self.mails)


@pytest.fixture
def post() -> Post:
    return Post()


@pytest.fixture
def letters(client: TestClient, post: Post) -> Letters:
    site = site_of(client)
    return Letters(post, site.pages, site.signatures, "https://shop.example", OWNER)


def queue(
    till: Till, email: str, *kinds: MailKind, times: int = 1, at: timedelta = timedelta(0)
) -> list[str]:
    """Mails of these kinds for so many orders of this person, `at` so long after NOW; the orders' numbers."""
    till.db.clock = lambda: NOW + at
    numbers = []
    for _order in range(times):
        cart, who = till.cart(TILES=1), replace(ADA, email=email)
        order = place_order(
            till.db, SHOP, cart=cart, details=who, shown_total=589, ui_mode="hosted_page", visitor=""
        )
        numbers.append(order.number)
        with till.db.write() as connection:
            for kind in kinds:
                outbox.queue_once(connection, order.number, kind)
    return numbers


def work(till: Till, letters: Letters, at: timedelta) -> int:
    """A worker's round of mails, so long after NOW."""
    till.db.clock = lambda: NOW + at
    return correspondence.send_due(till.db, letters, NOW + at, most=99)


def queued(till: Till) -> list[tuple[Any, ...]]:
    """Of each mail: when it is due, how often it was tried, when it was sent, and what went wrong."""
    with till.db.read() as connection:
        query = select(rows.c.due_at, rows.c.tries, rows.c.sent_at, rows.c.problem).order_by(rows.c.id)
        return [tuple(row) for row in connection.execute(query)]


def alarms_of(till: Till) -> list[str]:
    with till.db.read() as connection:
        return list(connection.execute(select(alarms.c.name)).scalars())


# To one address


@both_databases
def test_the_seventh_mail_of_an_hour_waits_until_the_first_one_is_an_hour_old(
    till: Till, letters: Letters, post: Post
) -> None:
    for minute in range(6):
        queue(till, "ada@example.com", MailKind.RECEIPT)
        work(till, letters, minute * MINUTE)
    queue(till, "Ada@Example.com", MailKind.RECEIPT)
    assert work(till, letters, 10 * MINUTE) == 1
    assert (len(post.mails), queued(till)[6]) == (6, (NOW + HOUR, 0, None, ""))

    assert work(till, letters, HOUR - SECOND) == 0
    assert work(till, letters, HOUR) == 1
    assert post.addresses == {"ada@example.com": 6, "Ada@Example.com": 1}
    assert queued(till)[6] == (None, 1, NOW + HOUR, "")
    assert alarms_of(till) == []


@both_databases
def test_however_many_there_are_six_an_hour_arrive_and_in_the_end_all(
    till: Till, letters: Letters, post: Post
) -> None:
    queue(till, "ada@example.com", MailKind.RECEIPT, times=15)
    arrived = []
    for minutes in range(0, 3 * 60, 5):
        work(till, letters, minutes * MINUTE)
        arrived.append(len(post.mails))
    assert [arrived[0], arrived[11], arrived[12], arrived[23], arrived[24]] == [6, 6, 12, 12, 15]
    assert len({mail.message_id for mail in post.mails}) == 15


def test_other_people_and_the_owner_get_theirs(till: Till, letters: Letters, post: Post) -> None:
    queue(till, "ada@example.com", MailKind.RECEIPT, MailKind.OWNER, times=8)
    queue(till, "grace@example.com", MailKind.RECEIPT)
    with till.db.write() as connection:
        raised = {"name": "refund", "about": "the shop", "detail": "x", "raised_at": NOW - HOUR}
        connection.execute(alarms.insert().values(**raised))
    work(till, letters, timedelta(0))
    assert post.addresses == {"ada@example.com": 6, OWNER: 9, "grace@example.com": 1}


def test_mails_to_the_owner_are_not_counted_for_the_shopper(till: Till, letters: Letters, post: Post) -> None:
    """Eight orders are eight notes for the owner."""
    queue(till, "ada@example.com", MailKind.OWNER, times=8)
    queue(till, "ada@example.com", MailKind.RECEIPT)
    work(till, letters, timedelta(0))
    assert post.addresses == {OWNER: 8, "ada@example.com": 1}


def test_what_could_not_be_sent_is_not_counted_and_what_waits_is_no_try(
    till: Till, letters: Letters, post: Post
) -> None:
    queue(till, "ada@example.com", MailKind.RECEIPT, times=8)
    post.down = True
    work(till, letters, timedelta(0))
    later = NOW + MINUTE
    assert queued(till) == [(later, 1, None, "451 later")] * 6 + [(later, 0, None, "")] * 2
    post.down = False
    work(till, letters, 2 * MINUTE)
    assert len(post.mails) == 6
    assert [tries for _due, tries, sent_at, _problem in queued(till) if sent_at] == [2] * 6


def test_mails_that_failed_a_while_ago_stand_in_nobodys_way(till: Till, letters: Letters, post: Post) -> None:
    """They are tried after 0, 1 and 3 minutes, and again after 7."""
    queue(till, "ada@example.com", MailKind.RECEIPT, times=6)
    post.down = True
    for minute in (0, 1, 3):
        work(till, letters, minute * MINUTE)
    post.down = False
    queue(till, "ada@example.com", MailKind.SHIPPED, at=4 * MINUTE)
    work(till, letters, 4 * MINUTE)
    assert (len(post.mails), queued(till)[6]) == (1, (None, 1, NOW + 4 * MINUTE, ""))


def test_a_demo_that_only_fills_its_folder_is_not_limited(till: Till, letters: Letters, post: Post) -> None:
    queue(till, "ada@example.com", MailKind.RECEIPT, MailKind.FAILED, times=8)
    work(till, replace(letters, reaches_people=False), timedelta(0))
    assert len(post.mails) == 16


def race(till: Till, letters: Letters, monkeypatch: pytest.MonkeyPatch) -> None:
    """Five mails have left. Each of four workers has another one in hand before one of them counts, and none
    sends before all have counted."""
    queue(till, "ada@example.com", MailKind.RECEIPT, times=5)
    work(till, letters, timedelta(0))
    queue(till, "ada@example.com", MailKind.RECEIPT, times=4)
    all_have_one, all_have_counted = Barrier(4), Barrier(4)
    claim, check = correspondence._claim_mail, limits.check_address

    def claim_together(db: Database, now: datetime) -> QueuedMail | None:
        mail = claim(db, now)
        all_have_one.wait(30)
        return mail

    def check_together(*arguments: Any) -> None:
        try:
            check(*arguments)
        finally:
            all_have_counted.wait(30)

    with monkeypatch.context() as together:
        together.setattr(correspondence, "_claim_mail", claim_together)
        together.setattr(limits, "check_address", check_together)
        found = at_once(4, lambda _n: correspondence.send_due(till.db, letters, NOW, most=1))
    assert found == [1] * 4


@both_databases
def test_many_workers_at_once_send_no_more_than_one_would(
    till: Till, letters: Letters, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    race(till, letters, monkeypatch)
    assert len(post.mails) == 5
    work(till, letters, 2 * MINUTE)
    assert len(post.mails) == 6
    work(till, letters, HOUR + 2 * MINUTE)
    assert len(post.mails) == 9


@both_databases
def test_control_when_only_what_has_left_is_counted_they_send_more(
    till: Till, letters: Letters, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "_claimed_at", lambda _row: NOW - HOUR)
    race(till, letters, monkeypatch)
    assert len(post.mails) == 9


# Of failed payments


@both_databases
def test_of_failed_payments_one_an_hour_is_told_and_the_others_are_never_sent(
    till: Till, letters: Letters, post: Post
) -> None:
    queue(till, "ada@example.com", MailKind.FAILED, at=-SECOND)  # due before the next one
    queue(till, "ADA@example.com", MailKind.FAILED)
    work(till, letters, timedelta(0))
    queue(till, "ada@example.com", MailKind.FAILED, MailKind.RECEIPT, at=HOUR - SECOND)
    queue(till, "grace@example.com", MailKind.FAILED, at=HOUR - SECOND)
    work(till, letters, HOUR - SECOND)
    kinds = Counter((mail.message_id.split(".")[1].partition("@")[0], mail.to) for mail in post.mails)
    assert kinds == {
        ("failed", "ada@example.com"): 1,
        ("receipt", "ada@example.com"): 1,
        ("failed", "grace@example.com"): 1,
    }
    left_out = (None, 1, None, "not sent: this address was told of another failed payment within the hour")
    assert [queued(till)[each] for each in (1, 2)] == [left_out] * 2
    assert alarms_of(till) == []

    queue(till, "ada@example.com", MailKind.FAILED, at=HOUR)
    work(till, letters, HOUR)
    assert post.addresses == {"ada@example.com": 3, "grace@example.com": 1}


def test_a_failed_payment_waits_for_one_that_another_worker_has_in_hand(
    till: Till, letters: Letters, post: Post
) -> None:
    """If that worker dies, it is this one that is sent."""
    queue(till, "ada@example.com", MailKind.FAILED, times=2)
    with till.db.write(NOW) as connection:
        taken = outbox.claim_due(connection)
    work(till, letters, SECOND)
    assert (post.mails, queued(till)[1]) == ([], (NOW + SECOND + MINUTE, 0, None, ""))
    assert taken is not None
    work(till, letters, 2 * MINUTE)
    assert [mail.message_id for mail in post.mails] == [f"<{taken.order_number}.failed@shop.example>"]


# To nobody


def test_a_mail_that_waits_for_an_order_whose_person_was_erased_is_not_sent(
    till: Till, letters: Letters, post: Post
) -> None:
    queue(till, "ada@example.com", MailKind.FAILED, MailKind.OWNER)
    with till.db.write() as connection:
        connection.execute(update(orders).values(email=""))
    work(till, replace(letters, reaches_people=False), timedelta(0))
    assert post.addresses == {OWNER: 1}
    assert queued(till)[0] == (None, 1, None, "not sent: the personal data of its order is erased")
    assert alarms_of(till) == []


# From a demo


@pytest.fixture
def server() -> Iterator[MailServer]:
    with mail_server() as running:
        yield running


def demo(letters: Letters, folder: Path, server: MailServer) -> Letters:
    """One whose mail server is on another machine."""
    onward = SmtpServer(server.url, SENDER)
    return replace(letters, postbox=Folder(folder, SENDER, onward), folder=Folder(folder, SENDER))


@both_databases
def test_a_demo_sends_ten_mails_an_hour_on_and_keeps_the_rest(
    till: Till, letters: Letters, tmp_path: Path, server: MailServer, caplog: pytest.LogCaptureFixture
) -> None:
    """Mails to the owner count, too."""
    folder = tmp_path / "mails"
    for person in range(4):
        queue(till, f"person{person}@example.com", MailKind.RECEIPT, MailKind.OWNER, MailKind.SHIPPED)
    work(till, demo(letters, folder, server), timedelta(0))
    assert (len(server.received), len(list(folder.iterdir()))) == (10, 12)
    kept = (None, 1, NOW, "not sent on: a demo sends a few mails an hour")
    assert queued(till) == [(None, 1, NOW, "")] * 10 + [kept] * 2

    queue(till, "late@example.com", MailKind.RECEIPT, at=HOUR - SECOND)
    work(till, demo(letters, folder, server), HOUR - SECOND)
    queue(till, "later@example.com", MailKind.RECEIPT, at=HOUR)
    work(till, demo(letters, folder, server), HOUR)
    assert len(server.by_recipient("late@example.com")) == 0
    assert len(server.by_recipient("later@example.com")) == 1
    assert len(list(folder.iterdir())) == 14
    assert [(record.levelno, record.getMessage()) for record in caplog.records] == [
        (logging.WARNING, "This demo has sent 10 mails within the hour; more are only kept in its folder")
    ]


def test_what_a_demo_keeps_is_kept_at_once_also_for_an_address_that_has_had_enough(
    till: Till, letters: Letters, tmp_path: Path, server: MailServer
) -> None:
    for person in ("ada", "ada", "grace", "grace"):
        queue(till, f"{person}@example.com", MailKind.RECEIPT, MailKind.SHIPPED, MailKind.LATE)
    queue(till, "ada@example.com", MailKind.RECEIPT)
    work(till, demo(letters, tmp_path / "mails", server), timedelta(0))
    assert len(server.received) == 10
    assert len(list((tmp_path / "mails").iterdir())) == 13


@pytest.mark.parametrize(
    ("url", "reaches_people", "is_limited"),
    [
        ("", False, False),
        ("smtp://127.0.0.1:2525", True, False),
        ("smtp://localhost", True, False),
        ("smtps://user:password@smtp.example", True, True),
        ("smtp://192.0.2.7:25", True, True),
    ],
)
def test_a_demo_is_limited_when_its_mail_server_is_another_machine(
    tmp_path: Path, url: str, reaches_people: bool, is_limited: bool
) -> None:
    worker = app.create_worker(make_config(tmp_path, smtp_url=url))
    letters = worker._letters
    assert letters is not None
    assert (letters.reaches_people, letters.folder is not None) == (reaches_people, is_limited)
    worker._db.engine.dispose()


def test_a_shop_that_takes_money_is_not_limited_in_all(tmp_path: Path) -> None:
    keys = {
        "stripe_secret_key": "sk_test_1",
        "stripe_publishable_key": "pk_test_1",
        "stripe_webhook_secret": "whsec_1",
    }
    worker = app.create_worker(
        make_config(tmp_path, smtp_url="smtp://smtp.example", demo=False, secret_keys=KEY, **keys)
    )
    letters = worker._letters
    assert letters is not None
    assert (letters.reaches_people, letters.folder) == (True, None)
    worker._db.engine.dispose()
