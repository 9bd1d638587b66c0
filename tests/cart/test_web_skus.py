"""A sku is whatever its owner calls a thing: it goes through cart, checkout and papers as it is written."""

import csv
import io
import re

import pytest
from starlette.testclient import TestClient

from tests.conftest import both_databases, site_of
from tests.shopper import Shopper
from tests.web.questions import BOTH, soup
from webshop.admin.export import export_lines
from webshop.admin.order_list import Filter
from webshop.admin.refunds import restock
from webshop.admin.search import find_orders
from webshop.cart import queries as carts
from webshop.catalog import load as catalogue
from webshop.catalog.model import Catalogue, Picture, Product, Variant, key_of
from webshop.db.engine import Database
from webshop.errors import Mistyped
from webshop.orders import queries as orders
from webshop.settings.mode import ShopMode

LONG = "Krug, kobaltblau glasiert / 350 ml / mit Henkel & Untertasse 1"
SKUS = [
    "mug blue/350",
    "Größe „M“",
    '"><script>alert(1)</script>',
    "=1+2",
    "a&quantity=9",
    "../../etc/passwd",
    "☕️ no. 1",
    "100% {x} #%41",
    "0",
    "-1",
    LONG,
    LONG.replace("1", "2"),
]


def sell(db: Database) -> None:
    variants = tuple(
        Variant(key_of(sku), "thing", f"No. {n}", 100, 9, 10, code=sku if len(sku) > 40 else "")
        for n, sku in enumerate(SKUS)
    )
    thing = Product("thing", "Thing", "A thing.", "It is.", variants, (Picture("harbour-mug.svg"),))
    with db.write() as connection:
        catalogue.load(connection, Catalogue((thing,)))


@pytest.mark.parametrize("headers", BOTH)
def test_every_sku_is_added_changed_and_removed_in_whatever_case(
    client: TestClient, headers: dict[str, str]
) -> None:
    sell(site_of(client).db)
    for n, sku in enumerate(SKUS):
        added = client.post("/cart/lines", data={"sku": sku.upper(), "quantity": "1"}, headers=headers)
        assert added.status_code == 200, sku
        changed = client.post("/cart/lines/change", data={"sku": sku, "quantity": "2"}, headers=headers)
        assert f"Thing, No. {n}: 2 in your cart." in changed.text, sku

    page = soup(client.get("/cart"))
    ids = [str(each["id"]) for each in page.select("[id]")]
    assert len(ids) == len(set(ids))
    assert all(re.fullmatch("[a-z][a-z0-9_-]*", each) for each in ids)
    assert not page.select('[action*="Kr"], [hx-post*="Kr"], script[src*="alert"]')
    for form in page.select("#cart-page form:last-child"):
        typed = {str(field["name"]): str(field["value"]) for field in form.select("input, button[name]")}
        client.post(str(form["action"]), data=typed, headers=headers)
    assert "Your cart is empty." in client.get("/cart").text


def test_a_mirror_of_any_sku_is_restored(client: TestClient) -> None:
    sell(site_of(client).db)
    client.post("/cart/lines", data={"sku": LONG, "quantity": "1"})
    client.post("/cart/lines", data={"sku": "=1+2", "quantity": "1"})
    mirror = soup(client.get("/cart")).select_one("#cart-mirror")
    assert mirror is not None
    client.cookies.clear()
    answer = client.post("/cart/restore", data={"lines": mirror.get_text()})

    assert "We put back your cart: Thing, No. 10, Thing, No. 3." in answer.text


def test_papers_and_commands_show_the_sku_as_it_is_written(client: TestClient, shopper: Shopper) -> None:
    db = site_of(client).db
    sell(db)
    for sku in (LONG, "=1+2"):
        client.post("/cart/lines", data={"sku": sku, "quantity": "3"})
    shopper.check_out().pay()

    found = csv.reader(io.StringIO(b"".join(export_lines(db, Filter(ShopMode.SANDBOX))).decode()))
    head, *lines = list(found)
    assert [line[head.index("sku")] for line in lines] == [LONG, "'=1+2"]
    [row] = find_orders(db, "untertasse", 5)
    assert [(line.written_sku, n) for line, n in restock(db, row.number, {LONG.lower(): 1})] == [(LONG, 1)]
    with pytest.raises(Mistyped, match=re.escape("does not have 1 of mug blue/350")):
        restock(db, row.number, {"mug blue/350": 1})
    with db.read() as connection:
        [event] = [each for each in orders.get_order(connection, row.number).lines if each.code]
    assert (event.sku, event.written_sku) == (key_of(LONG), LONG)


@both_databases
def test_what_is_no_sku_is_not_asked_for(db: Database) -> None:
    sell(db)
    odd = ["", " ", " =1+2", "=1+2 ", "a\x00b", "\ud800", "x" * 65, "line\nbreak", "\u202e=1+2"]
    with db.write() as connection:
        assert carts.restore(connection, "0" * 32, [(sku, 1) for sku in odd]) == (0, len(odd))
        assert carts.list_lines(connection, "0" * 32) == []
