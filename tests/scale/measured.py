"""One database with so many products, filled and then asked, each in a process of its own:

    python -m tests.scale.measured load|ask DATABASE_URL PRODUCTS FOLDER
    python -m tests.scale.measured book|sell DATABASE_URL ORDERS FOLDER

prints its figures as JSON: milliseconds of CPU by row, of this process and of PostgreSQL's for it, whatever
else the machine does; and "MB" that this process had at most.
"""

import json
import re
import resource
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from statistics import median
from time import process_time

from anyio.from_thread import start_blocking_portal
from starlette.testclient import TestClient

from bench.measure import PROC
from tests.conftest import ADDRESS, make_config, site_of
from tests.keys import LIVE_KEYS
from tests.scale import made, selling
from tests.scale.table import CARDS, Figures
from webshop.app import create_app
from webshop.catalog import load as catalogue
from webshop.catalog.model import Catalogue
from webshop.db.engine import Database
from webshop.db.migrate import migrate
from webshop.middleware.page_cache import PageCache

TIMES = 25  # that each page is asked for
TIMES_PREPARED = 9
KEPT = ("index", "category", "category, filtered", "search, common word", "product", "sitemap part")
WITH_A_CART = ("index", "category", "product")  # of what is kept
LIVE = {name.lower(): value for name, value in LIVE_KEYS.items()}
PAGES = 40  # that are gone on from the first one to a deep one
A_CARD = '<li class="card">'
SAME_SITE = {"Sec-Fetch-Site": "same-origin"}


def fill(url: str, products: int, _folder: Path) -> Figures:
    """Load the catalogue, load it again, and load it with one price changed."""
    db = Database(url)
    migrate(db)
    found = made.make(products)
    figures = {
        "load, whole": _load(db, found),
        "load, unchanged": _load(db, found),
        "load, one change": _load(db, made.one_changed(found)),
    }
    made.analyze(db)
    db.engine.dispose()
    return figures


def _load(db: Database, found: Catalogue) -> float:
    clock = _clock(db)
    begun = clock()
    with db.write() as connection:
        catalogue.load(connection, found)
    return clock() - begun


def _clock(db: Database) -> Callable[[], float]:
    """Milliseconds of CPU so far: this process's and PostgreSQL's. Autovacuum is left out: it cleans up after
    one row while the next is measured."""
    if db.is_embedded:
        return lambda: 1000 * process_time()
    with db.read() as connection:
        backend = connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one()
    return _Both(_parent(PROC / str(backend)))


class _Both:
    """This process's and that of PostgreSQL's, without what it takes to look for them."""

    def __init__(self, server: int) -> None:
        self._server = server
        self._looked = 0.0

    def __call__(self) -> float:
        begun = process_time()
        spent = sum(
            _spent(each)
            for each in PROC.glob("[0-9]*")
            if _parent(each) == self._server and not _is_autovacuum(each)
        )
        now = 1000 * (begun - self._looked) + spent
        self._looked += process_time() - begun
        return now


def _parent(process: Path) -> int:
    """proc_pid_stat(5); 0 for one that has ended."""
    with suppress(OSError):
        return int((process / "stat").read_text().rpartition(")")[2].split()[1])
    return 0


def _is_autovacuum(process: Path) -> bool:
    with suppress(OSError):
        return b"autovacuum" in (process / "cmdline").read_bytes()
    return False


def _spent(process: Path) -> float:
    with suppress(OSError):
        return int((process / "schedstat").read_text().split()[0]) / 1e6
    return 0


def ask(url: str, products: int, folder: Path) -> Figures:
    """Each page as a shopper gets it, by a live shop in this process, behind the pages that it keeps."""
    with _open(url, folder, demo=False, **LIVE) as (client, kept):
        clock = _clock(site_of(client).db)
        rows = _rows(client, products)
        figures = {name: _time(each, clock) for name, each in rows.items()}
        figures |= {f"kept: {name}": _time(partial(rows[name], client=kept), clock) for name in KEPT}
        kept.cookies = client.cookies
        for name in WITH_A_CART:
            figures[f"kept: {name}, with a cart"] = _time(partial(rows[name], client=kept), clock)
        cards = {CARDS + name: float(str(each()).count(A_CARD)) for name, each in rows.items()}
        return figures | {name: number for name, number in cards.items() if number}


