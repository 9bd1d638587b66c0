"""A restored shop asks Stripe: the known is settled, the unknown becomes an alarm, nothing is done twice."""

from collections.abc import Sequence
from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from tests.backups.way_back import WayBack, opened
from tests.conftest import both_databases
from tests.people import ADA
from tests.till import SITE, Till
from webshop.admin.refunds import request_refund
from webshop.alarms import queries as alarms
from webshop.backups import books, held
from webshop.backups import reopen as reopening
from webshop.backups.reopen import ask
from webshop.db import pauses
from webshop.db.tables import outbox
from webshop.errors import OwnerError, Unavailable
from webshop.mail import outbox as mails
from webshop.orders.model import Order, State
from webshop.sandbox.objects import refunds as bank_refunds
from webshop.settings.mode import ShopMode
from webshop.worker.rounds import work

YEAR = datetime.now(UTC).year


def alarms_of(till: Till) -> dict[str, str]:
    """Of unknown payments: what each says, by the order's number."""
    with till.db.read() as connection:
        return {
            each.about: each.detail for each in alarms.list_open(connection) if each.name == "unknown payment"
        }


def invoices(till: Till, found: Sequence[Order]) -> list[str | None]:
    return [till.order(order.number).invoice for order in found]


def is_paused(till: Till) -> bool:
    with till.db.read() as connection:
        return pauses.current(connection) is not None


@both_databases
def test_what_was_paid_since_the_backup_is_settled_or_told_and_no_number_is_given_twice(
    way_back: WayBack,
) -> None:
    lost = way_back.till
    before, _session = lost.bought(lost.cart(MUG_BLUE=1))
    pending, pending_session = lost.check_out(lost.cart(MUG_BLUE=1))
    name = way_back.back_up()

    lost.pay(pending_session)
    lost.settle(pending_session)
    unknown, _session = lost.bought(lost.cart(MUG_BLUE=2, BOWL_L=1))
    given_out = invoices(lost, [before, pending, unknown])
    assert given_out == [f"SANDBOX-{YEAR}-00000{number}" for number in (1, 2, 3)]
    at_the_bank, session = lost.check_out(lost.cart(MUG_BLUE=1))
    lost.pay_by_bank(session)
    open_one, open_session = lost.check_out(lost.cart(MUG_BLUE=1))

    with way_back.restored(name) as shop:
        assert shop.state(pending) == State.PENDING
        done = opened(shop)
        assert not is_paused(shop)
        assert shop.state(pending) == State.PAID
        # Two were paid of which the books have no invoice, and five more numbers are left out: 2 to 8.
        assert invoices(shop, [before, pending]) == [f"SANDBOX-{YEAR}-000001", f"SANDBOX-{YEAR}-000009"]
        with shop.db.read() as connection:
            (gap,) = books.list_gaps(connection)
        assert (gap.series, gap.year, gap.first, gap.last, gap.backup) == ("invoices", YEAR, 2, 8, str(name))
        assert str(name) in gap.reason

        told = alarms_of(shop)
        assert told.keys() == {unknown.number, at_the_bank.number}
        words = told[unknown.number]
        for part in (
            f"order {unknown.number}, €{unknown.total / 100:.2f}, paid, begun 20",
            ", ".join([ADA.address.name, ADA.address.line1]),
            ADA.email,
            "2 × Blue mug (MUG-BLUE) €24.00",
            "1 × ",
            "(BOWL-L)",
            "payment pi_",
        ):
            assert part in words
        assert "not paid yet: the bank is at it" in told[at_the_bank.number]
        assert [each.session.order_number for each in done.unknown].count(unknown.number) == 1
        assert shop.stripe.fetch(open_session.id).status == "expired"
        assert open_one.number not in told

        following, _session = shop.bought(shop.cart(MUG_BLUE=1))
        assert invoices(shop, [following]) == [f"SANDBOX-{YEAR}-000010"]
        with pytest.raises(OwnerError, match="The shop is open"):
            opened(shop)


