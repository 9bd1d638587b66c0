"""No page changes its address by itself: a walk over every page and state (tests/pages.py), with a cart,
without, and with one whose cookie is lost; opened, loaded again, left, come back to and gone forward from; in
a browser that keeps pages in memory for the way back, and in one that does not."""

import json
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Request
from playwright.sync_api import Error as PlaywrightError

from tests.browser.conftest import PATIENCE, is_of_a_page
from tests.browser.server import ServedShop, place_orders, served
from tests.browser.test_browser_purchase import fill_in_address
from tests.browser.visits import NETWORKS, SEND, STATUS, lose_cookies
from tests.pages import ONE, ORDERS, PAGES, PageState

VISITORS = WITHOUT, WITH, LOST = "without a cart", "with a cart", "with a lost cookie"
LEAN = {"the checkout", "no such page"}
ELSEWHERE = "/pages/about?elsewhere"
A_MOVE = 10  # seconds; a page that has gone away by itself leads to no other
# A page that has been told so by `pageshow` came out of the browser's memory.
REMEMBER = "addEventListener('pageshow', event => { window.remembered = event.persisted; })"
LOOK = """new Promise(done => setTimeout(() => setTimeout(() => {
  done({ready: document.readyState === 'complete', remembered: window.remembered === true});
  window.remembered = false;
})))"""


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedShop]:
    with served(tmp_path_factory.mktemp("walk"), trusted_proxies=1) as shop:
        yield shop


@pytest.fixture(scope="module")
def full_shop(shop: ServedShop) -> ServedShop:
    place_orders(shop, *ORDERS)
    return shop


