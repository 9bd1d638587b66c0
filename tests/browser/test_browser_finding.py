"""Finding a product: the list and the product change in place, and the address says what is seen."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Visitor, open_shop
from tests.conftest import DATA

PLATE = """
[[products]]
title = "Plate"
category = "Plates"
options = ["Glaze", "Size"]
pictures = ["supper-plate.svg", "fern-bowl.svg"]
variants = [
  { sku = "blue small", options = ["Blue", "Small"], price = 20, weight = 1, picture = "supper-plate.svg" },
  { sku = "blue large", options = ["Blue", "Large"], price = 30, weight = 1, stock = 0 },
  { sku = "green small", options = ["Green", "Small"], price = 22, weight = 1, picture = "fern-bowl.svg" },
]
"""


@pytest.fixture(scope="module")
def shop_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder: Path = tmp_path_factory.mktemp("finding")
    (folder / "catalog.toml").write_text((DATA / "catalog.toml").read_text() + PLATE)
    with open_shop(folder, folder / "catalog.toml") as url:
        yield url


def test_filters_orders_and_variants_are_in_the_address_and_on_the_way_back(visitor: Visitor) -> None:
    page = visitor.open("/products")
    found = page.locator(".listing__found")
    page.get_by_text("Filters").click()
    page.get_by_label("from", exact=True).fill("19")
    page.get_by_label("from", exact=True).press("Enter")
    expect(found).to_have_text("2 products")
    expect(page).to_have_url(f"{visitor.url}/products?from=19")
    expect(page.get_by_role("checkbox", name="Small 1")).to_be_visible()  # the filters have stayed open
    page.get_by_role("link", name="Highest price").click()
    expect(page).to_have_url(f"{visitor.url}/products?from=19&sort=-price")
    expect(page.locator(".card__title").first).to_have_text("Last vase")
    page.go_back()
    expect(page).to_have_url(f"{visitor.url}/products?from=19")
    expect(page.get_by_role("link", name="Our choice")).to_have_attribute("aria-current", "true")
    page.get_by_role("link", name="Remove all filters").click()
    expect(found).to_have_text("5 products")
    expect(page).to_have_url(f"{visitor.url}/products")
    choose_a_plate(page, visitor.url)


def choose_a_plate(page: Page, url: str) -> None:
    page.goto(f"{url}/products/plate")
    first = page.url
    page.get_by_role("link", name="Green").click()
    expect(page.locator(".product__price")).to_contain_text("€22.00")
    expect(page.locator(".facts")).to_contain_text("green small")
    expect(page).to_have_url(re.compile(r"\?variant="))
    expect(page.get_by_role("link", name="Green")).to_have_attribute("aria-current", "true")
    page.go_back()
    expect(page).to_have_url(first)
    expect(page.locator(".product__price")).to_contain_text("€20.00")
    page.get_by_role("button", name="Add to cart").click()
    expect(page.locator("#cart-badge")).to_contain_text("1")


def test_products_are_suggested_while_somebody_types(visitor: Visitor) -> None:
    page = visitor.open("/")
    box = page.get_by_role("searchbox")
    with page.expect_response("**/search/suggestions?q=bow"):  # slow typing asks for its beginnings, too
        box.press_sequentially("bow")
    expect(page.locator(".htmx-request")).to_have_count(0)
    hit = page.locator(".search__hit").first
    expect(hit).to_have_text("Bowl")
    expect(page.locator("#suggested")).to_have_text("1 suggestion")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    expect(hit).to_be_focused()
    box.fill("")
    expect(hit).to_be_hidden()
    box.fill("bwol")
    box.press("Enter")
    expect(page).to_have_url(f"{visitor.url}/search?q=bwol")
    expect(page.locator(".card__title")).to_have_text(["Bowl"])


def test_everything_is_found_and_chosen_without_javascript(plain_visitor: Visitor) -> None:
    page = plain_visitor.open("/c/plates")
    page.get_by_text("Filters").click()
    page.get_by_role("checkbox", name="Green 1").check()
    page.get_by_role("button", name="Show").click()
    expect(page.locator(".listing__found")).to_have_text("1 product")
    page.get_by_role("link", name="Plate", exact=True).first.click()
    page.get_by_role("link", name="Large").click()
    expect(page.locator("form.buy")).to_contain_text("Sold out")
    page.get_by_role("link", name="Green").click()
    page.get_by_role("button", name="Add to cart").click()
    expect(page.locator("main")).to_contain_text("€22.00")


def test_the_header_is_one_row_which_the_search_takes_while_it_is_used(visitor: Visitor) -> None:
    page = visitor.open("/")
    header, box = page.locator(".site-header"), page.get_by_role("searchbox")
    for width, most in ((320, 57), (390, 57), (768, 65), (1280, 65)):
        page.set_viewport_size({"width": width, "height": 844})
        assert height(header) <= most, width
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.set_viewport_size({"width": 390, "height": 844})
    closed = box.bounding_box()
    box.focus()
    opened = box.bounding_box()
    assert closed and closed["width"] <= 44
    assert opened and opened["width"] > 340
    assert height(header) <= 57
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Search")).to_be_focused()


def height(what: Locator) -> float:
    box = what.bounding_box()
    assert box is not None
    return box["height"]
