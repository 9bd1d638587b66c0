"""Invoice numbers: one for each paid order, without a gap and never twice; real ones for real money."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Connection, Table, insert, select, text, update
from sqlalchemy.exc import IntegrityError

from tests.conftest import both_databases
from tests.till import SITE, Till, at_once
from webshop.checkout.settle import sync_refunds
from webshop.db.engine import Database
from webshop.db.tables import orders
from webshop.db.tables.counters import invoice_numbers, test_invoice_numbers
from webshop.mail import outbox
from webshop.mail.model import MailKind
from webshop.orders import queries as order_queries
from webshop.orders import stock
from webshop.orders.model import Order, State
from webshop.payments import attempts
from webshop.payments.shapes import Session
from webshop.sandbox.testing import client_of
from webshop.settings.mode import ShopMode
from webshop.worker import rounds as worker

RIVALS = 20
FEW = 5  # are enough to see how it goes wrong


@pytest.fixture(params=[ShopMode.LIVE, pytest.param(ShopMode.SANDBOX, marks=pytest.mark.slow)])
def mode(request: pytest.FixtureRequest, till: Till) -> ShopMode:
    """Of the shop."""
    till.open_as(request.param)
    return ShopMode(request.param)


@pytest.fixture
def prefix(mode: ShopMode) -> str:
    """What its numbers begin with."""
    return "" if mode is ShopMode.LIVE else "SANDBOX-"


@pytest.fixture
def today(till: Till) -> Callable[[str], None]:
    """Sets the clock of the shop and of Stripe, such as "2027-01-01T00:00:00"."""

    def set_clock(moment: str) -> None:
        at = datetime.fromisoformat(moment).replace(tzinfo=UTC)
        till.db.clock = lambda: at
        till.clock.now = at.timestamp()

    set_clock("2026-11-24T12:00:00")
    return set_clock


pytestmark = [both_databases, pytest.mark.usefixtures("today", "mode")]


def paid(till: Till, **quantities: int) -> tuple[Order, Session]:
    """An order whose session is paid, and which knows nothing of it yet."""
    order, session = till.check_out(till.cart(**(quantities or {"TILES": 1})))
    till.pay(session)
    return order, session


def invoices(db: Database) -> list[str]:
    """All that were given, in their order."""
    with db.read() as connection:
        return list(
            connection.execute(
                select(orders.c.invoice).where(orders.c.invoice.is_not(None)).order_by(orders.c.invoice)
            ).scalars()
        )


def last_number(db: Database, year: int = 2026) -> int:
    """Of real and of other invoices: there is one counter here."""
    counters: tuple[Table, ...] = (invoice_numbers, test_invoice_numbers)
    with db.read() as connection:
        found = [connection.execute(select(c.c.last).where(c.c.year == year)).scalar() for c in counters]
    return max(each or 0 for each in found)


# One after the other


def test_the_orders_of_a_year_are_numbered_as_they_are_paid(till: Till, prefix: str) -> None:
    first, second, third = (paid(till) for _each in range(3))

    assert [till.settle(session).invoice for _order, session in (second, third, first)] == [
        f"{prefix}2026-000001",
        f"{prefix}2026-000002",
        f"{prefix}2026-000003",
    ]
    assert last_number(till.db) == 3


def test_a_paid_order_remembers_when_it_was_paid(
    till: Till, prefix: str, today: Callable[[str], None]
) -> None:
    order, session = paid(till)
    assert (order.invoice, order.paid_at) == (None, None)
    today("2026-11-25T08:30:00")
    settled = till.settle(session)
    assert (settled.invoice, settled.paid_at) == (
        f"{prefix}2026-000001",
        datetime(2026, 11, 25, 8, 30, tzinfo=UTC),
    )


def test_settling_again_takes_no_other_number(till: Till, prefix: str, today: Callable[[str], None]) -> None:
    _order, session = paid(till)
    once = till.settle(session)
    today("2027-05-01T00:00:00")
    for _again in range(3):
        again = till.settle(session)
        assert (again.invoice, again.paid_at) == (once.invoice, once.paid_at)
    at_once(8, lambda _n: till.settle(session))
    assert invoices(till.db) == [f"{prefix}2026-000001"]
    assert (last_number(till.db), last_number(till.db, 2027)) == (1, 0)


def test_a_new_year_begins_with_one(till: Till, prefix: str, today: Callable[[str], None]) -> None:
    given = []
    for moment in (
        "2026-12-31T23:59:58",
        "2026-12-31T23:59:59",
        "2027-01-01T00:00:00",
        "2027-06-01T12:00:00",
        "2028-01-01T00:00:00",
    ):
        today(moment)
        given.append(till.settle(paid(till)[1]).invoice)

    assert given == [
        f"{prefix}2026-000001",
        f"{prefix}2026-000002",
        f"{prefix}2027-000001",
        f"{prefix}2027-000002",
        f"{prefix}2028-000001",
    ]


@pytest.mark.parametrize(
    ("zone", "paid_at", "invoice"),
    [
        ("Asia/Tokyo", "2026-12-31T23:30:00", "2027-000001"),  # half past eight on New Year's morning
        ("Asia/Tokyo", "2026-12-31T14:59:59", "2026-000001"),
        ("Asia/Tokyo", "2026-12-31T15:00:00", "2027-000001"),
        ("America/New_York", "2027-01-01T04:59:59", "2026-000001"),
        ("America/New_York", "2027-01-01T05:00:00", "2027-000001"),
        ("Pacific/Kiritimati", "2026-12-31T10:00:00", "2027-000001"),
    ],
)
def test_the_year_of_an_invoice_is_the_shops(
    till: Till, prefix: str, today: Callable[[str], None], zone: str, paid_at: str, invoice: str
) -> None:
    till.db.zone = ZoneInfo(zone)
    today(paid_at)
    assert till.settle(paid(till)[1]).invoice == prefix + invoice


def test_numbers_go_on_from_the_last_one_and_grow_beyond_six_digits(till: Till, prefix: str) -> None:
    with till.db.write() as connection:
        connection.execute(insert(invoice_numbers).values(year=2026, last=41))
        connection.execute(insert(test_invoice_numbers).values(mode="sandbox", year=2026, last=41))
    assert till.settle(paid(till)[1]).invoice == f"{prefix}2026-000042"
    with till.db.write() as connection:
        connection.execute(update(invoice_numbers).values(last=999_999))
        connection.execute(update(test_invoice_numbers).values(last=999_999))
    assert till.settle(paid(till)[1]).invoice == f"{prefix}2026-1000000"


def test_each_mode_counts_its_own(till: Till) -> None:
    given = []
    for mode in (ShopMode.SANDBOX, ShopMode.TEST, ShopMode.LIVE):
        till.open_as(mode)
        given += [till.settle(paid(till)[1]).invoice for _each in range(2)]
    assert given == [
        "SANDBOX-2026-000001",
        "SANDBOX-2026-000002",
        "TEST-2026-000001",
        "TEST-2026-000002",
        "2026-000001",
        "2026-000002",
    ]


def test_an_order_that_says_no_mode_is_numbered_by_the_databases(till: Till, prefix: str) -> None:
    """The release before placed it."""
    order, session = paid(till)
    till.change_order(order, mode=None)
    assert till.settle(session).invoice == f"{prefix}2026-000001"


# Who is given none


def test_an_order_that_is_not_paid_has_no_number(till: Till, prefix: str) -> None:
    waiting, _session = till.check_out(till.cart(TILES=1))

    on_its_way, session = till.check_out(till.cart(TILES=1))
    till.pay_by_bank(session)
    assert till.settle(session).state == "processing"

    refused, session = till.check_out(till.cart(TILES=1))
    till.pay_by_bank(session)
    till.bank_answers(session, succeeded=False)
    assert till.settle(session).state == "failed"

    replaced, session = till.check_out(cart := till.cart(TILES=1))
    till.add(cart, TILES=1)
    till.check_out(cart)
    assert till.state(replaced) == "cancelled"

    expired, session = till.check_out(till.cart(TILES=1))
    client_of(till.sandbox).v1.checkout.sessions.expire(session.id)
    assert till.settle(session).state == "expired"

    for order in (waiting, on_its_way, refused, replaced, expired):
        assert (till.order(order.number).invoice, till.order(order.number).paid_at) == (None, None)
    assert invoices(till.db) == []
    assert till.settle(paid(till)[1]).invoice == f"{prefix}2026-000001"


def test_a_bank_payment_is_numbered_when_the_money_is_there(till: Till, prefix: str) -> None:
    _order, slow = till.check_out(till.cart(TILES=1))
    till.pay_by_bank(slow)
    till.settle(slow)
    assert till.settle(paid(till)[1]).invoice == f"{prefix}2026-000001"
    till.bank_answers(slow, succeeded=True)
    assert till.settle(slow).invoice == f"{prefix}2026-000002"


def cancelled(till: Till, order: Order) -> None:
    with till.db.write() as connection:
        found = order_queries.get_order(connection, order.number, lock=True)
        stock.release(connection, found)
        order_queries.move(connection, found, State.CANCELLED)


def test_money_that_goes_back_takes_no_number(till: Till, prefix: str) -> None:
    order, session = till.check_out(till.cart(VASE=1))
    cancelled(till, order)
    till.pay(session)
    assert till.settle(paid(till, VASE=1)[1]).invoice == f"{prefix}2026-000001"

    assert till.settle(session).state == "refund_due"
    worker.work(till.db, till.stripe)
    assert till.state(order) == "refunded"
    assert invoices(till.db) == [f"{prefix}2026-000001"]
    assert last_number(till.db) == 1


def test_money_of_another_amount_takes_no_number(till: Till) -> None:
    order, session = paid(till)
    with till.db.write() as connection:
        connection.execute(update(orders).where(orders.c.number == order.number).values(total=9999))
    assert till.settle(session).state == "refund_due"
    assert (invoices(till.db), last_number(till.db)) == ([], 0)


def test_a_late_payment_that_becomes_an_order_is_numbered_then(till: Till, prefix: str) -> None:
    order, session = till.check_out(till.cart(TILES=1))
    cancelled(till, order)
    till.pay(session)
    assert till.settle(session).invoice == f"{prefix}2026-000001"


def test_a_second_payment_of_an_order_takes_no_number(till: Till, prefix: str) -> None:
    order, first = till.check_out(till.cart(TILES=1))
    till.pay(first)
    till.settle(first)
    with till.db.write() as connection:  # as if it had been opened beside the first
        second = order_queries.get_order(connection, order.number)
        attempt = attempts.insert_attempt(connection, second, "hosted_page")
    session = till.stripe.open(second, attempt, return_to=f"{SITE}/charge", back=f"{SITE}/")
    till.pay(session)

    assert till.settle(session).invoice == f"{prefix}2026-000001"
    assert [each.status for each in till.attempts(order)] == ["paid", "surplus"]
    assert last_number(till.db) == 1


def test_a_refunded_order_keeps_its_number(till: Till, prefix: str) -> None:
    order, session = till.bought(till.cart(TILES=1))
    [payment] = till.attempts(order)
    assert payment.payment_intent
    client_of(till.sandbox).v1.refunds.create({"payment_intent": payment.payment_intent})
    sync_refunds(till.db, till.stripe, payment)
    assert till.state(order) == "refunded"
    assert till.settle(session).invoice == f"{prefix}2026-000001"


# Many at once


def settle_all(till: Till, settle: Callable[[Session], Order], rivals: int) -> list[Order | Exception]:
    """So many paid orders, settled at the same moment."""
    sessions = [paid(till)[1] for _each in range(rivals)]
    start = threading.Barrier(rivals)

    def settle_one(number: int) -> Order:
        start.wait()
        return settle(sessions[number])

    return at_once(rivals, settle_one)


def test_twenty_orders_paid_at_once_have_the_numbers_from_1_to_20(till: Till, prefix: str) -> None:
    results = settle_all(till, till.settle, RIVALS)

    given = sorted(str(result.invoice) for result in results if isinstance(result, Order))
    assert given == [f"{prefix}2026-{number:06d}" for number in range(1, RIVALS + 1)]
    assert invoices(till.db) == given
    assert last_number(till.db) == RIVALS


def test_twenty_at_once_of_which_some_break_leave_no_gap(
    till: Till, prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every third transaction is rolled back after it took its number."""
    turn = iter(range(1, 1000))

    def queue(connection: Connection, number: str, kind: MailKind) -> None:
        if kind == MailKind.RECEIPT and next(turn) % 3 == 0:
            raise RuntimeError("broken")
        queue_once(connection, number, kind)

    queue_once = outbox.queue_once
    monkeypatch.setattr(outbox, "queue_once", queue)
    results = settle_all(till, till.settle, RIVALS)

    broken = [result for result in results if not isinstance(result, Order)]
    assert len(broken) >= 6
    assert {str(each) for each in broken} == {"broken"}
    assert invoices(till.db) == [
        f"{prefix}2026-{number:06d}" for number in range(1, RIVALS - len(broken) + 1)
    ]


