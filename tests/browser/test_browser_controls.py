"""After a swap every control is as the server says, but for one that was changed since the request was sent;
and Back leaves no field beside another field's quote."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, Request, Route, expect
from sqlalchemy import select

from tests.browser.conftest import Visitor, wait_until
from tests.browser.server import ServedShop, served
from tests.browser.test_browser_purchase import fill_in_address
from webshop.catalog.model import mark_of
from webshop.db.tables import orders

TILES = mark_of("TILES")
VASE = mark_of("VASE")

SHOP = """
name = "Test Pottery"
currency = "EUR"
[[shipping.zones]]
name = "Germany"
countries = ["DE"]
methods = [
  { key = "parcel", title = "Parcel", price = 4.90 },
  { key = "express", title = "Express", price = 14.90 },
]
[[shipping.zones]]
name = "Overseas"
countries = ["US", "CA", "ES", "HK"]
methods = [{ key = "ship", title = "By ship", price = 9 }, { key = "air", title = "By air", price = 24.90 }]
"""


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedShop]:
    folder = tmp_path_factory.mktemp("controls")
    (folder / "shop.toml").write_text(SHOP)
    with served(folder, shop_file=folder / "shop.toml") as shop:
        yield shop


@pytest.fixture
def shop_url(shop: ServedShop) -> str:
    return shop.url


def with_tiles(visitor: Visitor, path: str, *, also: str = "") -> Page:
    page = visitor.open("/products/tiles")
    for product in filter(None, ["tiles", also]):
        page.goto(f"{visitor.url}/products/{product}")
        page.get_by_role("button", name="Add to cart").click()
        expect(page.get_by_role("status")).to_contain_text("added")
    page.goto(visitor.url + path)
    return page


def held(page: Page, address: str) -> list[Route]:
    """The first such request waits, until it is let go."""
    routes: list[Route] = []
    page.route(re.compile(address), lambda route: route.continue_() if routes else routes.append(route))
    return routes


def until(page: Page, routes: list[Route]) -> Route:
    wait_until(page, lambda: routes, "nothing was asked")
    return routes[0]


def total(page: Page) -> Locator:
    return page.locator("#quote .total strong")


# The checkout: selects and radio buttons


def test_the_region_is_the_servers_after_another_country(visitor: Visitor, shop: ServedShop) -> None:
    page = with_tiles(visitor, "/checkout")
    region = page.get_by_label("State or province")
    page.get_by_label("Country").select_option("US")
    region.select_option("MA")
    expect(page.get_by_role("status")).to_contain_text("Total")
    for country in ("CA", "ES", "US"):
        page.get_by_label("Country").select_option(country)
        expect(page.locator("[name=region_of]")).to_have_value(country)
        expect(region).to_have_value("")
    region.select_option("CA")
    expect(page.get_by_role("status")).to_contain_text("Total")
    expect(region).to_have_value("CA")


def test_the_way_of_shipping_that_is_shown_is_the_one_that_is_ordered(
    visitor: Visitor, shop: ServedShop
) -> None:
    page = with_tiles(visitor, "/checkout")
    fill_in_address(page)
    page.get_by_label("Express").check()
    expect(total(page)).to_have_text("€15.89")
    page.get_by_label("Country").select_option("HK")
    expect(page.get_by_label("By ship")).to_be_checked()
    expect(total(page)).to_have_text("€9.99")
    page.get_by_label("By air").check()
    expect(total(page)).to_have_text("€25.89")
    page.get_by_label("Country").select_option("DE")
    expect(page.get_by_label("Parcel")).to_be_checked()
    expect(total(page)).to_have_text("€5.89")
    page.get_by_role("button", name="Continue to payment of €5.89").click()
    expect(page.get_by_role("heading", name="Payment")).to_be_focused()
    with shop.site.db.read() as connection:
        placed = connection.execute(select(orders).order_by(orders.c.placed_at.desc())).first()
    assert placed is not None
    assert (placed.shipping_method, placed.country, placed.total) == ("parcel", "DE", 589)


def test_what_is_typed_while_the_quote_is_on_its_way_is_kept(visitor: Visitor) -> None:
    page = with_tiles(visitor, "/checkout")
    routes = held(page, "/checkout/quote")
    page.get_by_label("Country").select_option("US")
    asked = until(page, routes)
    page.get_by_label("Postcode").press_sequentially("0210")
    asked.continue_()
    expect(total(page)).to_have_text("€9.99")
    expect(page.get_by_label("Postcode")).to_have_value("0210")
    expect(page.get_by_label("Postcode")).to_be_focused()
    page.keyboard.type("8")
    page.keyboard.press("Tab")
    expect(page.get_by_label("Postcode")).to_have_value("02108")
    expect(page.get_by_label("Country")).to_have_value("US")


def test_what_is_changed_while_the_form_is_refused_is_kept_and_its_quote_follows(visitor: Visitor) -> None:
    page = with_tiles(visitor, "/checkout")
    fill_in_address(page)
    page.get_by_label("E-mail").fill("nobody@example")
    page.get_by_label("E-mail").evaluate("it => it.form.noValidate = true")
    page.get_by_label("Postcode").fill("x")
    routes = held(page, "/checkout$")
    page.get_by_role("button", name="Continue to payment").click()
    asked = until(page, routes)
    page.get_by_label("Name").fill("Grace Hopper")
    page.get_by_label("Country").select_option("HK")
    page.get_by_label("Town or city").focus()
    expect(total(page)).to_have_text("€9.99")
    asked.continue_()
    expect(page.locator("#checkout-problems")).to_contain_text("Postcode")
    expect(page.get_by_label("Name")).to_have_value("Grace Hopper")
    expect(page.get_by_label("Country")).to_have_value("HK")
    expect(total(page)).to_have_text("€9.99")
    expect(page.get_by_label("Street and number")).to_have_value("1 Analytical Street")
    visitor.complaints.clear()  # Chromium says that it saw 422


# The cart: numbers


@pytest.mark.parametrize("place", ["panel", pytest.param("page", marks=pytest.mark.slow)])
def test_a_quantity_that_was_refused_is_told_at_its_line(visitor: Visitor, place: str) -> None:
    page = with_tiles(visitor, "/cart", also="last-vase")
    if place == "panel":
        page.locator("#cart summary").click()
    field = page.locator(f"#{place}-{VASE}-quantity")
    field.fill("50")
    field.press("Tab")
    expect(page.locator(f"#{place}-{VASE}-problem")).to_have_text("Sorry, only 1 left.")
    for each in ("panel", "page"):
        expect(page.locator(f"#{each}-{VASE}-quantity")).to_have_value("1")
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(page.locator(f"#{place}-{VASE} .cart-line__total")).to_have_text("€95.00")
    page.locator(f"#{place}-{TILES}-quantity").fill("3")
    page.locator(f"#{place}-{TILES}-quantity").press("Enter")
    expect(page.locator(f"#{place}-{VASE}-problem")).to_have_count(0)
    expect(field).not_to_have_attribute("aria-invalid", "true")
    visitor.complaints.clear()


def test_two_tabs_show_the_same_quantity(visitor: Visitor) -> None:
    first = with_tiles(visitor, "/cart")
    second = visitor.open("/cart")
    steps = [(first, second, "3", "€2.97"), (second, first, "2", "€1.98"), (first, second, "7", "€6.93")]
    for tab, other, quantity, costs in steps:
        field = tab.locator(f"#page-{TILES}-quantity")
        field.fill(quantity)
        field.press("Enter")  # and stays there
        for each in (tab, other):
            expect(each.locator(f"#page-{TILES}-quantity")).to_have_value(quantity)
            expect(each.locator(f"#panel-{TILES}-quantity")).to_have_value(quantity)
            expect(each.locator(f"#page-{TILES} .cart-line__total")).to_have_text(costs)


def test_a_second_quantity_typed_before_the_first_is_answered_is_the_last_word(visitor: Visitor) -> None:
    page = with_tiles(visitor, "/cart")
    routes = held(page, "/cart/lines/change")
    field = page.locator(f"#page-{TILES}-quantity")
    field.fill("4")
    field.press("Enter")
    asked = until(page, routes)
    field.fill("6")
    asked.continue_()
    expect(page.locator(f"#page-{TILES} .cart-line__total")).to_have_text("€3.96")
    expect(field).to_have_value("6")
    field.press("Tab")
    expect(page.locator(f"#page-{TILES} .cart-line__total")).to_have_text("€5.94")
    expect(field).to_have_value("6")


def test_every_kind_of_control_follows_the_server(visitor: Visitor) -> None:
    """Also those that the shop does not have yet, in a swap of their own."""
    page = visitor.open("/")
    words = (
        '<div id="inner"><input id="t" value="{0}"><textarea id="a">{0}</textarea>'
        '<input id="n" type="number" value="{1}">'
        '<input id="c" type="checkbox" value="1" {2}><input id="r" name="r" type="radio" value="1" {2}>'
        '<input id="q" name="r" type="radio" value="2" {3}>'
        '<select id="s"><option>{0}</option><option {4}>{1}</option></select></div>'
    )
    before = words.format("old", "1", "checked", "", "selected")
    after = words.format("new", "2", "", "checked", "")
    page.route("**/swap", lambda route: route.fulfill(body=after, content_type="text/html"))
    shown = "() => [t.value, a.value, n.value, c.checked, r.checked, q.checked, s.selectedIndex].join()"
    page.evaluate("html => { main.innerHTML = html; }", before)
    page.locator("#t").fill("mine")
    page.locator("#a").fill("mine")
    page.locator("#n").fill("99")
    page.locator("#c").uncheck()
    page.locator("#q").check()
    page.locator("#s").select_option(index=0)
    page.evaluate("() => htmx.ajax('GET', '/swap', {target: '#inner', swap: 'outerMorph'})")
    expect(page.locator("#t")).to_have_value("new")
    assert page.evaluate(shown) == "new,new,2,false,false,true,0"


# Back


def come_back(page: Page, url: str) -> None:
    page.goto(url + "/products/blue-mug")
    page.evaluate("setTimeout(() => history.back())")
    wait_until(page, lambda: page.url == url + "/checkout", "does not come back")


@pytest.mark.parametrize("memory", [pytest.param(False, marks=pytest.mark.slow), True])
def test_after_back_fields_and_quote_agree(
    request: pytest.FixtureRequest, browser: Browser, shop: ServedShop, memory: bool
) -> None:
    used: Browser = request.getfixturevalue("browser_with_memory") if memory else browser
    context = used.new_context(viewport={"width": 390, "height": 844})
    visitor = Visitor(context, shop.url)
    page = with_tiles(visitor, "/checkout")
    page.get_by_label("Country").select_option("US")
    expect(total(page)).to_have_text("€9.99")
    page.get_by_label("By air").check()
    expect(total(page)).to_have_text("€25.89")
    come_back(page, shop.url)
    expect(page.get_by_label("Country")).to_have_value("US")
    expect(page.locator("[name=region_of]")).to_have_value("US")
    shown = {"By ship": "€9.99", "By air": "€25.89"}
    page.wait_for_timeout(300)
    chosen = "By air" if page.get_by_label("By air").is_checked() else "By ship"
    expect(total(page)).to_have_text(shown[chosen])
    expect(page.locator("input[name=total]")).to_have_value(shown[chosen].strip("€").replace(".", ""))

    # The answer had not come when the page was left.
    routes: list[Route] = []
    page.route("**/checkout/quote?*", lambda route: routes.append(route))
    page.get_by_label("Country").select_option("DE")
    until(page, routes)
    page.unroute("**/checkout/quote?*")
    come_back(page, shop.url)
    expect(page.get_by_label("Country")).to_have_value("DE")
    expect(total(page)).to_have_text("€5.89")
    expect(page).to_have_url(shop.url + "/checkout")
    context.close()


def test_asking_again_ends(visitor: Visitor) -> None:
    """A field that the browser cleans is no reason to ask for ever."""
    page = with_tiles(visitor, "/cart")
    asked: list[Request] = []
    page.on("request", lambda request: asked.append(request) if "quote" in request.url else None)
    page.goto(visitor.url + "/checkout/quote?country=US&region=XX&postal_code=%0A1")
    page.wait_for_load_state("networkidle")
    assert len(asked) <= 2  # the page, and one more
