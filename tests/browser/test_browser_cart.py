"""The cart in a real browser: the mirror, other tabs, Back, fast clicks, storage switched off."""

import json

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Visitor, wait_until
from webshop.catalog.model import mark_of

TILES = {"sku": "TILES", "product": "Glaze tiles", "amount": 99}


def mirror(page: Page) -> list[dict[str, object]]:
    kept: list[dict[str, object]] = json.loads(page.evaluate("localStorage.getItem('cart')") or "[]")
    return kept


def mirrors(page: Page, *lines: dict[str, object]) -> None:
    """LocalStorage holds these, as soon as the page has looked at what was swapped into it."""
    wait_until(page, lambda: mirror(page) == list(lines), f"{lines} are not kept")


def add_tiles(page: Page) -> None:
    page.get_by_role("button", name="Add to cart").click()
    expect(page.get_by_role("status")).to_contain_text("Glaze tiles added")


def badge(page: Page, number: int) -> None:
    expect(page.locator("#cart-badge .badge__number")).to_have_text(str(number))


def test_localstorage_mirrors_the_cart_after_each_change(visitor: Visitor) -> None:
    page = visitor.open("/products/tiles")
    add_tiles(page)
    mirrors(page, {**TILES, "quantity": 1})
    page.get_by_label("Quantity", exact=True).fill("4")
    page.get_by_role("button", name="Add to cart").click()
    badge(page, 5)
    mirrors(page, {**TILES, "quantity": 5})

    page.goto(visitor.url + "/cart")
    row = page.locator(f"#page-{mark_of('TILES')}")
    row.get_by_label("Quantity of Glaze tiles").fill("2")
    row.get_by_label("Quantity of Glaze tiles").press("Enter")
    badge(page, 2)
    mirrors(page, {**TILES, "quantity": 2})
    row.get_by_role("button", name="Remove").click()
    badge(page, 0)
    mirrors(page)
    expect(page.locator("#cart-page")).to_contain_text("Your cart is empty.")


def test_a_lost_cookie_brings_the_cart_back_with_a_sentence(visitor: Visitor) -> None:
    page = visitor.open("/products/tiles")
    add_tiles(page)
    visitor.context.clear_cookies()
    page.goto(visitor.url + "/")
    badge(page, 1)
    expect(page.get_by_role("status")).to_have_text("We put back your cart: Glaze tiles.")
    page.reload()
    badge(page, 1)


def test_a_lost_cookie_and_a_sold_out_thing_are_told_in_the_same_sentence(visitor: Visitor) -> None:
    page = visitor.open("/")
    page.evaluate(
        """localStorage.setItem('cart', JSON.stringify([
        {sku: 'TILES', quantity: 2, amount: 1, product: '<img src=x onerror=alert(1)>'},
        {sku: 'BOWL-XL', quantity: 1}, {sku: '__proto__', quantity: 1}]))"""
    )
    page.reload()
    badge(page, 2)
    expect(page.get_by_role("status")).to_have_text(
        "We put back your cart: Glaze tiles. Some of it is no longer available."
    )
    mirrors(page, {**TILES, "quantity": 2})


def test_a_hostile_mirror_is_harmless(visitor: Visitor) -> None:
    page = visitor.open("/products/tiles")
    for hostile in ("not json", "{}", "7", "null", '"text"', "[null]", '[{"__proto__": 1}]', "[[[[[1]]]]]"):
        visitor.context.clear_cookies()
        page.evaluate("text => localStorage.setItem('cart', text)", hostile)
        page.reload()
        add_tiles(page)
        badge(page, 1)
        mirrors(page, {**TILES, "quantity": 1})


def test_a_second_tab_follows(visitor: Visitor) -> None:
    first = visitor.open("/products/tiles")
    second = visitor.open("/cart")
    add_tiles(first)
    badge(second, 1)
    expect(second.locator("#cart-page")).to_contain_text("Glaze tiles")
    second.locator(f"#page-{mark_of('TILES')}").get_by_role("button", name="Remove").click()
    badge(first, 0)


def test_the_back_button_shows_the_cart_as_it_is(visitor: Visitor) -> None:
    page = visitor.open("/")
    page.goto(visitor.url + "/products/tiles")
    add_tiles(page)
    page.go_back()
    badge(page, 1)


def test_fast_clicks_on_three_products_make_three_lines(visitor: Visitor) -> None:
    """The fourth has several variants: its card leads to them."""
    page = visitor.open("/")
    page.evaluate("document.querySelectorAll('.card__add button').forEach(button => button.click())")
    badge(page, 3)
    three = {"MUG-BLUE", "VASE", "TILES"}
    wait_until(page, lambda: {line["sku"] for line in mirror(page)} == three, "the three are not kept")


