"""make rebrand: the steps of docs/designers.md done in a fresh clone, with a picture before and one after."""

import os
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic, sleep

from PIL import Image
from playwright.sync_api import sync_playwright

from tests.browser.conftest import launched
from tests.design.steps import follow, steps
from tests.ports import free_port
from webshop.settings.model import ROOT

PAGE = ROOT / "docs" / "designers.md"
PICTURES = ROOT / "docs" / "designers"
SIZE = (1280, 1000)


def rebrand(folder: Path) -> Path:
    """A clone of what is committed, with this one's virtual environment, in which every step was done."""
    clone = cloned(folder)
    for step in steps(PAGE.read_text(encoding="utf-8")):
        follow(step, clone)
    return clone


def cloned(folder: Path) -> Path:
    clone = folder / "shop"
    subprocess.run(["git", "clone", "-q", str(ROOT), str(clone)], check=True, timeout=120)
    (clone / ".venv").symlink_to(ROOT / ".venv")
    return clone


@contextmanager
def served(clone: Path, theme: str = "") -> Iterator[str]:
    """Its address."""
    port = free_port()
    names = {"PORT": str(port), "THEME": theme, "DATA_DIR": str(clone / "var")}
    command = [str(clone / ".venv/bin/python"), "-m", "webshop", "serve"]
    with subprocess.Popen(command, cwd=clone, env={**os.environ, **names}, stdout=subprocess.DEVNULL) as shop:
        try:
            address = f"http://127.0.0.1:{port}"
            _wait_for(address)
            yield address
        finally:
            shop.terminate()


def _wait_for(address: str) -> None:
    began = monotonic()
    while True:
        try:
            urllib.request.urlopen(f"{address}/readyz", timeout=5).close()
            return
        except OSError:
            if monotonic() - began > 120:
                raise
            sleep(0.2)


def picture(address: str, file: Path) -> None:
    with sync_playwright() as playwright:
        browser = launched(playwright.chromium)
        page = browser.new_page(viewport={"width": SIZE[0], "height": SIZE[1]})
        page.goto(address, wait_until="networkidle")
        drawn = Image.open(BytesIO(page.screenshot()))
        browser.close()
    file.parent.mkdir(exist_ok=True)
    drawn.resize((SIZE[0] // 2, SIZE[1] // 2)).save(file, quality=70)


def main() -> None:
    with TemporaryDirectory() as folder:
        before = cloned(Path(folder) / "before")
        with served(before) as address:
            picture(address, PICTURES / "before.webp")
        clone = rebrand(Path(folder) / "after")
        with served(clone, "mill") as address:
            picture(address, PICTURES / "after.webp")
    sys.stdout.write(f"{PICTURES.relative_to(ROOT)}: before.webp, after.webp\n")


if __name__ == "__main__":
    main()