def test_a_look_changes_nothing(way_back: WayBack) -> None:
    lost = way_back.till
    pending, session = lost.check_out(lost.cart(MUG_BLUE=1))
    name = way_back.back_up()
    lost.pay(session)
    unknown, _session = lost.bought(lost.cart(BOWL_L=1))
    with way_back.restored(name) as shop:
        for _time in range(2):
            asked = ask(shop.db, shop.stripe, ShopMode.SANDBOX)
            assert [each.order_number for each in asked.settles] == [pending.number]
            assert [each.session.order_number for each in asked.unknown] == [unknown.number]
            assert (asked.invoices, asked.credit_notes) == (7, 0)
        assert (shop.state(pending), alarms_of(shop), is_paused(shop)) == (State.PENDING, {}, True)


def test_whatever_ends_it_half_way_it_is_run_again_and_does_nothing_twice(
    way_back: WayBack, monkeypatch: pytest.MonkeyPatch
) -> None:
    lost = way_back.till
    pending, session = lost.check_out(lost.cart(MUG_BLUE=1))
    name = way_back.back_up()
    lost.pay(session)
    unknown, _session = lost.bought(lost.cart(BOWL_L=1))
    steps = ("_skip_numbers", "settle", "_end", "_store_alarm", "_settle_risks", "_open")
    with way_back.restored(name) as shop:
        for step in steps:
            real = getattr(reopening, step)

            def breaks(*args: object, real: object = real) -> None:
                real(*args)  # type: ignore[operator]  # and what is after it was never reached
                raise Unavailable("cut")

            with monkeypatch.context() as cut:
                cut.setattr(reopening, step, breaks)
                with pytest.raises(Unavailable, match="cut"):
                    opened(shop)
            assert is_paused(shop) == (step != "_open")
        assert invoices(shop, [pending]) == [f"SANDBOX-{YEAR}-000008"]
        assert alarms_of(shop).keys() == {unknown.number}
        with shop.db.read() as connection:
            assert len(books.list_gaps(connection)) == 1
            receipts = select(outbox.c.id).where(outbox.c.mail_kind == "receipt")
            assert len(connection.execute(receipts).all()) == 1


@both_databases
def test_refunds_since_the_backup_are_in_the_books_and_none_is_sent_again(way_back: WayBack) -> None:
    lost = way_back.till
    asked_for, session = lost.bought(lost.cart(MUG_BLUE=1))
    by_hand, other = lost.bought(lost.cart(BOWL_L=1))
    waits, _session = lost.bought(lost.cart(MUG_BLUE=1))
    request_refund(lost.db, waits.number)
    name = way_back.back_up()
    request_refund(lost.db, asked_for.number)
    work(lost.db, lost.stripe)  # all of which wait go out
    intent = lost.stripe.fetch(other.id).payment_intent
    with lost.sandbox.work() as bank:
        bank_refunds.create(bank, {"payment_intent": intent, "amount": 100})

    with way_back.restored(name) as shop:
        opened(shop)
        work(shop.db, shop.stripe)
        found = {order.number: shop.order(order.number) for order in (asked_for, by_hand, waits)}
        assert found[asked_for.number].state == State.REFUNDED
        assert found[waits.number].state == State.REFUNDED
        assert (found[by_hand.number].state, found[by_hand.number].refunded) == (State.PAID, 100)
        notes = [note.number for order in found.values() for note in order.credit_notes]
        # Three refunds of which the books knew nothing, and five more: the notes begin at 9.
        assert sorted(notes) == [f"SANDBOX-CN-{YEAR}-{number:06d}" for number in (9, 10, 11)]
        intents = [lost.stripe.fetch(each.id).payment_intent or "" for each in (session, other)]
        assert [len(shop.stripe.list_refunds(each)) for each in intents] == [1, 1]
        assert request_refund(shop.db, asked_for.number).refund is None


