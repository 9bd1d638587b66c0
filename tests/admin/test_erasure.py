"""Personal data is erased when it has had its time, or at once at the owner's word; and nothing else is."""

import threading
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Connection, Table, func, select, update

from tests.conftest import both_databases, only_postgresql
from tests.due import DAY, NOW, SECOND
from tests.people import ADA, GRACE
from tests.till import SHOP, Till
from tests.waiting import until_it_waits
from webshop.admin import erasure, refunds, shipments
from webshop.admin.erasure import Outcome
from webshop.admin.mend import mend
from webshop.alarms import queries as alarms
from webshop.alarms.model import AlarmKind
from webshop.checkout.details import Details
from webshop.checkout.place import place_order
from webshop.db import tables
from webshop.errors import OwnerError
from webshop.mail import outbox
from webshop.orders import queries as order_queries
from webshop.orders.model import Order, State
from webshop.worker import rounds as worker

pytestmark = both_databases

HERS = replace(ADA, address=replace(ADA.address, line2="Flat 2", region="BE"))
LIFE = timedelta(days=30)
LONG_AGO = datetime(2015, 1, 1, tzinfo=UTC)


def ordered(till: Till, state: str, age: timedelta, details: Details = HERS) -> Order:
    """An order that came to this state so long before NOW, at which it was placed, too."""
    cart = till.cart(TILES=1)
    order = place_order(
        till.db, SHOP, cart=cart, details=details, shown_total=589, ui_mode="hosted_page", visitor=""
    )
    with till.db.write(NOW - age) as connection:
        if state != "pending":
            order_queries.note(connection, order.number, state)
    till.change_order(order, state=state, placed_at=NOW - age, placed_from="192.0.2.7")
    happened(till, order, NOW - age)
    return order


def happened(till: Till, order: Order, at: datetime) -> None:
    """All that is in its audit."""
    rows = tables.order_events
    with till.db.write() as connection:
        connection.execute(update(rows).where(rows.c.order_number == order.number).values(at=at))


def row(till: Till, order: Order) -> dict[str, Any]:
    with till.db.read() as connection:
        query = select(tables.orders).where(tables.orders.c.number == order.number)
        return connection.execute(query).one()._asdict()


def rows_of(till: Till, table: Table, column: str, order: Order) -> list[Any]:
    name = "about" if table is tables.alarms else "order_number"
    with till.db.read() as connection:
        query = select(table.c[column]).where(table.c[name] == order.number).order_by(table.c.id)
        return list(connection.execute(query).scalars())


def erased(till: Till, *orders: Order) -> list[bool]:
    return [till.order(order.number).is_erased for order in orders]


@pytest.mark.parametrize("state", ["expired", "cancelled", "failed"])
def test_an_order_that_was_not_paid_loses_its_person_thirty_days_after_its_end(
    till: Till, state: str
) -> None:
    kept, old = ordered(till, state, LIFE), ordered(till, state, LIFE + SECOND)
    before, other = row(till, old), row(till, kept)
    worker.clean_up(till.db, NOW)

    assert row(till, kept) == other
    gone = dict.fromkeys(("email", "name", "line1", "line2", "postal_code", "city", "region"), "")
    assert row(till, old) == {**before, **gone, "placed_from": None}
    assert (before["name"], before["region"], before["country"]) == ("Ada Lovelace", "BE", "DE")
    assert till.events(old)[-1] == "personal data erased"
    assert till.events(kept)[-1] == state


@pytest.mark.parametrize(
    ("state", "years"),
    [("pending", 12), ("processing", 12), ("paid", 9), ("shipped", 9), ("refunded", 9), ("refund_due", 9)],
)
def test_an_order_that_is_paid_or_being_paid_keeps_its_person(till: Till, state: str, years: int) -> None:
    order = ordered(till, state, years * 365 * DAY)
    before = row(till, order)
    worker.clean_up(till.db, NOW)
    assert row(till, order) == before


def test_the_thirty_days_begin_with_the_last_thing_that_happened(till: Till) -> None:
    order = ordered(till, "failed", 45 * DAY)
    happened(till, order, NOW - LIFE)
    worker.clean_up(till.db, NOW)
    assert erased(till, order) == [False]
    worker.clean_up(till.db, NOW + SECOND)
    assert erased(till, order) == [True]


