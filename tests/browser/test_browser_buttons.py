"""A button that cannot be pressed now, or waits for an answer, says so by more than its colour."""

import re

import pytest
from playwright.sync_api import Route, expect

from tests.browser.conftest import Visitor, wait_until


@pytest.mark.parametrize("state", ["disabled", "aria-disabled"])
def test_a_disabled_button_looks_and_points_otherwise(visitor: Visitor, state: str) -> None:
    page = visitor.open("/products/tiles")
    button = page.get_by_role("button", name="Add to cart")
    before = button.evaluate("it => getComputedStyle(it).backgroundColor")
    button.evaluate("(it, state) => it.setAttribute(state, 'true')", state)

    expect(button).to_have_css("cursor", "not-allowed")
    expect(button).not_to_have_css("background-color", before)


def test_a_button_is_busy_until_its_form_is_answered(visitor: Visitor) -> None:
    page = visitor.open("/products/tiles")
    held: list[Route] = []
    page.route(re.compile("/cart/lines$"), lambda route: held.append(route))
    button = page.get_by_role("button", name="Add to cart")
    expect(button).to_have_css("cursor", "pointer")
    button.click()
    wait_until(page, lambda: held, "nothing was asked")
    expect(button).to_have_css("cursor", "progress")

    held[0].continue_()
    expect(page.get_by_role("status")).to_contain_text("Glaze tiles added")
    expect(button).to_have_css("cursor", "pointer")
