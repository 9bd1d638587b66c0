"""The database is locked, loses its connections or has no room left: a 503, and nothing is half-done."""

import sqlite3
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from random import Random

import pytest
from httpx2 import Response
from sqlalchemy import text

from tests.faults.buyer import LONGEST_ANSWER, Buyer
from tests.faults.conftest import Lanes
from tests.faults.disturbances import NOTHING
from tests.faults.evidence import gather
from tests.faults.lane import PATIENCE, Lane
from tests.faults.play import play, rest
from tests.faults.points import POINTS
from tests.faults.test_faults_races import TILES_TOTAL, known


@contextmanager
def locked(lane: Lane) -> Iterator[None]:
    """Nobody else can write."""
    with lane.db.engine.connect() as connection:
        if lane.db.is_embedded:
            with closing(sqlite3.connect(str(lane.db.engine.url.database), isolation_level=None)) as rival:
                rival.execute("BEGIN IMMEDIATE")
                yield
        else:
            connection.execute(text("LOCK TABLE carts, orders IN EXCLUSIVE MODE"))
            yield
            connection.rollback()


@pytest.mark.slow
def test_a_database_locked_for_long_is_a_503_and_then_all_goes_on(lane: Lane) -> None:
    before = known(lane)
    buyer = Buyer(lane, htmx=True)
    buyer.add("TILES")
    start = time.monotonic()
    with locked(lane):
        response = buyer.ask("POST", "/checkout", buyer.form(TILES_TOTAL))
    assert time.monotonic() - start < LONGEST_ANSWER
    assert (response.status_code, response.headers["retry-after"]) == (503, "5")
    assert "very busy" in response.text
    placed = buyer.check_out()
    buyer.pay(placed.token)
    rest(lane)
    evidence = gather(lane, buyer.cart, before)
    assert [order["state"] for order in evidence.orders] == ["paid"]
    buyer.close()


def test_when_postgresql_ends_all_connections_in_a_transaction_nothing_is_half_done(lanes: Lanes) -> None:
    lane = lanes("postgresql")
    before = known(lane)
    buyer = Buyer(lane, htmx=True)
    buyer.add("MUG-BLUE")
    total = buyer.read_total()
    point = next(each for each in POINTS if each.name == "checkout.place_order.inside")
    paused = lane.arm(point, effect="pause")
    with ThreadPoolExecutor(1) as pool:
        posting = pool.submit(buyer.ask, "POST", "/checkout", buyer.form(total))
        assert lane.was_hit(paused, PATIENCE)
        lane.db.engine.dispose()
        with lane.db.write() as connection:
            connection.execute(
                text(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )
            )
        lane.switch.disarm()
        response: Response = posting.result()
    assert (response.status_code, response.headers.get("retry-after")) == (503, "5")
    assert gather(lane, buyer.cart, before).orders == []
    placed = buyer.check_out()
    buyer.pay(placed.token)
    rest(lane)
    assert [order["state"] for order in gather(lane, buyer.cart, before).orders] == ["paid"]
    buyer.close()


def test_a_full_disk_is_a_503_and_with_room_again_all_goes_on(lanes: Lanes) -> None:
    lane = lanes("sqlite", "room on the disk")
    statuses: list[int] = []
    while not statuses or statuses[-1] == 200:
        buyer = Buyer(lane, htmx=True)
        response = buyer.ask("POST", "/cart/lines", {"sku": "TILES", "quantity": "1"})
        statuses.append(response.status_code)
        buyer.close()
        assert len(statuses) < 1000
    assert (response.status_code, response.headers.get("retry-after")) == (503, "5")
    buyer = Buyer(lane)
    assert buyer.ask("GET", "/").status_code == 200  # reading needs no room
    buyer.close()
    lane.kill_shop()
    lane.revive()  # whose connections have a little room again
    assert play(lane, 1, NOTHING, "pay", Random(1)).violations == []


def test_a_shopper_who_hangs_up_in_the_middle_can_order_later(lane: Lane) -> None:
    """The connection is gone before the answer: what was begun is finished, and found again."""
    before = known(lane)
    buyer = Buyer(lane, htmx=True)
    buyer.add("TILES")
    point = next(each for each in POINTS if each.name == "checkout.open.before")
    paused = lane.arm(point, effect="pause")
    hasty = buyer.other_tab(htmx=True)
    hasty.client.timeout = 2
    with ThreadPoolExecutor(1) as pool:
        hanging = pool.submit(hasty.ask, "POST", "/checkout", hasty.form(TILES_TOTAL))
        assert lane.was_hit(paused, PATIENCE)
        assert hanging.exception() is not None
        lane.switch.disarm()
    placed = buyer.check_out()
    buyer.pay(placed.token)
    rest(lane)
    evidence = gather(lane, buyer.cart, before)
    assert [order["state"] for order in evidence.orders] == ["paid"]
    assert len(evidence.sessions) == 1
    hasty.close()
    buyer.close()