def test_a_settlement_that_is_rolled_back_takes_no_number(
    till: Till, prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    order, session = paid(till)
    taken: list[str | None] = []

    def broken(connection: Connection, number: str, _kind: MailKind) -> None:
        taken.append(order_queries.get_order(connection, number).invoice)
        raise RuntimeError("broken")

    with monkeypatch.context() as patched, pytest.raises(RuntimeError):
        patched.setattr(outbox, "queue_once", broken)
        till.settle(session)
    assert taken == [f"{prefix}2026-000001"]
    assert till.state(order) == "pending"
    assert (invoices(till.db), last_number(till.db)) == ([], 0)
    assert till.settle(paid(till)[1]).invoice == f"{prefix}2026-000001"
    assert till.settle(session).invoice == f"{prefix}2026-000002"


@pytest.mark.parametrize("index", [True, False])
def test_a_counter_that_is_read_first_and_written_later_repeats_numbers(
    till: Till, prefix: str, monkeypatch: pytest.MonkeyPatch, index: bool
) -> None:
    """The negative control: the tests above would notice. With the unique index all but one are refused."""
    if not index:
        with till.db.write() as connection:
            connection.execute(text("DROP INDEX uq_orders_invoice"))
    seen = threading.local()
    all_have_read = threading.Barrier(FEW)

    def mark_paid(connection: Connection, order: Order) -> None:
        values = {"invoice": f"{prefix}2026-{seen.last + 1:06d}", "paid_at": datetime.now(UTC)}
        connection.execute(update(orders).where(orders.c.number == order.number).values(**values))

    def settle(session: Session) -> Order:
        seen.last = last_number(till.db)
        all_have_read.wait()
        return till.settle(session)

    monkeypatch.setattr(order_queries, "mark_paid", mark_paid)
    results = settle_all(till, settle, FEW)

    refused = [result for result in results if isinstance(result, IntegrityError)]
    assert len(refused) == (FEW - 1 if index else 0)
    assert invoices(till.db) == [f"{prefix}2026-000001"] * (1 if index else FEW)
