"""Settling: an order becomes what Stripe says, once, however often and whenever it is asked."""

from dataclasses import replace

import pytest
from sqlalchemy import select, update

from tests.conftest import both_databases
from tests.due import MINUTE, is_due
from tests.people import ADA
from tests.till import SHOP, SITE, Till, at_once
from webshop.admin import erasure
from webshop.alarms import queries as alarms
from webshop.checkout.place import place_order
from webshop.checkout.settle import _store_refunds, settle, settle_session
from webshop.db.tables import attempts, orders
from webshop.db.tables import outbox as mails
from webshop.errors import NotFound, Unavailable
from webshop.mail import outbox
from webshop.orders import queries as order_queries
from webshop.orders import stock
from webshop.orders.model import Order, State
from webshop.payments import attempts as payment_queries
from webshop.payments.shapes import StripeRefund
from webshop.pricing.tax import TaxLine
from webshop.sandbox.testing import client_of, pay, session_params
from webshop.settings.mode import ShopMode
from webshop.worker import rounds as worker

pytestmark = both_databases
MINUTES = 60


def test_a_paid_session_makes_the_order_paid_and_takes_what_was_bought_out_of_the_cart(till: Till) -> None:
    cart = till.cart(MUG_BLUE=2, TILES=1)
    order, session = till.check_out(cart)
    till.pay(session)
    settled = till.settle(session)

    assert settled.state == "paid"
    assert till.contents(cart) == {}
    assert (till.stock("MUG-BLUE"), till.held("MUG-BLUE")) == (8, 2)
    assert till.events(order) == ["placed", "paid"]
    (attempt,) = till.attempts(order)
    (charge,) = till.ledger()["charges"]
    assert (attempt.status, attempt.charge) == ("paid", charge["id"])
    assert attempts_of(till, order) == [("paid", False)]
    assert mails_of(till, order) == ["receipt", "owner"]
    assert settled.taxes == order.taxes == (TaxLine("VAT", 190_000, 2989, 477),)  # 29.89 × 19/119 = 4.772


