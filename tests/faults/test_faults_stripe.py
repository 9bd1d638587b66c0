"""Stripe answers late, wrongly or not at all; its webhooks get lost, come twice or in another order."""

import time
from random import Random

import pytest

from tests.faults.buyer import LONGEST_ANSWER, Buyer
from tests.faults.conftest import Lanes
from tests.faults.disturbances import DISTURBANCES, NOTHING, Disturbance
from tests.faults.evidence import gather
from tests.faults.lane import Lane
from tests.faults.play import Result, play, rest

pytestmark = pytest.mark.slow

# Both tries of the client meet the same answer. The battery has all of them; here, all for the call that
# counts most and a few for each other one.
ANSWERS = {
    each.name: each
    for each in DISTURBANCES
    if each.faults and "×1" not in each.name and ("sessions.create" in each.name or "reset" in each.name)
}
WEBHOOKS = {each.name: each for each in DISTURBANCES if each.webhooks}
DATABASES = ("sqlite", "postgresql")


def come_right(lane: Lane, scenario: str, disturbance: Disturbance = NOTHING) -> Result:
    result = play(lane, 1, disturbance, scenario, Random(disturbance.name + scenario))
    assert result.violations == []
    return result


@pytest.mark.parametrize(("number", "name"), list(enumerate(sorted(ANSWERS))))
def test_the_purchase_comes_right_when_stripe_answers(number: int, name: str, lanes: Lanes) -> None:
    come_right(lanes(DATABASES[number % 2]), ANSWERS[name].scenarios[0], ANSWERS[name])


@pytest.mark.parametrize(("number", "name"), list(enumerate(sorted(WEBHOOKS))))
def test_a_payment_and_a_refund_come_right_when_webhooks_are(number: int, name: str, lanes: Lanes) -> None:
    lane = lanes(DATABASES[number % 2])
    come_right(lane, "pay_and_leave", WEBHOOKS[name])
    come_right(lane, "refund_part", WEBHOOKS[name])


@pytest.mark.parametrize("scenario", ["double_click", "two_tabs", "late_and_sold_out", "change_after_paying"])
def test_it_comes_right_on_both_databases_when_people(scenario: str, lane: Lane) -> None:
    come_right(lane, scenario)


@pytest.mark.parametrize(
    ("scenario", "database"),
    [
        ("pay_untold", "sqlite"),
        ("pay_after_expiry", "postgresql"),
        ("late_payment", "sqlite"),
        ("second_payment", "postgresql"),
        ("bank_succeeds", "sqlite"),
        ("bank_fails", "postgresql"),
        ("resubmit", "sqlite"),
    ],
)
def test_it_comes_right_when_people(scenario: str, database: str, lanes: Lanes) -> None:
    come_right(lanes(database), scenario)


def test_an_answer_that_takes_very_long_is_a_polite_503_in_time(lanes: Lanes) -> None:
    """With the product's own timeouts."""
    lane = lanes("sqlite", patient=True)
    lane.sandbox.fault(call="sessions.create", effect="slow", seconds=12, times=2)
    buyer = Buyer(lane, htmx=True)
    buyer.add("TILES")
    total = buyer.read_total()
    start = time.monotonic()
    response = buyer.ask("POST", "/checkout", buyer.form(total))
    assert time.monotonic() - start < LONGEST_ANSWER
    assert (response.status_code, response.headers["retry-after"]) == (503, "5")
    assert "Nothing was charged" in response.text
    lane.sandbox.forget_faults()
    assert buyer.check_out().token
    buyer.close()


def test_when_nobody_listens_at_stripe_it_is_a_polite_503_and_later_the_same_order(lanes: Lanes) -> None:
    lane = lanes("postgresql")
    buyer = Buyer(lane)
    buyer.add("BOWL-L")
    total = buyer.read_total()
    lane.close_sandbox()
    response = buyer.ask("POST", "/checkout", buyer.form(total))
    assert (response.status_code, response.headers["retry-after"]) == (503, "5")
    lane.open_sandbox()
    known = {session["id"] for session in lane.sandbox.ledger()["sessions"]}
    placed = buyer.check_out()
    buyer.pay(placed.token)
    rest(lane)
    evidence = gather(lane, buyer.cart, known)
    assert [order["state"] for order in evidence.orders] == ["paid"]
    buyer.close()
