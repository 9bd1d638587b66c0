"""What was typed into the checkout is kept with the cart: over a reload, to the cart and back; and forgotten
with the cart, or when it was bought."""

from contextlib import AbstractContextManager
from typing import Any

import pytest
from sqlalchemy import Connection, delete, event, select
from starlette.testclient import TestClient

from tests.conftest import both_databases, site_of
from tests.people import FORM
from tests.shopper import Shopper
from tests.till import Till
from tests.web.questions import BOTH, HTMX, PLAIN, element, soup
from webshop.cart import drafts as typed_drafts
from webshop.db.engine import Database
from webshop.db.tables import carts, drafts
from webshop.errors import Unavailable

pytestmark = both_databases

TYPED = {"email": "Ada@Example.com", "name": "Ada <b>", "line1": "Straße 1", "country": "US", "region": "CA"}
TOTAL = "2890"  # of two mugs and a parcel


@pytest.fixture
def buyer(client: TestClient) -> TestClient:
    client.post("/cart/lines", data={"sku": "MUG-BLUE", "quantity": "2"})
    return client


def keep(client: TestClient, **typed: str) -> int:
    return client.post(
        "/checkout/draft", data={**TYPED, "region_of": "US", **typed}, headers=HTMX
    ).status_code


def shown(client: TestClient) -> dict[str, str]:
    """What the checkout's form holds."""
    page = client.get("/checkout")
    fields = {
        str(each["name"]): str(each.get("value", "")) for each in soup(page).select("#checkout input[name]")
    }
    for name in ("country", "region"):
        chosen = soup(page).select_one(f"#{name} option[selected]")
        fields[name] = str(chosen["value"]) if chosen else ""
    return fields


def kept(client: TestClient) -> list[tuple[str, str]]:
    with site_of(client).db.read() as connection:
        return [(row.email, row.fields) for row in connection.execute(select(drafts))]


def test_what_was_typed_is_there_again(buyer: TestClient) -> None:
    assert keep(buyer) == 204
    assert keep(buyer, city="Ithaca", total="1", act="cart", price="0") == 204
    found = shown(buyer)
    assert {name: found[name] for name in TYPED} == TYPED
    assert found["city"] == "Ithaca"
    assert [email for email, _fields in kept(buyer)] == ["ada@example.com"]
    assert "price" not in kept(buyer)[0][1]
    assert keep(buyer, email="") == 204  # the last word counts
    assert shown(buyer)["email"] == ""


@pytest.mark.parametrize("headers", BOTH)
def test_the_way_back_to_the_cart_keeps_it_too(buyer: TestClient, headers: dict[str, str]) -> None:
    sent = {**TYPED, "act": "cart"}
    answer = buyer.post("/checkout", data=sent, headers=headers, follow_redirects=False)
    assert (answer.headers.get("location") or answer.headers.get("hx-redirect")) == "/cart"
    assert shown(buyer)["name"] == "Ada <b>"


def test_what_is_refused_is_kept_too(buyer: TestClient) -> None:
    keep(buyer, name="An older name")
    for changed in ({"email": "ada"}, {"total": "1"}):
        answer = buyer.post(
            "/checkout", data={**FORM, "total": TOTAL, "city": "Bath", **changed}, headers=HTMX
        )
        assert answer.status_code in (409, 422)
        found = shown(buyer)
        assert (found["name"], found["city"]) == (FORM["name"], "Bath")


def test_it_is_forgotten_with_the_order_and_with_the_cart(buyer: TestClient) -> None:
    shopper = Shopper(buyer)
    shopper.check_out()
    assert shown(buyer)["email"] == FORM["email"]
    shopper.visit("/cart")
    shopper.check_out().pay()
    assert "Thank you" in shopper.text
    assert kept(buyer) == []
    assert keep(buyer) == 204  # a change that was still on its way
    assert kept(buyer) == []

    buyer.post("/cart/lines", data={"sku": "TILES", "quantity": "1"})
    assert shown(buyer)["email"] == ""
    keep(buyer)
    with site_of(buyer).db.write() as connection:
        connection.execute(delete(carts))
    assert kept(buyer) == []


def test_it_is_forgotten_under_its_address_in_whatever_case(buyer: TestClient) -> None:
    keep(buyer, email="ÄNNE@x.example")
    with site_of(buyer).db.write() as connection:
        assert typed_drafts.forget_person(connection, "Änne@X.example") == 1
    assert kept(buyer) == []


def test_nobody_is_forgotten_by_an_empty_address(buyer: TestClient) -> None:
    keep(buyer, email="")
    with site_of(buyer).db.write() as connection:
        assert typed_drafts.forget_person(connection, "") == 0
    assert [email for email, _fields in kept(buyer)] == [""]


def test_an_order_for_which_nothing_was_typed_leaves_what_was(till: Till) -> None:
    cart = till.cart(MUG_BLUE=1)
    with till.db.write() as connection:
        typed_drafts.keep(connection, cart, TYPED)
    till.check_out(cart)
    assert typed_drafts.find(till.db, cart) == TYPED


