"""What goes into no parcel: nobody is asked where they live, and nobody is told of parcels."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from starlette.testclient import TestClient

from tests.conftest import both_databases, site_of
from tests.people import ADA
from tests.shopper import Shopper
from tests.till import SHOP, Till
from tests.web.questions import HTMX, element, soup
from webshop.admin import order_list, shipments
from webshop.admin.order_list import Filter
from webshop.cart.model import Line
from webshop.cart.quote import quote
from webshop.catalog import load as catalogue
from webshop.catalog import queries as products
from webshop.catalog.model import Catalogue, Product, Variant
from webshop.db.engine import Database
from webshop.errors import OwnerError
from webshop.orders.model import State
from webshop.payments.request import customer_params, session_params
from webshop.settings.mode import ShopMode

PARCEL_WORDS = ("Parcel", "parcel", "pack", "Delivery", "Shipping", "carrier")
PLACE = Variant("CLASS-MAY", "class", "May", 4_000, 6, 0)
CLASS = Product("class", "Throwing class", "One evening.", "At the wheel.", (PLACE,), shipped=False)


def sell_class(db: Database) -> None:
    with db.read() as connection:
        sold = products.list_products(connection)
    with db.write() as connection:
        catalogue.load(connection, Catalogue((*sold, CLASS)))


@pytest.fixture
def visitor(client: TestClient) -> Iterator[Shopper]:
    sell_class(site_of(client).db)
    client.post("/cart/lines", data={"sku": "class-may", "quantity": "1"})
    yield Shopper(client)


def words_in(text: str) -> list[str]:
    return [word for word in PARCEL_WORDS if word in text]


def test_a_class_is_bought_with_name_email_and_country_alone(visitor: Shopper) -> None:
    assert "Shipping is added" not in visitor.visit("/cart").text
    page = visitor.visit("/checkout").page
    fields = {str(each["name"]) for each in page.select("main form [name]")}
    assert fields.isdisjoint({"line1", "line2", "city", "postal_code", "company", "phone", "shipping_method"})
    assert {"name", "email", "country"} <= fields

    bought = visitor.submit("main form", name="Ada Lovelace", email="ada@example.com", country="DE")
    assert bought.pay().response.status_code == 200
    assert "Thank you, your order is paid" in visitor.text
    assert "Ada Lovelace" in visitor.text
    assert "\u20ac40.00" in visitor.text
    assert words_in(visitor.text) == []


def test_the_form_asks_for_a_street_again_when_a_parcel_joins(visitor: Shopper) -> None:
    client = visitor.client
    client.post("/cart/lines", data={"sku": "TILES", "quantity": "1"})
    typed = {"name": "A", "email": "a@b.example", "country": "DE", "total": "4000"}
    refused = client.post("/checkout", data=typed)
    assert refused.status_code == 422
    fields = {str(each["name"]) for each in soup(refused).select("main form [name]")}
    assert fields >= {"line1", "city", "postal_code"}

    anew = client.get("/checkout/quote", params={"country": "DE"}, headers=HTMX)
    assert element(anew, "#checkout-address input[name=line1]")
    changed = client.post("/cart/lines/change", data={"sku": "TILES", "quantity": "0"}, headers=HTMX)
    assert changed.headers["hx-trigger"] == "cart:changed"


def line(sku: str, price: int, weight: int, *, shipped: bool) -> Line:
    return Line(sku, "x", "X", "", None, price, 1, None, weight, shipped=shipped)


def test_a_mixed_cart_sends_what_is_sent() -> None:
    assert SHOP.shipping.zones[0].methods[0].price is not None
    heavy, light = line("C", 1000, 90_000, shipped=False), line("T", 1000, 100, shipped=True)
    assert quote(SHOP, [light, heavy], "DE", "04109").chosen.price == 490
    alone = quote(SHOP, [heavy], "DE", "")
    assert (alone.options, alone.chosen.price, alone.total) == ((), 0, 1000)


@both_databases
def test_the_owner_packs_and_ships_nothing_of_it_and_stripe_hears_of_no_parcel(till: Till) -> None:
    sell_class(till.db)
    country = replace(ADA.address, line1="", line2="", city="", postal_code="", company="")
    cart = till.cart(CLASS_MAY=2)
    order, session = till.check_out(cart, replace(ADA, address=country, phone=""))
    till.pay(session)
    order = till.settle(session)
    assert (order.state, order.shipping, order.total, order.ships) == (State.PAID, 0, 8_000, False)
    assert till.stock("CLASS-MAY") == 4
    with pytest.raises(OwnerError, match="has nothing that is shipped"):
        shipments.ship(till.db, order.number)
    parcel, _session = till.bought(till.cart(TILES=1))
    with till.db.read() as connection:
        unshipped = order_list.list_numbers(connection, Filter(ShopMode.SANDBOX, State.PAID, ships=True))
    [attempt] = till.attempts(order)
    assert unshipped == [parcel.number]
    asked = session_params(order, attempt, "https://x.example", "https://x.example")
    assert "shipping" not in asked["payment_intent_data"]
    assert "shipping_options" not in asked
    assert customer_params(order)["address"] == {"country": "DE"}
    assert "shipping" not in customer_params(order)
