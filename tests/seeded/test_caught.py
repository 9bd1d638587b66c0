"""What the seeded faults break and no other test notices."""

import pytest

from tests.till import GRACE, Till
from webshop.errors import Unavailable
from webshop.sandbox.testing import pay
from webshop.settlement import settle


def test_money_for_a_cancelled_order_whose_session_was_never_stored_pays_it_once(till: Till) -> None:
    """The answer of the first attempt was lost, and the shopper has ordered something else since."""
    cart = till.cart(MUG_BLUE=1)
    till.wire.lose = True
    with pytest.raises(Unavailable):
        till.check_out(cart)
    till.wire.lose = False
    till.check_out(cart, GRACE)
    made = till.ledger()["sessions"][0]
    pay(till.sandbox, made["id"])
    for _again in range(2):
        order = settle(till.db, till.stripe, made["id"])
    assert order.state == "paid"
    assert [(each.session, each.status) for each in till.attempts(order)] == [(made["id"], "paid")]
    assert till.refunds() == []
