"""Whoever decides about an order waits for the one who is at it, also where nothing is decided then."""

import importlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from itertools import count
from typing import Any

import pytest

from tests.conftest import only_postgresql
from tests.people import ADA
from tests.till import SHOP, SITE, Till, at_once
from webshop.checkout import place, settle
from webshop.checkout import session as checkout_session
from webshop.db import engine
from webshop.db.engine import Database
from webshop.errors import Conflict, Unavailable
from webshop.orders import queries as orders
from webshop.payments.model import Status
from webshop.worker import rounds

pytestmark = only_postgresql


@pytest.fixture
def impatient(database_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    """The same database for somebody who waits for a lock for a second."""
    monkeypatch.setattr(engine, "LOCK_SECONDS", 1)
    database = Database(database_url)
    yield database
    database.engine.dispose()


def test_an_order_that_is_being_decided_is_waited_for(till: Till, impatient: Database) -> None:
    """On PostgreSQL: SQLite has one writer at a time. None of these would write anything."""
    order, session = till.bought(till.cart(MUG_BLUE=1))
    (attempt,) = till.attempts(order)
    other = till.stripe.fetch(session.id)
    outdated = replace(attempt, status=Status.OPENING)
    waiting, _session = till.check_out(till.cart(MUG_BLUE=1))
    acts: list[Callable[[], object]] = [
        lambda: settle.settle_session(impatient, other),
        lambda: settle._store_refunds(impatient, attempt, []),
        lambda: checkout_session._cancel(impatient, order, attempt),
        lambda: checkout_session._store_session(impatient, attempt, other),
        lambda: checkout_session._begin_attempt(impatient, waiting, outdated, "hosted_page"),
        lambda: rounds._forget(impatient, outdated),
    ]
    assert [_refusal(act) for act in acts] == [None] * len(acts)  # one by one: none waits for another
    with till.db.write() as connection:
        for each in (order, waiting):
            orders.get_order(connection, each.number, lock=True)
        assert at_once(len(acts), lambda number: _refusal(acts[number])) == [Unavailable] * len(acts)


def _refusal(act: Callable[[], object]) -> type[Exception] | None:
    try:
        act()
    except Unavailable as error:
        return type(error)
    return None


@pytest.mark.parametrize("reads", ["webshop.cart.queries.list_lines", "webshop.orders.queries.find_pending"])
@pytest.mark.parametrize("time", [1, 2])
@pytest.mark.parametrize("comes_first", [True, False])
def test_an_order_that_is_paid_while_it_is_posted_again_is_not_placed_twice(
    till: Till, monkeypatch: pytest.MonkeyPatch, reads: str, time: int, comes_first: bool
) -> None:
    """Stripe's word comes before or after each thing that is read of the cart: nothing locks that."""
    cart = till.cart(MUG_BLUE=1)
    order, session = till.check_out(cart)
    till.pay(session)
    module, _dot, name = reads.rpartition(".")
    original = getattr(importlib.import_module(module), name)
    times = count(1)

    def read(*what: Any, **how: Any) -> Any:
        is_time = next(times) == time
        if is_time and comes_first:
            at_once(1, lambda _number: till.settle(session))
        found = original(*what, **how)
        if is_time and not comes_first:
            at_once(1, lambda _number: till.settle(session))
        return found

    monkeypatch.setattr(reads, read)
    with suppress(Conflict):
        again, shown = place.check_out(
            till.db,
            till.stripe,
            shop=SHOP,
            site=SITE,
            cart=cart,
            details=ADA,
            shown_total=1690,
            ui_mode="hosted_page",
            visitor="",
        )
        assert (again.number, shown.status) == (order.number, "complete")
    assert next(times) > time  # it was read so often
    assert till.states() == ["paid"]
