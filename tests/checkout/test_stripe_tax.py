"""Tax that Stripe works out: the order takes what Stripe returns, and nothing else of it."""

from dataclasses import replace
from urllib.parse import unquote

import pytest
from sqlalchemy import update
from starlette.testclient import TestClient

from tests.conftest import both_databases, site_of
from tests.people import ADA
from tests.till import DATA, SITE, Till
from webshop import shop
from webshop.address import Address
from webshop.checkout.details import Details
from webshop.checkout.place import check_out
from webshop.db.tables import products
from webshop.errors import Conflict, Invalid, Unavailable
from webshop.orders.model import Order
from webshop.payments.shapes import Session
from webshop.pricing.tax import TaxLine
from webshop.sandbox.testing import client_of
from webshop.shop import Shop

pytestmark = both_databases
NOWHERE = Address("Ada Lovelace", "1 Main Street", "", "", "Springfield", "US", "CA")


def stripes(*, included: bool) -> Shop:
    """The tests' shop, where Stripe works out the tax."""
    return shop.load(DATA / "shop.toml").model_copy(
        update={"tax": {}, "tax_by_stripe": True, "prices_include_tax": included}
    )


def order_from(till: Till, store: Shop, address: Address = ADA.address) -> tuple[Order, Session]:
    cart = till.cart(MUG_BLUE=2)
    details = Details("ada@example.com", address)
    return check_out(
        till.db,
        till.stripe,
        shop=store,
        site=SITE,
        cart=cart,
        details=details,
        shown_total=2890,
        ui_mode="hosted_page",
        visitor="",
    )


def test_tax_on_top_is_charged_and_stored_when_it_is_paid(till: Till) -> None:
    order, session = order_from(till, stripes(included=False))
    assert (order.total, order.taxes) == (2890, ())
    # Line: 24.00 × 19 % = 4.56; parcel: 4.90 × 19 % = 0.931 → 0.93
    assert (session.amount, session.tax) == (3439, 549)

    till.pay(session)
    paid = till.settle(session)
    assert (paid.state, paid.total, paid.tax) == ("paid", 3439, 549)
    assert paid.taxes == (TaxLine("VAT", 190000, 2890, 549),)
    assert till.charged() == [3439]
    assert (paid.subtotal, paid.shipping) == (2400, 490)


def test_tax_in_the_prices_changes_no_total(till: Till) -> None:
    order, session = order_from(till, stripes(included=True))
    # Line: 24.00 × 19/119 = 3.832 → 3.83; parcel: 4.90 × 19/119 = 0.782 → 0.78
    assert (session.amount, session.tax) == (2890, 461)
    till.pay(session)
    paid = till.settle(session)
    assert (paid.state, paid.total, paid.tax) == ("paid", 2890, 461)
    assert paid.taxes == (TaxLine("VAT", 190000, 2890, 461),)


@pytest.mark.parametrize(("included", "total"), [(True, 2890), (False, 2890)])
def test_what_is_not_taxed_is_not_taxed_by_stripe_either(till: Till, included: bool, total: int) -> None:
    classify(till, tax_class="none")
    order, session = order_from(till, stripes(included=included))
    assert [line.tax_code for line in till.order(order.number).lines] == ["txcd_00000000"]
    assert (session.amount, session.tax) == (total, 0)
    till.pay(session)
    paid = till.settle(session)
    assert (paid.state, paid.total, paid.taxes) == ("paid", total, ())
    assert till.wire.sent[1].count("txcd_00000000") == 2  # the parcel of nothing else is not taxed either


def test_a_parcel_with_something_taxed_in_it_is_taxed(till: Till) -> None:
    classify(till, tax_class="none")
    cart = till.cart(MUG_BLUE=1, TILES=1)  # 12.00 untaxed, 0.99 not
    _order, session = check_out(
        till.db, till.stripe, shop=stripes(included=False), site=SITE, cart=cart, details=ADA,
        shown_total=1200 + 99 + 490, ui_mode="hosted_page", visitor="",
    )  # fmt: skip
    assert session.tax == 19 + 93  # 0.99 × 19 % = 0.1881, 4.90 × 19 % = 0.931


