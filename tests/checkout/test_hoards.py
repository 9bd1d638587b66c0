"""How much of the stock an address may hold with orders that nobody has paid, and for how long."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from tests.conftest import both_databases
from tests.due import HOUR, MINUTE
from tests.people import ADA, GRACE
from tests.till import Till, at_once
from webshop.alarms.queries import list_open
from webshop.checkout import place
from webshop.checkout import session as checkout_session
from webshop.checkout.session import WornOut
from webshop.db.tables import variants
from webshop.errors import Conflict, ShopError, TooMany
from webshop.limits import queries as limits
from webshop.worker.rounds import work

MALLORY, OTHER = "203.0.113.66", "198.51.100.7"
SENTENCE = (
    "Several orders from your network wait to be paid. Please pay for them, or try again in a few minutes. "
    "Your cart stays as it is."
)


@pytest.fixture
def stocked(till: Till) -> Till:
    """100 pieces in all: 80 blue mugs, 20 small bowls, and tiles without end."""
    with till.db.write() as connection:
        connection.execute(update(variants).where(variants.c.stock.is_not(None)).values(stock=0))
        for sku, stock in (("MUG-BLUE", 80), ("BOWL-S", 20)):
            connection.execute(update(variants).where(variants.c.sku == sku).values(stock=stock))
    return till


def attack(till: Till, times: int, visitor: str = MALLORY, **quantities: int) -> int:
    """How many of so many carts got their order."""
    placed = 0
    for _each in range(times):
        try:
            till.check_out(till.cart(**quantities), visitor=visitor)
        except ShopError as error:
            assert isinstance(error, TooMany), error
            assert error.message == SENTENCE
            assert error.retry_after == 300
        else:
            placed += 1
    return placed


def test_many_carts_of_one_address_hold_a_tenth_of_the_pieces(stocked: Till) -> None:
    assert attack(stocked, 12, MUG_BLUE=3) == 3
    assert attack(stocked, 3, BOWL_S=1) == 1
    assert attack(stocked, 3, MUG_BLUE=1) == 0
    assert (stocked.held("MUG-BLUE"), stocked.held("BOWL-S")) == (9, 1)
    assert (stocked.stock("MUG-BLUE"), stocked.stock("BOWL-S")) == (71, 19)


def test_without_the_cap_they_hold_all(stocked: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(place, "refuse_hoard", lambda *_: None)
    assert attack(stocked, 26, MUG_BLUE=3) == 26
    assert stocked.stock("MUG-BLUE") == 2


def test_others_buy_meanwhile(stocked: Till) -> None:
    attack(stocked, 12, MUG_BLUE=3)
    assert attack(stocked, 1, visitor=OTHER, MUG_BLUE=20) == 1
    assert attack(stocked, 3, visitor="", MUG_BLUE=10) == 3  # whose address nobody knows


def test_the_first_order_of_an_address_is_never_refused_for_its_size(stocked: Till) -> None:
    order, session = stocked.check_out(stocked.cart(MUG_BLUE=80, BOWL_S=20), visitor=MALLORY)
    assert attack(stocked, 1, TILES=1) == 1  # of which there is no end
    stocked.pay(session)
    assert stocked.settle(session).state == "paid"
    assert order.placed_from == MALLORY


def test_whoever_pays_may_order_on(stocked: Till) -> None:
    for _time in range(4):
        _order, session = stocked.check_out(stocked.cart(MUG_BLUE=8), visitor=MALLORY)
        stocked.pay(session)
        stocked.settle(session)
    assert stocked.stock("MUG-BLUE") == 48


def test_a_bank_payment_that_takes_days_still_counts(stocked: Till) -> None:
    _order, session = stocked.check_out(stocked.cart(MUG_BLUE=9), visitor=MALLORY)
    stocked.pay_by_bank(session)
    stocked.settle(session)
    assert attack(stocked, 2, MUG_BLUE=2) == 0
    assert attack(stocked, 2, MUG_BLUE=1) == 1


def test_an_order_that_is_changed_takes_the_place_of_its_former_self(stocked: Till) -> None:
    cart = stocked.cart(MUG_BLUE=9)
    stocked.check_out(cart, ADA, visitor=MALLORY)
    order, _session = stocked.check_out(cart, GRACE, visitor=MALLORY)
    assert order.email == "grace@example.com"
    assert stocked.states() == ["cancelled", "pending"]


def test_thirty_orders_of_an_address_may_wait_however_little_they_hold(stocked: Till) -> None:
    assert attack(stocked, 33, TILES=1) == 30
    assert attack(stocked, 1, visitor=OTHER, TILES=1) == 1


def test_a_lifted_address_is_not_capped(stocked: Till) -> None:
    with stocked.db.write() as connection:
        limits.lift(connection, MALLORY, stocked.db.clock() + HOUR)
    assert attack(stocked, 12, MUG_BLUE=3) == 12


@both_databases
def test_orders_of_an_address_that_are_placed_at_once_hold_no_more(stocked: Till) -> None:
    carts = [stocked.cart(MUG_BLUE=3) for _each in range(12)]
    results = at_once(12, lambda number: stocked.check_out(carts[number], visitor=MALLORY))
    assert {type(each) for each in results if isinstance(each, Exception)} == {TooMany}
    assert stocked.held("MUG-BLUE") == 9


@both_databases
def test_a_refused_order_leaves_nothing_behind(stocked: Till) -> None:
    attack(stocked, 3, MUG_BLUE=3)
    cart = stocked.cart(MUG_BLUE=5)
    with pytest.raises(TooMany):
        stocked.check_out(cart, visitor=MALLORY)
    assert stocked.contents(cart) == {"MUG-BLUE": 5}
    assert stocked.states() == ["pending"] * 3
    assert stocked.stock("MUG-BLUE") == 71


# For how long.


def toggle(till: Till, cart: str, times: int) -> list[str]:
    """The shopper changes between htmx and plain, each time an attempt of its own; what was said instead."""
    said = []
    for number in range(times):
        try:
            till.check_out(cart, ui_mode="embedded_page" if number % 2 else "hosted_page")
        except Conflict as error:
            said.append(error.message)
    return said


WORN_OUT = "This order has waited too long for its payment. Please order again."


def test_an_order_is_tried_five_times_and_then_lets_go_of_its_stock(till: Till) -> None:
    cart = till.cart(MUG_BLUE=10)
    assert toggle(till, cart, 5) == []
    assert (till.stock("MUG-BLUE"), till.states()) == (0, ["pending"])
    with pytest.raises(WornOut) as refusal:
        till.check_out(cart, ui_mode="embedded_page")
    assert refusal.value.message == WORN_OUT
    assert (till.stock("MUG-BLUE"), till.states()) == (10, ["cancelled"])
    assert set(till.session_states()) == {"expired"}
    assert till.contents(cart) == {"MUG-BLUE": 10}
    till.check_out(cart)
    assert till.states() == ["cancelled", "pending"]


def test_a_hold_ends_seventy_minutes_after_the_order_at_the_latest(till: Till) -> None:
    cart = till.cart(MUG_BLUE=10)
    start = till.db.clock().replace(microsecond=0)
    ends = []
    for minutes, ui_mode in ((0, "hosted_page"), (20, "embedded_page"), (34, "hosted_page")):
        till.db.clock = lambda moment=start + minutes * MINUTE: moment  # type: ignore[misc]
        order, _session = till.check_out(cart, ui_mode=ui_mode)  # type: ignore[arg-type]
        ends.append(till.order(order.number).expires_at - start)
    assert ends == [35 * MINUTE, 55 * MINUTE, 69 * MINUTE]
    till.db.clock = lambda: start + 40 * MINUTE
    assert toggle(till, cart, 1) == []  # the hosted page is open still: it is shown again
    assert toggle(till, cart, 2) == [WORN_OUT]
    assert (till.stock("MUG-BLUE"), till.states()) == (10, ["cancelled"])


def test_a_session_that_was_paid_meanwhile_is_no_worn_out_order(till: Till) -> None:
    cart = till.cart(MUG_BLUE=1)
    toggle(till, cart, 4)
    order, session = till.check_out(cart)
    till.wire.before = lambda: till.pay(session)  # as the shopper pays in the other window
    same, done = till.check_out(cart, ui_mode="embedded_page")
    assert (same.number, done.id, done.status) == (order.number, session.id, "complete")
    assert till.state(order) == "paid"


def test_an_order_that_may_be_tried_for_ever_keeps_its_stock_for_ever(
    till: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the two caps are for."""
    monkeypatch.setattr(checkout_session, "MOST_ATTEMPTS", 99)
    monkeypatch.setattr(checkout_session, "LONGEST_HOLD", timedelta(days=99))
    cart = till.cart(MUG_BLUE=10)
    start = till.db.clock()
    for number in range(12):
        till.db.clock = lambda moment=start + 20 * number * MINUTE: moment  # type: ignore[misc]
        till.check_out(cart, ui_mode="embedded_page" if number % 2 else "hosted_page")
    assert till.stock("MUG-BLUE") == 0


