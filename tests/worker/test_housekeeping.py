"""What the worker tidies up: old carts and events; and the alarms for what stays undecided or silent."""

import threading
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from tests.conftest import both_databases, only_postgresql, only_sqlite
from tests.due import DAY, HOUR, MINUTE, NOW, SECOND
from tests.till import Till
from tests.waiting import until_it_waits
from webshop.alarms import queries as alarms
from webshop.cart import queries as carts_queries
from webshop.db.tables import carts
from webshop.db.tables import orders as order_rows
from webshop.db.tables import stripe_events as events
from webshop.worker import housekeeping, tidying
from webshop.worker import rounds as worker


def told(till: Till) -> list[tuple[str, str, str]]:
    """The open alarms: kind, about and words."""
    with till.db.read() as connection:
        return [(alarm.kind, alarm.about, alarm.detail) for alarm in alarms.list_open(connection)]


# What nobody needs any more


def carts_left(till: Till) -> set[str]:
    with till.db.read() as connection:
        return set(connection.execute(sa.select(carts.c.id)).scalars())


def aged(till: Till, cart: str, age: timedelta, **moments: timedelta | None) -> str:
    """A cart that was made and last changed so long before NOW; `moments` say otherwise of one of its
    moments, or None."""
    values = {"created_at": age, "changed_at": age, **moments}
    when = {name: None if since is None else NOW - since for name, since in values.items()}
    with till.db.write() as connection:
        connection.execute(sa.update(carts).where(carts.c.id == cart).values(**when))
    return cart


@both_databases
def test_a_cart_is_deleted_ninety_days_after_its_last_change(till: Till) -> None:
    seen, old = till.cart(TILES=1), till.cart(TILES=1)
    aged(till, seen, 90 * DAY, seen_at=90 * DAY)
    aged(till, old, 90 * DAY + SECOND, seen_at=89 * DAY)
    worker.clean_up(till.db, NOW)
    assert carts_left(till) == {seen}
    assert (till.contents(seen), till.contents(old)) == ({"TILES": 1}, {})
    worker.clean_up(till.db, NOW + SECOND)
    assert carts_left(till) == set()


@both_databases
def test_a_cart_that_nobody_came_back_to_is_deleted_after_thirty_days(till: Till) -> None:
    """The release before does not say that somebody did, but a later change does."""
    kept = {
        aged(till, till.cart(TILES=1), 30 * DAY),
        aged(till, till.cart(TILES=1), 30 * DAY + SECOND, seen_at=30 * DAY),
        aged(till, till.cart(TILES=1), 80 * DAY, changed_at=80 * DAY - SECOND),
        aged(till, till.cart(TILES=1), 40 * DAY, changed_at=20 * DAY),
    }
    aged(till, till.cart(TILES=1), 30 * DAY + SECOND)
    aged(till, till.cart(TILES=1), 91 * DAY, changed_at=90 * DAY + SECOND)
    worker.clean_up(till.db, NOW)
    assert carts_left(till) == kept


@both_databases
@pytest.mark.parametrize(("state", "left"), [("pending", 1), ("processing", 1), ("paid", 0), ("expired", 0)])
def test_a_cart_is_kept_as_long_as_it_is_being_paid(till: Till, state: str, left: int) -> None:
    cart = till.cart(TILES=1)
    order, _session = till.check_out(cart)
    till.change_order(order, state=state)
    aged(till, cart, 91 * DAY, seen_at=91 * DAY)
    worker.clean_up(till.db, NOW)
    assert len(carts_left(till)) == left


@both_databases
def test_old_carts_are_deleted_in_batches(till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those that are being paid stand in nobody's way."""
    monkeypatch.setattr(housekeeping, "A_BATCH", 2)
    for _each in range(3):
        cart = till.cart(TILES=1)
        till.check_out(cart)
        aged(till, cart, 91 * DAY)
    for _each in range(5):
        aged(till, till.cart(TILES=1), 91 * DAY)
    assert len(carts_left(till)) == 8
    assert [(worker.clean_up(till.db, NOW), len(carts_left(till))) for _round in range(4)] == [
        (True, 6),
        (True, 4),
        (False, 3),
        (False, 3),
    ]


def delete_while_it_is_bought(till: Till) -> set[str]:
    """The carts that are left when somebody orders an old one at the moment at which it is deleted."""
    cart = aged(till, till.cart(TILES=1), 91 * DAY)
    order, _session = till.check_out(cart)
    till.change_order(order, state="expired")
    with till.db.write() as connection:
        carts_queries.lock(connection, cart)
        cleaning = threading.Thread(target=lambda: worker.clean_up(till.db, NOW))
        cleaning.start()
        until_it_waits(cleaning, till.db)
        connection.execute(sa.update(order_rows).values(state="pending"))
    cleaning.join()
    return carts_left(till)


@only_postgresql
def test_a_cart_that_is_ordered_at_this_moment_is_not_deleted(till: Till) -> None:
    """On PostgreSQL: SQLite has one writer at a time."""
    assert len(delete_while_it_is_bought(till)) == 1


@only_postgresql
def test_control_deleting_in_one_statement_takes_the_cart_away_from_its_order(
    till: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    def delete_at_once(connection: sa.Connection, ids: list[str], now: datetime) -> None:
        paying = sa.select(order_rows.c.cart).where(order_rows.c.state.in_(["pending", "processing"]))
        old = carts.c.id.in_(ids) & (carts.c.changed_at < now - 90 * DAY)
        connection.execute(sa.delete(carts).where(old, carts.c.id.not_in(paying)))

    monkeypatch.setattr(housekeeping, "delete_carts", delete_at_once)
    assert delete_while_it_is_bought(till) == set()


@both_databases
@pytest.mark.parametrize(
    ("state", "kept"),
    [("pending", True), ("processing", True)]
    + [
        (each, False)
        for each in ("paid", "shipped", "cancelled", "expired", "failed", "refund_due", "refunded")
    ],
)
def test_where_an_order_came_from_is_forgotten_when_it_is_decided(till: Till, state: str, kept: bool) -> None:
    order, _session = till.check_out(till.cart(TILES=1))
    till.change_order(order, state=state, placed_from="192.0.2.7")
    worker.work(till.db, till.stripe, till.db.clock())
    with till.db.read() as connection:
        assert connection.execute(sa.select(order_rows.c.placed_from)).scalars().all() == [
            "192.0.2.7" if kept else None
        ]


@only_sqlite
def test_an_event_is_forgotten_after_thirty_days(till: Till) -> None:
    with till.db.write() as connection:
        for name, age in [("kept", 30 * DAY), ("old", 30 * DAY + SECOND)]:
            row = sa.insert(events).values(id=name, type="charge.refunded", received_at=NOW - age)
            connection.execute(row)
    tidying.tidy(till.db, NOW)
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
    tidying.tidy(till.db, NOW)
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
    tidying.tidy(till.db, NOW)
    return told(till)


def test_an_order_paid_without_a_webhook_raises_an_alarm_once_a_day(till: Till) -> None:
    [(kind, about, detail)] = silence(till, paid=2 * HOUR, event=2 * HOUR + 11 * MINUTE)
    assert (kind, about) == ("webhook", "the shop")
    assert detail == (
        "2026-03-05: money moves, but no webhook has arrived since 2026-03-05 11:49; check the endpoint "
        "in Stripe's dashboard"
    )
    with till.db.write() as connection:
        alarms.clear(connection, "the shop")
    tidying.tidy(till.db, NOW + 5 * HOUR)
    with till.db.read() as connection:
        assert alarms.list_open(connection) == []
    tidying.tidy(till.db, NOW + 11 * HOUR)
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