def test_stripe_is_told_the_code_of_a_product_and_nobody_else_is(till: Till) -> None:
    classify(till, tax_class="reduced", tax_code="txcd_35010000")
    order, _session = order_from(till, stripes(included=True))
    assert "tax_code]=txcd_35010000" in unquote(till.wire.sent[1])
    assert [line.tax_code for line in order.lines] == ["txcd_35010000"]
    order, _session = till.check_out(till.cart(MUG_BLUE=1))  # at the shop's own rates
    assert [line.tax_code for line in order.lines] == [""]
    assert "txcd" not in till.wire.sent[-1]


def classify(till: Till, **values: str) -> None:
    """Make the mug of this class."""
    with till.db.write() as connection:
        connection.execute(update(products).where(products.c.slug == "blue-mug").values(**values))


def test_a_paid_order_is_refunded_with_its_tax(till: Till) -> None:
    order, session = order_from(till, stripes(included=False))
    till.pay(session)
    till.settle(session)
    (attempt,) = till.attempts(order)
    assert (attempt.amount, attempt.status) == (3439, "paid")


def test_posting_again_gives_the_same_order_session_and_customer(till: Till) -> None:
    store = stripes(included=False)
    cart = till.cart(MUG_BLUE=2)
    details = ADA
    both = [
        check_out(
            till.db,
            till.stripe,
            shop=store,
            site=SITE,
            cart=cart,
            details=details,
            shown_total=2890,
            ui_mode="hosted_page",
            visitor="",
        )
        for _each in range(2)
    ]
    assert both[0][0].number == both[1][0].number
    assert both[0][1].id == both[1][1].id
    assert till.wire.count("POST /v1/customers") == 1


def test_a_lost_answer_is_asked_for_again_and_makes_one_customer(till: Till) -> None:
    store = stripes(included=False)
    cart, details = till.cart(MUG_BLUE=2), ADA
    till.wire.lose = True
    with pytest.raises(Unavailable):
        check_out(
            till.db,
            till.stripe,
            shop=store,
            site=SITE,
            cart=cart,
            details=details,
            shown_total=2890,
            ui_mode="hosted_page",
            visitor="",
        )
    till.wire.lose = False
    check_out(
        till.db,
        till.stripe,
        shop=store,
        site=SITE,
        cart=cart,
        details=details,
        shown_total=2890,
        ui_mode="hosted_page",
        visitor="",
    )
    assert len(client_of(till.sandbox).v1.customers.list().data) == 1
    assert till.session_states() == ["open"]


def test_an_address_that_cannot_be_taxed_is_the_shoppers_to_mend(till: Till) -> None:
    with pytest.raises(Invalid) as refusal:
        order_from(till, stripes(included=False), NOWHERE)
    assert refusal.value.fields == {
        "postal_code": "We cannot work out the tax for this address. Please check it."
    }
    assert till.charged() == []


@pytest.mark.parametrize("included", [True, False])
def test_what_is_short_by_a_cent_before_tax_never_pays_the_order(till: Till, included: bool) -> None:
    order, session = order_from(till, stripes(included=included))
    till.change_order(order, total=2891)
    till.pay(session)
    assert till.settle(session).state == "refund_due"
    assert [refund.amount for refund in till.refunds()] == [session.amount]


def test_another_total_than_was_shown_places_nothing(till: Till) -> None:
    details = ADA
    with pytest.raises(Conflict):
        check_out(
            till.db,
            till.stripe,
            shop=stripes(included=False),
            site=SITE,
            cart=till.cart(MUG_BLUE=2),
            details=details,
            shown_total=3439,
            ui_mode="hosted_page",
            visitor="",
        )
    assert till.states() == []


@pytest.mark.parametrize("template", ["mail/_order.txt", "mail/_order.html", "orders/_order.html"])
def test_no_line_is_said_to_have_a_rate_that_only_stripe_knows(
    client: TestClient, till: Till, template: str
) -> None:
    order, _session = order_from(till, stripes(included=False))
    taxes = (TaxLine("QST", 99750, 1000, 100), TaxLine("GST", 50000, 1000, 50))
    names = {
        "order": replace(order, taxes=taxes),
        "pictures": {},
        "thumbnails": {},
        "link": "/orders/1",
        "poll": 1,
        "pause": 2,
    }
    shown = site_of(client).pages.text(template, names)
    assert "QST 9.975%" in shown
    assert "(0%)" not in shown
