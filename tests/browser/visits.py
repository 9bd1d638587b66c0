"""Somebody with a cart who looks at the states of tests/pages.py, one after the other, in one browser."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count

from playwright.sync_api import Browser, BrowserContext, Page

from tests.browser.conftest import wait_until
from tests.browser.server import ServedShop
from tests.browser.test_browser_purchase import fill_in_address
from tests.pages import ONE, PageState
from webshop.provider import create_provider
from webshop.sandbox.pages.own_host import COOKIE

NETWORKS = count(1)
SEND = """([path, fields]) => {
  const form = Object.assign(document.createElement('form'), {method: 'post', action: path});
  for (const [name, value] of Object.entries(fields)) {
    form.append(Object.assign(document.createElement('input'), {type: 'hidden', name, value}));
  }
  document.body.append(form);
  form.submit();
}"""
AT_REST = "document.readyState === 'complete' && !document.querySelector('.htmx-request')"
STATUS = "performance.getEntriesByType('navigation')[0].responseStatus"


@dataclass
class Visits:
    shop: ServedShop
    page: Page

    def to(self, state: PageState) -> Page:
        """The page in that state, at rest. Fails where the shop answers with another status."""
        self._begin_cart(state)
        if state.form:
            self._send(state)
        else:
            self.page.goto(self.shop.address(state))
        status = self.page.evaluate(STATUS)
        assert status == state.status, f"{state.name}: {status}, not {state.status}"
        if state.step:
            self._press(state.step)
        self._rest()
        self.page.evaluate("document.fonts.ready.then(() => 0)")
        return self.page

    def _rest(self) -> None:
        wait_until(self.page, lambda: self.page.evaluate(AT_REST), "does not come to rest")

    def _begin_cart(self, state: PageState) -> None:
        """A new one, of a network of its own: the shop lets nobody begin so many."""
        context = self.page.context
        lose_cookies(context, self.shop)
        context.set_extra_http_headers({"X-Forwarded-For": f"203.0.113.{next(NETWORKS) % 250}"})
        for sku, quantity in (state.cart or ONE).items():
            answer = context.request.post(
                f"{self.shop.url}/cart/lines",
                form={"sku": sku, "quantity": str(quantity)},
                headers={"Origin": self.shop.url},
            )
            assert answer.ok, answer.text()

    def _send(self, state: PageState) -> None:
        self.page.goto(self.shop.url + "/cart")
        with self.page.expect_navigation():
            self.page.evaluate(SEND, [self.shop.address(state), dict(state.form)])

    def _press(self, words: str) -> None:
        if self.page.url.endswith("/checkout"):
            fill_in_address(self.page)
        self.page.get_by_role("button", name=words).click()
        self.page.frame_locator("#stripe-checkout iframe").locator("form").first.wait_for()


def lose_cookies(context: BrowserContext, shop: ServedShop) -> None:
    """All but the one that opens the sandbox's panel, as from the link that the start tells."""
    token = create_provider(shop.site.settings).panel.partition("token=")[2]
    context.clear_cookies()
    context.add_cookies([{"name": COOKIE, "value": token, "url": f"{shop.url}/sandbox/"}])


@contextmanager
def visits(browser: Browser, shop: ServedShop, *, width: int = 1280, **options: object) -> Iterator[Visits]:
    """`shop` trusts one proxy. `options` are Playwright's of a context."""
    chosen: dict[str, object] = {"viewport": {"width": width, "height": 844}, **options}
    context = browser.new_context(**chosen)  # type: ignore[arg-type]
    try:
        yield Visits(shop, context.new_page())
    finally:
        context.close()
