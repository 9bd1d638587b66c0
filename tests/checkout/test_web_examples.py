"""Purchases worked out by hand, in nine shops: the same amounts from the cart to the charge."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from bs4 import BeautifulSoup
from starlette.testclient import TestClient

from tests.checkout.examples import Example, Tax, examples, shops, title_of, write_shop
from tests.conftest import ADDRESS, empty_postgresql, make_config, payments_of, site_of
from tests.shopper import Shopper
from tests.web.questions import HTMX, element, words
from webshop import shop as shop_file
from webshop.app import create_app, prepare
from webshop.db.engine import Database
from webshop.language.formats import format_money
from webshop.mail.letters import Letters
from webshop.mail.smtp import Mail
from webshop.orders import queries as orders
from webshop.orders.model import Order
from webshop.sandbox.core import Sandbox
from webshop.sandbox.objects.items import line_items
from webshop.sandbox.objects.sessions import KIND
from webshop.sandbox.pages.ledger import ledger
from webshop.worker import rounds as worker

ON_POSTGRESQL = ("eur-net",)  # the others use the database in the same way
CITY = "Anywhere"


@dataclass
class Stall:
    """One of the shops, and what of it a shopper does not see. `mails` is what it has sent."""

    client: TestClient
    sandbox: Sandbox
    mails: list[Mail] = field(default_factory=list)

    def send(self, mail: Mail) -> None:
        self.mails.append(mail)

    def order(self, number: str) -> Order:
        with site_of(self.client).db.read() as connection:
            return orders.get_order(connection, number)

    def receipt(self, number: str) -> Mail:
        site = site_of(self.client)
        post = Letters(self, site.pages, site.signatures, ADDRESS, "", reaches_people=False)
        worker.work(site.db, payments_of(self.client), datetime.now(UTC), post)
        [receipt] = [mail for mail in self.mails if mail.message_id.startswith(f"<{number}.receipt@")]
        return receipt

    def session(self, number: str) -> dict[str, Any]:
        """The order's one session, with its line items and its charges."""
        with self.sandbox.work() as work:
            seen = ledger(work)
            [session] = [each for each in seen["sessions"] if each["client_reference_id"] == number]
            items = line_items(work.get(KIND, session["id"]))
        charges = [charge for charge in seen["charges"] if charge["session"] == session["id"]]
        return {**session, "items": items, "charges": charges}


