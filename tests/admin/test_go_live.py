"""The database goes forward: what was played is set apart, and reaches neither Stripe nor mail again."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from threading import Thread
from typing import Any

import pytest
from sqlalchemy import Connection, Table, select, update

from tests.conftest import both_databases, only_postgresql
from tests.keys import LIVE_KEYS
from tests.people import ADA
from tests.till import SHOP, Till, at_once
from tests.waiting import until_it_waits
from webshop.admin import go_live as going
from webshop.admin.go_live import Pieces, SetApart, go_live
from webshop.admin.refunds import request_refund
from webshop.admin.shipments import ship
from webshop.alarms import queries as alarms
from webshop.alarms.model import THE_SHOP, AlarmKind
from webshop.checkout.place import place_order
from webshop.checkout.settle import settle_session, sync_refunds
from webshop.db import modes
from webshop.db.columns import metadata
from webshop.db.engine import Database
from webshop.db.tables import attempts, cart_lines, orders, outbox, products, refunds
from webshop.db.tables.counters import modes as mode_rows
from webshop.errors import OwnerError
from webshop.orders import queries as order_queries
from webshop.orders import stock
from webshop.orders.model import Order
from webshop.orders.queries import IllegalMove
from webshop.payments.shapes import Session
from webshop.sandbox.testing import client_of
from webshop.settings.mode import ShopMode
from webshop.settings.model import SettingsError
from webshop.worker import rounds as worker
from webshop.worker.housekeeping import find_last_paid

LATER = timedelta(days=2)

pytestmark = both_databases


@dataclass
class Played:
    """A sandbox shop on a busy day."""

    paid: Order
    shipped: Order
    refunded: Order
    waiting: Order
    page: Session  # on which that can still be paid
    at_the_bank: Order
    transfer: Session  # which may still come


@pytest.fixture
def played(till: Till) -> Played:
    """Three blue mugs are sold, a vase and a small bowl held; a refund, five mails and two alarms wait."""
    paid, _session = till.bought(till.cart(MUG_BLUE=2))
    shipped, _session = till.bought(till.cart(MUG_BLUE=1, TILES=1))
    ship(till.db, shipped.number, "DHL", "1")
    refunded, _session = till.bought(till.cart(TILES=1))
    with till.db.write() as connection:
        connection.execute(update(outbox).where(outbox.c.order_number == refunded.number).values(due_at=None))
    request_refund(till.db, refunded.number)
    waiting, page = till.check_out(till.cart(VASE=1))
    at_the_bank, transfer = till.check_out(till.cart(BOWL_S=1))
    till.pay_by_bank(transfer)
    till.settle(transfer)
    with till.db.write() as connection:
        alarms.raise_alarm(connection, AlarmKind.MAIL, paid.number, "no such user")
        alarms.raise_alarm(connection, AlarmKind.ERRORS, THE_SHOP, "again and again")
    return Played(paid, shipped, refunded, waiting, page, at_the_bank, transfer)


def everything(till: Till, *tables: Table) -> dict[str, Any]:
    with till.db.read() as connection:
        return {
            table.name: connection.execute(select(table).order_by(*table.primary_key)).all()
            for table in tables or metadata.sorted_tables
        }


def due(till: Till) -> list[Any]:
    """Whatever would still be done for an order, by whichever worker."""
    with till.db.read() as connection:
        return [
            connection.execute(select(column).where(column.is_not(None))).scalars().all()
            for column in (attempts.c.poll_at, refunds.c.due_at, outbox.c.due_at)
        ]


def state_and_mode(till: Till, order: Order) -> tuple[str, str]:
    found = till.order(order.number)
    return found.state, found.mode


@pytest.mark.parametrize("mode", [ShopMode.TEST, ShopMode.LIVE])
def test_undecided_orders_end_and_all_orders_are_set_apart(
    till: Till, played: Played, mode: ShopMode
) -> None:
    kept = everything(till, products, cart_lines)
    done = go_live(till.db, mode)
    assert done == SetApart(
        before=ShopMode.SANDBOX,
        orders=5,
        expired=1,
        failed=1,
        attempts=2,
        refunds=1,
        mails=5,
        alarms=1,
        pieces=[Pieces("MUG-BLUE", taken=3, left=7)],
    )
    assert state_and_mode(till, played.paid) == ("paid", "sandbox")
    assert state_and_mode(till, played.shipped) == ("shipped", "sandbox")
    assert state_and_mode(till, played.waiting) == ("expired", "sandbox")
    assert state_and_mode(till, played.at_the_bank) == ("failed", "sandbox")
    assert [till.stock(sku) for sku in ("MUG-BLUE", "VASE", "BOWL-S")] == [7, 1, 5]
    assert [each.status for each in till.attempts(played.waiting)] == ["expired"]
    assert [each.status for each in till.attempts(played.at_the_bank)] == ["failed"]
    assert [refund.status for refund in till.refunds()] == ["refused"]
    assert due(till) == [[], [], []]
    with till.db.read() as connection:
        assert modes.current(connection) is mode
        assert [alarm.about for alarm in alarms.list_open(connection)] == ["the shop"]
    assert everything(till, products, cart_lines) == kept
    assert till.events(played.waiting) == ["placed", "expired"]
    assert till.events(played.at_the_bank) == ["placed", "processing", "failed"]


def test_nothing_of_them_reaches_stripe_or_a_mailbox_afterwards(till: Till, played: Played) -> None:
    go_live(till.db, ShopMode.LIVE)
    asked = len(till.wire.calls)
    worker.work(till.db, till.stripe, datetime.now(UTC) + LATER)
    assert till.wire.calls[asked:] == []
    assert due(till) == [[], [], []]


def test_money_that_comes_for_one_of_them_revives_nothing(till: Till, played: Played) -> None:
    go_live(till.db, ShopMode.LIVE)
    before = everything(till)
    till.pay(played.page)
    till.bank_answers(played.transfer, succeeded=True)
    assert till.settle(played.page).state == "expired"
    assert till.settle(played.transfer).state == "failed"
    assert everything(till) == before


def test_without_a_look_at_the_mode_it_would_be_revived(
    till: Till, played: Played, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control."""
    go_live(till.db, ShopMode.LIVE)
    monkeypatch.setattr(order_queries, "is_set_apart", lambda *_args: False)
    till.pay(played.page)
    assert till.settle(played.page).state == "paid"


