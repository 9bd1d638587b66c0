"""axe finds nothing, on any page in any state, unfolded too, on a phone and at a desk, light and dark."""

import re
from collections.abc import Iterator, Sequence

import pytest
from playwright.sync_api import Browser, Page, Route

from tests.browser.accessibility.axe import findings
from tests.browser.conftest import wait_until
from tests.browser.server import ServedShop, place_orders, served
from tests.browser.visits import visits
from tests.pages import ORDERS, PAGES, PageState

OF_COLOURS = ("color-contrast", "link-in-text-block")
OPACITY = "place => getComputedStyle(document.querySelector(place)).opacity"
UNFOLD = "document.querySelectorAll('details').forEach(each => { each.open = true; })"
WRONG = """<!doctype html><html lang="en"><title>Wrong</title><main><h1>Wrong</h1>
<p style="color: #999; background: #fff">Pale words</p><img src="/picture.png"><input>
<a href="/1" style="float: left; width: 9px; height: 9px">1</a>
<a href="/2" style="float: left; width: 9px; height: 9px">2</a></main>"""


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedShop]:
    with served(tmp_path_factory.mktemp("axe"), trusted_proxies=1) as shop:
        yield shop


@pytest.fixture(scope="module")
def full_shop(shop: ServedShop) -> ServedShop:
    place_orders(shop, *ORDERS)
    return shop


def look(page: Page) -> Iterator[str]:
    page.emulate_media(reduced_motion="reduce")
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 844})
        yield from (f"{width} px, {each}" for each in light_and_dark(page))
    page.evaluate(UNFOLD)
    yield from (f"unfolded, {each}" for each in light_and_dark(page))


def light_and_dark(page: Page) -> Iterator[str]:
    """All rules in the light. The dark has other colours, and nothing else."""
    page.emulate_media(color_scheme="light")
    yield from (f"light: {each}" for each in findings(page))
    page.emulate_media(color_scheme="dark")
    yield from (f"dark: {each}" for each in findings(page, *OF_COLOURS))


def walk(browser: Browser, shop: ServedShop, states: Sequence[PageState]) -> list[str]:
    faults: list[str] = []
    with visits(browser, shop) as visit:
        for state in states:
            page = visit.to(state)
            if (
                page.evaluate("document.contentType") == "text/plain"
            ):  # a body too long for any form of the shop
                continue
            faults += [f"{state.name}, {each}" for each in look(page)]
    return faults


def test_the_cart_is_clear_to_everybody(browser: Browser, shop: ServedShop) -> None:
    place_orders(shop, "at Stripe's")
    names = {"a cart with many things", "the payment", "Stripe's page"}
    states = [state for state in PAGES if state.name in names]
    assert len(states) == len(names)
    assert walk(browser, shop, states) == []


def test_an_order_that_asks_again_by_itself_stays_as_clear_as_it_was(
    browser: Browser, shop: ServedShop
) -> None:
    """What somebody has asked for is pale while it is waited for."""
    place_orders(shop, "processing")
    held: list[Route] = []
    with visits(browser, shop) as visit:
        page = visit.page
        page.emulate_media(reduced_motion="reduce")
        page.route(re.compile("poll="), lambda route: held.append(route))
        page.goto(f"{shop.url}/orders/{shop.links['processing']}")
        wait_until(page, lambda: held, "it does not ask again")
        assert (
            page.evaluate("document.querySelector('#order').className")
            == "order order--processing htmx-request"
        )
        assert page.evaluate(OPACITY, "#order") == "1"
        page.evaluate("document.querySelector('main').classList.add('htmx-request')")
        assert page.evaluate(OPACITY, "main") == "0.6"


# Three parts, which need not wait for each other.
@pytest.mark.slow
@pytest.mark.parametrize("part", range(3))
def test_every_page_in_every_state(browser: Browser, full_shop: ServedShop, part: int) -> None:
    faults = walk(browser, full_shop, PAGES[part::3])
    assert faults == [], "\n".join(faults)


def test_what_is_wrong_is_found(browser: Browser) -> None:
    page = browser.new_page()
    page.set_content(WRONG)
    found = {each.partition(" ")[0] for each in findings(page)}
    page.close()
    assert found == {"color-contrast", "image-alt", "label", "target-size"}
