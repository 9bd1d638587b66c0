"""Many at once, over HTTP, in real processes. Each race has a control: without its protection it is lost."""

import json
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import TypeVar

import pytest
from sqlalchemy import Connection, text

from tests.faults.buyer import Buyer, Placed
from tests.faults.conftest import Lanes
from tests.faults.databases import PLENTY
from tests.faults.evidence import RunEvidence, gather
from tests.faults.lane import Lane
from tests.faults.play import rest
from webshop.limits import queries as limits
from webshop.sandbox.delivery import signature

pytestmark = pytest.mark.slow

Result = TypeVar("Result")

TILES_TOTAL = 589  # one tile for 0.99 and the parcel for 4.90


def at_once(times: int, act: Callable[[int], Result]) -> list[Result]:
    with ThreadPoolExecutor(min(times, 50)) as pool:
        return list(pool.map(act, range(times)))


def known(lane: Lane) -> set[str]:
    return {session["id"] for session in lane.sandbox.ledger()["sessions"]}


def post_many_times_and_pay_all(lane: Lane, times: int) -> RunEvidence:
    """Whatever sessions the answers hand out, all of them are paid."""
    before = known(lane)
    buyer = Buyer(lane, htmx=True)
    buyer.add("TILES")
    _lift(lane, buyer)
    form = buyer.form(TILES_TOTAL)

    def post(_number: int) -> Placed:
        return buyer.read_placed(buyer.ask("POST", "/checkout", form), TILES_TOTAL)

    placed = at_once(times, post)
    assert {each.status for each in placed} <= {200, 409, 503}
    for token in {each.token for each in placed if each.token}:
        buyer.pay(token)
    rest(lane)
    evidence = gather(lane, buyer.cart, before)
    buyer.close()
    return evidence


def _lift(lane: Lane, buyer: Buyer) -> None:
    """Fifteen checkouts of a cart would be let through, and no race be left."""
    with lane.db.write() as connection:
        for who in (buyer.cart, buyer.address):
            limits.lift(connection, who, lane.db.clock() + timedelta(hours=1))


def test_a_hundred_posts_of_one_cart_are_one_order_and_one_charge(lane: Lane) -> None:
    evidence = post_many_times_and_pay_all(lane, 100)
    assert [order["state"] for order in evidence.orders] == ["paid"]
    assert len(evidence.sessions) == 1
    assert len(evidence.paid) == 1


def test_control_with_another_key_each_time_many_posts_are_many_charges(lanes: Lanes) -> None:
    evidence = post_many_times_and_pay_all(lanes("sqlite", "one idempotency key for each attempt"), 20)
    assert len(evidence.paid) > 1


def sell_ten_pieces(lane: Lane, people: int) -> tuple[list[int], list[str], int]:
    """The statuses that people saw, the states of their orders, and what is left on sale."""
    with lane.db.write() as connection:
        connection.execute(text("UPDATE variants SET stock = 10 WHERE sku = 'VASE'"))
    buyers = [Buyer(lane, htmx=True) for _number in range(people)]

    def buy(number: int) -> int:
        buyer = buyers[number]
        placed = buyer.read_placed(
            buyer.insist(lambda: buyer.ask("POST", "/checkout", buyer.form(9990))), 9990
        )
        if placed.token:
            buyer.pay(placed.token)
            buyer.come_back(placed.token)
        return placed.status

    at_once(people, lambda number: buyers[number].add("VASE"))
    statuses = at_once(people, buy)
    rest(lane)
    carts = [buyer.cart for buyer in buyers]
    states = []
    with lane.db.write() as connection:
        for cart in carts:
            query = text("SELECT state FROM orders WHERE cart = :cart")
            states += list(connection.execute(query, {"cart": cart}).scalars())
        left = connection.execute(text("SELECT stock FROM variants WHERE sku = 'VASE'")).scalar_one()
        _restock(connection)
    for buyer in buyers:
        buyer.close()
    return statuses, states, int(left)


def _restock(connection: Connection) -> None:
    """So that sold and free add up for the tests that follow."""
    held = "(SELECT COALESCE(SUM(held), 0) FROM order_lines WHERE sku = 'VASE')"
    connection.execute(text(f"UPDATE variants SET stock = {PLENTY} - {held} WHERE sku = 'VASE'"))


def test_of_a_hundred_carts_on_ten_pieces_ten_are_paid_and_ninety_hear_it_politely(lane: Lane) -> None:
    statuses, states, left = sell_ten_pieces(lane, 100)
    assert (states, left) == (["paid"] * 10, 0)
    assert sorted(statuses) == [200] * 10 + [409] * 90


def test_control_when_stock_is_read_and_then_written_more_are_sold_than_there_are(lanes: Lanes) -> None:
    """On PostgreSQL: SQLite has one writer at a time."""
    _statuses, states, _left = sell_ten_pieces(lanes("postgresql", "stock in one statement"), 40)
    assert states.count("paid") > 10


def send_copies(lane: Lane, times: int) -> tuple[Sequence[int], RunEvidence]:
    """Of the event that says that a session was paid."""
    before = known(lane)
    buyer = Buyer(lane)
    buyer.add("MUG-BLUE")
    placed = buyer.check_out()
    lane.sandbox.webhooks("drop", times=100)
    buyer.pay(placed.token)
    events = lane.sandbox.ledger()["events"]
    event = [each for each in events if each["data"]["object"]["id"] == placed.token][-1]
    body = json.dumps(event).encode()
    signed = signature(body, lane.webhook_secret, int(event["created"]))

    def post(_number: int) -> int:
        headers = {"Stripe-Signature": signed}
        return buyer.client.post("/stripe/webhook", content=body, headers=headers).status_code

    statuses = at_once(times, post)
    rest(lane)
    evidence = gather(lane, buyer.cart, before)
    buyer.close()
    return statuses, evidence


def test_two_hundred_copies_of_one_webhook_have_one_effect(lane: Lane) -> None:
    statuses, evidence = send_copies(lane, 200)
    assert set(statuses) <= {200, 503}
    assert [order["state"] for order in evidence.orders] == ["paid"]
    assert [move["kind"] for move in evidence.moves] == ["placed", "paid"]
    assert (evidence.refunds, evidence.alarms, evidence.carts) == ([], [], {})
    assert [mail["kind"] for mail in evidence.mails].count("receipt") == 1


def test_control_when_settling_forgets_what_it_did_copies_do_harm(lanes: Lanes) -> None:
    _statuses, evidence = send_copies(lanes("sqlite", "settling twice is harmless"), 20)
    assert evidence.refunds
