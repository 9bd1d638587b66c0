"""`make design`: what is saved stands in the open page, without a click."""

import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.ports import free_port
from webshop.settings.model import ROOT

PARTS = ("webshop", "templates", "static", "pages", "shop.toml", "catalog.toml")
SOON = 30_000  # milliseconds
MARK = "window.since = 'it was loaded'"


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of what a designer changes, and of what draws it."""
    folder = tmp_path_factory.mktemp("designing")
    for part in PARTS:
        copy = shutil.copytree if (ROOT / part).is_dir() else shutil.copyfile
        copy(ROOT / part, folder / part)
    (folder / "themes").mkdir()
    return folder


@pytest.fixture(scope="module")
def address(tree: Path) -> Iterator[str]:
    port = free_port()
    environment = {"PATH": os.environ["PATH"], "PORT": str(port), "DATA_DIR": str(tree / "var")}
    with (tree / "log").open("w") as log:
        command = [sys.executable, "-m", "webshop", "design"]
        shop = subprocess.Popen(
            command, cwd=tree, env=environment, stdout=log, stderr=log, start_new_session=True
        )
    try:
        wait_for(f"http://127.0.0.1:{port}/readyz")
        yield f"http://127.0.0.1:{port}"
    finally:
        os.killpg(shop.pid, signal.SIGKILL)
        shop.wait()


def wait_for(url: str) -> None:
    for _attempt in range(300):
        try:
            urllib.request.urlopen(url, timeout=5).close()
            return
        except OSError:
            time.sleep(0.2)
    raise AssertionError(f"{url} does not answer")


def opened(page: Page, url: str) -> Page:
    """Once it hears of changes; with a mark that is gone when it was loaded again."""
    listen = "source.addEventListener('ready', () => { document.body.id = 'hears'; })"
    page.add_init_script(f"addEventListener('DOMContentLoaded', () => {{ {listen} }})")
    page.goto(url)
    expect(page.locator("#hears")).to_be_visible(timeout=SOON)
    page.evaluate(MARK)
    return page


def is_marked(page: Page) -> bool:
    return bool(page.evaluate("'since' in window"))


def test_what_is_saved_stands_in_the_open_page(browser: Browser, tree: Path, address: str) -> None:
    context = browser.new_context()
    page, deaf = context.new_page(), context.new_page()
    deaf.route("**/gallery/changes?*", lambda route: route.abort())
    deaf.goto(f"{address}/pages/about")
    deaf.evaluate(MARK)
    opened(page, f"{address}/pages/about")

    css = tree / "static/css/theme.css"
    css.write_text(css.read_text().replace("--ground: #faf7f2", "--ground: #123456"))
    expect(page.locator("html")).to_have_css("background-color", "rgb(18, 52, 86)", timeout=SOON)
    assert is_marked(page)  # it kept what was typed, and where it was scrolled to

    own = tree / "pages/about.md"
    own.write_text(f"{own.read_text()}\nA kiln of our own.\n")
    expect(page.get_by_text("A kiln of our own.")).to_be_visible(timeout=SOON)
    assert not is_marked(page)

    # At once, while it is hardly loaded.
    (tree / "templates/shared/_wordmark.html").write_text("{#\n  A logo.\n#}\n<a href='/'>Drawn anew</a>\n")
    expect(page.get_by_text("Drawn anew")).to_be_visible(timeout=SOON)

    (tree / "templates/shared/_wordmark.html").write_text("{#\n  A logo.\n#}\n\n{{ shpo.name }}\n")
    expect(page.locator("body")).to_contain_text("templates/shared/_wordmark.html, line 5", timeout=SOON)
    expect(page.locator("body")).to_contain_text("Did you mean shop?")
    (tree / "templates/shared/_wordmark.html").write_text("{#\n  A logo.\n#}\n<a href='/'>Mended</a>\n")
    expect(page.get_by_text("Mended")).to_be_visible(timeout=SOON)

    # A page that hears of nothing is as it was.
    assert is_marked(deaf)
    assert "A kiln of our own." not in deaf.content()
    context.close()


def test_what_an_editor_lays_beside_a_file_loads_nothing_again(
    browser: Browser, tree: Path, address: str
) -> None:
    page = opened(browser.new_page(), f"{address}/")
    beside = tree / "static/css"
    (beside / ".#home.css").symlink_to("ada@mill.77:1")
    for name in ("4913", "home.css~", ".home.css.swp", "#home.css#"):
        (beside / name).write_text("{{ nothing")
    time.sleep(1)  # longer than the server gathers what was saved
    css = beside / "home.css"
    css.write_text(css.read_text() + "\n@layer blocks { .home { outline: 3px solid rgb(1, 2, 3); } }\n")
    expect(page.locator(".home")).to_have_css("outline-color", "rgb(1, 2, 3)", timeout=SOON)
    assert is_marked(page)
    page.close()
