"""A process of the shop dies at each of its points, by signal 9, and the purchase comes right."""

from random import Random

import pytest

from tests.faults.conftest import Lanes
from tests.faults.disturbances import DISTURBANCES, Disturbance
from tests.faults.play import play

DATABASES = ("sqlite", "postgresql")
DEATHS = {each.name: each for each in DISTURBANCES if each.point}
# Elsewhere the two databases take turns; here is where they differ, in the transactions.
ON_BOTH = {name for name in DEATHS if name.endswith(("place_order.inside", "session.inside"))}
CASES = [
    (name, database)
    for number, name in enumerate(sorted(DEATHS))
    for database in (DATABASES if name in ON_BOTH else (DATABASES[number % 2],))
]


@pytest.mark.parametrize(("name", "database"), CASES)
def test_the_purchase_comes_right_when_the_shop_dies_at(name: str, database: str, lanes: Lanes) -> None:
    death = DEATHS[name]
    result = play(lanes(database), 1, death, death.scenarios[0], Random(name))
    assert result.hit
    assert result.violations == []
    assert result.kills == (death.effect == "kill")


@pytest.mark.parametrize("name", ["checkout.place_order.inside", "webhook.settle_session.inside"])
def test_without_one_transaction_or_the_check_for_the_second_time_a_death_does_harm(
    name: str, lanes: Lanes
) -> None:
    """The negative control of the test above."""
    protection = {
        "checkout.place_order.inside": "stock and order in one transaction",
        "webhook.settle_session.inside": "settling twice is harmless",
    }[name]
    lane = lanes("sqlite", protection)
    death = Disturbance(name, ("pay",), DEATHS[name].point)
    results = [play(lane, seed, death, "pay", Random(seed)) for seed in range(1, 6)]
    assert any(result.violations for result in results)