def test_four_fast_clicks_on_one_product_count_four_times(visitor: Visitor) -> None:
    page = visitor.open("/products/tiles")
    page.evaluate("for (let i = 0; i < 4; i++) document.querySelector('.buy__add').click()")
    badge(page, 4)


PRESS = """addEventListener('DOMContentLoaded', () => {
  document.querySelector(".buy__add")?.click();
});"""


def test_who_presses_in_the_moment_that_a_page_is_there_stays_on_it(visitor: Visitor) -> None:
    visitor.context.add_init_script(PRESS)
    page = visitor.open("/products/tiles")
    expect(page.get_by_role("status")).to_contain_text("added")
    assert page.url == f"{visitor.url}/products/tiles"


def test_the_panel_opens_in_place_and_closes_with_escape(visitor: Visitor) -> None:
    page = visitor.open("/products/tiles")
    add_tiles(page)
    page.locator("#cart summary").click()
    panel = page.locator("#cart-panel")
    expect(panel).to_be_visible()
    panel.get_by_label("Quantity of Glaze tiles").fill("3")
    panel.get_by_label("Quantity of Glaze tiles").press("Enter")
    badge(page, 3)
    expect(panel).to_be_visible()
    expect(panel.get_by_label("Quantity of Glaze tiles")).to_be_focused()
    page.keyboard.press("Escape")
    expect(panel).to_be_hidden()


def test_the_shop_works_with_storage_switched_off(visitor: Visitor) -> None:
    visitor.context.add_init_script(
        "Object.defineProperty(window, 'localStorage', {get() { throw new DOMException('off'); }})"
    )
    page = visitor.open("/products/tiles")
    add_tiles(page)
    badge(page, 1)


def test_the_shopper_is_told_when_the_shop_cannot_be_reached(browser: Browser, shop_url: str) -> None:
    context = browser.new_context()
    page = context.new_page()
    page.goto(shop_url + "/products/tiles")
    context.set_offline(True)
    page.get_by_role("button", name="Add to cart").click()
    expect(page.get_by_role("status")).to_have_text(
        "The shop could not be reached. Please check your connection and try again."
    )
    context.close()


def test_an_injected_inline_script_does_not_run(browser: Browser, shop_url: str) -> None:
    context = browser.new_context()
    page = context.new_page()
    page.goto(shop_url + "/")
    page.evaluate(
        """const script = document.createElement('script');
        script.textContent = 'window.hacked = 1';
        document.body.append(script)"""
    )
    assert page.evaluate("window.hacked") is None
    context.close()


@pytest.mark.slow
def test_an_error_page_stays_what_it_is(visitor: Visitor) -> None:
    """With one thing in the cart, and with a mirror but no cart."""
    page = visitor.open("/products/tiles")
    add_tiles(page)
    for _with_and_without_cookie in range(2):
        for path in ("/nothing", "/products/nothing", "/orders/nothing"):
            response = page.goto(visitor.url + path)
            assert response is not None
            assert response.status == 404
            settle(page)
            assert page.url == visitor.url + path
            expect(page.get_by_role("heading", level=1)).to_have_text("We can't find that page")
            mirrors(page, {**TILES, "quantity": 1})
        visitor.context.clear_cookies()
    visitor.complaints.clear()  # Chromium says that it saw 404


def test_back_leads_to_the_page_before(visitor: Visitor) -> None:
    """Also where the browser keeps no page in memory, as on one that listens to `unload`."""
    page = visitor.open("/")
    page.evaluate("addEventListener('unload', () => {})")
    page.goto(visitor.url + "/products/tiles")
    page.evaluate("addEventListener('unload', () => {})")
    add_tiles(page)
    page.go_back()
    settle(page)
    assert page.url == visitor.url + "/"
    badge(page, 1)
    page.go_forward()
    settle(page)
    assert page.url == visitor.url + "/products/tiles"
    badge(page, 1)


@pytest.mark.parametrize(
    "path", ["/products/tiles", *(pytest.param(path, marks=pytest.mark.slow) for path in ("/", "/cart"))]
)
def test_a_page_keeps_its_address_when_the_cookie_is_lost(visitor: Visitor, path: str) -> None:
    page = visitor.open("/products/tiles")
    add_tiles(page)
    visitor.context.clear_cookies()
    page.goto(visitor.url + path)
    expect(page.get_by_role("status")).to_have_text("We put back your cart: Glaze tiles.")
    badge(page, 1)
    settle(page)
    assert page.url == visitor.url + path


def settle(page: Page) -> None:
    """Until the page has nothing under way: what it would do by itself has happened."""
    page.wait_for_load_state("networkidle")
