"""What the worker tidies up: old carts and events; and the alarms for what stays undecided or silent."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from tests.conftest import only_sqlite
from tests.due import DAY, HOUR, MINUTE, NOW, SECOND
from tests.till import Till
from webshop.alarms import queries as alarms
from webshop.db.tables import carts
from webshop.db.tables import orders as order_rows
from webshop.db.tables import stripe_events as events
from webshop.worker import rounds as worker


def told(till: Till) -> list[tuple[str, str, str]]:
    """The open alarms: kind, about and words."""
    with till.db.read() as connection:
        return [(alarm.kind, alarm.about, alarm.detail) for alarm in alarms.list_open(connection)]


# What nobody needs any more


def carts_left(till: Till) -> set[str]:
    with till.db.read() as connection:
        return set(connection.execute(sa.select(carts.c.id)).scalars())


@only_sqlite
def test_a_cart_is_deleted_ninety_days_after_its_last_change_unless_it_is_being_paid(till: Till) -> None:
    kept, old, paying = till.cart(TILES=1), till.cart(TILES=1), till.cart(TILES=1)
    till.check_out(paying)
    with till.db.write() as connection:
        for cart, changed_at in [
            (kept, NOW - 90 * DAY),
            (old, NOW - 90 * DAY - SECOND),
            (paying, NOW - 91 * DAY),
        ]:
            connection.execute(sa.update(carts).where(carts.c.id == cart).values(changed_at=changed_at))
    worker.tidy(till.db, NOW)

    assert carts_left(till) == {kept, paying}
    assert (till.contents(kept), till.contents(old)) == ({"TILES": 1}, {})
    worker.tidy(till.db, NOW + SECOND)
    assert carts_left(till) == {paying}


@only_sqlite
def test_the_cart_of_an_order_that_was_paid_is_like_any_other(till: Till) -> None:
    till.bought(till.cart(TILES=1))
    with till.db.write() as connection:
        connection.execute(sa.update(carts).values(changed_at=NOW - 91 * DAY))
    worker.tidy(till.db, NOW)
    assert carts_left(till) == set()


@only_sqlite
def test_an_event_is_forgotten_after_thirty_days(till: Till) -> None:
    with till.db.write() as connection:
        for name, age in [("kept", 30 * DAY), ("old", 30 * DAY + SECOND)]:
            row = sa.insert(events).values(id=name, type="charge.refunded", received_at=NOW - age)
            connection.execute(row)
    worker.tidy(till.db, NOW)
    with till.db.read() as connection:
        assert connection.execute(sa.select(events.c.id)).scalars().all() == ["kept"]


# What stays undecided


@only_sqlite
@pytest.mark.parametrize(
    ("state", "age", "stuck"),
    [
        ("pending", 15 * MINUTE, False),
        ("pending", 15 * MINUTE + SECOND, True),
        ("processing", 14 * DAY, False),
        ("processing", 14 * DAY + SECOND, True),
        ("expired", 15 * DAY, False),
    ],
)
def test_an_order_that_stays_undecided_raises_an_alarm(
    till: Till, state: str, age: timedelta, stuck: bool
) -> None:
    """`age`: since its time is over. A bank may take days."""
    order, _session = till.check_out(till.cart(TILES=1))
    till.change_order(order, state=state, expires_at=NOW - age)
    worker.tidy(till.db, NOW)
    expected = [("undecided", order.number, "its payment's end is unknown")]
    assert told(till) == (expected if stuck else [])


# Money moves, and no webhook comes.


def silence(till: Till, paid: timedelta, event: timedelta | None) -> list[tuple[str, str, str]]:
    """The alarms when an order was paid and the latest event came that long before NOW."""
    order, _session = till.bought(till.cart(TILES=1))
    with till.db.write() as connection:
        connection.execute(sa.update(order_rows).values(paid_at=NOW - paid))
        if event is not None:
            connection.execute(
                sa.insert(events).values(id=order.number, type="charge.refunded", received_at=NOW - event)
            )
    worker.tidy(till.db, NOW)
    return told(till)


def test_an_order_paid_without_a_webhook_raises_an_alarm_once_a_day(till: Till) -> None:
    [(kind, about, detail)] = silence(till, paid=2 * HOUR, event=2 * HOUR + 11 * MINUTE)
    assert (kind, about) == ("webhook", "the shop")
    assert detail == (
        "2026-03-05: money moves, but no webhook has arrived since 2026-03-05 11:49 UTC; check the endpoint "
        "in Stripe's dashboard"
    )
    with till.db.write() as connection:
        alarms.clear(connection, "the shop")
    worker.tidy(till.db, NOW + 5 * HOUR)
    with till.db.read() as connection:
        assert alarms.list_open(connection) == []
    worker.tidy(till.db, NOW + 11 * HOUR)
    with till.db.read() as connection:
        [alarm] = alarms.list_open(connection)
        assert alarm.detail.startswith("2026-03-06: ")


def test_without_any_event_the_alarm_says_so(till: Till) -> None:
    [(_kind, _about, detail)] = silence(till, paid=2 * HOUR, event=None)
    assert "no webhook has arrived for as long as the shop remembers;" in detail


@pytest.mark.parametrize(
    ("paid", "event"), [(HOUR, None), (25 * HOUR, None), (2 * HOUR, 2 * HOUR + 10 * MINUTE + SECOND)]
)
def test_a_webhook_is_missed_from_an_hour_to_a_day_after_it_should_have_come(
    till: Till, paid: timedelta, event: timedelta | None
) -> None:
    assert [kind for kind, _about, _detail in silence(till, paid, event)] == ["webhook"]


@pytest.mark.parametrize(
    ("paid", "event"),
    [
        (2 * HOUR, 2 * HOUR + 10 * MINUTE),  # it came a moment before the order was marked
        (2 * HOUR, MINUTE),
        (HOUR - SECOND, None),  # Stripe may be late
        (25 * HOUR + SECOND, None),  # long ago
    ],
)
def test_no_alarm_while_webhooks_arrive_or_may_arrive(
    till: Till, paid: timedelta, event: timedelta | None
) -> None:
    assert silence(till, paid, event) == []