def test_an_answer_that_an_old_process_still_waits_for_gives_no_session_to_pay(till: Till) -> None:
    """The shop goes live while Stripe is asked to open the session."""
    till.wire.after = lambda: (go_live(till.db, ShopMode.TEST), None)[1]
    with pytest.raises(Exception, match="being paid in another window"):
        till.check_out(till.cart(VASE=1))
    assert till.session_states() == ["expired"]
    assert (till.states(), till.stock("VASE"), due(till)) == (["expired"], 1, [[], [], []])


def test_money_that_went_back_for_one_of_them_is_not_told(till: Till, played: Played) -> None:
    [attempt] = till.attempts(played.paid)
    client_of(till.sandbox).v1.refunds.create({"payment_intent": str(attempt.payment_intent)})
    go_live(till.db, ShopMode.TEST)
    before = everything(till)
    sync_refunds(till.db, till.stripe, attempt)
    assert everything(till) == before


def test_the_owner_neither_ships_nor_refunds_them(till: Till, played: Played) -> None:
    go_live(till.db, ShopMode.TEST)
    before = everything(till)
    sentence = (
        f"Order {played.paid.number} is of sandbox mode, which the shop has left: it is set apart, and "
        "nothing more becomes of it."
    )
    acts: list[Callable[[], object]] = [
        lambda: ship(till.db, played.paid.number, "DHL", "1", mail_again=True),
        lambda: request_refund(till.db, played.paid.number),
    ]
    for act in acts:
        with pytest.raises(OwnerError) as refusal:
            act()
        assert refusal.value.message == sentence
    assert everything(till) == before


