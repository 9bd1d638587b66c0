"""From a cart to an open session: nothing is sold twice, and nothing is half-done."""

from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest

from tests.conftest import both_databases
from tests.people import ADA, GRACE
from tests.till import SHOP, SITE, Till, at_once
from webshop.catalog import load as catalogue
from webshop.catalog import queries as products
from webshop.catalog.model import Catalogue
from webshop.checkout import session as checkout_session
from webshop.checkout.place import TotalChanged, check_out, place_order
from webshop.errors import Conflict, Invalid, Unavailable
from webshop.orders.model import Order, State
from webshop.payments.shapes import Session
from webshop.sandbox.objects import sessions

pytestmark = both_databases


def test_an_order_holds_its_stock_and_the_session_asks_for_its_total(till: Till) -> None:
    order, session = till.check_out(till.cart(MUG_BLUE=2, BOWL_L=1))

    assert (order.total, session.amount, session.currency) == (5790, 5790, "EUR")  # 2 × 12 + 29 + 4.90
    assert session.url == f"{SITE}/sandbox/pay/{session.id}"
    assert (till.stock("MUG-BLUE"), till.held("MUG-BLUE")) == (8, 2)
    assert (till.stock("BOWL-L"), till.held("BOWL-L")) == (None, 0)
    assert till.state(order) == "pending"


def test_posting_again_unchanged_gives_the_same_order_and_session(till: Till) -> None:
    cart = till.cart(MUG_BLUE=2)
    first, session = till.check_out(cart)
    second, again = till.check_out(cart)

    assert (second.number, again.id) == (first.number, session.id)
    assert till.stock("MUG-BLUE") == 8
    assert till.session_states() == ["open"]
    assert till.wire.count("POST /v1/checkout/sessions") == 1


def test_a_changed_cart_ends_the_old_session_before_the_old_order_and_gives_its_stock_back(
    till: Till,
) -> None:
    cart = till.cart(MUG_BLUE=2)
    old, _session = till.check_out(cart)
    till.add(cart, MUG_BLUE=3)
    states_when_expired: list[State] = []
    till.wire.after = lambda: states_when_expired.append(till.state(old))
    new, session = till.check_out(cart)

    assert till.wire.calls[1].endswith("/expire")
    assert states_when_expired == ["pending"]  # the session was over before the order was
    assert (till.state(old), till.state(new)) == ("cancelled", "pending")
    assert till.session_states() == ["expired", "open"]
    assert session.amount == 6490  # 5 × 12 + 4.90
    assert (till.stock("MUG-BLUE"), till.held("MUG-BLUE")) == (5, 5)


def test_another_address_is_another_order(till: Till) -> None:
    cart = till.cart(MUG_BLUE=1)
    old, _session = till.check_out(cart, ADA)
    new, _session = till.check_out(cart, GRACE)

    assert (till.state(old), till.state(new)) == ("cancelled", "pending")
    assert till.session_states() == ["expired", "open"]
    assert till.stock("MUG-BLUE") == 9


def test_the_other_way_to_pay_is_a_new_attempt_at_the_same_order(till: Till) -> None:
    cart = till.cart(MUG_BLUE=1)
    first, hosted = till.check_out(cart, ui_mode="hosted_page")
    second, embedded = till.check_out(cart, ui_mode="embedded_page")

    assert first.number == second.number
    assert (hosted.url != "", hosted.client_secret) == (True, "")
    assert (embedded.url, embedded.client_secret != "") == ("", True)
    assert till.session_states() == ["expired", "open"]
    assert [attempt.number for attempt in till.attempts(first)] == [1, 2]
    assert till.stock("MUG-BLUE") == 9


def test_a_session_that_ran_out_is_followed_by_a_new_attempt(till: Till) -> None:
    cart = till.cart(MUG_BLUE=1)
    order, session = till.check_out(cart)
    with till.sandbox.work() as work:
        sessions.expire(work, session.id)
    again, second = till.check_out(cart)

    assert again.number == order.number
    assert second.id != session.id
    assert till.session_states() == ["expired", "open"]