@dataclass
class Walk:
    """One visitor in one browser. `seen` counts the cases: pages that were looked at, and stayed.

    `memory` says whether the browser has one, and leaves out what is no other case there: to load again asks
    no memory, and without one the way forward and back again is two more loads. None leaves nothing out."""

    shop: ServedShop
    page: Page
    visitor: str
    memory: bool | None = None
    seen: int = 0
    restored: int = 0  # carts
    remembered: int = 0  # pages that came out of the browser's memory
    faults: list[str] = field(default_factory=list)
    where: str = ""
    begun: Mapping[str, int] | None = None  # the cart that the visitor has, if it is known
    waiting: set[Request] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.page.add_init_script(REMEMBER)
        self.page.on("request", self._asked)
        self.page.on("requestfinished", lambda request: self.waiting.discard(request))
        self.page.on("requestfailed", lambda request: self.waiting.discard(request))
        self.page.on("pageerror", self._failed)
        self.page.on("console", self._heard)

    def _asked(self, request: Request) -> None:
        self.waiting.add(request)
        if request.url.endswith("/cart/restore") and request.method == "POST":
            self.restored += 1
            if request.is_navigation_request():
                self._fault("a page was loaded to restore the cart")

    def _failed(self, error: PlaywrightError) -> None:
        if is_of_a_page(error):
            self._fault(str(error))

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type == "error" and "responded with a status of" not in message.text:
            self._fault(message.text)

    def _fault(self, what: str) -> None:
        self.faults.append(f"{self.visitor}, {self.where}: {what}")

    def over(self, states: Iterable[PageState]) -> None:
        for state in states:
            lines = state.cart or ONE
            if lines != self.begun:
                self.where = f"{state.name}, before"
                self._begin(lines)
            self._around(state)
            self.begun = None if state.form or state.step else lines  # what was sent may have changed it

    def _begin(self, lines: Mapping[str, int]) -> None:
        """A cart is in the browser's memory, and with the server if its cookie is not lost."""
        lose_cookies(self.page.context, self.shop)
        self.page.goto(self.shop.url + "/static/img/favicon.svg")
        kept = [{"sku": sku, "quantity": number} for sku, number in lines.items()]
        written = "[]" if self.visitor == WITHOUT else json.dumps(kept)
        self.page.evaluate("kept => localStorage.setItem('cart', kept)", written)
        if self.visitor == WITH:
            self.page.goto(self.shop.url + "/")
            self._settle()

    def _around(self, state: PageState) -> None:
        address = self.shop.address(state)
        sent_to = self.shop.url + state.sent_to if state.sent_to and self.visitor != WITH else ""
        here = sent_to or address
        self._go(state, "opened", lambda: self._open(state, address, bool(sent_to)), here)
        if state.step and not sent_to:
            self._go(state, "reached", lambda: self._press(state.step), here)
        if not state.form and not self.memory:
            self._go(state, "loaded again", lambda: self.page.reload(), here)
        self._go(state, "left", lambda: self.page.goto(self.shop.url + ELSEWHERE), self.shop.url + ELSEWHERE)
        self._go(state, "come back to", lambda: self._move("back"), here)
        if self.memory is not False:
            self._go(state, "gone forward from", lambda: self._move("forward"), self.shop.url + ELSEWHERE)
            self._go(state, "come back to again", lambda: self._move("back"), here)

    def _go(self, state: PageState, how: str, move: Callable[[], object], address: str) -> None:
        self.where = f"{state.name}, {how}"
        if self.visitor == LOST:
            lose_cookies(self.page.context, self.shop)
        self.waiting.clear()
        move()
        self._settle()
        self.seen += 1
        if self.page.url != address:
            self._fault(f"the address is {self.page.url}, not {address}")

    def _open(self, state: PageState, address: str, sent_away: bool) -> None:
        if state.form:
            self._send(address, state.form)
        else:
            self.page.goto(address)
        self._settle()
        status = self.page.evaluate(STATUS)
        if status != state.status and not sent_away:
            self._fault(f"the status is {status}, not {state.status}")

    def _send(self, address: str, form: Mapping[str, str]) -> None:
        self.page.goto(self.shop.url + ELSEWHERE)
        self._settle()
        if self.visitor == LOST:
            self.page.context.clear_cookies()
        with self.page.expect_navigation():
            self.page.evaluate(SEND, [address, dict(form)])

    def _press(self, words: str) -> None:
        if self.page.url.endswith("/checkout"):
            fill_in_address(self.page)
        self.page.get_by_role("button", name=words).click()
        self.page.locator("#stripe-checkout iframe").wait_for()

    def _move(self, way: str) -> None:
        """As the browser's buttons do. Playwright's `go_back` waits for a load: memory has none."""
        before = self.page.url
        self.page.evaluate(f"setTimeout(() => history.{way}())")
        end = time.monotonic() + A_MOVE
        while self.page.url == before and time.monotonic() < end:
            self.page.wait_for_timeout(10)

    def _settle(self) -> None:
        """Until the page has nothing under way: what it would do by itself has happened."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            with suppress(PlaywrightError):  # it is just being loaded
                state = self.page.evaluate(LOOK)
                if state["remembered"]:
                    self.remembered += 1
                if state["ready"] and not self.waiting:
                    return
            self.page.wait_for_timeout(10)
        self._fault(f"it does not come to rest: {[request.url for request in self.waiting]}")


@contextmanager
def walk(browser: Browser, shop: ServedShop, visitor: str, *, memory: bool | None = None) -> Iterator[Walk]:
    network = {"X-Forwarded-For": f"203.0.113.{next(NETWORKS)}"}  # each begins many carts
    context = browser.new_context(viewport={"width": 390, "height": 844}, extra_http_headers=network)
    try:
        yield Walk(shop, context.new_page(), visitor, memory)
    finally:
        context.close()


@pytest.mark.slow
def test_the_main_pages_stay_where_they_are(browser: Browser, shop: ServedShop) -> None:
    seen = 0
    for visitor in VISITORS:
        with walk(browser, shop, visitor) as walked:
            walked.over(state for state in PAGES if state.name in LEAN)
            assert walked.faults == []
            assert (walked.restored > 0) == (visitor != WITHOUT)
            seen += walked.seen
    assert seen == 36


@pytest.mark.slow
def test_a_page_that_would_go_away_by_itself_is_noticed(browser: Browser, shop: ServedShop) -> None:
    early = "document.getElementById('cart-restore')?.submit()"
    with walk(browser, shop, LOST) as walked:
        script = {"body": early, "content_type": "text/javascript"}
        walked.page.route("**/js/shop.js?*", lambda route: route.fulfill(**script))
        walked.over(state for state in PAGES if state.name == "all products")
    assert any("a page was loaded to restore the cart" in fault for fault in walked.faults)
    assert any("the address is" in fault for fault in walked.faults)


# Twelve parts, which need not wait for each other.
@pytest.mark.slow
@pytest.mark.parametrize("part", [0, 1])
@pytest.mark.parametrize("visitor", VISITORS)
@pytest.mark.parametrize("memory", [False, True])
def test_every_page_in_every_state_stays_where_it_is(
    request: pytest.FixtureRequest, full_shop: ServedShop, visitor: str, memory: bool, part: int
) -> None:
    browser = request.getfixturevalue("browser_with_memory" if memory else "browser")
    with walk(browser, full_shop, visitor, memory=memory) as walked:
        walked.over(PAGES[part::2])
    assert walked.faults == [], "\n".join(walked.faults)
    assert walked.seen > 110  # 1,600 in all twelve
    assert (walked.remembered > 25) == memory
