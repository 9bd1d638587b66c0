"""The quote: the part of the checkout that follows the country and postcode."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from bs4 import Tag
from httpx2 import Response
from starlette.testclient import TestClient

from tests.conftest import ADDRESS as SITE
from tests.conftest import DATA, make_config, site_of
from tests.people import FORM
from tests.shopper import Shopper
from tests.web.questions import BOTH, HISTORY, HTMX, PLAIN, element, has_vary, is_page, soup, words
from tests.wire import Wire
from webshop.app import create_app
from webshop.db.tables import orders
from webshop.sandbox.core import Sandbox

SHOP = """
name = "Test Pottery"
currency = "EUR"

[[shipping.zones]]
name = "Islands"
countries = ["DE"]
postcodes = ["27498"]

[[shipping.zones]]
name = "Germany"
countries = ["DE"]
  [[shipping.zones.methods]]
  key = "parcel"
  title = "Parcel"
  price = 4.90
  [[shipping.zones.methods]]
  key = "express"
  title = "Express"
  delivery = "next day"
  price = 14.90

[[shipping.zones]]
name = "Elsewhere"
countries = ["GB", "US"]
methods = [{ key = "air", title = "By air", rates = [{ up_to_weight = 1_000, price = 24.90 }] }]

[tax]
DE = { standard = 19 }
GB = { standard = 20 }
"""

NOWHERE = "Please choose a country that we deliver to."
ISLAND = "Sorry, we do not deliver to this postcode."


@pytest.fixture
def config(database_url: str, tmp_path: Path) -> Any:
    (tmp_path / "shop.toml").write_text(SHOP)
    return make_config(tmp_path, database_url=database_url, shop_file=tmp_path / "shop.toml")


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """Somebody with two mugs in the cart (24.00), for tests that only ask."""
    folder = tmp_path_factory.mktemp("asked")
    (folder / "shop.toml").write_text(SHOP)
    config = make_config(folder, shop_file=folder / "shop.toml", catalog_file=DATA / "catalog.toml")
    client = TestClient(create_app(config), base_url=SITE)
    client.post("/cart/lines", data={"sku": "MUG-BLUE", "quantity": "2"})
    yield client
    site_of(client).db.engine.dispose()


@pytest.fixture
def buyer(client: TestClient) -> TestClient:
    """Somebody with two mugs in the cart, to whom anything may happen."""
    client.post("/cart/lines", data={"sku": "MUG-BLUE", "quantity": "2"})
    return client


def quote(client: TestClient, headers: Mapping[str, str] = HTMX, /, **typed: str) -> Response:
    sent = {"country": "DE", "postal_code": "10115", **typed}
    return client.get("/checkout/quote", params=sent, headers=headers, follow_redirects=False)


def post(
    client: TestClient, headers: Mapping[str, str] = PLAIN, /, total: str = "2890", **changes: str
) -> Response:
    form = {**FORM, "total": total, "shipping_method": "parcel", **changes}
    return client.post("/checkout", data=form, headers=headers, follow_redirects=False)


def methods(response: Response) -> list[str]:
    """What can be chosen, the chosen one with a star."""
    return [
        str(each["value"]) + ("*" if each.has_attr("checked") else "")
        for each in soup(response).select("#quote input[name=shipping_method]")
    ]


def told_at(response: Response, field: str) -> str:
    """The sentence at a field, found as a screen reader finds it."""
    control = element(response, f"#quote [name={field}]")
    assert control.get("aria-invalid") == "true", control
    return words(response, f"#quote #{control['aria-describedby']}")


def placed(client: TestClient) -> int:
    with site_of(client).db.read() as connection:
        return len(connection.execute(orders.select()).all())


# What the fragment is


def test_htmx_is_given_the_quote_and_anybody_else_the_page(asked: TestClient) -> None:
    for headers in (HTMX, PLAIN, HISTORY):
        response = quote(asked, headers)
        assert response.status_code == 200
        assert has_vary(response)
        assert is_page(response) == (headers != HTMX)
        assert methods(response) == ["parcel*", "express"]
        assert "Total €28.90" in words(response, "#quote")
    root = soup(quote(asked)).find(True)
    assert root is not None and root["id"] == "quote"


def test_the_page_holds_the_same_quote_as_the_fragment(asked: TestClient) -> None:
    for country in ("DE", "GB", "US"):
        fragment, page = quote(asked, country=country), quote(asked, PLAIN, country=country)
        assert words(fragment, "#quote") == words(page, "#quote")


@pytest.mark.parametrize("headers", BOTH)
def test_an_empty_cart_leads_back_to_the_cart(client: TestClient, headers: dict[str, str]) -> None:
    response = quote(client, headers)
    if headers:
        assert (response.status_code, response.headers["hx-redirect"]) == (200, "/cart")
    else:
        assert (response.status_code, response.headers["location"]) == (303, "/cart")


def test_only_what_the_quote_needs_is_sent_in_its_address(asked: TestClient) -> None:
    """The e-mail and the street are in the form around it, whose fields must stay out of the URL."""
    page = asked.get("/checkout")
    asking = soup(page).select("[hx-get='/checkout/quote']")

    assert [each.get("id") for each in asking] == ["quote", None, None, "shipping_method"]
    assert "form" not in {each.name for each in asking}  # a form sends all of its own
    assert {each["hx-include"] for each in asking} == {"[data-quoted]"}
    sent = _names(soup(page).select("[data-quoted]"))
    assert sent == {"country", "postal_code", "shipping_method"}
    kept_out = {str(control["name"]) for control in element(page, "#checkout form").select("input")} - sent
    billing = {
        f"billing_{part}" for part in ("name", "company", "line1", "line2", "city", "region", "postal_code")
    }
    assert kept_out == {"email", "vat_number", "name", "company", "line1", "line2", "city", "total"} | billing
    us = _names(soup(quote(asked, country="US")).select("[data-quoted]"))
    assert us - sent == {"region", "region_of"}


def _names(places: Sequence[Tag]) -> set[str]:
    controls = [each for place in places for each in (place, *place.select("input, select, textarea"))]
    return {str(control["name"]) for control in controls if control.has_attr("name")}


def test_what_was_typed_before_an_address_of_the_quote_was_opened_is_no_part_of_the_fragment(
    asked: TestClient,
) -> None:
    response = quote(asked, email="eve@example.com", name="Eve")
    assert "eve@example.com" not in response.text


# What it follows


def test_another_country_has_other_methods_another_total_and_its_own_tax(asked: TestClient) -> None:
    home, abroad, far = (quote(asked, country=country) for country in ("DE", "GB", "US"))

    assert methods(home) == ["parcel*", "express"]
    assert "Total €28.90 incl. €4.61 VAT (19%)" in words(home, "#quote")
    assert methods(abroad) == ["air*"]
    assert "Total €48.90 incl. €8.15 VAT (20%)" in words(abroad, "#quote")
    assert element(abroad, "input[name=total]")["value"] == "4890"
    assert element(abroad, "#country option[selected]")["value"] == "GB"
    assert "Total €48.90" in words(far, "#quote")
    assert "VAT" not in words(far, "#quote")


def test_the_chosen_method_counts_and_is_left_when_the_country_has_no_such_one(asked: TestClient) -> None:
    chosen = quote(asked, shipping_method="express")
    assert methods(chosen) == ["parcel", "express*"]
    assert "Express €14.90" in words(chosen, ".summary__sums")
    assert "Continue to payment of €38.90" in words(chosen, "#quote")
    left = quote(asked, shipping_method="express", country="GB")
    assert left.status_code == 200
    assert methods(left) == ["air*"]


def test_what_a_method_says_of_its_time_is_beside_it(asked: TestClient) -> None:
    assert "Express next day €14.90" in words(quote(asked), "#quote .choices")


@pytest.mark.parametrize("typed", ["27498", "27 498", " 27498 ", "27-498"])
def test_a_postcode_where_nothing_is_sent_says_so_at_the_field(asked: TestClient, typed: str) -> None:
    response = quote(asked, postal_code=typed)

    assert response.status_code == 200
    assert told_at(response, "postal_code") == ISLAND
    assert element(response, "#postal_code")["value"] == typed
    assert methods(response) == []
    assert soup(response).select("input[name=total]") == []
    assert words(response, "#quote .button__words") == "Continue to payment"


def test_another_postcode_of_the_same_country_is_delivered_to(asked: TestClient) -> None:
    response = quote(asked, postal_code="27499")
    assert soup(response).select("[aria-invalid]") == []
    assert methods(response) == ["parcel*", "express"]


def test_a_state_is_asked_for_where_there_are_any_and_the_choice_is_kept(asked: TestClient) -> None:
    assert soup(quote(asked, country="GB")).select("#region") == []
    fresh = quote(asked, country="US")
    assert soup(fresh).select("#region option[selected]") == []
    assert {"NY", "CA", "DC"} <= {str(each["value"]) for each in soup(fresh).select("#region option")}
    label = element(fresh, "label[for=region]")
    assert label.get_text() == "State or province"
    chosen = quote(asked, country="US", region="NY")
    assert [str(each["value"]) for each in soup(chosen).select("#region option[selected]")] == ["NY"]
    for other in ("XX", "Berlin", "<script>"):
        assert soup(quote(asked, country="US", region=other)).select("#region option[selected]") == []


def test_a_cart_that_is_too_heavy_for_a_country_says_so_there(client: TestClient) -> None:
    client.post("/cart/lines", data={"sku": "MUG-BLUE", "quantity": "4"})  # 1,200 g
    response = quote(client, country="US", region="NY")

    assert told_at(response, "country") == "Sorry, we cannot send this much to United States."
    assert methods(response) == []
    assert methods(quote(client)) == ["parcel*", "express"]
    assert element(response, "#region option[selected]")["value"] == "NY"


# Hostile values

HOSTILE = [
    "", " ", "XX", "ZZ", "de", "DE ", "DEU", "D", "all", "..", "/etc/passwd", "x" * 10_000, "é" * 5000, "😀",
    "<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "{{ 7 * 7 }}", "%(n)s", "%", "\x00",
    "a\nb", "\u202e", "\u212aR", "S\u212a", "\u212a\u212a", "ſe", "ＤＥ", "٢٧٤٩٨", "-1", "9" * 400, "None",
    "' OR 1=1 --",
]  # fmt: skip


@pytest.mark.parametrize("field", ["country", "postal_code", "region", "shipping_method", "total"])
def test_nothing_that_the_address_can_hold_breaks_the_quote(asked: TestClient, field: str) -> None:
    for value in HOSTILE:
        for headers in BOTH if field == "country" else [HTMX]:
            response = quote(asked, headers, **{"country": "US", "email": value[:99], field: value})
            assert response.status_code in (200, 422), (field, value[:20])
            assert "<script>alert" not in response.text
            assert "<img src=x" not in response.text


RAW = [
    "country=%ED%A0%80&postal_code=%FF%FE",
    "country=%00",
    "country=DE&country=GB",
    "country=DE&country=XX&postal_code=1&postal_code=2",
    "shipping_method=parcel&shipping_method=express&shipping_method=",
    "country[]=DE&country[x]=GB",
    "country",
    "=DE",
    "&&&===",
    "%",
    "country=%E0%A4%A",
    ";country=DE",
    "a=1&" * 500,
]


@pytest.mark.parametrize("raw", RAW)
def test_an_address_that_no_form_would_send_breaks_nothing(asked: TestClient, raw: str) -> None:
    for headers in BOTH:
        response = asked.get(f"/checkout/quote?{raw}", headers=headers)
        assert response.status_code in (200, 422), raw
        assert element(response, "#quote")


def test_a_country_that_nobody_knows_is_said_at_the_field_and_costs_nothing(asked: TestClient) -> None:
    response = quote(asked, country="XX")
    assert told_at(response, "country") == NOWHERE
    assert methods(response) == []
    assert soup(response).select("input[name=total]") == []


def test_asking_asks_nobody_else_and_places_nothing(buyer: TestClient, wire: Wire) -> None:
    for country in ("DE", "GB", "US", "XX"):
        for headers in BOTH:
            assert quote(buyer, headers, country=country).status_code == 200
            response = buyer.post("/checkout", data={"act": "quote", "country": country}, headers=headers)
            assert response.status_code == 200
    assert wire.calls == []
    assert placed(buyer) == 0


# Without JavaScript


@pytest.mark.parametrize("headers", BOTH)
def test_working_it_out_again_shows_the_new_total_and_places_nothing(
    buyer: TestClient, wire: Wire, headers: dict[str, str]
) -> None:
    changed = {"country": "GB", "postal_code": "SW1A 1AA", "email": "ada@example.com"}
    response = post(buyer, headers, act="quote", **changed)

    assert response.status_code == 200
    assert is_page(response) == (not headers)
    assert "Total €48.90" in words(response, "#quote")
    assert element(response, "input[name=total]")["value"] == "4890"
    for field, typed in {**FORM, **changed}.items():
        if field != "country":
            assert element(response, f"#checkout [name={field}]")["value"] == typed
    assert words(response, "#checkout-problem") == ""
    assert wire.calls == []
    assert placed(buyer) == 0


def test_a_form_that_is_not_filled_in_yet_can_be_worked_out(buyer: TestClient) -> None:
    response = buyer.post("/checkout", data={"act": "quote", "country": "GB", "postal_code": ""})
    assert response.status_code == 200
    assert "Total €48.90" in words(response, "#quote")
    assert soup(response).select("[aria-invalid]") == []


def test_the_button_for_it_is_there_for_a_browser_without_javascript(asked: TestClient) -> None:
    button = element(asked.get("/checkout"), "#checkout form noscript button")
    assert (button["name"], button["value"]) == ("act", "quote")
    assert button.has_attr("formnovalidate")


def test_somebody_without_javascript_buys_abroad(
    client: TestClient, shopper: Shopper, sandbox: Sandbox
) -> None:
    shopper.add("blue-mug", "2")
    shopper.check_out(country="US", region="NY", postal_code="10001", address_level2="New York").pay()
    assert "your order is paid" in shopper.text
    assert "By air €24.90 Total €48.90 Order" in shopper.text
    assert "New York, NY 10001" in shopper.text.title().replace("Ny", "NY")


# What is refused


@pytest.mark.parametrize("headers", BOTH)
@pytest.mark.parametrize(
    ("changes", "problem", "total", "offered"),
    [
        (
            {"country": "GB", "postal_code": "SW1A 1AA"},
            "This way of shipping is not offered there. Please choose another one.",
            "4890",
            ["air*"],
        ),
        (
            {"country": "GB", "postal_code": "SW1A 1AA", "shipping_method": "air"},
            "The total has changed. Please check it and order again.",
            "4890",
            ["air*"],
        ),
        (
            {"shipping_method": "express"},
            "The total has changed. Please check it and order again.",
            "3890",
            ["parcel", "express*"],
        ),
        (
            {"shipping_method": "pigeon"},
            "This way of shipping is not offered there. Please choose another one.",
            "2890",
            ["parcel*", "express"],
        ),
    ],
)
def test_a_quote_that_is_no_longer_true_is_409_with_the_right_one(
    buyer: TestClient,
    wire: Wire,
    headers: dict[str, str],
    changes: dict[str, str],
    problem: str,
    total: str,
    offered: list[str],
) -> None:
    response = post(buyer, headers, **changes)

    assert response.status_code == 409
    assert is_page(response) == (not headers)
    assert words(response, "#checkout-problem") == problem
    assert element(response, "#quote input[name=total]")["value"] == total
    assert methods(response) == offered
    assert element(response, "input[name=name]")["value"] == "Ada Lovelace"
    assert wire.calls == []
    assert placed(buyer) == 0
    chosen = next(key.removesuffix("*") for key in offered if key.endswith("*"))
    assert post(buyer, headers, total=total, **{**changes, "shipping_method": chosen}).status_code == (
        200 if headers else 303
    )
    assert placed(buyer) == 1


@pytest.mark.parametrize("headers", BOTH)
@pytest.mark.parametrize(
    ("changes", "field", "sentence"),
    [
        ({"postal_code": "27498"}, "postal_code", ISLAND),
        ({"country": "XX"}, "country", NOWHERE),
        ({"country": "FR", "postal_code": "75001"}, "country", NOWHERE),
        ({"country": "US", "postal_code": "10001", "region": "XX"}, "region", "Please choose one."),
        ({"country": "US", "postal_code": "10001"}, "region", "Please choose one."),
    ],
)
def test_where_nothing_is_sent_is_422_at_its_field_and_nothing_is_placed(
    buyer: TestClient, wire: Wire, headers: dict[str, str], changes: dict[str, str], field: str, sentence: str
) -> None:
    response = post(buyer, headers, **changes)

    assert response.status_code == 422
    assert is_page(response) == (not headers)
    assert words(response, "#checkout-problem") == "Please check the marked fields."
    assert told_at(response, field) == sentence
    assert element(response, "input[name=name]")["value"] == "Ada Lovelace"
    assert wire.calls == []
    assert placed(buyer) == 0


def test_what_is_too_heavy_to_be_sent_there_is_422_and_nothing_is_placed(
    client: TestClient, wire: Wire
) -> None:
    client.post("/cart/lines", data={"sku": "MUG-BLUE", "quantity": "4"})
    response = post(client, total="7290", country="GB", postal_code="SW1A 1AA", shipping_method="air")

    assert response.status_code == 422
    assert told_at(response, "country") == "Sorry, we cannot send this much to United Kingdom."
    assert (wire.calls, placed(client)) == ([], 0)


def test_a_country_without_states_forgets_the_one_that_was_chosen(buyer: TestClient) -> None:
    assert post(buyer, region="NY").status_code == 303
    with site_of(buyer).db.read() as connection:
        assert connection.execute(orders.select()).one().region == ""
