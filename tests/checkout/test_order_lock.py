"""Whoever decides about an order waits for the one who is at it, also where nothing is decided then."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from tests.conftest import only_postgresql
from tests.till import Till, at_once
from webshop.checkout import session as checkout_session
from webshop.checkout import settle
from webshop.db import engine
from webshop.db.engine import Database
from webshop.errors import Unavailable
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
    assert at_once(len(acts), lambda number: _refusal(acts[number])) == [None] * len(acts)
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
