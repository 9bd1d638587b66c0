"""A purchase by keyboard alone: each thing is reached by Tab, and after each swap the focus is there."""

from playwright.sync_api import Page, expect

from tests.browser.conftest import Visitor, wait_until
from tests.people import FORM, GOOD_CARD

NAME = """() => {
  const it = document.activeElement;
  const label = it.labels?.[0]?.innerText || it.getAttribute('aria-label');
  return (label || it.innerText || '').trim().replace(/\\s+/g, ' ');
}"""
ON_THE_WAY = 60  # as many stops as one may need


def tab_to(page: Page, name: str) -> None:
    """Tab until something of this name has the focus, which can be seen."""
    passed = []
    for _stop in range(ON_THE_WAY):
        page.keyboard.press("Tab")
        passed.append(str(page.evaluate(NAME)))
        if passed[-1].startswith(name):
            assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none", name
            return
    raise AssertionError(f"no way to {name}: {passed}")


def is_at(page: Page, name: str) -> None:
    """As soon as the page has looked at what was swapped into it."""
    wait_until(page, lambda: page.evaluate(NAME).startswith(name), f"{name} has not the focus")


def test_somebody_without_a_mouse_buys(visitor: Visitor) -> None:
    page = visitor.open("/")
    page.keyboard.press("Tab")
    assert page.evaluate(NAME) == "Skip to the content"
    page.keyboard.press("Enter")
    tab_to(page, "Glaze tiles")
    page.keyboard.press("Enter")
    page.wait_for_url("**/products/tiles")
    tab_to(page, "Add to cart")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("added")
    is_at(page, "Add to cart")
    page.goto(visitor.url + "/cart")
    tab_to(page, "+ One more")
    page.keyboard.press("Enter")
    expect(page.locator("#cart-badge .badge__number")).to_have_text("2")
    is_at(page, "+ One more")
    tab_to(page, "Go to checkout")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Checkout")).to_be_focused()
    page.wait_for_url("**/checkout")  # and loaded: without its scripts it leads elsewhere
    typed = {"E-mail": "email", "Name": "name", "Street and number": "line1", "Postcode": "postal_code"}
    for label, field in {**typed, "Town or city": "city"}.items():
        tab_to(page, label)
        page.keyboard.type(FORM[field])
    tab_to(page, "Continue to payment")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Payment")).to_be_focused()
    card = page.frame_locator("#stripe-checkout iframe").locator("[autocomplete=cc-number]")
    card.wait_for()
    for _stop in range(ON_THE_WAY):
        page.keyboard.press("Tab")
        if card.evaluate("it => it === it.ownerDocument.activeElement"):
            break
    for words in (GOOD_CARD, "12/34", "123"):
        page.keyboard.type(words)
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")  # on the button that pays
    expect(page.get_by_role("heading", name="Thank you")).to_be_focused()
