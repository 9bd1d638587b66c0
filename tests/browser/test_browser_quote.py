"""Shipping and totals at checkout: following the country with htmx, by a button without JavaScript."""

from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import Visitor
from tests.browser.test_browser_purchase import pay
from tests.people import GOOD_CARD


def at_checkout(visitor: Visitor) -> Page:
    page = visitor.open("/products/tiles")
    page.get_by_role("button", name="Add to cart").click()
    expect(page.get_by_role("status")).to_contain_text("added")
    page.goto(visitor.url + "/checkout")
    page.get_by_label("E-mail").fill("ada@example.com")
    page.get_by_label("Town or city").fill("Springfield")
    page.get_by_label("Name").fill("Ada Lovelace")
    page.get_by_label("Street and number").fill("1 Main Street")
    return page


def test_the_quote_follows_the_country_and_keeps_what_was_typed(visitor: Visitor) -> None:
    page = at_checkout(visitor)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/quote" in request.url else None)
    expect(page.get_by_text("incl. €0.94 VAT (19%)")).to_be_visible()

    page.get_by_label("Express").check()
    expect(page.get_by_role("status")).to_have_text("Express: €14.90. Total €15.89.")
    expect(page.get_by_role("button", name="Continue to payment of €15.89")).to_be_visible()
    expect(page.get_by_label("Express")).to_be_focused()
    expect(page.get_by_text("incl. €2.54 VAT (19%)")).to_be_visible()

    page.get_by_label("Country").focus()
    page.get_by_label("Country").select_option("US")
    expect(page.get_by_label("State or province")).to_be_visible()
    expect(page.get_by_label("Country")).to_be_focused()
    expect(page.locator("#quote").get_by_text("incl.")).to_have_count(0)
    expect(page.get_by_label("Express")).to_be_checked()
    expect(page.get_by_label("Town or city")).to_have_value("Springfield")

    page.get_by_label("Country").select_option("GB")
    expect(page.get_by_label("State or province")).to_have_count(0)
    expect(page.get_by_text("incl. €2.65 VAT (20%)")).to_be_visible()
    assert len(asked) == 3
    assert not [url for url in asked if "ada" in url or "Springfield" in url or "Street" in url]


def test_two_changes_in_a_row_end_with_the_second(visitor: Visitor) -> None:
    """The answer to the first is still on its way."""
    page = at_checkout(visitor)
    held: list[Route] = []
    page.route("**/checkout/quote?*", lambda route: route.continue_() if held else held.append(route))
    page.get_by_label("Country").select_option("GB")
    page.get_by_label("Express").check()
    expect(page.get_by_role("status")).to_have_text("Express: €14.90. Total €15.89.")
    expect(page.get_by_role("button", name="Continue to payment of €15.89")).to_be_visible()
    expect(page.get_by_text("incl. €2.65 VAT (20%)")).to_be_visible()
    assert len(held) == 1


def test_whoever_presses_the_button_at_once_pays_what_it_said(visitor: Visitor) -> None:
    """The postcode's own question is under way when the form is sent."""
    page = at_checkout(visitor)
    page.get_by_label("Postcode").fill("10115")
    page.get_by_role("button", name="Continue to payment of €5.89").click()
    pay(page.frame_locator("#stripe-checkout iframe"), GOOD_CARD)
    expect(page.get_by_role("heading", level=1)).to_have_text("Thank you, your order is paid")
    expect(page.get_by_text("Invoice SANDBOX-20")).to_be_visible()
    expect(page.locator("#order")).to_contain_text("incl. €0.94 VAT (19%)")


def test_on_paper_there_is_the_seller_and_no_header(visitor: Visitor) -> None:
    page = at_checkout(visitor)
    page.get_by_label("Postcode").fill("10115")
    page.get_by_role("button", name="Continue to payment").click()
    pay(page.frame_locator("#stripe-checkout iframe"), GOOD_CARD)
    seller = page.locator("#order").get_by_text("Kiln Street 1")
    expect(seller).to_be_hidden()

    page.emulate_media(media="print")
    expect(seller).to_be_visible()
    expect(page.get_by_text("Invoice SANDBOX-20")).to_be_visible()
    expect(page.get_by_text("1 × Glaze tiles")).to_be_visible()
    expect(page.locator(".site-header")).to_be_hidden()
    expect(page.get_by_role("heading", name="Thank you")).to_be_hidden()


def test_without_javascript_a_button_works_out_the_total_of_another_country(plain_visitor: Visitor) -> None:
    page = at_checkout(plain_visitor)
    page.get_by_label("Country").select_option("US")
    page.get_by_role("button", name="Work out shipping and total again").click()
    expect(page.locator("#quote").get_by_text("incl.")).to_have_count(0)
    expect(page.get_by_label("E-mail")).to_have_value("ada@example.com")

    page.get_by_label("State or province").select_option("California")
    page.get_by_label("Postcode").fill("95014")
    page.get_by_label("Express").check()
    page.get_by_role("button", name="Work out shipping and total again").click()
    expect(page.get_by_label("State or province")).to_have_value("CA")
    page.get_by_role("button", name="Continue to payment of €15.89").click()
    pay(page, GOOD_CARD)
    expect(page.get_by_role("heading", level=1)).to_have_text("Thank you, your order is paid")
    expect(page.locator("#order")).to_contain_text("SPRINGFIELD, CA 95014")


def test_enter_in_a_field_orders_and_does_not_only_reckon(plain_visitor: Visitor) -> None:
    page = at_checkout(plain_visitor)
    page.get_by_label("Postcode").fill("10115")
    page.get_by_label("Postcode").press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Pay €5.89")
