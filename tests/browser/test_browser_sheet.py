"""The sheet after Add, the steps of a line and the way back: by the keyboard, and without a script."""

from playwright.sync_api import Page, expect

from tests.browser.conftest import Visitor


def test_the_sheet_is_dismissed_in_three_ways_and_the_focus_is_where_it_was(visitor: Visitor) -> None:
    page = visitor.open("/products/tiles")
    sheet, add = page.locator("dialog.sheet"), page.get_by_role("button", name="Add to cart")

    def press() -> None:
        add.focus()
        page.keyboard.press("Enter")
        expect(sheet).to_be_visible()
        expect(add).to_be_focused()

    press()
    expect(sheet).to_contain_text("Glaze tiles")
    page.keyboard.press("Escape")
    expect(sheet).to_be_hidden()
    expect(add).to_be_focused()
    press()
    page.locator("main").click(position={"x": 5, "y": 600})
    expect(sheet).to_be_hidden()
    press()
    expect(sheet).to_contain_text("3 in your cart")
    sheet.get_by_role("button", name="Keep looking").focus()
    page.keyboard.press("Enter")
    expect(sheet).to_be_hidden()
    expect(add).to_be_focused()
    press()
    sheet.get_by_role("link", name="Go to checkout").click()
    expect(page.get_by_role("heading", name="Checkout")).to_be_focused()
    expect(page).to_have_url(visitor.url + "/checkout")


def step_and_undo(page: Page, url: str, names: list[str]) -> None:
    for slug in ("tiles", "blue-mug"):
        page.goto(f"{url}/products/{slug}")
        page.get_by_role("button", name="Add to cart").click()
        expect(page.get_by_role("status")).to_contain_text("added")
    page.goto(url + "/cart")
    cart = page.locator("#cart-page")
    for count in ("2", "3"):
        cart.get_by_role("button", name="One more: Glaze tiles").click()
        expect(cart.get_by_label("Quantity of Glaze tiles")).to_have_value(count)
    cart.get_by_role("button", name="One less: Glaze tiles").click()
    expect(cart.get_by_label("Quantity of Glaze tiles")).to_have_value("2")
    cart.get_by_role("button", name="Remove Glaze tiles").click()
    expect(cart.locator(".cart-lines > li").first).to_contain_text("Glaze tiles removed.")
    cart.get_by_role("button", name="Undo").click()
    expect(cart.get_by_label("Quantity of Glaze tiles")).to_have_value("2")
    assert cart.locator(".cart-line__name").all_inner_texts() == names


def test_steps_and_undo(visitor: Visitor) -> None:
    page = visitor.open("/")
    step_and_undo(page, visitor.url, ["Glaze tiles", "Blue mug"])
    expect(page.locator(":focus")).to_have_text("Remove Glaze tiles")
    page.evaluate("for (let i = 0; i < 4; i++) document.querySelector('#cart-page [value=\"1\"]').click()")
    expect(page.locator("#cart-page").get_by_label("Quantity of Glaze tiles")).to_have_value("6")


def test_steps_and_undo_without_javascript(plain_visitor: Visitor) -> None:
    step_and_undo(plain_visitor.open("/"), plain_visitor.url, ["Glaze tiles", "Blue mug"])


def test_what_was_typed_is_kept_over_a_reload_and_the_cart(visitor: Visitor) -> None:
    page = visitor.open("/products/tiles")
    page.get_by_role("button", name="Add to cart").click()
    expect(page.get_by_role("status")).to_contain_text("added")
    page.goto(visitor.url + "/checkout")
    with page.expect_response("**/checkout/draft"):
        page.get_by_label("E-mail").fill("ada@example.com")
        page.get_by_label("Name").focus()
    page.get_by_label("Name").fill("Ada Lovelace")
    with page.expect_response("**/checkout/draft"):
        page.get_by_label("Street and number").focus()
    page.get_by_role("link", name="Back to the cart").click()
    page.get_by_role("link", name="Go to checkout").click()
    for _time in range(2):
        expect(page.get_by_label("E-mail")).to_have_value("ada@example.com")
        expect(page.get_by_label("Name")).to_have_value("Ada Lovelace")
        page.reload()


def test_without_javascript_what_was_done_is_seen_once(plain_visitor: Visitor) -> None:
    page = plain_visitor.open("/products/tiles")
    page.locator(".buy__add").click()
    assert page.url.startswith(f"{plain_visitor.url}/cart?added=")
    expect(page.locator(".cart-notice")).to_contain_text("added.")
    expect(page.locator("#message")).to_contain_text("added.")  # for whoever hears it
    expect(page.locator("#message")).to_have_css("opacity", "0")
