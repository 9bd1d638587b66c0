"""Words that only a later release knows, met by today's on the same database: kinds are shown and left alone,
and nothing is done to an order whose state says nothing here."""

import logging
from typing import Any

import pytest
from starlette.testclient import TestClient

from tests.conftest import both_databases, site_of
from tests.mail.test_send import post_to, round_of_work
from tests.mailserver import mail_server
from tests.shopper import Shopper
from tests.till import Till
from webshop.db.engine import Database
from webshop.errors import Unavailable
from webshop.worker.rounds import work

LATER_MAIL = """INSERT INTO outbox (order_number, kind, mail_kind, created_at, due_at, tries, problem)
    VALUES ('{number}', 'review-please', 'review-please', '{then}', '{then}', 0, '')"""
LATER_RISK = """INSERT INTO risks
    (id, order_number, kind, status, reason, amount, currency, heard_at, holds)
    VALUES ('inq_1', '{number}', 'inquiry', 'open', 'lost', 100, 'EUR', '2026-01-01 00:00:00', true)"""


def tell(db: Database, statement: str) -> None:
    with db.write() as connection:
        connection.exec_driver_sql(statement)


def ask(db: Database, query: str) -> list[tuple[Any, ...]]:
    with db.read() as connection:
        return [tuple(row) for row in connection.exec_driver_sql(query)]


@both_databases
def test_kinds_of_mails_and_risks(client: TestClient, said: Any) -> None:
    shopper = Shopper(client).add("blue-mug", "2").check_out().pay()
    page = str(shopper.response.url)
    db = site_of(client).db
    [(number,)] = ask(db, "SELECT number FROM orders")
    tell(db, LATER_MAIL.format(number=number, then="2026-01-01 00:00:00"))
    tell(db, LATER_RISK.format(number=number))

    with mail_server() as server:
        post = post_to(site_of(client), server.url)
        round_of_work(client, post)
        round_of_work(client, post)
        assert len(server.received) == 2  # the receipt, and the owner's
    waiting = "SELECT tries, sent_at FROM outbox WHERE mail_kind = 'review-please' AND due_at IS NOT NULL"
    assert ask(db, waiting) == [(0, None)]
    assert "your order is paid" in shopper.visit(page).text
    code, out, err = said("orders", "show", number)
    assert (code, err) == (0, [])
    assert "inquiry, open" in "\n".join(out)
    assert "review-please" in "\n".join(out)
    assert "inquiry" in "\n".join(said("orders", "list")[1])
    assert said("orders", "mail", number, "review-please")[0] == 2


@both_databases
def test_states_of_attempts(till: Till, caplog: pytest.LogCaptureFixture) -> None:
    """A worker leaves such a one to the later release, and goes on with the others."""
    order, session = till.check_out(till.cart(MUG_BLUE=1))
    another, its_session = till.check_out(till.cart(BOWL_S=1))
    till.pay(session)
    till.pay(its_session)
    tell(till.db, f"UPDATE payments SET status = 'authorised' WHERE order_number = '{order.number}'")
    tell(till.db, "UPDATE payments SET look_at = '2026-01-01 00:00:00'")
    work(till.db, till.stripe)
    assert till.state(another) == "paid"
    looks = f"SELECT looks, status FROM payments WHERE order_number = '{order.number}'"
    assert ask(till.db, looks) == [(0, "authorised")]
    with pytest.raises(Unavailable):
        till.settle(session)
    assert till.refunds() == []  # and not thought to be paid twice


@both_databases
def test_states_of_orders(till: Till, caplog: pytest.LogCaptureFixture) -> None:
    order, session = till.check_out(till.cart(MUG_BLUE=1))
    till.pay(session)
    tell(till.db, f"UPDATE orders SET state = 'reserved' WHERE number = '{order.number}'")
    tell(till.db, "UPDATE payments SET look_at = '2026-01-01 00:00:00'")
    with pytest.raises(Unavailable):
        till.settle(session)
    work(till.db, till.stripe)
    assert ask(till.db, "SELECT state FROM orders") == [("reserved",)]
    assert till.refunds() == []
    assert {(record.levelno, record.getMessage()) for record in caplog.records} == {
        (logging.ERROR, "A State of a later release is in the database: 'reserved'"),
        (
            logging.WARNING,
            f"Order {order.number} is tried again later: The shop is very busy. Please try again in a "
            f"moment.",
        ),
    }


@both_databases
def test_a_mode_of_a_later_release_is_no_mode_to_open_in(said: Any, db: Database) -> None:
    said("release")
    tell(db, "UPDATE modes SET mode = 'rehearsal'")
    sentence = "DATABASE_URL: the database is of rehearsal mode, which a later release knows"
    for command in (["serve"], ["worker"], ["release"], ["orders", "list"], ["go-live"]):
        assert said(*command) == (2, [], [sentence]), command
