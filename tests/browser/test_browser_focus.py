"""The keyboard: what has the focus after each swap, and where the first problem is."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Visitor
from tests.browser.server import ServedShop, place_orders, served
from tests.browser.test_browser_purchase import fill_in_address, pay
from tests.people import GOOD_CARD
from webshop.catalog.model import mark_of


def is_focused(page: Page, words: str) -> None:
    """What has these words has the focus, as soon as the page has looked at what was swapped into it."""
    expect(page.locator(":focus")).to_have_text(words)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedShop]:
    with served(tmp_path_factory.mktemp("focus")) as shop:
        yield shop


@pytest.fixture
def shop_url(shop: ServedShop) -> str:
    return shop.url


def with_things(visitor: Visitor, *slugs: str) -> Page:
    page = visitor.open("/")
    for slug in slugs:
        page.goto(f"{visitor.url}/products/{slug}")
        page.get_by_role("button", name="Add to cart").click()
        expect(page.get_by_role("status")).to_contain_text("added")
    page.goto(visitor.url + "/cart")
    return page


def badge(page: Page, number: int) -> None:
    expect(page.locator("#cart-badge .badge__number")).to_have_text(str(number))


PLACES = ["panel", pytest.param("page", marks=pytest.mark.slow)]


@pytest.mark.parametrize("place", PLACES)
def test_after_each_removed_line_the_way_back_has_the_focus(visitor: Visitor, place: str) -> None:
    """And the line itself once it is back, which is also where the keyboard goes on."""
    page = with_things(visitor, "tiles", "last-vase", "blue-mug", "bowl")
    if place == "panel":
        page.locator("#cart summary").click()

    def remove(sku: str) -> None:
        page.locator(f"#{place}-{mark_of(sku)}").get_by_role("button", name="Remove").focus()
        page.keyboard.press("Enter")

    remove("VASE")
    badge(page, 3)
    is_focused(page, "Undo Last vase")
    page.keyboard.press("Enter")
    badge(page, 4)
    is_focused(page, "Remove Last vase")
    names = {"VASE": "Last vase", "BOWL-S": "Bowl, Small", "MUG-BLUE": "Blue mug", "TILES": "Glaze tiles"}
    for left, sku in zip((3, 2, 1, 0), names, strict=True):
        remove(sku)
        badge(page, left)
        is_focused(page, f"Undo {names[sku]}")
    page.keyboard.press("Enter")
    badge(page, 1)
    is_focused(page, "Remove Glaze tiles")
    if place == "panel":
        expect(page.locator("#cart-panel")).to_be_visible()


@pytest.mark.parametrize("place", PLACES)
def test_a_quantity_of_0_leaves_the_focus_at_the_way_back(visitor: Visitor, place: str) -> None:
    page = with_things(visitor, "tiles", "blue-mug")
    if place == "panel":
        page.locator("#cart summary").click()
    for sku, left, focused in (("TILES", 1, "Undo Glaze tiles"), ("MUG-BLUE", 0, "Undo Blue mug")):
        page.locator(f"#{place}-{mark_of(sku)}-quantity").fill("0")
        page.locator(f"#{place}-{mark_of(sku)}-quantity").press("Enter")
        badge(page, left)
        is_focused(page, focused)


def test_whoever_is_elsewhere_keeps_the_focus_there(visitor: Visitor) -> None:
    page = with_things(visitor, "tiles", "blue-mug")
    other = visitor.open("/cart")
    field = page.locator(f"#page-{mark_of('MUG-BLUE')}-quantity")
    field.focus()
    other.locator(f"#page-{mark_of('TILES')}").get_by_role("button", name="Remove").click()
    badge(page, 1)
    expect(field).to_be_focused()


def test_from_the_cart_to_the_order_each_step_has_its_heading_focused(visitor: Visitor) -> None:
    page = with_things(visitor, "tiles")
    page.get_by_role("link", name="Go to checkout").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Checkout")).to_be_focused()
    page.wait_for_url(visitor.url + "/checkout")  # and loaded: without its scripts it leads elsewhere
    fill_in_address(page)
    page.get_by_role("button", name="Continue to payment").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Payment")).to_be_focused()
    pay(page.frame_locator("#stripe-checkout iframe"), GOOD_CARD)
    expect(page.get_by_role("heading", name="Thank you")).to_be_focused()


def test_the_panel_closes_when_the_keyboard_leaves_it(visitor: Visitor) -> None:
    page = with_things(visitor, "tiles")
    page.locator("#cart summary").focus()
    page.keyboard.press("Enter")
    panel = page.locator("#cart-panel")
    expect(panel).to_be_visible()
    inside = "document.querySelector('#cart').contains(document.activeElement)"
    for _each in range(12):
        page.keyboard.press("Tab")
        if not page.evaluate(inside):
            break
        expect(panel).to_be_visible()
    expect(panel).to_be_hidden()
    assert page.evaluate("document.activeElement !== document.body")
    page.locator("#cart summary").focus()
    page.keyboard.press("Enter")
    expect(panel).to_be_visible()
    page.keyboard.press("Shift+Tab")
    expect(panel).to_be_hidden()


def test_the_first_wrong_field_is_seen_and_focused_and_the_others_are_a_link_away(visitor: Visitor) -> None:
    page = with_things(visitor, "tiles")
    page.goto(visitor.url + "/checkout")
    fill_in_address(page)
    page.get_by_label("Postcode").fill("")
    page.get_by_role("button", name="Continue to payment").click()  # the browser asks for it itself
    expect(page.get_by_label("Postcode")).to_be_focused()
    page.get_by_label("Postcode").fill("x")
    page.get_by_role("button", name="Continue to payment").click()
    expect(page.locator("#checkout-problems")).to_contain_text("Postcode: In Germany a postcode looks like")
    expect(page.get_by_label("Postcode")).to_be_focused()
    expect(page.get_by_label("Postcode")).to_be_in_viewport()

    page.get_by_label("Street and number").fill("http://evil.example/x")
    page.get_by_role("button", name="Continue to payment").click()
    expect(page.get_by_label("Street and number")).to_be_focused()
    page.locator("#checkout-problems").get_by_role("link", name="Postcode").click()
    expect(page.get_by_label("Postcode")).to_be_focused()
    expect(page.get_by_label("Postcode")).to_be_in_viewport()
    visitor.complaints.clear()  # Chromium says that it saw 422


def test_pay_now_in_another_browser_pays_the_order(visitor: Visitor, shop: ServedShop) -> None:
    place_orders(shop, "pending")
    page = visitor.open(f"/orders/{shop.links['pending']}")
    page.get_by_role("link", name="Pay now").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Payment")).to_be_focused()
    pay(page.frame_locator("#stripe-checkout iframe"), GOOD_CARD)
    expect(page.get_by_role("heading", name="Thank you")).to_be_focused()
    expect(page).to_have_url(f"{visitor.url}/orders/{shop.links['pending']}")


def test_where_htmx_does_not_come_nothing_happens_by_itself(visitor: Visitor) -> None:
    page = with_things(visitor, "tiles")
    visitor.context.clear_cookies()
    visitor.context.route("**/htmx*", lambda route: route.abort())
    page.goto(visitor.url + "/products/blue-mug")
    page.wait_for_load_state("networkidle")
    assert page.url == visitor.url + "/products/blue-mug"
    visitor.complaints.clear()  # Chromium says that it did not load
