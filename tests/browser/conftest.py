"""A real Chromium, and a real shop in a process of its own."""

import os
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    BrowserType,
    ConsoleMessage,
    Page,
    expect,
    sync_playwright,
)
from playwright.sync_api import Error as PlaywrightError

from tests.conftest import DATA
from tests.ports import free_port
from webshop.settings.model import ROOT

PATIENCE = 60  # seconds for what is there in a moment, on a machine that has other things to do
expect.set_options(timeout=PATIENCE * 1000)

# What Playwright switches off, since the last list counts, and what an address bar that nobody sees suggests
# in pages of its own: half of the work for each window.
NOT_HERE = """AvoidUnnecessaryBeforeUnloadCheckSync DestroyProfileOnBrowserClose HttpsUpgrades
    HttpsFirstBalancedModeAutoEnable LensOverlay MediaRouter PaintHolding ThirdPartyStoragePartitioning
    AvoidCorsURLLoaderRestartOnRedirect OptimizationHints NetworkTimeServiceQuerying AimEnabled
    PreconnectToSearch WebUIOmniboxPopup WebUIOmniboxAimPopup""".split()
WHOLE = "chromium", "chromium-browser", "google-chrome"
# Without the network that Chromium calls home over, and as root in a container.
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    f"--disable-features={','.join(NOT_HERE)}",
]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The system's Chromium, else the one that Playwright installed. The headless shell, where there is one,
    opens a page for two thirds of the work."""
    with sync_playwright() as playwright:
        try:
            browser = launched(playwright.chromium, ("chromium-headless-shell", *WHOLE))
        except PlaywrightError:
            if "CI" in os.environ:
                raise
            pytest.skip("no Chromium: install it, or run .venv/bin/playwright install chromium")
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def browser_with_memory(browser: Browser) -> Iterator[Browser]:
    """It keeps pages in memory for the way back, as people's browsers do, and the headless shell does not."""
    other = launched(browser.browser_type, ignore_default_args=["--disable-back-forward-cache"])
    yield other
    other.close()


def launched(chromium: BrowserType, names: Sequence[str] = WHOLE, **more: Any) -> Browser:
    """The first of these that is installed."""
    installed = next(filter(None, map(shutil.which, names)), None)
    return chromium.launch(executable_path=installed, args=ARGUMENTS, **more)


@pytest.fixture(scope="session")
def shop_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a demo shop that serves as `make run` does, with the tests' catalogue."""
    with open_shop(tmp_path_factory.mktemp("shop"), DATA / "catalog.toml") as url:
        yield url


@contextmanager
def open_shop(folder: Path, catalog: Path) -> Iterator[str]:
    """Such a shop that keeps its data in `folder` and sells what `catalog` says: its address."""
    port = free_port()
    environment = {
        "PATH": os.environ["PATH"],
        "PORT": str(port),
        "DATA_DIR": str(folder),
        "SHOP_FILE": str(DATA / "shop.toml"),
        "CATALOG_FILE": str(catalog),
    }
    log = (folder / "log").open("w")
    process = subprocess.Popen(
        [sys.executable, "-m", "webshop", "serve"], cwd=ROOT, env=environment, stdout=log, stderr=log
    )
    url = f"http://127.0.0.1:{port}"
    try:
        _wait_until_ready(url, process, folder / "log")
        yield url
    finally:
        process.terminate()
        process.wait(30)
        log.close()


def wait_until(page: Page, is_so: Callable[[], object], what: str) -> None:
    """The page goes on meanwhile. (Its own policy lets no function of Playwright's wait in it.)"""
    end = time.monotonic() + PATIENCE
    while not is_so():
        assert time.monotonic() < end, f"{page.url}: {what}"
        page.wait_for_timeout(20)


def is_of_a_page(error: PlaywrightError) -> bool:
    """Not Chromium's own remark that the next document is another's, or no page, and is not faded into."""
    return "ViewTransition opt-in disabled" not in error.message


@dataclass
class Visitor:
    """A browser of its own, and everything that its pages complain about."""

    context: BrowserContext
    url: str
    complaints: list[str] = field(default_factory=list)

    def open(self, path: str) -> Page:
        page = self.context.new_page()
        page.on("console", self._listen)
        page.on("pageerror", self._hear)
        page.goto(self.url + path)
        return page

    def _hear(self, error: PlaywrightError) -> None:
        if is_of_a_page(error):
            self.complaints.append(str(error))

    def _listen(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(message.text)


@pytest.fixture
def visitor(browser: Browser, shop_url: str) -> Iterator[Visitor]:
    """Somebody with JavaScript. No page may complain: no violation of the policy, no error."""
    context = browser.new_context(viewport={"width": 390, "height": 844})
    visitor = Visitor(context, shop_url)
    yield visitor
    context.close()
    assert visitor.complaints == []


@pytest.fixture
def plain_visitor(browser: Browser, shop_url: str) -> Iterator[Visitor]:
    """Somebody who has switched JavaScript off."""
    context = browser.new_context(viewport={"width": 390, "height": 844}, java_script_enabled=False)
    visitor = Visitor(context, shop_url)
    yield visitor
    context.close()
    assert visitor.complaints == []


def _wait_until_ready(url: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    end = time.monotonic() + PATIENCE
    while process.poll() is None and time.monotonic() < end:
        try:
            with urllib.request.urlopen(f"{url}/readyz", timeout=PATIENCE):
                return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError(f"the shop did not start: {log.read_text()}")