@pytest.mark.parametrize(
    ("zone", "paid_at", "now", "is_erased"),
    [
        ("UTC", datetime(2026, 1, 1, tzinfo=UTC), datetime(2036, 12, 31, 23, 59, tzinfo=UTC), False),
        ("UTC", datetime(2026, 12, 31, 23, 59, tzinfo=UTC), datetime(2037, 1, 1, tzinfo=UTC), True),
        (
            "Asia/Tokyo",
            datetime(2026, 12, 31, 15, tzinfo=UTC),
            datetime(2037, 12, 31, 14, 59, tzinfo=UTC),
            False,
        ),
        ("Asia/Tokyo", datetime(2026, 12, 31, 14, tzinfo=UTC), datetime(2036, 12, 31, 15, tzinfo=UTC), True),
    ],
)
def test_books_are_kept_for_ten_years_after_the_year_of_payment(
    till: Till, zone: str, paid_at: datetime, now: datetime, is_erased: bool
) -> None:
    till.db.zone = ZoneInfo(zone)
    for state in ("paid", "shipped", "refunded"):
        till.change_order(
            ordered(till, state, DAY), paid_at=paid_at, placed_at=paid_at - DAY, tracking="JJD 1"
        )
    worker.clean_up(till.db, now)
    with till.db.read() as connection:
        found = connection.execute(select(tables.orders.c.email, tables.orders.c.tracking)).all()
    assert [tuple(each) for each in found] == [("", "") if is_erased else ("ada@example.com", "JJD 1")] * 3


def test_money_that_went_back_is_kept_from_when_it_came(till: Till) -> None:
    """It has no day of payment; the audit knows. Placed in the old year, paid in the new one."""
    old_year, new_year = datetime(2025, 12, 31, 23, 0, tzinfo=UTC), datetime(2026, 1, 1, 9, 0, tzinfo=UTC)
    order, other = ordered(till, "expired", DAY), ordered(till, "refund_due", DAY)
    for each in (order, other):
        till.change_order(each, placed_at=old_year, state="refunded")
        happened(till, each, old_year)
    with till.db.write(new_year) as connection:
        order_queries.note(connection, order.number, "refund_due")
    worker.clean_up(till.db, datetime(2036, 12, 31, tzinfo=UTC))
    assert erased(till, order, other) == [False, True]
    worker.clean_up(till.db, datetime(2037, 1, 1, tzinfo=UTC))
    assert erased(till, order) == [True]


def test_what_was_written_about_an_order_loses_the_persons_words_and_no_other_does(till: Till) -> None:
    """Mail servers and Stripe quote addresses; the owner types names as reasons and parcels' numbers."""
    orders = [till.bought(till.cart(MUG_BLUE=1))[0] for _each in range(2)]
    for order in orders:
        mend(till.db, order, "ada.l@example.com", "+49 30 1", replace(order.address, city="Potsdam"))
        shipments.ship(till.db, order.number, "DHL", "JJD 1")
        shipments.ship(till.db, order.number, "DHL", "JJD 2")
        refunds.request_refund(till.db, order.number, reason="Ms Lovelace is ill")
        with till.db.write() as connection:
            mail = outbox.list_of_order(connection, order.number)[0]
            outbox.mark_failed(connection, mail, "550 no ada@example.com here", final=True)
            alarms.raise_alarm(connection, AlarmKind.MAIL, order.number, "550 no ada@example.com here")
            connection.execute(
                update(tables.attempts).values(receipt_url="https://pay.stripe.com/receipts/1")
            )
    first, other = orders
    till.change_order(first, paid_at=LONG_AGO, placed_at=LONG_AGO)
    worker.clean_up(till.db, NOW)

    def written(order: Order) -> list[list[Any]]:
        session = str(till.attempts(order)[0].session_id)
        details = rows_of(till, tables.order_events, "detail", order)
        return [
            [each.replace(session, "session") for each in details],
            rows_of(till, tables.outbox, "problem", order),
            rows_of(till, tables.alarms, "detail", order),
            rows_of(till, tables.refunds, "reason", order),
            rows_of(till, tables.attempts, "receipt_url", order),
        ]

    problem = "550 no ada@example.com here"
    address = "Ada Lovelace, 1 Analytical Street, 10115 BERLIN, Germany"
    assert written(other) == [
        ["", "session", address, "ada@example.com", "DHL JJD 1", "DHL JJD 2", "€16.90 Ms Lovelace is ill"],
        [problem, "", ""],
        [problem],
        ["Ms Lovelace is ill"],
        ["https://pay.stripe.com/receipts/1"],
    ]
    assert written(first) == [["", "session", "", "", "", "", "", ""], ["", "", ""], [""], [""], [None]]


def test_nothing_else_of_an_erased_order_changes(till: Till) -> None:
    order = ordered(till, "expired", 31 * DAY)

    def counted() -> list[int]:
        with till.db.read() as connection:
            some = (
                tables.order_lines,
                tables.order_taxes,
                tables.attempts,
                tables.cart_lines,
                tables.variants,
            )
            return [
                connection.execute(select(func.count()).select_from(table)).scalar_one() for table in some
            ]

    before, lines = counted(), till.order(order.number)
    worker.clean_up(till.db, NOW)
    after = till.order(order.number)
    assert counted() == before
    assert (after.lines, after.taxes, after.total, after.cart) == (
        lines.lines,
        lines.taxes,
        lines.total,
        lines.cart,
    )


