"""Polls, refunds and mails take turns: many of one kind do not keep the others waiting."""

from datetime import timedelta
from typing import Any

import pytest

from tests.till import Till
from webshop.errors import Unavailable
from webshop.payments import client
from webshop.worker import rounds


class Post:
    """Letters that only note what was done before each of them."""

    owner = ""
    folder = None
    reaches_people = False

    def __init__(self, till: Till) -> None:
        self.calls_before: list[int] = []
        self._till = till

    def deliver(self, *_mail: Any) -> None:
        self.calls_before.append(len(self._till.wire.calls))


def unpaid(till: Till, count: int) -> None:
    """So many orders that wait for payment, and for Stripe to be asked about them."""
    for _each in range(count):
        till.check_out(till.cart(TILES=1))


@pytest.mark.parametrize(("a_turn", "most"), [(5, 20), pytest.param(1000, 1000, marks=pytest.mark.slow)])
def test_a_receipt_leaves_before_all_that_is_unpaid_was_asked_about(
    till: Till, monkeypatch: pytest.MonkeyPatch, a_turn: int, most: int
) -> None:
    """The second row is the control: when all polls come first, the receipt waits for them."""
    monkeypatch.setattr(rounds, "A_TURN", a_turn)
    unpaid(till, 30)
    till.bought(till.cart(MUG_BLUE=1))
    till.wire.calls.clear()
    post: Any = Post(till)
    rounds.work(till.db, till.stripe, till.db.clock() + timedelta(minutes=1), post)
    receipt = post.calls_before[0]
    assert receipt <= most
    assert (receipt >= 30) == (a_turn == 1000)
    assert len(post.calls_before) == 2


def test_a_round_does_all_that_is_due_however_much_it_is(till: Till) -> None:
    unpaid(till, 12)
    later = till.db.clock() + timedelta(minutes=1)
    assert rounds.work(till.db, till.stripe, later) == 12
    assert rounds.work(till.db, till.stripe, later) == 0


def test_a_mail_that_is_queued_during_a_round_leaves_in_it(till: Till) -> None:
    """As when a poll finds that an order is paid."""
    _order, session = till.check_out(till.cart(MUG_BLUE=1))
    till.pay(session)
    with till.db.write() as connection:
        connection.exec_driver_sql("UPDATE payments SET look_at = created_at")
    post: Any = Post(till)
    rounds.work(till.db, till.stripe, letters=post)
    assert till.states() == ["paid"]
    assert len(post.calls_before) == 2


def test_too_many_sessions_to_look_through_is_no_answer(till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    """The lost one may be behind them: it is never taken for one that was never made."""
    till.wire.lose = True
    with pytest.raises(Unavailable):
        till.check_out(till.cart(MUG_BLUE=1))
    till.wire.lose = False
    unpaid(till, 3)
    (lost,) = [attempt for attempt in _attempts(till) if attempt.session_id is None]
    over = lost.expires_at + timedelta(minutes=1)

    monkeypatch.setattr(client, "MOST_SESSIONS", 2)
    rounds.work(till.db, till.stripe, over)
    assert till.order(lost.order_number).state == "pending"
    monkeypatch.setattr(client, "MOST_SESSIONS", 1000)
    rounds.work(till.db, till.stripe, over + timedelta(hours=1))
    assert till.order(lost.order_number).state == "expired"


def _attempts(till: Till) -> list[Any]:
    with till.db.read() as connection:
        numbers = connection.exec_driver_sql("SELECT number FROM orders").scalars().all()
    return [attempt for number in numbers for attempt in till.attempts(till.order(number))]