def test_nobody_else_sees_it_and_a_visitor_without_a_cart_keeps_nothing(buyer: TestClient) -> None:
    keep(buyer)
    buyer.cookies.clear()
    assert keep(buyer, email="eve@example.com") == 204
    assert len(kept(buyer)) == 1
    buyer.post("/cart/lines", data={"sku": "TILES", "quantity": "1"})
    assert shown(buyer)["email"] == ""


def test_what_is_typed_may_be_anything_and_is_bounded(buyer: TestClient) -> None:
    for hostile in ("\x00", "'; --", '"}', "é" * 5_000, "<script>", "{{ 7 * 7 }}"):
        assert keep(buyer, name=hostile, email=hostile) == 204
        assert "49" not in shown(buyer)["name"]
    assert max(len(fields) for _email, fields in kept(buyer)) < 1_000
    assert buyer.get("/checkout/draft").status_code == 405


def test_an_order_is_kept_with_what_was_typed_for_it_and_costs_no_transaction_more(buyer: TestClient) -> None:
    begun: list[bool] = []

    def note(connection: Connection) -> None:
        begun.append(bool(connection.get_execution_options().get("write")))

    keep(buyer, name="An older name")
    event.listen(site_of(buyer).db.engine, "begin", note)
    assert buyer.post("/checkout", data={**FORM, "total": TOTAL}, headers=HTMX).status_code == 200
    event.remove(site_of(buyer).db.engine, "begin", note)
    assert sum(begun) == 3  # the order, its attempt, its session
    assert shown(buyer)["name"] == FORM["name"]


def test_no_older_draft_is_left_beside_an_order_however_busy_the_database_is(
    buyer: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What waits for nobody is not written then; the order is, and what was typed for it with it."""
    keep(buyer, name="An older name")
    write = Database.write

    def busy(
        db: Database, *arguments: Any, waits: bool = True, **more: Any
    ) -> AbstractContextManager[Connection]:
        if not waits:
            raise Unavailable("The shop is very busy.")
        return write(db, *arguments, **more)

    monkeypatch.setattr(Database, "write", busy)
    assert buyer.post("/checkout", data={**FORM, "total": TOTAL}, headers=HTMX).status_code == 200
    assert shown(buyer)["name"] == FORM["name"]


def test_nobody_waits_for_a_database_that_is_busy(buyer: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def busy(*_arguments: object, **_more: object) -> None:
        raise Unavailable("The shop is very busy.")

    monkeypatch.setattr("webshop.cart.drafts.keep", busy)
    assert keep(buyer) == 204


def test_what_is_wrong_is_said_until_it_is_right(buyer: TestClient) -> None:
    """Once it was refused: before that nobody hears of what they have not typed yet."""
    assert soup(buyer.get("/checkout")).select("[aria-invalid]") == []
    wrong = {**FORM, "line1": "", "postal_code": "x", "total": "2890"}
    assert buyer.post("/checkout", data=wrong, headers=HTMX).status_code == 422
    buyer.post("/checkout/draft", data={**wrong, "refused": "yes", "postal_code": "10115"}, headers=HTMX)
    quote = buyer.get("/checkout/quote", params={"country": "DE", "postal_code": "10115"}, headers=HTMX)
    assert [each["name"] for each in soup(quote).select("[aria-invalid]")] == ["line1"]
    assert soup(quote).select("[autofocus]") == []


def test_countries_stand_by_their_names_the_shops_own_first(buyer: TestClient) -> None:
    names = [each.get_text() for each in soup(buyer.get("/checkout")).select("#country option")]
    assert names[0] == "Germany"
    assert names[1:] == sorted(names[1:])
    assert len(names) > 2


ROWS = {
    "DE": ["country", "name", "company", "line1", "line2", "postal_code", "city"],
    "US": ["country", "name", "company", "line1", "line2", "city", "region", "region_of", "postal_code"],
    "GB": ["country", "name", "company", "line1", "line2", "city", "postal_code"],
    "IE": ["country", "name", "company", "line1", "line2", "city", "postal_code"],
}


def test_each_country_has_its_fields_in_its_order(buyer: TestClient) -> None:
    for country, names in ROWS.items():
        page = buyer.get("/checkout/quote", params={"country": country}, headers=PLAIN)
        fields = element(page, "#checkout-address").select("input, select")
        assert [each["name"] for each in fields] == names, country


def test_stripes_hosts_stand_in_the_policy_of_the_checkouts_pages_alone(buyer: TestClient) -> None:
    def stripe_may_run(path: str) -> bool:
        policy = buyer.get(path, follow_redirects=True).headers["content-security-policy"]
        return bool(policy == site_of(buyer).checkout_policy)

    assert [path for path in ("/", "/cart", "/products/tiles", "/nothing") if stripe_may_run(path)] == []
    assert stripe_may_run("/checkout")
    assert stripe_may_run("/checkout/quote?country=DE")