def test_personal_data_is_erased_in_batches(till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(erasure, "A_BATCH", 2)
    orders = [ordered(till, "expired", 31 * DAY) for _each in range(5)]
    found = [(worker.clean_up(till.db, NOW), sum(erased(till, *orders))) for _round in range(3)]
    assert found == [(True, 2), (True, 4), (False, 5)]
    assert worker.clean_up(till.db, NOW) is False
    assert [till.events(order).count("personal data erased") for order in orders] == [1] * 5


def test_an_order_that_was_paid_meanwhile_is_not_erased(till: Till) -> None:
    """Between looking and erasing, in another process."""
    order = ordered(till, "expired", 31 * DAY)
    with till.db.read() as connection:
        assert erasure.list_over(connection, NOW) == [order.number]
    till.change_order(order, state="paid")
    with till.db.write(NOW) as connection:
        erasure.erase_over(connection, [order.number], NOW)
    assert erased(till, order) == [False]


def erase_while_it_is_paid(till: Till) -> bool:
    """Whether an order is erased that somebody's money is making paid at this moment."""
    order = ordered(till, "expired", 31 * DAY)
    with till.db.write() as connection:
        locked = order_queries.get_order(connection, order.number, lock=True)
        cleaning = threading.Thread(target=lambda: worker.clean_up(till.db, NOW))
        cleaning.start()
        until_it_waits(cleaning, till.db)
        order_queries.move(connection, locked, State.PAID)
    cleaning.join()
    return till.order(order.number).is_erased


def test_an_order_that_is_being_settled_is_left_alone(till: Till) -> None:
    assert not erase_while_it_is_paid(till)


def test_control_erasing_what_was_found_erases_it(till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    def erase_at_once(connection: Connection, numbers: Sequence[str], _now: datetime) -> None:
        erasure._erase(connection, numbers)

    monkeypatch.setattr(erasure, "erase_over", erase_at_once)
    assert erase_while_it_is_paid(till)


# At once, for one person


def test_a_person_is_forgotten_at_once_wherever_that_may_be(till: Till) -> None:
    till.db.clock = lambda: NOW
    typed = replace(HERS, email="Ada@Example.COM")
    states = [
        "expired",
        "cancelled",
        "failed",
        "pending",
        "processing",
        "paid",
        "shipped",
        "refunded",
        "refund_due",
    ]
    orders = {state: ordered(till, state, DAY, typed if state == "failed" else HERS) for state in states}
    for state in ("paid", "shipped", "refunded"):
        till.change_order(orders[state], paid_at=datetime(2025, 12, 31, tzinfo=UTC))
    hers, ours = ordered(till, "expired", DAY, GRACE), row(till, orders["paid"])

    outcomes = erasure.forget(till.db, "ADA@example.com")

    assert sorted(outcomes, key=lambda each: states.index(each.state)) == [
        *(Outcome(orders[state].number, State(state), erased=True) for state in states[:3]),
        *(Outcome(orders[state].number, State(state)) for state in states[3:5]),
        *(Outcome(orders[state].number, State(state), until=2035) for state in states[5:8]),
        Outcome(orders["refund_due"].number, State.REFUND_DUE, until=2036),
    ]
    assert erased(till, *orders.values(), hers) == [True] * 3 + [False] * 7
    assert row(till, orders["paid"]) == ours
    assert till.events(orders["failed"])[-1] == "personal data erased"
    assert {each.number for each in erasure.forget(till.db, "ada@example.com")} == {
        orders[state].number for state in states[3:]
    }


def test_a_person_whose_books_have_had_their_time_is_forgotten_too(till: Till) -> None:
    order = ordered(till, "paid", DAY)
    till.change_order(order, paid_at=datetime(2015, 12, 31, tzinfo=UTC))
    till.db.clock = lambda: NOW
    assert erasure.forget(till.db, "ada@example.com") == [Outcome(order.number, State.PAID, erased=True)]


def test_a_person_of_many_orders_is_forgotten_in_batches(till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(erasure, "A_BATCH", 2)
    orders = [ordered(till, "expired", number * DAY) for number in range(5)]
    outcomes = erasure.forget(till.db, "ada@example.com")
    assert [each.number for each in outcomes] == [order.number for order in reversed(orders)]
    assert all(erased(till, *orders))


def test_nobody_is_forgotten_by_mistake(till: Till) -> None:
    order = ordered(till, "expired", DAY)
    for email in ("grace@example.com", "", "%", "ada@example_com"):
        with pytest.raises(OwnerError):
            erasure.forget(till.db, email)
    assert erased(till, order) == [False]


@only_postgresql
def test_forgetting_waits_for_the_payment_that_is_under_way(till: Till) -> None:
    order = ordered(till, "expired", DAY)
    outcomes: list[Outcome] = []
    with till.db.write() as connection:
        locked = order_queries.get_order(connection, order.number, lock=True)
        forgetting = threading.Thread(target=lambda: outcomes.extend(erasure.forget(till.db, HERS.email)))
        forgetting.start()
        until_it_waits(forgetting, till.db)
        order_queries.move(connection, locked, State.PAID)
    forgetting.join()
    assert [each.state for each in outcomes] == ["paid"]
    assert erased(till, order) == [False]