def test_an_order_that_was_paid_meanwhile_is_settled_instead_of_replaced(till: Till) -> None:
    cart = till.cart(MUG_BLUE=1)
    order, session = till.check_out(cart)
    till.pay(session)
    till.add(cart, TILES=1)
    done, seen = till.check_out(cart)

    assert (done.number, done.state) == (order.number, "paid")
    assert (seen.id, seen.status) == (session.id, "complete")
    assert till.contents(cart) == {"TILES": 1}
    assert till.charged() == [1690]
    assert till.states() == ["paid"]


def test_posting_again_after_paying_settles_the_order(till: Till) -> None:
    cart = till.cart(MUG_BLUE=1)
    order, session = till.check_out(cart)
    till.pay(session)
    _again, seen = till.check_out(cart)

    assert seen.status == "complete"
    assert till.state(order) == "paid"


def test_another_total_than_was_shown_places_nothing(till: Till) -> None:
    cart = till.cart(MUG_BLUE=1)

    for shown in (1689, 1691, 0, None):
        with pytest.raises(TotalChanged):
            check_out(
                till.db,
                till.stripe,
                shop=SHOP,
                site=SITE,
                cart=cart,
                details=ADA,
                shown_total=shown,
                ui_mode="hosted_page",
                visitor="",
            )
    assert till.states() == []
    assert till.stock("MUG-BLUE") == 10
    assert till.wire.calls == []


def test_an_empty_cart_buys_nothing(till: Till) -> None:
    with pytest.raises(Conflict, match="Your cart is empty"):
        check_out(
            till.db,
            till.stripe,
            shop=SHOP,
            site=SITE,
            cart="0" * 32,
            details=ADA,
            shown_total=490,
            ui_mode="hosted_page",
            visitor="",
        )
    assert till.wire.calls == []


def test_what_was_sold_meanwhile_is_named_and_nothing_is_placed(till: Till) -> None:
    cart = till.cart(VASE=1, MUG_BLUE=1)
    till.check_out(till.cart(VASE=1))

    with pytest.raises(Conflict, match="Last vase: Sold out"):
        till.check_out(cart)
    assert till.states() == ["pending"]
    assert till.contents(cart) == {"VASE": 1, "MUG-BLUE": 1}


def test_the_snapshot_keeps_the_price_that_was_agreed(till: Till) -> None:
    cart = till.cart(MUG_BLUE=1)
    order, session = till.check_out(cart)
    with till.db.write() as connection:
        found = products.get_product(connection, "blue-mug")
        dearer = replace(found, variants=(replace(found.variants[0], price=9900),))
        catalogue.load(connection, Catalogue((dearer,)))
    till.pay(session)

    assert till.settle(session).total == 1690
    assert till.order(order.number).lines[0].unit_price == 1200
    assert till.charged() == [1690]


def test_when_stripe_is_unreachable_the_cart_stays_and_a_later_try_uses_the_same_order(till: Till) -> None:
    cart = till.cart(MUG_BLUE=2)
    till.wire.down = True
    with pytest.raises(Unavailable, match="Nothing was charged"):
        till.check_out(cart)

    assert till.contents(cart) == {"MUG-BLUE": 2}
    till.wire.down = False
    order, session = till.check_out(cart)
    assert session.amount == 2890
    assert till.states() == ["pending"]
    assert [attempt.idempotency_key for attempt in till.attempts(order)] == [f"webshop-{order.number}-1"]
    assert till.stock("MUG-BLUE") == 8


def test_a_lost_answer_is_asked_for_again_and_gives_the_same_session(till: Till) -> None:
    cart = till.cart(MUG_BLUE=1)
    till.wire.lose = True
    with pytest.raises(Unavailable):
        till.check_out(cart)
    (made,) = till.ledger()["sessions"]

    till.wire.lose = False
    order, session = till.check_out(cart)
    assert session.id == made["id"]
    assert till.session_states() == ["open"]
    assert [(each.session_id, each.status) for each in till.attempts(order)] == [(made["id"], "open")]


@pytest.mark.parametrize("answer", [("", 500), ("{}", 400), ("not JSON", 200), ("[]", 200), ("{}", 200)])
def test_an_answer_that_opens_nothing_is_left_behind_by_the_next_attempt(
    till: Till, answer: tuple[str, int]
) -> None:
    cart = till.cart(MUG_BLUE=1)
    till.wire.lie = answer
    with pytest.raises(Unavailable, match="could not be started"):
        till.check_out(cart)

    till.wire.lie = None
    order, _session = till.check_out(cart)
    assert [(each.idempotency_key, each.status) for each in till.attempts(order)] == [
        (f"webshop-{order.number}-1", "failed"),
        (f"webshop-{order.number}-2", "open"),
    ]
    assert till.stock("MUG-BLUE") == 9