@contextmanager
def _open(url: str, folder: Path, **chosen: object) -> Iterator[tuple[TestClient, TestClient]]:
    """A visitor behind the pages that a live shop keeps, and one before them."""
    app = create_app(make_config(folder, database_url=url, **chosen))
    behind = app.app if isinstance(app, PageCache) else app
    address = str(chosen.get("public_url", ADDRESS))
    clients = TestClient(behind, base_url=address), TestClient(app, base_url=address)
    with start_blocking_portal() as portal:
        for client in clients:
            client.portal = portal  # one event loop for all requests
        yield clients
    site_of(clients[0]).db.engine.dispose()


def _rows(client: TestClient, products: int) -> dict[str, Callable[..., object]]:
    product = _link(client, f"/search?q={made.FIRST_SKU}", r'href="(/products/[^"?]+)')
    category = _link(client, "/", r'href="(/c/[^"?]+)"')
    search = {
        "common word": made.COMMON,
        "rare word": made.RARE,
        "begun": made.BEGUN,
        "mistyped": made.MISTYPED,
    }
    part = _link(client, "/sitemap.xml", r"<loc>[^<]*?(/sitemaps/products[^<]*)</loc>")
    pages = {
        "index": "/",
        "category": category,
        "category, deep": _deep(client, category),
        "category, filtered": f"{category}?brand={made.BRANDS[0].replace('&', '%26')}",
        "category, in stock": f"{category}?stock=yes",
        "category, by price": f"{category}?sort=price",
        **{f"search, {name}": f"/search?q={words}" for name, words in search.items()},
        "product": product,
        "cart": "/cart",
        "sitemap part": part,
    }
    rows: dict[str, Callable[..., object]] = {
        name: partial(_get, path, client=client) for name, path in pages.items()
    }
    rows["unknown product"] = partial(_get, f"/products/no-such-{products}", 404, client=client)
    rows["add"] = partial(_add, client, made.FIRST_SKU)
    rows["checkout"] = partial(_get, "/checkout", client=client)
    rows["quote"] = partial(_get, "/checkout/quote?country=DE&postal_code=10115", client=client)
    return rows


def _get(path: str, status: int = 200, *, client: TestClient) -> str:
    answer = client.get(path)
    assert answer.status_code == status, (path, answer.status_code)
    return answer.text


def _add(client: TestClient, sku: str) -> None:
    form = {"sku": sku, "quantity": "1"}
    answer = client.post("/cart/lines", data=form, headers=SAME_SITE, follow_redirects=False)
    assert answer.status_code == 303, answer.status_code


def _link(client: TestClient, path: str, pattern: str) -> str:
    found = re.search(pattern, _get(path, client=client))
    return found[1] if found else ""


def _deep(client: TestClient, path: str) -> str:
    """As many pages on as there are, but at most PAGES."""
    for _page in range(PAGES):
        following = _link(client, path, r'href="([^"]+after=[^"]+)"')
        if not following:
            break
        path = following.replace("&amp;", "&")
    return path


def _time(each: Callable[[], object], clock: Callable[[], float]) -> float:
    """The median; the first time, when nothing is prepared, does not count."""
    each()
    spent = []
    for _turn in range(TIMES):
        begun = clock()
        each()
        spent.append(clock() - begun)
    return median(spent)


def book(url: str, orders: int, folder: Path) -> Figures:
    """Fill the books; how long that takes is of no interest."""
    selling.book(url, orders, folder)
    return {}


def sell(url: str, _orders: int, folder: Path) -> Figures:
    """What is done every day, by the shop in this process."""
    with _open(url, folder) as (client, _kept):
        clock = _clock(site_of(client).db)
        return {name: _time_prepared(each, clock) for name, each in selling.rows(client, folder).items()}


def _time_prepared(prepare: Callable[[], Callable[[], object]], clock: Callable[[], float]) -> float:
    """The median of what is prepared each time; the first time does not count."""
    spent = []
    for _turn in range(1 + TIMES_PREPARED):
        each = prepare()
        begun = clock()
        each()
        spent.append(clock() - begun)
    return median(spent[1:])


def main(what: str, url: str, number: str, folder: str) -> None:
    step = {"load": fill, "ask": ask, "book": book, "sell": sell}[what]
    figures = step(url, int(number), Path(folder))
    figures["MB"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps(figures))


if __name__ == "__main__":
    main(*sys.argv[1:])
