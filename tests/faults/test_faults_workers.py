"""Several workers at once, and a mail server out of order."""

import os
from collections import Counter

import pytest
from sqlalchemy import text

from tests.faults.buyer import Buyer
from tests.faults.conftest import Lanes
from tests.faults.lane import PATIENCE, Lane
from tests.faults.launcher import GO
from tests.faults.play import rest
from webshop.payments import attempts, refunds

pytestmark = pytest.mark.slow

ORDERS = 6
WORKERS = 4


def send_by_many_workers(lane: Lane) -> list[int]:
    """How often each of the orders' receipts arrived, when four workers begin at the same moment."""
    numbers = [buy(lane) for _order in range(ORDERS)]
    lane.sink.behave(pause=0.1)
    let_many_work(lane)
    lane.sink.behave()
    rest(lane)
    return [arrived(lane)[number] for number in numbers]


def let_many_work(lane: Lane) -> None:
    """One round of each of four workers, all at once."""
    workers = [lane.hire() for _worker in range(WORKERS)]
    lane.look_now()
    for worker in workers:
        os.kill(worker, GO)
    for worker in workers:
        assert lane.switch.wait_for(f"round {worker} 1", PATIENCE)
        lane.dismiss(worker)


def buy(lane: Lane) -> str:
    """A paid order, whose mails wait."""
    buyer = Buyer(lane)
    buyer.add("TILES")
    placed = buyer.check_out()
    buyer.pay(placed.token)
    buyer.come_back(placed.token)
    cart = buyer.cart
    buyer.close()
    with lane.db.read() as connection:
        query = text("SELECT number FROM orders WHERE cart = :cart")
        return str(connection.execute(query, {"cart": cart}).scalar_one())


def arrived(lane: Lane) -> Counter[str]:
    """How often each order's receipt did."""
    return Counter(mail[1:].partition(".")[0] for mail in lane.sink.accepted if ".receipt@" in mail)


def test_four_workers_send_each_mail_once(lane: Lane) -> None:
    assert send_by_many_workers(lane) == [1] * ORDERS


def test_control_without_claims_four_workers_send_mails_twice(lanes: Lanes) -> None:
    assert max(send_by_many_workers(lanes("sqlite", "claims"))) > 1


def test_four_workers_send_each_refund_once(lane: Lane) -> None:
    numbers = [buy(lane) for _order in range(ORDERS)]
    with lane.db.write() as connection:
        for number in numbers:
            payment = attempts.get_latest(connection, number)
            refunds.request(connection, payment, payment.amount, payment.currency, "a test")
    let_many_work(lane)
    rest(lane)
    back = Counter(refund["metadata"].get("request") for refund in lane.sandbox.ledger()["refunds"])
    assert [back[f"webshop-{number}-1-refund"] for number in numbers] == [1] * ORDERS


def test_a_mail_server_that_is_down_delays_the_receipt_and_nothing_else(lane: Lane) -> None:
    lane.sink.behave(down=True)
    number = buy(lane)
    rest(lane)
    with lane.db.read() as connection:
        query = text("SELECT state FROM orders WHERE number = :number")
        assert connection.execute(query, {"number": number}).scalar_one() == "paid"
    assert arrived(lane)[number] == 0
    lane.sink.behave()
    rest(lane)
    assert arrived(lane)[number] == 1