def test_stripe_that_is_down_wears_nothing_out(till: Till) -> None:
    """The same attempt is asked for again."""
    cart = till.cart(MUG_BLUE=1)
    till.wire.down = True
    for _time in range(9):
        with pytest.raises(ShopError) as refusal:
            till.check_out(cart)
        assert refusal.value.status == 503
    till.wire.down = False
    till.check_out(cart)
    assert till.states() == ["pending"]


# The owner hears of it.


def alarms(till: Till) -> list[str]:
    work(till.db, till.stripe)
    with till.db.read() as connection:
        return [f"{alarm.kind}: {alarm.detail[12:]}" for alarm in list_open(connection)]


def test_the_owner_hears_of_a_stock_of_which_unpaid_orders_hold_most(stocked: Till) -> None:
    stocked.check_out(stocked.cart(BOWL_S=10), visitor=MALLORY)
    assert alarms(stocked) == []
    stocked.check_out(stocked.cart(BOWL_S=1), visitor=OTHER)
    assert alarms(stocked) == ["held: unpaid orders hold most of BOWL-S"]
    assert alarms(stocked) == ["held: unpaid orders hold most of BOWL-S"]
    stocked.check_out(stocked.cart(MUG_BLUE=50))
    assert alarms(stocked) == ["held: unpaid orders hold most of MUG-BLUE, BOWL-S"]


def test_a_few_pieces_that_are_being_paid_are_no_alarm(till: Till) -> None:
    till.check_out(till.cart(VASE=1, MUG_BLUE=5, BOWL_S=4))
    assert alarms(till) == []


def test_what_was_paid_is_no_alarm(till: Till) -> None:
    till.bought(till.cart(MUG_BLUE=10))
    assert (till.held("MUG-BLUE"), alarms(till)) == (10, [])
