"""From the click on a product in a list to its first paint, where each round trip takes 150 ms: make paint.

In Chromium, through a proxy that holds back what passes, and new connections; with the rules by which pages
are fetched ahead, and without. The pointer rests for half a second before it clicks. A line for each:
the medians of the paint, which takes the machine's time as well, and of when the answer began to come. How
much of it is the machine's says the floor: pages of a single line, fetched ahead in the same way.
"""

import asyncio
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from statistics import median

from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.conftest import launched, open_shop
from tests.ports import free_port
from webshop.settings.model import ROOT

ONE_WAY = 0.075  # seconds
RESTED = 500  # milliseconds
CLICKS = 15
A_LIST = "/products"
# What the floor answers.
ALL_AHEAD = b'{"prefetch": [{"where": {"href_matches": "/*"}, "eagerness": "moderate"}]}'
A_LINE = b"<!doctype html><title>Floor</title><main>"
LINKS = b"".join(b'<p><a href="/products/%d">One</a></p>' % number for number in range(CLICKS + 1))
# Renamed on the way, the header is none that a browser knows.
RULES, NO_RULES = b"\r\nspeculation-rules:", b"\r\nx-peculation-rules:"

CLICKED = """
const note = () => sessionStorage.setItem("clicked", performance.timeOrigin + performance.now());
addEventListener("click", note, true);
"""
PAINTED = """new Promise((resolve) => new PerformanceObserver((list) => {
  const [paint] = list.getEntriesByName("first-contentful-paint");
  const [page] = performance.getEntriesByType("navigation");
  const since = (time) => performance.timeOrigin + time - sessionStorage.getItem("clicked");
  if (paint) resolve([since(page.responseStart), since(paint.startTime)]);
}).observe({ type: "paint", buffered: true }))"""


class SlowLine:
    """Hands on bytes after a while, in both directions, in their order."""

    def __init__(self, to: int, *, rules: bool) -> None:
        self.port = free_port()
        self._to = to
        self._rules = rules
        self._loop = asyncio.new_event_loop()

    @contextmanager
    def open(self) -> Iterator[str]:
        thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        thread.start()
        serving = asyncio.start_server(self._connect, "127.0.0.1", self.port)
        server = asyncio.run_coroutine_threadsafe(serving, self._loop).result(10)
        yield f"http://127.0.0.1:{self.port}"
        self._loop.call_soon_threadsafe(self._end, server)
        thread.join()

    def _end(self, server: asyncio.Server) -> None:
        server.close()
        for task in asyncio.all_tasks(self._loop):
            task.cancel()
        self._loop.call_later(0.2, self._loop.stop)  # when they have ended

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(2 * ONE_WAY)  # the handshake
        there, back = await asyncio.open_connection("127.0.0.1", self._to)
        await asyncio.gather(self._pass(reader, back), self._pass(there, writer), return_exceptions=True)

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while chunk := await reader.read(1 << 16):
            if not self._rules:
                chunk = chunk.replace(RULES, NO_RULES)
            self._loop.call_later(ONE_WAY, writer.write, chunk)
        self._loop.call_later(ONE_WAY, writer.close)


async def _answer_as_the_floor(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(asyncio.IncompleteReadError, ConnectionError):
        while asked := (await reader.readuntil(b"\r\n\r\n")).split()[1].decode():
            kind, body = b"text/html", A_LINE + (LINKS if asked == A_LIST else b"One line.")
            if asked == "/rules":
                kind, body = b"application/speculationrules+json", ALL_AHEAD
            writer.write(
                b'HTTP/1.1 200 OK\r\nSpeculation-Rules: "/rules"\r\nCache-Control: no-cache\r\n'
                b"Content-Type: %s\r\nContent-Length: %d\r\n\r\n%s" % (kind, len(body), body)
            )
            await writer.drain()


@contextmanager
def floor() -> Iterator[int]:
    """Its port."""
    loop, port = asyncio.new_event_loop(), free_port()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    serving = asyncio.start_server(_answer_as_the_floor, "127.0.0.1", port)
    server = asyncio.run_coroutine_threadsafe(serving, loop).result(10)
    yield port
    loop.call_soon_threadsafe(server.close)
    loop.call_soon_threadsafe(loop.call_later, 0.2, loop.stop)
    thread.join()


def measure(browser: Browser, url: str) -> list[tuple[float, float]]:
    """Milliseconds of each click until its answer and its paint, after one that fills the browser's cache."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, bypass_csp=True)
    page = context.new_page()
    page.add_init_script(CLICKED)
    page.goto(url + A_LIST)
    found = page.locator("main a[href^='/products/']").evaluate_all("all => all.map(a => a.pathname)")
    paths = list(dict.fromkeys(found))[: CLICKS + 1]
    times = [_click(page, url, path) for path in paths]
    context.close()
    return times[1:]


def _click(page: Page, url: str, path: str) -> tuple[float, float]:
    page.goto(url + A_LIST)
    link = page.locator(f"main a[href^='{path}']").first
    link.hover()
    page.wait_for_timeout(RESTED)
    link.click()
    page.wait_for_url(f"**{path}*")
    answered, painted = page.evaluate(PAINTED)
    return answered, painted


def main() -> int:
    with (
        tempfile.TemporaryDirectory() as folder,
        open_shop(Path(folder), ROOT / "catalog.toml") as shop,
        floor() as floors,
        sync_playwright() as playwright,
    ):
        browser = launched(playwright.chromium)
        shops = int(shop.rpartition(":")[2])
        for name, port, rules in (
            ("floor", floors, True),
            ("with_rules", shops, True),
            ("without_rules", shops, False),
        ):
            with SlowLine(port, rules=rules).open() as url:
                answers, paints = zip(*measure(browser, url), strict=True)
            print(  # noqa: T201
                f"click_to_paint {name}: p50 {median(paints):.0f} ms, until the answer "
                f"{median(answers):.0f} ms ({len(paints)} clicks, {2000 * ONE_WAY:.0f} ms a round trip)"
            )
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
