"""Who sees little: 320 px, letters of twice the size, the system's own colours, nothing that moves."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.server import ServedShop, place_orders, served
from tests.browser.visits import Visits, visits
from tests.pages import ORDERS, PAGES

MAIN = {
    "all products", "a category", "a product of many variants, one sold out", "a cart with many things",
    "the checkout of many things", "an order: paid",
}  # fmt: skip
# What sticks out at the sides of the page, but for what is meant to be scrolled sideways.
SIDEWAYS = """() => {
  const wide = document.documentElement.scrollWidth - innerWidth;
  const scrolls = element => {
    for (let each = element; each && each !== document.body; each = each.parentElement) {
      if (['auto', 'scroll', 'hidden', 'clip'].includes(getComputedStyle(each).overflowX)) return true;
    }
    return false;
  };
  const out = [...document.querySelectorAll('body *')].filter(each => {
    const box = each.getBoundingClientRect();
    return box.width && box.height && box.right > innerWidth + 1 && !scrolls(each);
  });
  const name = each => each.tagName.toLowerCase() + '.' + each.className;
  return wide > 1 ? [`${wide} px too wide: ${out.slice(-3).map(name).join(', ') || '?'}`] : [];
}"""
# Words that would fit and stand on two lines all the same.
BROKEN = """() => {
  const hidden = element => element && element !== document.body
    && (element.getBoundingClientRect().width <= 1
      || hidden(element.parentElement));
  const found = [];
  const texts = document.createTreeWalker(document.querySelector('body'), NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const text = texts.currentNode;
    if (!text.parentElement.checkVisibility({visibilityProperty: true})) continue;
    if (text.parentElement.closest('[aria-hidden=true], code, svg, script')) continue;
    if (hidden(text.parentElement)) continue;
    for (const word of text.data.matchAll(/(?<!\\S)[\\p{L}€0-9.,]{1,14}(?!\\S)/gu)) {
      const range = document.createRange();
      range.setStart(text, word.index);
      range.setEnd(text, word.index + word[0].length);
      const tops = [...range.getClientRects()].filter(each => each.width).map(each => Math.round(each.top));
      if (new Set(tops).size > 1) found.push(`"${word[0]}" is broken`);
    }
  }
  return found;
}"""
# Motion that was not asked for: longer than a moment. The status sentence only fades.
MOVES = """() => [...document.querySelectorAll('*:not(.message)')]
  .flatMap(each => ['', '::before', '::after'].map(part => {
  const style = getComputedStyle(each, part || null);
  const long = value => value.split(',').some(time => parseFloat(time) > 0.01);
  const moves = (style.animationName !== 'none' && long(style.animationDuration))
    || (style.transitionProperty !== 'none' && long(style.transitionDuration))
    || style.scrollBehavior === 'smooth';
  return moves ? each.tagName.toLowerCase() + '.' + each.className + part : '';
})).filter(each => each)"""
# What can be pressed has an edge or an underline when colours are the system's.
UNSEEN = """() => [...document.querySelectorAll('.button')].filter(each => each.checkVisibility()
  && !each.matches('.button--plain') && parseFloat(getComputedStyle(each).borderTopWidth) < 1)
  .map(each => each.textContent.trim())"""
TWICE = "document.documentElement.style.fontSize = '200%'"


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedShop]:
    with served(tmp_path_factory.mktemp("narrow"), trusted_proxies=1) as shop:
        place_orders(shop, "paid")
        yield shop


def look(page: Page) -> Iterator[str]:
    page.set_viewport_size({"width": 320, "height": 640})
    yield from (f"320 px: {each}" for each in page.evaluate(SIDEWAYS) + page.evaluate(BROKEN))
    page.set_viewport_size({"width": 390, "height": 844})
    page.evaluate(TWICE)
    yield from (f"twice the size: {each}" for each in page.evaluate(SIDEWAYS) + page.evaluate(BROKEN))
    page.set_viewport_size({"width": 1280, "height": 844})
    yield from (
        f"twice the size, at a desk: {each}" for each in page.evaluate(SIDEWAYS) + page.evaluate(BROKEN)
    )
    page.emulate_media(reduced_motion="reduce", forced_colors="active")
    yield from (f"moves: {each}" for each in page.evaluate(MOVES))
    yield from (f"has no edge in forced colours: {each}" for each in page.evaluate(UNSEEN))
    page.emulate_media(reduced_motion="no-preference", forced_colors="none")


def walk(visit: Visits, names: set[str]) -> list[str]:
    states = [state for state in PAGES if state.name in names]
    assert len(states) == len(names)
    return [f"{state.name}, {each}" for state in states for each in dict.fromkeys(look(visit.to(state)))]


def test_the_main_pages_are_whole(browser: Browser, shop: ServedShop) -> None:
    with visits(browser, shop) as visit:
        faults = walk(visit, MAIN)
    assert faults == [], "\n".join(faults)


@pytest.mark.slow
def test_every_page_in_every_state_is_whole(browser: Browser, shop: ServedShop) -> None:
    place_orders(shop, *ORDERS.keys() - {"paid"})
    with visits(browser, shop) as visit:
        faults = walk(visit, {state.name for state in PAGES if state.status != 413} - MAIN)
    assert faults == [], "\n".join(faults)


def test_what_is_too_wide_broken_or_moving_is_found(browser: Browser) -> None:
    page = browser.new_page(viewport={"width": 320, "height": 640})
    page.set_content(
        """<style>p { width: 1.5em; overflow-wrap: anywhere } div { width: 400px } button { border: 0 }
        .moves { transition: color 1s }</style>
        <p>Cart</p><div class=moves>wide</div><button class=button>Add</button>"""
    )
    found = [page.evaluate(each) for each in (SIDEWAYS, BROKEN, MOVES, UNSEEN)]
    page.close()
    assert found[0][0].startswith("88 px too wide: div.moves")
    assert found[1:] == [['"Cart" is broken'], ["div.moves"], ["Add"]]
