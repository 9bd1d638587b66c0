"""A phone, a business, another address for the invoice: wherever an order is shown, told or forgotten."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from starlette.testclient import TestClient

from tests.conftest import DATA, both_databases, make_config, site_of
from tests.people import ADA, FORM, TYPED
from tests.shopper import Shopper
from tests.till import SITE, Till
from webshop import shop
from webshop.address import Address
from webshop.admin import erasure, personal_data
from webshop.app import create_app
from webshop.checkout.details import Details
from webshop.checkout.place import check_out
from webshop.db.tables import orders
from webshop.errors import Invalid
from webshop.orders.model import State
from webshop.payments.client import Payments
from webshop.sandbox.testing import client_of

ENGINES = Address(
    "Charles Babbage", "1 Dorset Street", "Floor 2", "W1U 4EG", "London", "GB", "", "Engines Ltd"
)
BUSINESS = replace(
    ADA,
    address=replace(ADA.address, company="Analytical GmbH"),
    phone="+49 341 123456",
    vat_number="GB123456789",
    billing=ENGINES,
)
SAID = {
    "phone": "0341 123456",
    "vat-number": "gb 123 4567 89",
    "organization": "Analytical GmbH",
    "billing name": "Charles Babbage",
    "billing organization": "Engines Ltd",
    "billing address-line1": "1 Dorset Street",
    "billing address-line2": "Floor 2",
    "billing address-level2": "London",
    "billing postal-code": "w1u4eg",
    "billing country": "GB",
}
PRINTED = [
    "Analytical GmbH",
    "Charles Babbage",
    "Engines Ltd",
    "1 Dorset Street",
    "Floor 2",
    "LONDON",
    "W1U 4EG",
]
PRINTED += ["United Kingdom", "GB123456789", "+49 341 123456"]


@pytest.fixture
def asking(database_url: str, tmp_path: Path) -> Iterator[TestClient]:
    """A shop that wants a phone number."""
    file = tmp_path / "shop.toml"
    text = (DATA / "shop.toml").read_text(encoding="utf-8")
    file.write_text(f'phone = "required"\n{text}', encoding="utf-8")
    client = TestClient(
        create_app(make_config(tmp_path, database_url=database_url, shop_file=file)), base_url=SITE
    )
    yield client
    site_of(client).db.engine.dispose()


def business(till: Till, details: Details = BUSINESS) -> Any:
    return till.check_out(till.cart(MUG_BLUE=2), details)


def test_the_form_takes_them_and_the_order_s_page_shows_them(asking: TestClient) -> None:
    shopper = Shopper(asking).add("bowl", sku="BOWL-S")
    shopper.visit("/checkout").submit("main form", **TYPED, **SAID)
    shopper.pay()
    assert [words for words in PRINTED if words not in shopper.text] == []


@pytest.mark.parametrize("template", ["mail/_order.txt", "mail/_order.html", "orders/_order.html"])
def test_every_template_prints_them(client: TestClient, till: Till, template: str) -> None:
    order, _session = business(till)
    names = {"order": order, "pictures": {}, "thumbnails": {}, "link": "/orders/1", "poll": 1, "pause": 2}
    shown = site_of(client).pages.text(template, names)
    assert [words for words in PRINTED if shown.count(words) != 1] == []
    plain, _session = till.check_out(till.cart(MUG_BLUE=2))
    shown = site_of(client).pages.text(template, {**names, "order": plain})
    assert ("Invoice to" in shown, "Phone" in shown, "VAT number" in shown) == (False, False, False)


def test_what_is_missing_is_said_at_its_field_in_an_open_fold(asking: TestClient) -> None:
    shopper = Shopper(asking).add("bowl", sku="BOWL-S")
    shopper.visit("/checkout")
    assert "open" not in shopper.page.select_one("#billing").attrs  # type: ignore[union-attr]
    shopper.submit("main form", **TYPED, **{"billing organization": "Engines Ltd"})
    assert shopper.response.status_code == 422
    said = {str(each["id"]): each.get_text() for each in shopper.page.select(".field__problem")}
    assert said == {
        "phone-problem": "Please fill in this field.",
        **dict.fromkeys(
            ["billing_name-problem", "billing_line1-problem", "billing_city-problem"],
            "Please fill in this field.",
        ),
        "billing_country-problem": "Please choose a country.",
    }
    fold = shopper.page.select_one("#billing")
    assert fold
    assert "open" in fold.attrs
    kept = fold.select_one("[name=billing_company]")
    assert kept
    assert kept["value"] == "Engines Ltd"


def test_a_phone_is_asked_for_only_where_the_shop_wants_it(asking: TestClient, client: TestClient) -> None:
    for site, wanted in ((asking, True), (client, False)):
        page = Shopper(site).add("bowl", sku="BOWL-S").visit("/checkout").page
        field = page.select_one("[autocomplete=tel]")
        assert (field is not None) == wanted
        assert field is None or (field["type"], field.has_attr("required")) == ("tel", True)


def test_who_comes_back_from_paying_finds_what_was_typed(asking: TestClient) -> None:
    shopper = Shopper(asking).add("bowl", sku="BOWL-S")
    shopper.visit("/checkout").submit("main form", **TYPED, **SAID)
    page = shopper.visit("/checkout").page
    typed = {
        name: page.select_one(f"[name={name}]")
        for name in ("phone", "vat_number", "company", "billing_line1")
    }
    assert {name: each and each["value"] for name, each in typed.items()} == {
        "phone": "0341 123456",
        "vat_number": "gb 123 4567 89",
        "company": "Analytical GmbH",
        "billing_line1": "1 Dorset Street",
    }
    chosen = page.select_one("[name=billing_country] [selected]")
    assert chosen
    assert chosen["value"] == "GB"


@both_databases
def test_an_order_keeps_them_and_differs_by_them(till: Till) -> None:
    cart = till.cart(MUG_BLUE=2)
    order, _session = till.check_out(cart, BUSINESS)
    kept = till.order(order.number)
    assert (kept.phone, kept.vat_number, kept.billing, kept.address.company) == (
        "+49 341 123456",
        "GB123456789",
        ENGINES,
        "Analytical GmbH",
    )
    assert till.check_out(cart, BUSINESS)[0].number == order.number
    for change in (
        {"phone": ""},
        {"vat_number": "GB123456780"},
        {"billing": None},
        {"address": replace(BUSINESS.address, company="")},
    ):
        other, _session = till.check_out(cart, replace(BUSINESS, **change))
        assert other.number != order.number
        order, _session = till.check_out(cart, BUSINESS)


def test_stripe_is_told_of_the_buyer_and_charges_the_same(till: Till) -> None:
    order, session = business(till)
    client = client_of(till.sandbox)
    [customer] = client.v1.customers.list().data
    made: Any = client.v1.customers.retrieve(customer.id, {"expand": ["tax_ids"]})
    assert (made.name, made.business_name, made.phone) == ("Charles Babbage", "Engines Ltd", "+49341123456")
    assert (made.address.line1, made.address.country) == ("1 Dorset Street", "GB")
    assert (made.shipping.name, made.shipping.phone) == ("Ada Lovelace", "+49341123456")
    assert [(each.type, each.value) for each in made.tax_ids.data] == [("gb_vat", "GB123456789")]
    assert made.metadata.to_dict() == {"order": order.number, "vat_number": "GB123456789"}
    plain, plain_session = till.check_out(till.cart(MUG_BLUE=2))
    assert (session.amount, order.taxes) == (plain_session.amount, plain.taxes)
    assert (
        len(client.v1.customers.list().data) == 1
    )  # of whom there is nothing to tell, Stripe makes it itself
    till.pay(session)
    assert till.settle(session).state == State.PAID


def test_where_stripe_works_out_the_tax_a_vat_number_takes_nothing_off(till: Till) -> None:
    """Stripe Tax would, for a business abroad."""
    stripes = shop.load(DATA / "shop.toml").model_copy(
        update={"tax": {}, "tax_by_stripe": True, "prices_include_tax": False}
    )
    details = replace(BUSINESS, vat_number="ATU12345678")
    _order, session = check_out(
        till.db, till.stripe, shop=stripes, site=SITE, cart=till.cart(MUG_BLUE=2), details=details,
        shown_total=2890, ui_mode="hosted_page", visitor="",
    )  # fmt: skip
    assert (session.amount, session.tax) == (3439, 549)
    [customer] = client_of(till.sandbox).v1.customers.list().data
    assert customer.metadata
    assert customer.metadata["vat_number"] == "ATU12345678"


def test_a_vat_number_that_stripe_refuses_is_the_shoppers_to_mend(
    till: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("webshop.payments.request.vat_area", lambda _number: "eu")
    with pytest.raises(Invalid) as refusal:
        business(till, replace(BUSINESS, vat_number="QQ1"))
    assert refusal.value.fields == {"vat_number": "This does not look like a VAT number."}


@both_databases
def test_they_are_handed_out_and_forgotten(till: Till) -> None:
    order, _session = business(till)
    [handed] = json.loads(personal_data.collect(till.db, "ada@example.com"))["orders"]
    assert (handed["company"], handed["phone"], handed["billing_line1"]) == (
        "Analytical GmbH",
        "+49 341 123456",
        "1 Dorset Street",
    )
    till.change_order(order, state=State.EXPIRED)
    erasure.forget(till.db, "ada@example.com")
    with till.db.read() as connection:
        row = connection.execute(select(orders).where(orders.c.number == order.number)).one()._asdict()
    personal = {name for name in row if name.startswith("billing_")} | {"company", "phone", "vat_number"}
    assert {row[name] for name in personal} == {""}
    assert till.order(order.number).billing is None


def test_they_are_in_the_sheet_and_in_the_export(said: Any, till: Till) -> None:
    order, _session = business(till)
    sheet = said("orders", "show", order.number)[1]
    assert "  phone    +49 341 123456" in sheet
    assert "  VAT no.  GB123456789" in sheet
    start = sheet.index("Invoice to")
    assert sheet[start + 1 : start + 8] == [f"  {line}" for line in (
        "Charles Babbage", "Engines Ltd", "1 Dorset Street", "Floor 2", "LONDON", "W1U 4EG", "United Kingdom",
    )]  # fmt: skip
    names, row = said("orders", "export")[1]
    cells = dict(zip(names.split(","), row.split(","), strict=True))
    assert list(cells)[-11:] == list(cells)[list(cells).index("company") :]
    assert list(cells.values())[-11:] == [
        "Analytical GmbH", "'+49 341 123456", "GB123456789", "Charles Babbage", "Engines Ltd",
        "1 Dorset Street", "Floor 2", "W1U 4EG", "London", "", "GB",
    ]  # fmt: skip


@both_databases
def test_an_order_of_the_release_before_has_none_and_works(till: Till) -> None:
    """It writes rows without these columns."""
    order, session = till.check_out(till.cart(MUG_BLUE=2))
    kept = till.order(order.number)
    assert (kept.phone, kept.vat_number, kept.billing, kept.address.company) == ("", "", None, "")
    till.pay(session)
    assert till.settle(session).state == State.PAID


def test_a_call_that_was_lost_is_asked_for_again_with_the_same_words(till: Till) -> None:
    """An idempotency key demands it."""
    cart = till.cart(MUG_BLUE=2)
    till.check_out(cart, BUSINESS)
    till.check_out(cart, BUSINESS)
    assert isinstance(till.stripe, Payments)
    assert till.wire.count("POST /v1/customers") == 1
    assert FORM["email"] == BUSINESS.email
