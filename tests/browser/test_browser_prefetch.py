"""Pages that a browser fetches when the pointer rests on their links: there at once when they are asked for,
never of what has an effect, and never with a cart of before."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Locator, Page, expect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tests.browser.conftest import wait_until
from tests.browser.server import served_behind

RESTED = 700  # milliseconds: browsers begin after about 200
HOW = "performance.getEntriesByType('navigation')[0].deliveryType"
FETCHED_AHEAD = "navigational-prefetch"
EFFECTS = ("/cart", "/checkout", "/orders/x", "/charge", "/stripe/webhook", "/search/suggestions?q=mug")


class Door:
    """Before the shop: it notes what is asked for, and takes headers away from the answers."""

    def __init__(self, app: ASGIApp, without: str = "") -> None:
        self.app = app
        self._without = without.lower().encode()
        self.asked: list[tuple[str, str]] = []  # path, and purpose
        self.ahead = 0  # so many pages were sent ahead

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        purpose = dict(scope["headers"]).get(b"sec-purpose", b"").decode()
        if not scope["path"].startswith(("/static/", "/pictures/")):
            self.asked.append((scope["path"], purpose))

        async def send_without(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [each for each in message["headers"] if each[0] != self._without]
            await send(message)

        await self.app(scope, receive, send_without)
        self.ahead += purpose == "prefetch"

    def take(self) -> list[tuple[str, str]]:
        """What was asked for since the last time."""
        asked, self.asked = self.asked, []
        return asked


@contextmanager
def visited(browser: Browser, folder: Path, without: str = "") -> Iterator[tuple[Page, Door, str]]:
    doors: list[Door] = []

    def behind_a_door(app: ASGIApp) -> Door:
        doors.append(Door(app, without))
        return doors[0]

    with served_behind(behind_a_door, folder) as shop:
        context = browser.new_context(viewport={"width": 1280, "height": 900})
        page = context.new_page()
        complaints: list[str] = []
        page.on("console", lambda said: complaints.append(said.text) if said.type != "info" else None)
        try:
            yield page, doors[0], shop.url
        finally:
            context.close()
        assert complaints == []


def rest_on(page: Page, link: Locator) -> None:
    link.hover()
    page.wait_for_timeout(RESTED)


def fetch_ahead(page: Page, door: Door, link: Locator) -> None:
    """Rest on it until its page was sent."""
    before = door.ahead
    rest_on(page, link)
    wait_until(page, lambda: door.ahead > before, "nothing is fetched ahead")


def add(page: Page) -> None:
    with page.expect_response("**/cart/lines"):
        page.get_by_role("button", name="Add to cart").first.click()
    expect(page.get_by_role("status")).to_contain_text("added")
    page.keyboard.press("Escape")


def badge(page: Page) -> Any:
    return expect(page.locator("#cart-badge .badge__number"))


def home(page: Page) -> Locator:
    return page.locator('.site-header a[href="/"]').first


def test_a_page_is_there_when_it_is_asked_for_and_shows_the_cart_as_it_is(
    browser: Browser, tmp_path: Path
) -> None:
    with visited(browser, tmp_path) as (page, door, url):
        page.goto(f"{url}/c/bowls")
        door.take()
        link = page.locator('main a[href="/products/bowl"]').first
        fetch_ahead(page, door, link)
        assert door.take() == [("/products/bowl", "prefetch")]
        link.click()
        page.wait_for_url("**/products/bowl")
        expect(page.locator("h1")).to_have_text("Bowl")
        assert page.evaluate(HOW) == FETCHED_AHEAD
        assert door.take() == []

        add(page)
        door.take()
        fetch_ahead(page, door, home(page))  # with one in the cart
        assert door.take() == [("/", "prefetch")]
        add(page)
        door.take()
        home(page).click()
        page.wait_for_url(f"{url}/")
        badge(page).to_have_text("2")

        page.goto(f"{url}/products/bowl")
        page.evaluate(
            """addresses => document.querySelector("main").append(...addresses.map((href) => {
                const place = document.createElement("p");
                place.append(Object.assign(document.createElement("a"), { href, textContent: href }));
                return place;
            }))""",
            [*EFFECTS, "/c/bowls?sort=price"],
        )
        door.take()
        for address in EFFECTS:
            rest_on(page, page.locator(f'main > p > a[href="{address}"]'))
        fetch_ahead(page, door, page.locator('main > p > a[href="/c/bowls?sort=price"]'))
        assert door.take() == [("/c/bowls", "prefetch")]


def test_without_the_rules_nothing_is_fetched_ahead(browser: Browser, tmp_path: Path) -> None:
    with visited(browser, tmp_path, without="Speculation-Rules") as (page, door, url):
        page.goto(f"{url}/c/bowls")
        door.take()
        rest_on(page, page.locator('main a[href="/products/bowl"]').first)
        assert door.take() == []


def test_a_browser_that_is_not_told_to_forget_shows_the_cart_of_before(
    browser: Browser, tmp_path: Path
) -> None:
    """The negative control of the cart above."""
    with visited(browser, tmp_path, without="Clear-Site-Data") as (page, door, url):
        page.goto(f"{url}/products/bowl")
        add(page)
        fetch_ahead(page, door, home(page))
        add(page)
        home(page).click()
        page.wait_for_url(f"{url}/")
        badge(page).to_have_text("1")
