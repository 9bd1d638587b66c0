"""The demo with its photographs, as Lighthouse sees it on a phone, from the index to an order: a line a page,
with the medians of performance, accessibility, best practices and SEO, and the most that anything moved.

    RUNS=3 ONLY=index,cart python -m tests.lighthouse

The exit code is 0 if each is at least 98 and nothing moved. npm installs Lighthouse into .lighthouse/. Pages
of one person are kept out of search engines on purpose: that is left out of their SEO.
"""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from httpx2 import Client, TransportError, get

from tests.lighthouse.scores import complaints, is_fine, line, result_of
from tests.ports import free_port
from tests.shopper import Shopper
from webshop.settings.model import ROOT

VERSION = "13.5.0"
FOLDER = ROOT / ".lighthouse"
PAGES = {
    "index": "/",
    "category": "/c/mugs",
    "search": "/search?q=mug",
    "product": "/products/harbour-mug",
    "cart": "/cart",
    "checkout": "/checkout",
}
OF_ONE_PERSON = {"cart", "checkout", "order"}
CHROME = (
    "--headless=new --no-sandbox --disable-gpu --disable-background-networking --disable-component-update "
    "--disable-sync --no-first-run"
)


def main() -> int:
    _install()
    runs = int(os.environ.get("RUNS") or 3)
    only = [name for name in os.environ.get("ONLY", "").split(",") if name]
    with TemporaryDirectory(prefix="lighthouse-") as folder, _demo(Path(folder)) as url:
        cookie = _cart(url)
        pages = {**PAGES, "order": _order(url)}
        fine = [_judge(url, name, pages[name], cookie, runs) for name in only or pages]
    return 0 if all(fine) else 1


def _install() -> None:
    program = FOLDER / "node_modules/lighthouse/package.json"
    if program.exists() and json.loads(program.read_text())["version"] == VERSION:
        return
    FOLDER.mkdir(exist_ok=True)
    command = ["npm", "install", "--no-audit", "--no-fund", "--prefix", str(FOLDER), f"lighthouse@{VERSION}"]
    subprocess.run(command, check=True, stdout=sys.stderr)


@contextmanager
def _demo(folder: Path) -> Iterator[str]:
    """The address of the demo shop in a process of its own, its pictures made."""
    port = free_port()
    environment = {"PATH": os.environ["PATH"], "DEMO": "1", "DATA_DIR": str(folder), "PORT": str(port)}
    shop = [sys.executable, "-m", "webshop"]
    with (folder / "shop.log").open("wb") as log:
        server = subprocess.Popen([*shop, "serve"], cwd=ROOT, env=environment, stdout=log, stderr=log)
    url = f"http://127.0.0.1:{port}"
    try:
        _wait(f"{url}/readyz")
        yield url
    finally:
        server.terminate()
        server.wait(timeout=30)


def _wait(url: str) -> None:
    for _attempt in range(300):
        with suppress(TransportError):
            if get(url, timeout=5).status_code == 200:
                return
        time.sleep(0.1)
    raise SystemExit(f"{url} does not answer")


def _cart(url: str) -> str:
    """The cookie of somebody with two things in the cart."""
    with Client(base_url=url) as client:
        Shopper(client).add("harbour-mug").add("fern-bowl")
        return "; ".join(f"{name}={value}" for name, value in client.cookies.items())


def _order(url: str) -> str:
    """The path of an order that was paid."""
    with Client(base_url=url) as client:
        return str(Shopper(client).add("harbour-mug").check_out().pay().response.url.path)


def _judge(url: str, name: str, path: str, cookie: str, runs: int) -> bool:
    _report(url + path, cookie)  # the first visitor waits for pictures that are made now
    reports = [_report(url + path, cookie) for _run in range(runs)]
    found = result_of(reports, is_of_one_person=name in OF_ONE_PERSON)
    print(line(name, found), flush=True)
    for complaint in dict.fromkeys(words for report in reports for words in complaints(report)):
        print(f"    {complaint}", flush=True)
    return is_fine(found)


def _report(url: str, cookie: str) -> dict[str, Any]:
    chrome = shutil.which("chromium") or shutil.which("google-chrome") or ""
    command = [str(FOLDER / "node_modules/.bin/lighthouse"), url, "--quiet", "--output=json"]
    done = subprocess.run(
        [*command, f"--chrome-flags={CHROME}", f"--extra-headers={json.dumps({'Cookie': cookie})}"],
        env={**os.environ, "CHROME_PATH": chrome},
        stdout=subprocess.PIPE,
        timeout=300,
        check=True,
    )
    report: dict[str, Any] = json.loads(done.stdout)
    return report


if __name__ == "__main__":
    sys.exit(main())
