"""The weight of a first visit, as `make weight` prints it: what / makes a browser load, without pictures."""

import sys
import tempfile
from pathlib import Path

from bs4 import BeautifulSoup
from starlette.testclient import TestClient

from webshop.app import create_app
from webshop.settings import model as settings

BUDGET = 30_000  # bytes: the page, its CSS and its JavaScript
OWN_SCRIPT_BUDGET = 2_000  # bytes: shop.js


def weigh(client: TestClient) -> dict[str, int]:
    """Bytes on the wire of / and of each stylesheet and script that it names, by address without version."""
    page = client.get("/")
    parts = {"/": _bytes_on_the_wire(client, "/")}
    for tag in BeautifulSoup(page.text, "html.parser").select("link[rel=stylesheet], script[src]"):
        address = str(tag.get("href") or tag.get("src"))
        parts[address.partition("?")[0]] = _bytes_on_the_wire(client, address)
    return parts


def _bytes_on_the_wire(client: TestClient, address: str) -> int:
    with client.stream("GET", address, headers={"Accept-Encoding": "gzip"}) as response:
        return sum(len(chunk) for chunk in response.iter_raw())


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        config = settings.load(_env_file=None, data_dir=Path(folder))
        parts = weigh(TestClient(create_app(config), base_url=config.url))
    for address, size in parts.items():
        print(f"{size:>7,}  {address}")
    total = sum(parts.values())
    own = parts["/static/js/shop.js"]
    print(f"{total:>7,}  first visit, of {BUDGET:,}\n{own:>7,}  our own JavaScript, of {OWN_SCRIPT_BUDGET:,}")
    return int(total > BUDGET or own > OWN_SCRIPT_BUDGET)


if __name__ == "__main__":
    sys.exit(main())
