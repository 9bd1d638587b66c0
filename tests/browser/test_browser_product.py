"""The page of a product in a real Chromium, on a phone: with the demo's catalogue."""

import re
import tomllib
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import Visitor, open_shop, wait_until
from webshop.settings.model import ROOT

PHONE = {"width": 390, "height": 844}
PRODUCTS = tomllib.loads((ROOT / "catalog.toml").read_text())["products"]
ON_SALE = [product["slug"] for product in PRODUCTS if product.get("active", True)]
PLACES = """async (slugs) => {
  const found = {};
  for (const slug of slugs) {
    const answer = await fetch(`/products/${slug}`);
    const other = new DOMParser().parseFromString(await answer.text(), "text/html");
    document.querySelector("main").replaceWith(other.querySelector("main"));
    scrollTo(0, 0);
    const [title, price, button] = ["h1", ".product__price", ".buy__add"].map(
      (each) => document.querySelector(each)?.getBoundingClientRect());
    found[slug] = button && {
      top: title.top, price: price.bottom, left: button.left, above: button.top, below: button.bottom,
      right: Math.max(button.right, document.documentElement.scrollWidth),
    };
  }
  return found;
}"""
OF_THE_GALLERY = "document.querySelector('.gallery__pictures').scrollLeft"


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with open_shop(tmp_path_factory.mktemp("demo"), ROOT / "catalog.toml") as url:
        yield url


@pytest.mark.slow
def test_every_product_can_be_added_from_the_first_screen_of_a_phone(browser: Browser, demo: str) -> None:
    """Each in the place of the one before, which is quicker than a page for each."""
    page = browser.new_page(viewport=PHONE)  # type: ignore[arg-type]
    page.route("**/pictures/**", lambda route: route.abort())
    page.goto(f"{demo}/products/{ON_SALE[0]}")
    places = page.evaluate(PLACES, ON_SALE)
    page.close()
    assert len([each for each in places.values() if each]) > 40
    wrong = {slug: each for slug, each in places.items() if each and not in_sight(**each)}
    assert wrong == {}


def in_sight(top: float, price: float, left: float, right: float, above: float, below: float) -> bool:
    """`top` of the title, under which the price ends before the button."""
    return 56 <= top < price <= above and below <= 844 and left >= 0 and right <= 390


@pytest.mark.parametrize("wrong", [{"top": 20}, {"below": 850}, {"right": 391}, {"price": 795}])
def test_control_a_button_out_of_sight_is_seen_to_be(wrong: dict[str, float]) -> None:
    right = {"top": 500.0, "price": 570.0, "left": 16.0, "right": 374.0, "above": 790.0, "below": 836.0}
    assert in_sight(**right)
    assert not in_sight(**{**right, **wrong})


def test_choosing_keeps_the_focus_and_the_number_and_begins_the_pictures_again(
    browser: Browser, demo: str
) -> None:
    context = browser.new_context(viewport=PHONE, reduced_motion="reduce")  # type: ignore[arg-type]
    visitor = Visitor(context, demo)
    page = visitor.open("/products/harbour-mug")
    page.locator(".gallery__pictures").focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator("#picture-2")).to_be_in_viewport(ratio=0.99)
    for _press in range(2):
        page.get_by_role("button", name="One more").press("Enter")
    page.get_by_role("button", name="One less").press("Enter")
    expect(page.get_by_label("Quantity")).to_have_value("2")
    oatmeal = page.get_by_role("link", name="Oatmeal", exact=True)
    oatmeal.press("Enter")
    page.get_by_text("Glaze: Oatmeal").wait_for()
    expect(oatmeal).to_have_attribute("aria-current", "true")
    expect(oatmeal).to_be_focused()
    expect(page.get_by_label("Quantity")).to_have_value("2")
    wait_until(page, lambda: page.evaluate(OF_THE_GALLERY) == 0, "the pictures do not begin again")

    picture = page.locator(".gallery__zoom").first
    picture.press("Enter")
    large = page.locator(".zoom[open]")
    assert large.locator("img").evaluate("it => it.width") == 960
    page.keyboard.press("Escape")
    expect(large).to_have_count(0)
    expect(picture).to_be_focused()
    assert page.url.endswith(oatmeal.get_attribute("href") or "?")
    page.get_by_role("button", name="Add to cart", exact=True).press("Enter")
    expect(page.locator("#cart-badge")).to_contain_text("2 items")
    context.close()
    assert visitor.complaints == []


def test_without_javascript_a_picture_leads_to_itself_and_the_number_is_typed(
    browser: Browser, demo: str
) -> None:
    context = browser.new_context(viewport=PHONE, java_script_enabled=False)  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(f"{demo}/products/harbour-mug")
    assert not page.get_by_role("button", name="One more").is_visible()
    page.get_by_label("Quantity").fill("3")
    page.get_by_role("button", name="Add to cart", exact=True).click()
    expect(page.locator("#cart-badge")).to_contain_text("3")
    page.goto(f"{demo}/products/harbour-mug")
    page.get_by_role("link", name="Picture 3").click()
    expect(page).to_have_url(re.compile("#picture-3$"))
    page.locator(".gallery__zoom").first.click()
    expect(page).to_have_url(re.compile(r"\.jpg$"))
    context.close()