def test_a_silent_webhook_is_no_alarm_for_an_order_that_is_set_apart(till: Till, played: Played) -> None:
    soon = datetime.now(UTC) + timedelta(hours=2)
    with till.db.read() as connection:
        assert find_last_paid(connection, soon) is not None
    go_live(till.db, ShopMode.LIVE)
    with till.db.read() as connection:
        assert find_last_paid(connection, soon) is None


def test_the_next_order_of_the_same_cart_is_of_the_new_mode(till: Till, played: Played) -> None:
    go_live(till.db, ShopMode.LIVE)
    till.open_as(ShopMode.LIVE)
    order, session = till.bought(played.waiting.cart)
    assert (order.state, order.mode, order.invoice) == ("paid", "live", f"{order.placed_at.year}-000001")
    assert session.livemode
    assert state_and_mode(till, played.waiting) == ("expired", "sandbox")


def test_orders_that_say_no_mode_are_of_the_mode_before(till: Till, played: Played) -> None:
    """The release before placed them."""
    with till.db.write() as connection:
        connection.execute(update(orders).values(mode=None))
    done = go_live(till.db, ShopMode.LIVE)
    assert done is not None
    assert (done.orders, done.pieces) == (5, [Pieces("MUG-BLUE", 3, 7)])
    assert state_and_mode(till, played.paid) == ("paid", "sandbox")
    assert state_and_mode(till, played.waiting) == ("expired", "sandbox")


def test_each_step_forward_tells_of_its_own_orders(till: Till, played: Played) -> None:
    go_live(till.db, ShopMode.TEST)
    till.bought(till.cart(BOWL_S=2))
    done = go_live(till.db, ShopMode.LIVE)
    assert done is not None
    assert (done.before, done.orders, done.pieces) == ("test", 1, [Pieces("BOWL-S", 2, 3)])


def test_a_stock_that_is_not_counted_any_more_needs_no_correction(till: Till, played: Played) -> None:
    with till.db.write() as connection:
        stock.count(connection, "MUG-BLUE", None)
    done = go_live(till.db, ShopMode.LIVE)
    assert done is not None
    assert done.pieces == []


def test_all_of_it_happens_or_nothing(till: Till, played: Played, monkeypatch: pytest.MonkeyPatch) -> None:
    before = everything(till)

    def broken(_connection: Connection) -> int:
        raise RuntimeError("broken")

    monkeypatch.setattr(alarms, "clear_all_of_orders", broken)
    with pytest.raises(RuntimeError):
        go_live(till.db, ShopMode.LIVE)
    assert everything(till) == before


def test_again_or_backward_changes_nothing(till: Till, played: Played) -> None:
    go_live(till.db, ShopMode.TEST)
    before = everything(till)
    assert go_live(till.db, ShopMode.TEST) is None
    with pytest.raises(SettingsError):
        go_live(till.db, ShopMode.SANDBOX)
    assert everything(till) == before


def test_of_several_at_once_one_goes(till: Till, played: Played) -> None:
    results = at_once(4, lambda _n: go_live(till.db, ShopMode.LIVE))
    assert [type(each) for each in results if each is not None] == [SetApart]
    with till.db.read() as connection:
        assert connection.execute(select(mode_rows.c.mode)).scalars().all() == ["sandbox", "live"]


# While somebody buys


class Beside:
    """Acts in a thread, until that ends or has to wait."""

    def __init__(self, db: Database, act: Callable[[], object]) -> None:
        self.raised: Exception | None = None
        self._db = db
        self._act = act
        self._thread = Thread(target=self._run)

    def start(self) -> None:
        self._thread.start()
        until_it_waits(self._thread, self._db)

    def end(self) -> None:
        self._thread.join(60)

    def _run(self) -> None:
        try:
            self._act()
        except Exception as error:
            self.raised = error