def test_money_back_for_an_unknown_order_is_told_with_it(way_back: WayBack) -> None:
    lost = way_back.till
    name = way_back.back_up()
    order, session = lost.bought(lost.cart(BOWL_L=1))
    intent = lost.stripe.fetch(session.id).payment_intent
    with lost.sandbox.work() as bank:
        bank_refunds.create(bank, {"payment_intent": intent, "amount": 150})
    with way_back.restored(name) as shop:
        opened(shop)
        assert "€1.50 of it went back" in alarms_of(shop)[order.number]


@both_databases
def test_an_attempt_that_was_lost_still_pays_its_known_order(way_back: WayBack) -> None:
    """The shopper changed their mind after the backup, and paid on the second page."""
    lost = way_back.till
    cart = lost.cart(MUG_BLUE=1)
    order, first = lost.check_out(cart)
    name = way_back.back_up()
    lost.stripe.expire(first.id)
    with lost.db.write() as connection:
        from webshop.payments import attempts

        second = attempts.insert_attempt(connection, order, "hosted_page")
    session = lost.stripe.open(
        order, second, f"{SITE}/charge?token={{CHECKOUT_SESSION_ID}}", f"{SITE}/checkout"
    )
    lost.pay(session)
    with way_back.restored(name) as shop:
        opened(shop)
        assert shop.state(order) == State.PAID
        assert alarms_of(shop) == {}
        assert [(each.number, each.status) for each in shop.attempts(order)] == [(1, "expired"), (2, "paid")]


@both_databases
def test_mails_that_may_have_gone_wait_for_their_owners_word(way_back: WayBack) -> None:
    lost = way_back.till
    order, _session = lost.bought(lost.cart(MUG_BLUE=1))  # its receipt waits
    name = way_back.back_up()
    with way_back.restored(name) as shop:
        done = opened(shop)
        assert [(mail.order_number, mail.name, mail.email) for mail in done.mails] == [
            (order.number, "receipt", ADA.email),
            (order.number, "owner", ADA.email),
        ]
        with shop.db.write() as connection:
            assert mails.claim_due(connection) is None
            assert held.release(connection) == 2
            assert held.list_held(connection) == []
            claimed = mails.claim_due(connection)
            assert claimed
            assert claimed.kind == "receipt"
    with way_back.restored(name) as shop:
        with shop.db.write() as connection:
            assert held.drop(connection) == 2
        with shop.db.write() as connection:
            assert (held.list_held(connection), mails.claim_due(connection)) == ([], None)


def test_many_pages_are_read_to_their_end(way_back: WayBack, monkeypatch: pytest.MonkeyPatch) -> None:
    from webshop.payments import history

    lost = way_back.till
    name = way_back.back_up()
    unknown = {lost.bought(lost.cart(BOWL_L=1))[0].number for _time in range(5)}
    monkeypatch.setitem(history.PAGE, "limit", 2)
    with way_back.restored(name) as shop:
        opened(shop)
        assert alarms_of(shop).keys() == unknown


def test_a_shop_that_missed_nothing_skips_nothing(way_back: WayBack) -> None:
    lost = way_back.till
    lost.bought(lost.cart(BOWL_L=1))
    name = way_back.back_up()
    with way_back.restored(name) as shop:
        assert opened(shop).gaps == []
        following, _session = shop.bought(shop.cart(BOWL_L=1))
        assert invoices(shop, [following]) == [f"SANDBOX-{YEAR}-000002"]


def test_another_shops_open_session_is_left_alone(way_back: WayBack) -> None:
    """It shares the Stripe account."""
    lost = way_back.till
    name = way_back.back_up()
    _order, session = lost.check_out(lost.cart(BOWL_L=1))
    with way_back.restored(name) as shop:
        reopening.reopen(shop.db, shop.stripe, ShopMode.SANDBOX, "https://other.example")
        assert shop.stripe.fetch(session.id).status == "open"
