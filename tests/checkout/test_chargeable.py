"""An order that Stripe cannot charge: a sentence of its own; the cart stays, the owner hears of it once."""

from typing import Any

import pytest
from sqlalchemy import update
from starlette.testclient import TestClient

from tests.conftest import both_databases, site_of
from tests.people import ADA, FORM
from tests.till import SHOP, SITE, Till
from tests.web.questions import HTMX, element, words
from webshop.alarms import queries as alarms
from webshop.checkout.chargeable import NotChargeable
from webshop.checkout.place import check_out
from webshop.db.engine import Database
from webshop.db.tables import variants
from webshop.errors import Unavailable
from webshop.sandbox.state import money as sandbox_money
from webshop.shop import Shop

SO_LITTLE = "and we cannot take a payment of so little. Please add something to your cart."
SO_MUCH = "and we cannot take so much in one payment. Please order in several parts."
FREE = Shop.model_validate(
    {
        **SHOP.model_dump(exclude_unset=True),
        "shipping": {
            "zones": [
                {
                    "name": "Here",
                    "countries": ["DE"],
                    "methods": [{"key": "letter", "title": "Letter", "price": 0}],
                }
            ]
        },
    }
)


def set_price(db: Database, price: int) -> None:
    with db.write() as connection:
        connection.execute(update(variants).where(variants.c.sku == "MUG-BLUE").values(price=price))


def alarms_of(db: Database) -> list[str]:
    with db.read() as connection:
        return [f"{alarm.name}: {alarm.detail}" for alarm in alarms.list_open(connection)]


def ask(till: Till, cart: str, total: int) -> Any:
    return check_out(
        till.db,
        till.stripe,
        shop=FREE,
        site=SITE,
        cart=cart,
        details=ADA,
        shown_total=total,
        ui_mode="hosted_page",
        visitor="",
    )


@both_databases
def test_an_order_of_less_than_stripe_charges_is_refused_before_it_is_placed(till: Till) -> None:
    set_price(till.db, 49)
    cart = till.cart(MUG_BLUE=1)
    for _again in range(3):
        with pytest.raises(NotChargeable) as refusal:
            ask(till, cart, 49)
    assert (refusal.value.status, refusal.value.message) == (409, f"This order comes to €0.49, {SO_LITTLE}")
    assert (till.states(), till.stock("MUG-BLUE"), till.contents(cart)) == ([], 10, {"MUG-BLUE": 1})
    least = "total small: orders below €0.50 are refused at the checkout, since Stripe charges no less: "
    assert alarms_of(till.db) == [f"{least}raise the prices of what costs so little, or of its parcel"]


def test_the_owner_who_has_seen_to_it_is_not_told_again_by_the_next_visitor(till: Till) -> None:
    set_price(till.db, 49)
    for seen_to in (False, True):
        with pytest.raises(NotChargeable):
            ask(till, till.cart(MUG_BLUE=1), 49)
        assert len(alarms_of(till.db)) == (0 if seen_to else 1)
        with till.db.write() as connection:
            alarms.clear(connection, "the shop")


def test_the_least_and_the_most_that_stripe_charges_can_be_paid(till: Till) -> None:
    for price in (50, 99_999_999):
        set_price(till.db, price)
        order, session = ask(till, till.cart(MUG_BLUE=1), price)
        assert (order.total, session.amount) == (price, price)
    assert alarms_of(till.db) == []


def test_an_order_of_more_than_stripe_charges_is_refused_too(till: Till) -> None:
    set_price(till.db, 99_999_999)
    with pytest.raises(NotChargeable) as refusal:
        ask(till, till.cart(MUG_BLUE=2), 199_999_998)
    assert refusal.value.message == f"This order comes to €1,999,999.98, {SO_MUCH}"
    assert alarms_of(till.db) == [
        "total large: an order above €999,999.99 was refused at the checkout, since Stripe charges no more "
        "at once"
    ]


def test_what_stripe_refuses_by_an_amount_of_its_own_is_told_alike(
    till: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It pays out in another currency, for instance."""
    cart = till.cart(MUG_BLUE=1)
    dear = sandbox_money.CURRENCIES["eur"]._replace(least=5000)
    monkeypatch.setitem(sandbox_money.CURRENCIES, "eur", dear)
    for _again in range(2):
        with pytest.raises(NotChargeable) as refusal:
            ask(till, cart, 1200)
        assert refusal.value.message == f"This order comes to €12.00, {SO_LITTLE}"
    assert alarms_of(till.db) == [
        "total small: Stripe refused the total of an order in EUR as too small, for what it pays out in"
    ]
    assert till.charged() == []


def test_another_refusal_of_stripes_is_worth_another_try(till: Till) -> None:
    """A control: not each failure is about the amount."""
    till.wire.lie = ('{"error": {"type": "invalid_request_error", "message": "no"}}', 400)
    with pytest.raises(Unavailable):
        ask(till, till.cart(MUG_BLUE=1), 1200)
    assert alarms_of(till.db) == []


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_the_shopper_reads_it_at_the_checkout_and_keeps_the_cart(
    client: TestClient, headers: dict[str, str]
) -> None:
    db = site_of(client).db
    client.post("/cart/lines", data={"sku": "MUG-BLUE", "quantity": "1"})
    set_price(db, 99_999_999)
    response = client.post("/checkout", data={**FORM, "total": "100000489"}, headers=headers)
    assert response.status_code == 409
    assert words(response, "#checkout-problem") == f"This order comes to €1,000,004.89, {SO_MUCH}"
    assert element(response, "input[name=name]")["value"] == "Ada Lovelace"
    assert "Blue mug" in words(client.get("/cart"), "main")