def test_an_address_that_stripe_refuses_is_the_shoppers_to_mend(till: Till) -> None:
    cart = till.cart(MUG_BLUE=1)
    till.wire.lie = ('{"error": {"type": "invalid_request_error", "param": "customer_email"}}', 400)
    with pytest.raises(Invalid) as problem:
        till.check_out(cart)
    assert list(problem.value.fields) == ["email"]

    till.wire.lie = None
    order, _session = till.check_out(cart, GRACE)
    assert order.email == "grace@example.com"
    assert till.states() == ["cancelled", "pending"]
    assert till.stock("MUG-BLUE") == 9


def test_a_session_of_a_stripe_account_that_was_left_does_not_lock_the_cart(till: Till) -> None:
    """As when the sandbox is exchanged for real keys while somebody is at the checkout."""
    cart = till.cart(MUG_BLUE=1)
    order, _session = till.check_out(cart)
    with till.sandbox.work() as work:
        work.db.execute("DELETE FROM documents")

    again, session = till.check_out(cart)
    assert again.number == order.number
    assert session.status == "open"

    with till.sandbox.work() as work:
        work.db.execute("DELETE FROM documents")
    other, session = till.check_out(cart, GRACE)
    assert (till.state(order), till.state(other)) == ("cancelled", "pending")


def test_a_cart_that_is_being_paid_for_something_else_places_no_second_order(till: Till) -> None:
    cart = till.cart(MUG_BLUE=1)
    placed = [
        place_order(
            till.db, SHOP, cart=cart, details=ADA, shown_total=1690, ui_mode="hosted_page", visitor=""
        )
        for _time in range(2)
    ]
    with pytest.raises(Conflict) as refusal:
        place_order(
            till.db, SHOP, cart=cart, details=GRACE, shown_total=1690, ui_mode="hosted_page", visitor=""
        )
    assert refusal.value.message == "This cart is being paid in another window. Please try again."
    assert placed[0].number == placed[1].number
    assert (till.states(), till.stock("MUG-BLUE")) == (["pending"], 9)


def test_two_clicks_at_once_are_one_order_and_one_session(till: Till) -> None:
    cart = till.cart(MUG_BLUE=2)
    results = at_once(8, lambda _n: till.check_out(cart))

    done = [result for result in results if not isinstance(result, Exception)]
    assert done
    assert {type(each) for each in results if isinstance(each, Exception)} <= {Unavailable, Conflict}
    assert len({(order.number, session.id) for order, session in done}) == 1
    assert till.session_states() == ["open"]
    assert till.stock("MUG-BLUE") == 8


def test_forty_carts_that_race_for_ten_pieces_get_exactly_ten_orders(till: Till) -> None:
    racing = [till.cart(MUG_BLUE=1) for _each in range(40)]

    def place(number: int) -> Order:
        return place_order(
            till.db,
            SHOP,
            cart=racing[number],
            details=ADA,
            shown_total=1690,
            ui_mode="hosted_page",
            visitor="",
        )

    results = at_once(40, place)

    assert sum(isinstance(result, Order) for result in results) == 10
    assert {type(each) for each in results if isinstance(each, Exception)} == {Conflict}
    assert (till.stock("MUG-BLUE"), till.held("MUG-BLUE")) == (0, 10)


def test_sold_held_and_free_pieces_add_up_while_buyers_come_and_go(till: Till) -> None:
    """Twelve buyers of ten mugs in turn pay, go away, come too late or find nothing left."""
    buyers = [till.cart(MUG_BLUE=1) for _each in range(12)]

    def buy(number: int) -> str:
        order, session = till.check_out(buyers[number])
        if number % 3 == 0:
            till.pay(session)
        elif number % 3 == 1:
            till.stripe.expire(session.id)
        return str(till.settle(session).state)

    results = at_once(12, buy)

    assert {str(result) for result in results if not isinstance(result, Exception)} >= {"paid", "expired"}
    held = till.held("MUG-BLUE")  # by orders that are paid or waiting
    assert (till.stock("MUG-BLUE") or 0) + held == 10
    assert held == till.states().count("paid") + till.states().count("pending")