def placed_meanwhile(till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    """An order is placed; the owner goes live when its transaction knows the mode, and has not ended."""
    owner = Beside(till.db, lambda: go_live(till.db, ShopMode.LIVE))
    hold = stock.hold

    def held(*args: Any) -> Any:
        owner.start()
        return hold(*args)

    monkeypatch.setattr(stock, "hold", held)
    place_order(
        till.db,
        SHOP,
        cart=till.cart(VASE=1),
        details=ADA,
        shown_total=9990,
        ui_mode="hosted_page",
        visitor="",
    )
    owner.end()
    assert owner.raised is None


def test_an_order_that_is_just_being_placed_is_set_apart(till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    placed_meanwhile(till, monkeypatch)
    assert (till.states(), till.stock("VASE"), due(till)) == (["expired"], 1, [[], [], []])


@only_postgresql
def test_it_would_be_forgotten_if_the_mode_were_not_kept(till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control; SQLite has one writer at a time."""
    monkeypatch.setattr(modes, "keep", modes.current)
    placed_meanwhile(till, monkeypatch)
    assert (till.states(), till.stock("VASE")) == (["pending"], 0)


def settled_meanwhile(till: Till, monkeypatch: pytest.MonkeyPatch) -> tuple[Order, Beside]:
    """A payment is settled; the owner goes live when its transaction has looked at the mode."""
    order, session = till.check_out(till.cart(VASE=1))
    till.pay(session)
    owner = Beside(till.db, lambda: go_live(till.db, ShopMode.LIVE))
    is_set_apart = order_queries.is_set_apart

    def looked(connection: Connection, order: Order) -> bool:
        answer = is_set_apart(connection, order)
        owner.start()
        return answer

    monkeypatch.setattr(order_queries, "is_set_apart", looked)
    assert till.settle(session).state == "paid"
    owner.end()
    return order, owner


def test_a_payment_that_is_just_being_settled_sends_no_mail(
    till: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    order, owner = settled_meanwhile(till, monkeypatch)
    assert owner.raised is None
    assert state_and_mode(till, order) == ("paid", "sandbox")
    assert due(till) == [[], [], []]


@only_postgresql
def test_the_owner_would_stumble_over_it_if_orders_were_not_locked(
    till: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control; SQLite has one writer at a time."""
    monkeypatch.setattr(going, "_lock_orders", lambda *_args: 1)
    _order, owner = settled_meanwhile(till, monkeypatch)
    assert isinstance(owner.raised, IllegalMove)


def test_a_payment_that_comes_while_the_owner_goes_live_waits_and_is_set_apart(
    till: Till, played: Played, monkeypatch: pytest.MonkeyPatch
) -> None:
    till.pay(played.page)
    answer = till.stripe.fetch(played.page.id)
    shopper = Beside(till.db, lambda: settle_session(till.db, answer))
    clear = alarms.clear_all_of_orders

    def cleared(connection: Connection) -> int:
        shopper.start()
        return clear(connection)

    monkeypatch.setattr(alarms, "clear_all_of_orders", cleared)
    go_live(till.db, ShopMode.LIVE)
    shopper.end()
    assert shopper.raised is None
    assert state_and_mode(till, played.waiting) == ("expired", "sandbox")
    assert (till.stock("VASE"), due(till)) == (1, [[], [], []])


# On the command line


def test_it_says_what_it_did(said: Any, till: Till, played: Played, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in LIVE_KEYS.items():
        monkeypatch.setenv(name, value)
    assert said("go-live") == (
        0,
        [
            "The database was of sandbox mode and is of live mode now. Catalogue and carts are kept.",
            "Orders set apart: 5; python -m webshop orders list --mode sandbox shows them.",
            "Of these, expired: 1, failed: 1; what they held can be bought again.",
            "Closed: attempts to pay 2, refunds 1, mails 5, alarms 1.",
            "Paid orders of sandbox mode took out of the stock:",
            "  MUG-BLUE: 3, and 7 are left",
            "If they are on your shelf: python -m webshop catalog stock SKU NUMBER",
        ],
        [],
    )
    assert said("orders", "list") == (
        0,
        ["There is no such order.", "Set apart, of sandbox mode: 5; --mode sandbox shows them."],
        [],
    )
    code, lines, _errors = said("orders", "list", "--mode", "sandbox", "--state", "paid")
    assert (code, {line[:9] for line in lines}) == (0, {played.refunded.number, played.paid.number})
    assert said("orders", "show", played.paid.number)[1][1] == "  mode     sandbox: no real money, set apart"
