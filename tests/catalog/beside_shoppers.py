"""A load of many products while people put things into carts and check out: how long anybody waits.

python -m tests.catalog.beside_shoppers prints it for SQLite; with an address of a database for that.
"""

import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import TypeVar

from tests.till import DATA, Till
from tests.wire import Wire
from webshop.catalog import load as catalogue
from webshop.catalog.file.reading import read_catalog
from webshop.catalog.model import Catalogue, Picture, Product, Variant
from webshop.db import modes
from webshop.db.engine import LOCK_SECONDS, Database
from webshop.db.migrate import migrate
from webshop.errors import Unavailable
from webshop.sandbox.core import Sandbox
from webshop.sandbox.testing import Clock
from webshop.settings.mode import ShopMode

Result = TypeVar("Result")
SHOPPERS = 20
A_THOUGHT = 2.0  # seconds between two acts of a shopper


def many(number: int, price: int, words: str) -> Catalogue:
    """What the tests sell, and `number` products of three variants each."""
    base = read_catalog(DATA / "catalog.toml", "EUR")
    return Catalogue((*base.products, *(_product(n, price, words) for n in range(number))))


def _product(number: int, price: int, words: str) -> Product:
    name = f"thing-{number}"
    sizes = ("Small", "Medium", "Large")
    return Product(
        name,
        f"Thing {number}",
        f"{words} thing.",
        f"{words} thing, thrown by hand and glazed twice. " * 12,
        tuple(Variant(f"{name}-{size}", name, size, price, 5, 300, (size,)) for size in sizes),
        (Picture("harbour-mug.svg", "A thing."),),
        (f"Things > Kind {number % 40}",),
        ("Size",),
        f"Maker {number % 20}",
        (f"tag {number % 50}", "stoneware"),
        (("Height", "9 cm"),),
    )


def load(url: str, number: int, price: int, words: str) -> None:
    db = Database(url)
    catalogue.store(db, many(number, price, words), f"{number} {price} {words}", {})
    db.engine.dispose()


def load_in_one(url: str, number: int, price: int, words: str) -> None:
    """As it must not be: the rows are made while the lock is held, for longer than anybody waits."""
    db = Database(url)
    with db.write() as connection:
        catalogue.load(connection, many(number, price, words))
        time.sleep(LOCK_SECONDS + A_THOUGHT + 1)  # somebody comes right after it was taken
    db.engine.dispose()


@dataclass
class Waits:
    """Seconds that each act took, and what was refused."""

    acts: list[float] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    took: float = 0

    def __str__(self) -> str:
        longest, number = max(self.acts, default=0), len(self.acts)
        return f"{self.took:6.1f} s  {number:5} acts, longest {longest:5.2f} s, refused {len(self.refused)}"


@contextmanager
def shoppers(till: Till) -> Iterator[Waits]:
    waits, stop = Waits(), threading.Event()
    threads = [threading.Thread(target=_shop, args=(till, waits, stop)) for _each in range(SHOPPERS)]
    for thread in threads:
        thread.start()
    began = time.monotonic()
    try:
        yield waits
    finally:
        waits.took = time.monotonic() - began
        stop.set()
        for thread in threads:
            thread.join()


def _shop(till: Till, waits: Waits, stop: threading.Event) -> None:
    while not stop.wait(A_THOUGHT):
        with suppress(Unavailable):
            cart = _timed(waits, lambda: till.cart(TILES=1))
            _timed(waits, partial(till.check_out, cart))


def _timed(waits: Waits, act: Callable[[], Result]) -> Result:
    began = time.monotonic()
    try:
        return act()
    except Unavailable as refusal:
        waits.refused.append(str(refusal))
        raise
    finally:
        waits.acts.append(time.monotonic() - began)


def beside(
    till: Till, url: str, number: int, price: int, words: str, way: Callable[..., None] = load
) -> Waits:
    """How shoppers fare while another process loads."""
    process = get_context("spawn").Process(target=way, args=(url, number, price, words))
    with shoppers(till) as waits:
        process.start()
        process.join()
    assert process.exitcode == 0
    return waits


def main() -> None:
    folder = Path(tempfile.mkdtemp())
    url = sys.argv[1] if len(sys.argv) > 1 else f"sqlite:///{folder}/shop.sqlite3"
    db = Database(url, connections=SHOPPERS)
    migrate(db, ShopMode.SANDBOX)
    with db.write() as connection:
        modes.claim(connection, ShopMode.SANDBOX)
        catalogue.load(connection, many(0, 1, ""))
    clock = Clock()
    sandbox = Sandbox(folder / "sandbox.sqlite3", base_url="http://127.0.0.1:8000/sandbox", clock=clock)
    till = Till(db, sandbox, Wire(sandbox), clock)
    with shoppers(till) as waits:
        time.sleep(5)
    sys.stdout.write(f"nothing is loaded    {waits}\n")
    for what, price, words in (
        ("all is new          ", 2000, "A new"),
        ("all is changed      ", 2500, "Another"),
        ("nothing is changed  ", 2500, "Another"),
    ):
        sys.stdout.write(f"{what} {beside(till, url, 10_000, price, words)}\n")


if __name__ == "__main__":
    main()