def test_a_rival_that_pays_before_the_session_is_stored_is_not_paid_back(till: Till) -> None:
    """Two posts get the same session; one is paid and settled while the other is still about to store it."""
    cart = till.cart(MUG_BLUE=1)
    rivals: list[tuple[Order, Session]] = []

    def rival() -> None:
        rivals.append(till.check_out(cart))
        till.pay(rivals[0][1])
        till.settle(rivals[0][1])

    till.wire.after = rival
    at_once(1, lambda _n: till.check_out(cart))
    ((order, session),) = rivals
    till.settle(session)

    assert till.state(order) == "paid"
    assert [attempt.status for attempt in till.attempts(order)] == ["paid"]
    assert till.refunds() == []
    assert till.charged() == [1690]


def test_a_rival_that_replaces_the_order_before_the_session_is_stored_leaves_one_that_can_be_paid(
    till: Till,
) -> None:
    """The other tab must not end up on a payment page for an order that is cancelled."""
    cart = till.cart(MUG_BLUE=1)
    till.wire.after = lambda: _ignore(till.check_out(cart, GRACE))
    with pytest.raises(Conflict):
        till.check_out(cart, ADA)

    assert sorted(till.states()) == ["cancelled", "pending"]
    assert sorted(till.session_states()) == ["expired", "open"]
    assert till.stock("MUG-BLUE") == 9


def test_a_rival_that_pays_in_the_other_way_before_the_session_is_stored_leaves_one_that_can_be_paid(
    till: Till,
) -> None:
    cart = till.cart(MUG_BLUE=1)
    till.wire.after = lambda: _ignore(till.check_out(cart, ui_mode="embedded_page"))
    with pytest.raises(Conflict):
        till.check_out(cart, ui_mode="hosted_page")

    assert till.states() == ["pending"]
    assert sorted(till.session_states()) == ["expired", "open"]


def test_a_session_stored_while_its_order_is_withdrawn_is_not_left_open(
    till: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The withdrawal sees an attempt without a session; before it cancels, the attempt's own post has
    stored one and shows it to the shopper."""
    cart = till.cart(MUG_BLUE=1)
    order = place_order(
        till.db, SHOP, cart=cart, details=ADA, shown_total=1690, ui_mode="hosted_page", visitor=""
    )
    cancel = checkout_session._cancel

    def cancel_after_the_rival(*arguments: Any) -> Any:
        monkeypatch.setattr(checkout_session, "_cancel", cancel)
        till.check_out(cart, ADA)
        return cancel(*arguments)

    monkeypatch.setattr(checkout_session, "_cancel", cancel_after_the_rival)
    with suppress(Conflict):
        till.check_out(cart, GRACE)

    with suppress(Conflict):
        till.check_out(cart, GRACE)
    assert till.session_states().count("open") == 1
    assert sorted(till.states()) == ["cancelled", "pending"]
    assert till.state(order) == "cancelled"
    assert till.stock("MUG-BLUE") == 9


def test_an_attempt_that_a_rival_has_opened_is_not_given_up_when_stripe_answers_an_error(till: Till) -> None:
    """The same key, twice: one answer is the session, the other an error on its way through a proxy."""
    cart = till.cart(MUG_BLUE=1)

    def rival() -> None:
        till.check_out(cart)
        till.wire.lie = ("", 502)

    till.wire.before = rival
    with pytest.raises(Unavailable):
        till.check_out(cart)
    till.wire.lie = None
    till.check_out(cart)

    assert till.session_states() == ["open"]


def _ignore(_result: object) -> None:
    """A rival's result, which the test does not need."""


def test_who_is_beaten_again_and_again_is_asked_to_try_again(
    till: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each time another window begins an attempt just before this one does."""
    order, session = till.check_out(till.cart(MUG_BLUE=1))
    beaten: list[None] = []
    monkeypatch.setattr(checkout_session, "_resume", lambda *_arguments: None)
    monkeypatch.setattr(checkout_session, "_begin_attempt", lambda *_arguments: beaten.append(None))
    with pytest.raises(Conflict) as refusal:
        checkout_session.open_session(till.db, till.stripe, order, ui_mode="hosted_page", site=SITE)
    assert refusal.value.message == "This cart is being paid in another window. Please try again."
    assert len(beaten) == 3
