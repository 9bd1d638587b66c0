"""A purchase in a real browser: with htmx and embedded Checkout, and with JavaScript off."""

from playwright.sync_api import FrameLocator, Page, expect

from tests.browser.conftest import Visitor
from tests.people import CHALLENGED, DECLINED, FORM, GOOD_CARD


def fill_in_address(page: Page) -> None:
    page.get_by_label("E-mail").fill(FORM["email"])
    page.get_by_label("Name").fill(FORM["name"])
    page.get_by_label("Street and number").fill(FORM["line1"])
    page.get_by_label("Postcode").fill(FORM["postal_code"])
    page.get_by_label("Town or city").fill(FORM["city"])


def pay(place: Page | FrameLocator, number: str) -> None:
    place.locator("[autocomplete=cc-number]").fill(number)
    place.locator("[autocomplete=cc-exp]").fill("12/34")
    place.locator("[autocomplete=cc-csc]").fill("123")
    place.locator("button[type=submit]").first.click()


def test_htmx_takes_the_shopper_from_the_checkout_to_the_order_without_loading_a_page(
    visitor: Visitor,
) -> None:
    page = visitor.open("/products/tiles")
    page.get_by_label("Quantity", exact=True).fill("2")
    page.get_by_role("button", name="Add to cart").click()
    expect(page.get_by_role("status")).to_have_text("Glaze tiles added. 2 items, €1.98")
    page.goto(visitor.url + "/products/bowl")
    page.get_by_label("Large", exact=False).first.check()
    page.get_by_role("button", name="Add to cart").click()
    expect(page.get_by_role("status")).to_have_text("Bowl, Large added. 3 items, €30.98")

    page.goto(visitor.url + "/cart")
    page.get_by_role("link", name="Go to checkout").click()
    page.wait_for_url("**/checkout")
    loads: list[str] = []
    page.on("load", lambda loaded: loads.append(loaded.url))
    fill_in_address(page)
    page.get_by_role("button", name="Continue to payment of €35.88").click()

    stripe = page.frame_locator("#stripe-checkout iframe")
    pay(stripe, DECLINED)
    expect(stripe.get_by_role("alert")).to_contain_text("declined")
    pay(stripe, CHALLENGED)
    stripe.get_by_role("button", name="Complete authentication").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Thank you, your order is paid")
    order = page.locator("#order")
    expect(order).to_contain_text("2 × Glaze tiles")
    expect(order).to_contain_text("1 × Bowl, Large")
    expect(order).to_contain_text("€35.88")
    assert "/orders/" in page.url
    assert loads == []
    expect(page.get_by_role("link", name="Back to the cart")).to_be_hidden()
    assert page.evaluate("localStorage.getItem('cart')") == "[]"


def test_without_javascript_a_declined_card_can_be_followed_by_a_good_one(plain_visitor: Visitor) -> None:
    page = plain_visitor.open("/")
    page.get_by_role("link", name="Glaze tiles").first.click()
    page.get_by_label("Quantity", exact=True).fill("3")
    page.get_by_role("button", name="Add to cart").click()
    expect(page.get_by_role("status")).to_have_text("Glaze tiles added. 3 items, €2.97")
    page.get_by_role("link", name="Go to checkout").click()
    fill_in_address(page)
    page.get_by_role("button", name="Continue to payment of €7.87").click()

    pay(page, DECLINED)
    expect(page.get_by_role("alert")).to_contain_text("declined")
    pay(page, GOOD_CARD)

    expect(page.get_by_role("heading", level=1)).to_have_text("Thank you, your order is paid")
    expect(page.locator("#order")).to_contain_text("3 × Glaze tiles")
    expect(page.locator("#order")).to_contain_text("€7.87")


def test_a_refused_challenge_lets_the_shopper_try_another_card(visitor: Visitor) -> None:
    page = visitor.open("/products/tiles")
    page.get_by_role("button", name="Add to cart").click()
    expect(page.get_by_role("status")).to_contain_text("added")
    page.goto(visitor.url + "/checkout")
    fill_in_address(page)
    page.get_by_role("button", name="Continue to payment").click()
    stripe = page.frame_locator("#stripe-checkout iframe")
    pay(stripe, CHALLENGED)
    stripe.get_by_role("button", name="Fail authentication").click()
    expect(stripe.get_by_role("alert")).to_be_visible()
    pay(stripe, GOOD_CARD)
    expect(page.get_by_role("heading", level=1)).to_have_text("Thank you, your order is paid")


def test_an_abandoned_payment_is_resumed_with_what_was_typed(visitor: Visitor) -> None:
    page = visitor.open("/products/tiles")
    page.get_by_role("button", name="Add to cart").click()
    expect(page.get_by_role("status")).to_contain_text("added")
    page.goto(visitor.url + "/checkout")
    fill_in_address(page)
    page.get_by_role("button", name="Continue to payment").click()
    with page.expect_navigation():  # until it is loaded: without its scripts it leads elsewhere
        page.get_by_role("link", name="Change something").click()
    expect(page.get_by_label("Street and number")).to_have_value("1 Analytical Street")
    page.get_by_role("button", name="Continue to payment").click()
    pay(page.frame_locator("#stripe-checkout iframe"), GOOD_CARD)
    expect(page.get_by_role("heading", level=1)).to_have_text("Thank you, your order is paid")