def test_a_payment_of_another_sum_does_not_change_what_was_agreed_of_the_tax(
    till: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where Stripe is to work it out."""
    order, session = till.check_out(till.cart(MUG_BLUE=2))
    till.change_order(order, tax_mode="stripe_included", total=2891)
    till.pay(session)
    settled = till.settle(session)
    assert (settled.state, settled.total, settled.taxes) == ("refund_due", 2891, order.taxes)


def attempts_of(till: Till, order: Order) -> list[tuple[str, bool]]:
    """The status of each, and whether the worker still asks Stripe about it."""
    query = select(attempts.c.status, attempts.c.poll_at.is_not(None))
    with till.db.read() as connection:
        found = connection.execute(
            query.where(attempts.c.order_number == order.number).order_by(attempts.c.id)
        )
        return [(str(status), bool(polled)) for status, polled in found]


def mails_of(till: Till, order: Order) -> list[str]:
    with till.db.read() as connection:
        return [mail.name for mail in outbox.list_of_order(connection, order.number)]


def test_an_open_session_changes_nothing(till: Till) -> None:
    cart = till.cart(MUG_BLUE=2)
    order, session = till.check_out(cart)

    assert till.settle(session).state == "pending"
    assert till.contents(cart) == {"MUG-BLUE": 2}
    assert till.events(order) == ["placed"]


def test_settling_twice_has_one_effect(till: Till) -> None:
    cart = till.cart(MUG_BLUE=2)
    order, session = till.check_out(cart)
    till.pay(session)
    till.settle(session)
    till.add(cart, MUG_BLUE=2)
    till.settle(session)

    assert till.contents(cart) == {"MUG-BLUE": 2}
    assert till.events(order) == ["placed", "paid"]
    assert till.refunds() == []


def test_twenty_settlements_at_once_have_one_effect(till: Till) -> None:
    cart = till.cart(MUG_BLUE=2)
    order, session = till.check_out(cart)
    till.pay(session)
    till.add(cart, MUG_BLUE=5)
    results = at_once(20, lambda _n: till.settle(session))

    assert [result.state for result in results if isinstance(result, Order)] == ["paid"] * 20
    assert till.events(order) == ["placed", "paid"]
    assert till.contents(cart) == {"MUG-BLUE": 5}
    assert till.stock("MUG-BLUE") == 8
    assert till.refunds() == []
    assert till.charged() == [2890]


def test_what_was_put_into_the_cart_after_the_order_stays_there(till: Till) -> None:
    cart = till.cart(MUG_BLUE=2, TILES=1)
    _order, session = till.check_out(cart)
    till.add(cart, MUG_BLUE=1, BOWL_S=1)
    till.pay(session)
    till.settle(session)

    assert till.contents(cart) == {"MUG-BLUE": 1, "BOWL-S": 1}


def test_a_session_that_ran_out_gives_the_stock_back(till: Till) -> None:
    cart = till.cart(MUG_BLUE=2)
    order, session = till.check_out(cart)
    till.clock.forward(36 * MINUTES)

    assert till.settle(session).state == "expired"
    assert (till.stock("MUG-BLUE"), till.held("MUG-BLUE")) == (10, 0)
    assert till.contents(cart) == {"MUG-BLUE": 2}
    assert till.settle(session).state == "expired"
    assert till.stock("MUG-BLUE") == 10
    assert attempts_of(till, order) == [("expired", False)]


def test_an_older_attempt_that_ran_out_leaves_the_order_to_the_newer_one(till: Till) -> None:
    cart = till.cart(MUG_BLUE=1)
    order, hosted = till.check_out(cart, ui_mode="hosted_page")
    _order, embedded = till.check_out(cart, ui_mode="embedded_page")

    assert till.settle(hosted).state == "pending"
    till.pay(embedded)
    assert till.settle(embedded).state == "paid"
    assert till.settle(hosted).state == "paid"
    assert [attempt.status for attempt in till.attempts(order)] == ["expired", "paid"]


def _paid_too_late(till: Till, **quantities: int) -> tuple[Order, str]:
    """An order that was cancelled and whose session is paid all the same, and the session's id."""
    cart = till.cart(**quantities)
    order, session = till.check_out(cart)
    with till.db.write() as connection:
        found = order_queries.get_order(connection, order.number, lock=True)
        stock.release(connection, found)
        order_queries.move(connection, found, State.CANCELLED)
    till.pay(session)
    return order, session.id


def test_a_late_payment_takes_the_stock_again_if_it_is_there(till: Till) -> None:
    order, token = _paid_too_late(till, MUG_BLUE=2)
    assert till.stock("MUG-BLUE") == 10

    settled = settle(till.db, till.stripe, token)
    assert settled.state == "paid"
    assert (till.stock("MUG-BLUE"), till.held("MUG-BLUE")) == (8, 2)
    assert till.refunds() == []
    assert till.events(order) == ["placed", "cancelled", "paid"]


def test_a_late_payment_of_what_is_sold_is_to_be_refunded_once(till: Till) -> None:
    order, token = _paid_too_late(till, MUG_BLUE=2, VASE=1)
    till.bought(till.cart(VASE=1))

    for _again in range(3):
        assert settle(till.db, till.stripe, token).state == "refund_due"
    (refund,) = till.refunds()
    assert (refund.order_number, refund.amount, refund.currency, refund.status) == (
        order.number,
        12390,  # 2 × 12 + 95 + 4.90
        "EUR",
        "due",
    )
    assert till.stock("MUG-BLUE") == 10  # the mugs were there, but all or none are held
    assert till.stock("VASE") == 0


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"total": 2891}, "€28.90 were paid, but €28.91 were agreed"),
        ({"currency": "USD"}, "€28.90 were paid, but $28.90 were agreed"),
        (
            {"number": "AAAA-AAAA"},
            "€28.90 were paid, but €28.90 were agreed, and the payment names order AAAA-AAAA",
        ),
    ],
    ids=["amount", "currency", "order"],
)
def test_a_payment_that_does_not_match_the_order_never_pays_it(
    till: Till, wrong: dict[str, object], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And the owner reads two sums, as people write them."""
    cart = till.cart(MUG_BLUE=2)
    order, session = till.check_out(cart)
    till.pay(session)
    if "number" in wrong:
        lie = {**vars(till.stripe.fetch(session.id)), "order_number": wrong["number"]}
        monkeypatch.setattr(till.stripe, "fetch", lambda _token: type(session)(**lie))
    else:
        with till.db.write() as connection:
            connection.execute(update(orders).where(orders.c.number == order.number).values(**wrong))

    for _again in range(2):
        assert till.settle(session).state == "refund_due"
    (refund,) = till.refunds()
    assert (refund.amount, refund.currency, refund.reason) == (2890, "EUR", said)
    assert (till.stock("MUG-BLUE"), till.held("MUG-BLUE")) == (10, 0)
    assert till.contents(cart) == {"MUG-BLUE": 2}
    with till.db.read() as connection:
        assert [alarm.detail for alarm in alarms.list_open(connection)] == [said]


LIVE, TEST, SANDBOX = ShopMode.LIVE, ShopMode.TEST, ShopMode.SANDBOX


@pytest.mark.parametrize(
    ("mode", "livemode", "said"),
    [
        (LIVE, False, "€28.90 of test money were paid, but €28.90 of real money were agreed"),
        (TEST, True, "€28.90 of real money were paid, but €28.90 of test money were agreed"),
        (SANDBOX, True, "€28.90 of real money were paid, but €28.90 of test money were agreed"),
    ],
    ids=["live", "test", "sandbox"],
)
def test_money_of_another_kind_than_the_orders_never_pays_it(
    till: Till, mode: ShopMode, livemode: bool, said: str
) -> None:
    """A process with other keys has opened the session."""
    till.open_as(mode)
    order, session = till.check_out(till.cart(MUG_BLUE=2))
    till.pay(session)
    answer = replace(till.stripe.fetch(session.id), livemode=livemode)
    for _again in range(2):
        assert settle_session(till.db, answer).state == "refund_due"
    (refund,) = till.refunds()
    assert (refund.amount, refund.currency, refund.reason) == (2890, "EUR", said)
    assert (till.stock("MUG-BLUE"), till.order(order.number).invoice) == (10, None)
    assert mails_of(till, order) == ["late"]
    with till.db.read() as connection:
        assert [(alarm.about, alarm.detail) for alarm in alarms.list_open(connection)] == [
            (order.number, said)
        ]


@pytest.mark.parametrize("mode", ShopMode)
def test_money_of_the_orders_own_kind_pays_it(till: Till, mode: ShopMode) -> None:
    till.open_as(mode)
    settled, session = till.bought(till.cart(MUG_BLUE=2))
    assert (settled.state, settled.mode, session.livemode) == ("paid", mode, mode is LIVE)
    assert till.refunds() == []


def test_an_order_without_a_mode_is_of_the_databases(till: Till) -> None:
    """The release before has placed it, and may have placed it just now."""
    till.open_as(LIVE)
    order, session = till.check_out(till.cart(MUG_BLUE=2))
    till.change_order(order, mode=None)
    till.pay(session)
    settled = till.settle(session)
    assert (settled.state, settled.mode) == ("paid", "live")


def test_a_second_payment_of_an_order_is_to_be_refunded_and_the_first_one_stands(till: Till) -> None:
    cart = till.cart(MUG_BLUE=1)
    order, first = till.check_out(cart, ui_mode="hosted_page")
    with till.db.write() as connection:  # as if the answer to the first attempt had been forgotten
        connection.execute(update(attempts).values(status="failed"))
    _order, second = till.check_out(cart, ui_mode="embedded_page")
    till.pay(first)
    till.pay(second)

    for session in (first, second, first, second):
        assert till.settle(session).state == "paid"
    (refund,) = till.refunds()
    assert (refund.amount, refund.payment) == (1690, till.attempts(order)[1].id)
    assert attempts_of(till, order) == [("paid", False), ("surplus", False)]
    assert till.stock("MUG-BLUE") == 9


def test_a_bank_payment_waits_with_its_stock_held_and_then_pays(till: Till) -> None:
    cart = till.cart(MUG_BLUE=2)
    order, session = till.check_out(cart)
    till.pay_by_bank(session)

    assert till.settle(session).state == "processing"
    assert till.settle(session).state == "processing"
    assert till.contents(cart) == {}
    assert till.stock("MUG-BLUE") == 8

    assert attempts_of(till, order) == [("processing", True)]

    till.add(cart, MUG_BLUE=2)
    till.bank_answers(session, succeeded=True)
    assert till.settle(session).state == "paid"
    assert till.contents(cart) == {"MUG-BLUE": 2}  # what was bought was taken out before
    assert till.stock("MUG-BLUE") == 8
    assert till.events(order) == ["placed", "processing", "paid"]


def test_a_bank_payment_that_fails_gives_the_stock_back_once(till: Till) -> None:
    order, session = till.check_out(till.cart(MUG_BLUE=2))
    till.pay_by_bank(session)
    till.settle(session)
    till.bank_answers(session, succeeded=False)

    assert till.settle(session).state == "failed"
    assert till.settle(session).state == "failed"
    assert (till.stock("MUG-BLUE"), till.held("MUG-BLUE")) == (10, 0)
    assert till.events(order) == ["placed", "processing", "failed"]
    assert till.charged() == []
    assert attempts_of(till, order) == [("failed", False)]
    assert mails_of(till, order) == ["failed"]


def test_a_bank_payment_heard_of_only_when_it_has_failed_ends_the_same(till: Till) -> None:
    order, session = till.check_out(till.cart(MUG_BLUE=2))
    till.pay_by_bank(session)
    till.bank_answers(session, succeeded=False)

    assert till.settle(session).state == "failed"
    assert till.stock("MUG-BLUE") == 10
    assert till.events(order) == ["placed", "processing", "failed"]


def test_a_bank_payment_heard_of_only_when_it_has_succeeded_pays(till: Till) -> None:
    cart = till.cart(MUG_BLUE=2)
    _order, session = till.check_out(cart)
    till.pay_by_bank(session)
    till.bank_answers(session, succeeded=True)

    assert till.settle(session).state == "paid"
    assert till.contents(cart) == {}


def test_a_session_that_was_never_stored_is_recognised_when_it_is_settled(till: Till) -> None:
    """The shop died between creating the session and storing its id; Stripe's webhook names it."""
    cart = till.cart(MUG_BLUE=1)
    till.wire.lose = True
    with pytest.raises(Unavailable):
        till.check_out(cart)
    till.wire.lose = False
    (made,) = till.ledger()["sessions"]
    order = till.order(made["client_reference_id"])

    assert settle(till.db, till.stripe, made["id"]).state == "pending"
    assert [attempt.session_id for attempt in till.attempts(order)] == [made["id"]]
    again, session = till.check_out(cart)
    assert (again.number, session.id) == (order.number, made["id"])


def test_a_session_of_somebody_else_is_not_found(till: Till) -> None:
    foreign = client_of(till.sandbox).v1.checkout.sessions.create(session_params(SITE))
    with pytest.raises(NotFound):
        settle(till.db, till.stripe, foreign.id)
    with pytest.raises(NotFound):
        settle(till.db, till.stripe, "cs_test_made_up")


def test_when_stripe_is_unreachable_settling_changes_nothing(till: Till) -> None:
    order, session = till.check_out(till.cart(MUG_BLUE=1))
    till.pay(session)
    till.wire.down = True
    with pytest.raises(Unavailable):
        till.settle(session)

    assert till.state(order) == "pending"
    till.wire.down = False
    assert till.settle(session).state == "paid"


def test_a_declined_card_leaves_the_order_waiting_and_another_card_pays_it(till: Till) -> None:
    order, session = till.check_out(till.cart(MUG_BLUE=1))
    pay(till.sandbox, session.id, "4000000000000002")
    assert till.settle(session).state == "pending"
    till.pay(session)
    assert till.settle(session).state == "paid"
    assert till.charged() == [1690]
    assert till.events(order) == ["placed", "paid"]


def test_a_session_that_turns_up_while_the_sweeper_gives_it_up_is_kept(till: Till) -> None:
    cart = till.cart(MUG_BLUE=1)
    order = place_order(
        till.db, SHOP, cart=cart, details=ADA, shown_total=till.total(cart), ui_mode="hosted_page", visitor=""
    )
    (claimed,) = till.attempts(order)
    made = []
    till.wire.after = lambda: made.append(till.check_out(cart))  # when Stripe has said that there is none

    worker.poll(till.db, till.stripe, claimed, claimed.expires_at)
    assert till.state(order) == "pending"
    ((_order, session),) = made
    till.pay(session)
    assert till.settle(session).state == "paid"


def test_an_attempt_whose_session_never_turned_up_is_given_up(till: Till) -> None:
    till.wire.down = True
    with pytest.raises(Unavailable):
        till.check_out(till.cart(MUG_BLUE=1))
    till.wire.down = False
    assert till.stock("MUG-BLUE") == 9
    with till.db.read() as connection:
        attempt = payment_queries.get(connection, 1)

    worker.poll(till.db, till.stripe, attempt, attempt.expires_at)
    assert till.states() == ["expired"]
    assert till.stock("MUG-BLUE") == 10


def test_money_that_a_bank_refused_and_that_went_again_is_told_twice(till: Till) -> None:
    order, _session = till.bought(till.cart(MUG_BLUE=1))
    (attempt,) = till.attempts(order)
    first = StripeRefund("re_1", "", 500, "succeeded")
    second = StripeRefund("re_2", "", 500, "succeeded")
    for found in ([first], [replace(first, status="failed")], [replace(first, status="failed"), second]):
        _store_refunds(till.db, attempt, found)

    again = ["refunded-again-1", "refunded-again-2"]  # that it came home, and that it went once more
    assert mails_of(till, order) == ["receipt", "owner", "refunded", *again]
    assert till.order(order.number).refunded == 500


def test_an_order_is_refunded_when_all_of_it_has_gone_back_and_each_sum_is_noted_once(till: Till) -> None:
    order, _session = till.bought(till.cart(MUG_BLUE=2))
    (attempt,) = till.attempts(order)
    part, rest = StripeRefund("re_1", "", 2889, "succeeded"), StripeRefund("re_2", "", 1, "succeeded")
    for _again in range(2):
        _store_refunds(till.db, attempt, [part])
    assert (till.state(order), till.order(order.number).refunded) == ("paid", 2889)
    assert till.events(order) == ["placed", "paid", "refunded"]

    _store_refunds(till.db, attempt, [replace(part, status="failed")])
    assert (till.state(order), till.order(order.number).refunded) == ("paid", 0)
    assert mails_of(till, order) == ["receipt", "owner", "refunded", "refunded-again-1"]

    for _again in range(2):
        _store_refunds(till.db, attempt, [part, rest])
    assert (till.state(order), till.order(order.number).refunded) == ("refunded", 2890)
    assert mails_of(till, order)[-2:] == ["refunded-again-1", "refunded-again-2"]


def test_hearing_again_of_a_bank_payment_does_not_put_off_the_next_question(till: Till) -> None:
    order, session = till.check_out(till.cart(MUG_BLUE=2))
    till.pay_by_bank(session)
    now = till.db.clock()
    for minutes in (0, 59):
        till.db.clock = lambda minutes=minutes: now + minutes * MINUTE  # type: ignore[misc]
        assert till.settle(session).state == "processing"
    assert is_due(till.db, payment_queries.claim_poll, now + 60 * MINUTE)
    assert till.attempts(order)[0].polls == 1


def test_two_refused_refunds_are_one_alarm_that_stays_cleared(till: Till) -> None:
    order, _session = till.bought(till.cart(MUG_BLUE=1))
    (attempt,) = till.attempts(order)
    found = [StripeRefund("re_1", "", 500, "failed"), StripeRefund("re_2", "", 500, "failed")]
    _store_refunds(till.db, attempt, found)
    with till.db.write() as connection:
        assert [alarm.detail for alarm in alarms.list_open(connection)] == ["re_1, re_2"]
        alarms.clear(connection, order.number)
    _store_refunds(till.db, attempt, found)
    with till.db.read() as connection:
        assert alarms.list_open(connection) == []


def test_each_sum_that_goes_back_is_told_also_when_one_begins_like_another(till: Till) -> None:
    order, _session = till.bought(till.cart(VASE=1))
    (attempt,) = till.attempts(order)
    first, second = StripeRefund("re_1", "", 500, "succeeded"), StripeRefund("re_2", "", 4500, "succeeded")
    third = StripeRefund("re_3", "", 45, "succeeded")
    for found in ([first], [first, second], [first, second, third]):
        _store_refunds(till.db, attempt, found)

    with till.db.read() as connection:
        query = select(mails.c.name, mails.c.repetition).where(mails.c.mail_kind == "refunded")
        assert connection.execute(query.order_by(mails.c.id)).all() == [
            ("refunded", 0),
            ("refunded-again-1", 1),
            ("refunded-again-2", 2),
        ]


# Money for an order whose person nobody knows any more


def erase(till: Till, order: Order) -> None:
    """At the owner's word; the worker does the same after thirty days."""
    assert [outcome.erased for outcome in erasure.forget(till.db, ADA.email)] == [True]


def test_money_for_an_order_whose_personal_data_is_gone_goes_back_and_nobody_is_mailed(till: Till) -> None:
    """The pieces are still there, and it could be paid otherwise."""
    cart = till.cart(MUG_BLUE=1)
    order, session = till.check_out(cart)
    till.pay(session)
    with till.db.write() as connection:
        expired = order_queries.get_order(connection, order.number, lock=True)
        stock.release(connection, expired)
        order_queries.move(connection, expired, State.EXPIRED)
    erase(till, order)

    assert till.settle(session).state == "refund_due"
    for _again in range(2):
        worker.work(till.db, till.stripe)
        till.settle(session)
    assert till.state(order) == "refunded"
    assert [refund["amount"] for refund in till.ledger()["refunds"]] == [1690]
    assert mails_of(till, order) == []
    assert (till.stock("MUG-BLUE"), till.held("MUG-BLUE")) == (10, 0)
    assert till.contents(cart) == {"MUG-BLUE": 1}
    with till.db.read() as connection:
        told = [(alarm.kind, alarm.detail) for alarm in alarms.list_open(connection)]
    assert told == [("refund", "paid when expired, and its personal data is erased")]


def test_a_second_payment_of_a_failed_order_goes_back_and_nobody_is_mailed(till: Till) -> None:
    order, session = till.check_out(till.cart(MUG_BLUE=1))
    till.change_order(order, state="failed")
    erase(till, order)
    till.pay(session)
    till.settle(session)
    worker.work(till.db, till.stripe)
    assert (till.state(order), mails_of(till, order)) == ("failed", [])
    assert [refund["amount"] for refund in till.ledger()["refunds"]] == [1690]
