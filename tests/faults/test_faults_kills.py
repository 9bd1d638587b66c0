"""A process of the shop dies at each of its points, by signal 9, and the purchase comes right."""

from random import Random

import pytest

from tests.faults.conftest import Lanes
from tests.faults.disturbances import DISTURBANCES, Disturbance
from tests.faults.play import play

pytestmark = pytest.mark.slow

DEATHS = {each.name: each for each in DISTURBANCES if each.point}
# In the transactions the two databases may differ. The battery dies at every point, on both.
ON_BOTH = """checkout.place_order.inside checkout.store_session.inside charge.settle_session.inside
    webhook.settle_session.inside worker.settle_session.inside""".split()
ON_SQLITE = """checkout.place_order.after checkout.open.after checkout.check_out.after checkout.cancel.inside
    stripe.sessions.create.after stripe.refunds.create.before webhook.settle_session.after
    worker.forget.inside worker.refund.after worker.deliver.after terminate.checkout.open.before""".split()
ON_POSTGRESQL = """checkout.place_order.before checkout.store_session.after checkout.cancel.before
    stripe.sessions.create.before stripe.sessions.expire.after stripe.refunds.create.after
    charge.settled.before webhook.store_refunds.inside worker.claim_poll.after worker.expire.after
    terminate.charge.settle_session.inside""".split()
CASES = [
    *[(name, "sqlite") for name in ON_BOTH + ON_SQLITE],
    *[(name, "postgresql") for name in ON_BOTH + ON_POSTGRESQL],
]


@pytest.mark.parametrize(("name", "database"), CASES)
def test_the_purchase_comes_right_when_the_shop_dies_at(name: str, database: str, lanes: Lanes) -> None:
    death = DEATHS[name]
    result = play(lanes(database), 1, death, death.scenarios[0], Random(name))
    assert result.hit
    assert result.violations == []
    assert result.kills == (death.effect == "kill")


def test_control_without_one_transaction_a_death_leaves_pieces_that_nobody_has(lanes: Lanes) -> None:
    lane = lanes("sqlite", "stock and order in one transaction")
    death = Disturbance("place_order", ("pay",), DEATHS["checkout.place_order.inside"].point)
    results = [play(lane, seed, death, "pay", Random(seed)) for seed in range(1, 6)]
    assert any(violation.law == "I6" for result in results for violation in result.violations)
