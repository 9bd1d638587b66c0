"""The weight of pictures on the first screen of a phone, as `make weight` prints it, in a real Chromium."""

import re
import sys
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from tests.browser.conftest import launched
from tests.pictures.shops import served, with_photographs

BUDGET = 80_000  # bytes of pictures on the first screen of the index

# What a page shows of pictures: each one's address, its size as it is and as its attributes say, how wide it
# is drawn, and whether it is on the first screen. Then how far anything has moved while the page came.
LOOK = """async () => {
  for (let y = 0; y < document.body.scrollHeight; y += 500) {
    scrollTo(0, y);
    await new Promise(done => setTimeout(done, 30));
  }
  scrollTo(0, 0);
  const images = [...document.querySelectorAll('main img')].filter(image => image.checkVisibility());
  for (let wait = 0; wait < 100 && !images.every(image => image.complete); wait++) {
    await new Promise(done => setTimeout(done, 100));
  }
  return images.filter(image => image.currentSrc).map(image => [
    new URL(image.currentSrc).pathname, image.naturalWidth, image.naturalHeight,
    Number(image.getAttribute('width')), Number(image.getAttribute('height')),
    image.getBoundingClientRect().width,
    image.getBoundingClientRect().top < innerHeight,
  ]);
}"""
MOVED = """() => new Promise(done => {
  let total = 0;
  new PerformanceObserver(list => list.getEntries().forEach(entry => total += entry.value))
    .observe({type: 'layout-shift', buffered: true});
  setTimeout(() => done(total), 300);
})"""


@dataclass(frozen=True)
class Shown:
    """A picture on a page. `width` and `height` are its attributes, `wide` is how wide it is drawn."""

    path: str
    natural_width: int
    natural_height: int
    width: int
    height: int
    wide: float
    first: bool
    weight: int = 0

    @property
    def file_width(self) -> int:
        """In pixels; a browser's natural width is that of one dot a pixel."""
        match = re.search(r"-([0-9]+)\.", self.path)
        return int(match[1]) if match else 0


@dataclass(frozen=True)
class Screen:
    pictures: list[Shown]
    moved: float

    @property
    def weight(self) -> int:
        """Bytes of pictures on the first screen, each file once."""
        return sum({each.path: each.weight for each in self.pictures if each.first}.values())


def look(browser: Browser, url: str, path: str = "/", *, dots: float = 3, width: int = 390) -> Screen:
    """What a phone with so many dots a pixel shows, and loads."""
    context = browser.new_context(viewport={"width": width, "height": 844}, device_scale_factor=dots)
    weights: dict[str, int] = {}
    page = context.new_page()
    page.on("response", lambda answer: weights.update({_path(answer.url): len(answer.body())}))
    page.goto(url + path, wait_until="load")
    shown = [Shown(*row) for row in page.evaluate(LOOK)]
    page.wait_for_load_state("networkidle")
    pictures = [replace(each, weight=weights.get(each.path, 0)) for each in shown]
    moved = float(page.evaluate(MOVED))
    context.close()
    return Screen(pictures, moved)


def _path(url: str) -> str:
    return "/" + url.partition("//")[2].partition("/")[2].partition("?")[0]


def main() -> int:
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        with_photographs(Path(name))
        with served(Path(name)) as url:
            browser = launched(playwright.chromium)
            weights = {dots: look(browser, url, dots=dots).weight for dots in (2, 3)}
            browser.close()
    for dots, weight in weights.items():
        print(f"{weight:>7,}  pictures of / at 390 px, {dots} dots a pixel, of {BUDGET:,}")
    return int(max(weights.values()) > BUDGET)


if __name__ == "__main__":
    sys.exit(main())