@pytest.fixture(scope="module")
def open_shop(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Opens each shop once; takes its name and the kind of database."""
    opened: list[Stall] = []

    @cache
    def open_one(shop: str, database: str) -> Stall:
        server = request.getfixturevalue("postgresql") if database == "postgresql" else ""
        opened.append(_open(shop, tmp_path_factory.mktemp(shop), server))
        return opened[-1]

    yield open_one
    for stall in opened:
        site_of(stall.client).db.engine.dispose()


def _open(shop: str, folder: Path, server: str) -> Stall:
    url = empty_postgresql(server, f"{shop.replace('-', '_')}_{uuid4().hex}") if server else ""
    config = make_config(folder, database_url=url, **write_shop(shop, folder))
    db = Database(config.database)
    prepare(config, shop_file.load(config.shop_file), db)
    db.engine.dispose()
    client = TestClient(create_app(config), base_url=ADDRESS)
    return Stall(client, Sandbox(folder / "sandbox.sqlite3", base_url=f"{ADDRESS}/sandbox"))


def _cases() -> Iterator[Any]:
    for shop in shops():
        for example in examples(shop):
            for database in ["sqlite", "postgresql"] if shop in ON_POSTGRESQL else ["sqlite"]:
                yield pytest.param(example, database, id=f"{shop}, {example.what}, {database}")


@contextmanager
def _on(place: str) -> Iterator[None]:
    """Says where it was when the amounts were not right."""
    try:
        yield
    except AssertionError as error:
        error.add_note(f"on {place}")
        raise


@pytest.mark.parametrize(("example", "database"), list(_cases()))
def test_what_was_worked_out_by_hand_is_shown_agreed_and_charged(
    open_shop: Any, example: Example, database: str
) -> None:
    stall: Stall = open_shop(example.shop, database)
    stall.client.cookies.clear()
    shopper = Shopper(stall.client)
    with _on("the cart page"):
        fill_the_cart(shopper, example)
        check_cart(shopper, example)
    typed = {"country": example.country, "postal_code": example.postal_code, "address_level2": CITY}
    choices = {"region": example.region, "shipping_method": example.method}
    shopper.ask_for_quote(**typed, **{name: value for name, value in choices.items() if value})
    with _on("the checkout page"):
        check_quote(shopper.response, example)
    with _on("the quote fragment"):
        asked = {"country": example.country, "postal_code": example.postal_code, **choices}
        asked["region_of"] = example.country
        fragment = stall.client.get("/checkout/quote", params=asked, headers=HTMX)
        assert fragment.text.startswith('<div id="quote"')
        check_quote(fragment, example)
    shopper.submit("main form").pay()
    number = shopper.response.url.path.removeprefix("/orders/").partition(".")[0]
    with _on("the order page"):
        check_order_page(shopper, example)
    with _on("the order's row"):
        check_row(stall.order(number), example)
    with _on("Stripe's books"):
        check_session(stall.session(number), example)
    with _on("the receipt"):
        check_receipt(stall.receipt(number), example)


def fill_the_cart(shopper: Shopper, example: Example) -> None:
    """Each thing that is added leads to the cart page."""
    for sku, quantity in example.cart:
        shopper.add(sku.lower(), str(quantity))


def check_cart(shopper: Shopper, example: Example) -> None:
    """The tax of the shop's first country, and nothing after it but the note on shipping."""
    form = "plus {} {} ({}, {}) " if example.tax_is_added else "incl. {} {} ({}, {}) "
    taxes = "".join(form.format(tax.amount.text, *tax.named, example.home) for tax in example.cart_tax)
    assert shopper.response.url.path == "/cart"
    assert f"Subtotal {example.subtotal.text} {taxes}Shipping is added at checkout." in shopper.text


def check_quote(response: Any, example: Example) -> None:
    total = f"Total {example.total.text}"
    sums, below = words(response, ".summary__sums"), words(response, "#quote .checkout__actions")
    assert sums.endswith(total)
    assert below.startswith(total)  # and the tax that is in it, at the button
    costs = sums.removesuffix(total) + below.partition(" Continue")[0]
    assert costs == f"Subtotal {example.subtotal.text} {_costs(example, is_document=False)}"
    assert words(response, "#quote .button__words") == f"Continue to payment of {example.total.text}"
    assert element(response, "#quote input[name=total]")["value"] == str(example.total.minor)
    chosen = element(response, "#quote input[name=shipping_method][checked]").find_parent("label")
    assert chosen is not None
    price = example.shipping.text if example.shipping.minor else "free"
    assert " ".join(chosen.get_text(" ").split()) == f"{example.shipping_title} {price}"


def _net(tax: Tax, currency: str) -> str:
    """As it is written beside an amount of the same currency, "€24.00"."""
    return " ".join(format_money(tax.base.minor - tax.amount.minor, currency).split())


def _costs(example: Example, colon: str = "", *, is_document: bool = True) -> str:
    """What pages and mails say from shipping on, with single spaces; documents say what is net, too."""
    taxes = ""
    for tax in example.tax:
        if example.tax_is_added:
            taxes += f"{tax.label} on {tax.base.text}{colon} {tax.amount.text} "
        else:
            name, rate = tax.named
            taxes += f" incl. {tax.amount.text} {name} ({rate})"
            taxes += f", net {_net(tax, example.currency)}" if is_document else ""
    price = example.shipping.text if is_document or example.shipping.minor else "free"
    shipping = f"{example.shipping_title}{colon} {price} "
    total = f"Total{colon} {example.total.text}"
    return f"{shipping}{taxes}{total}" if example.tax_is_added else f"{shipping}{total}{taxes}"


def check_order_page(shopper: Shopper, example: Example) -> None:
    assert "Thank you, your order is paid" in shopper.text
    assert f"{_costs(example)} Order" in shopper.text
    for sku, quantity in example.cart:
        assert f"{quantity} × {title_of(sku)}" in shopper.text


def check_row(order: Order, example: Example) -> None:
    assert (order.state, order.currency) == ("paid", example.currency)
    assert (order.subtotal, order.shipping) == (example.subtotal.minor, example.shipping.minor)
    assert (order.shipping_title, order.address.country) == (example.shipping_title, example.country)
    assert order.tax_mode == ("added" if example.tax_is_added else "included")
    assert order.taxes == tuple(tax.line for tax in example.tax)
    assert order.total == example.total.minor


def check_session(session: dict[str, Any], example: Example) -> None:
    """What is sold is the goods, and the tax as a thing where it is added; the card pays the total, once."""
    goods = [(title_of(sku), quantity) for sku, quantity in example.cart]
    taxes = [tax for tax in example.tax if example.tax_is_added and tax.amount.minor]
    added = sum(tax.amount.minor for tax in taxes)
    sold = [(item["description"], item["quantity"]) for item in session["items"]]
    assert sold == [*goods, *((tax.label, 1) for tax in taxes)]
    assert [item["amount_total"] for item in session["items"][len(goods) :]] == [
        t.amount.minor for t in taxes
    ]
    assert sum(item["amount_total"] for item in session["items"]) == example.subtotal.minor + added
    assert session["shipping_cost"]["amount_total"] == example.shipping.minor
    assert (session["amount_total"], session["currency"]) == (example.total.minor, example.currency.lower())
    paid = [(charge["amount"], charge["currency"], charge["paid"]) for charge in session["charges"]]
    assert paid == [(example.total.minor, example.currency.lower(), True)]


def check_receipt(receipt: Mail, example: Example) -> None:
    assert f" {_costs(example, ':')} Invoice " in " ".join(receipt.text.split())
    written = BeautifulSoup(receipt.html, "html.parser").get_text(" ")
    assert f" {_costs(example)} Invoice " in " ".join(written.split())


def test_each_amount_of_the_tables_is_written_twice_alike() -> None:
    for shop in shops():
        for example in examples(shop):
            for amount in example.amounts():
                digits = "".join(letter for letter in amount.text if letter.isdigit())
                assert int(digits) == amount.minor, (example.what, amount)


def test_the_tables_hold_every_kind_of_shop() -> None:
    every = [example for shop in shops() for example in examples(shop)]
    assert len(every) >= 50
    assert {each.currency for each in every} >= {"EUR", "GBP", "CHF", "USD", "JPY", "BHD", "KWD"}
    assert {each.country for each in every} >= set("DE AT FR FI IE GB CH HU US JP BH KW TN".split())
    for kind in ({each.tax_is_added for each in every}, {len(each.tax) for each in every}):
        assert kind in ({True, False}, {0, 1, 2, 3})
