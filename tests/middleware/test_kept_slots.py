"""What pages show of a cart is drawn once, and anew as soon as anything of it has changed."""

from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from anyio import to_thread
from sqlalchemy import delete
from starlette.testclient import TestClient

from tests.catalog.test_catalog_scans import GROWING
from tests.conftest import both_databases, site_of, state_of
from tests.loops import run_alone
from tests.middleware.test_page_cache import CATALOG, HOST, MUG, processes
from tests.plans import explained, statements
from tests.till import Till
from webshop.cart.cookie import glance_at_cart
from webshop.catalog import load as catalogue
from webshop.catalog.file.reading import read_catalog
from webshop.db import hot
from webshop.db.engine import Database
from webshop.db.tables import carts
from webshop.language.messages import load
from webshop.middleware import kept_slots, page_cache
from webshop.middleware.kept_slots import KeptSlots
from webshop.middleware.page_shell import Stretch
from webshop.orders import stock
from webshop.settings.mode import ShopMode

NOON = datetime(2037, 3, 5, 12, 0, tzinfo=UTC)


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Slots that were drawn."""
    found: list[object] = []
    draw = KeptSlots._draw

    def noted(self: KeptSlots, request: Any, shown: Any) -> Stretch:
        found.append(request)
        return draw(self, request, shown)

    monkeypatch.setattr(KeptSlots, "_draw", noted)
    monkeypatch.setattr(page_cache, "KNOWN_FOR", 0.0)  # time is never asserted
    return found


@both_databases
def test_each_change_of_a_cart_and_of_what_is_in_it_is_on_the_pages_of_each_process(
    tmp_path: Path, database_url: str, till: Till, drawn: list[object]
) -> None:
    """Though the clock stands still."""
    till.open_as(ShopMode.LIVE)
    with processes(tmp_path, database_url) as (one, two):
        db = site_of(one).db
        for each in (one, two):
            site_of(each).db.clock = lambda: NOON
        one.post("/cart/lines", data={"sku": "BOWL-S", "quantity": "4"})
        [(name, cookie)] = one.cookies.items()
        two.cookies.set(name, cookie)
        cart = site_of(one).signatures.read_cart(cookie.strip('"')) or ""
        problems: list[str] = []

        def look(after: str, words: str, never: str = "never") -> None:
            for number, client in enumerate((one, two), 1):
                page = client.get(MUG).text
                before = len(drawn)
                again = client.get(MUG).text
                if words not in page or never in page or page != whole(client) or page != again:
                    problems.append(f"after {after}, process {number}")
                if len(drawn) != before:
                    problems.append(f"after {after}, process {number} draws it twice")

        look("adding", "€74.00")
        two.post("/cart/lines/change", data={"sku": "BOWL-S", "quantity": "5"})
        look("a change in the other process", "€92.50", "€74.00")
        reprice(db, tmp_path, "18.50", "19.00")
        look("another price", "€95.00", "€92.50")
        count(db, 3)
        look("a sale to others", "Only 3 left. Please lower the quantity.")
        count(db, 0)
        look("the last sale", "Sold out. Please remove it.", "Only 3 left")
        count(db, 5)
        look("a delivery", "Checkout", "Sold out. Please")
        stranger = till.cart(BOWL_S=1)
        _order, session = till.check_out(cart)
        look("its own order", "Checkout", "Sold out. Please")
        with db.read() as connection:
            assert connection.exec_driver_sql("SELECT stock FROM variants WHERE sku = 'BOWL-S'").scalar() == 0
        two.cookies.set(name, site_of(two).signatures.sign_cart(stranger))
        assert "Sold out. Please remove it." in two.get(MUG).text
        two.cookies.set(name, cookie)
        till.pay(session)
        till.settle(session)
        look("the payment", "Your cart is empty.", "€95.00")
        with db.write() as connection:
            connection.execute(delete(carts))
        look("being forgotten", 'data-known="no"')
        assert problems == []


def whole(client: TestClient) -> str:
    """The page as it is without a cache."""
    cache: Any = client.app
    plain = TestClient(cache.app, base_url=HOST, cookies=client.cookies)
    plain.portal = client.portal
    return plain.get(MUG).text


def reprice(db: Database, folder: Path, before: str, after: str) -> None:
    (folder / "catalog.toml").write_text(CATALOG.read_text().replace(before, after))
    catalogue.store(db, read_catalog(folder / "catalog.toml", "EUR"), after, {})


def count(db: Database, pieces: int) -> None:
    with db.write() as connection:
        stock.count(connection, "BOWL-S", pieces)


def test_carts_in_which_there_is_the_same_share_a_slot_and_others_do_not(
    tmp_path: Path, database_url: str, drawn: list[object]
) -> None:
    with processes(tmp_path, database_url) as (client, _other):

        def visits(sku: str) -> str:
            client.cookies.clear()
            client.post("/cart/lines", data={"sku": sku, "quantity": "1"})
            return client.get(MUG).text

        first, before = visits("TILES"), len(drawn)
        assert visits("TILES") == first
        assert len(drawn) == before
        assert visits("VASE") != first
        assert len(drawn) == before + 1


def test_a_slot_is_drawn_once_for_all_pages(tmp_path: Path, database_url: str, drawn: list[object]) -> None:
    """And nobody's, whose place it takes."""
    with processes(tmp_path, database_url) as (client, _other):
        client.post("/cart/lines", data={"sku": "TILES", "quantity": "1"})
        for path in ("/", MUG, "/products", "/search?q=mug"):
            assert "€0.99" in client.get(path).text
        assert len(drawn) == 2


def slot(slots: KeptSlots, scope: Any) -> Stretch:
    return run_alone(slots.slot(scope))


def test_a_slot_is_kept_for_its_cart_and_only_so_many_bytes_are(
    client: TestClient, drawn: list[object]
) -> None:
    nobody: Any = {"type": "http", "headers": [], "path": "/"}
    app: Any = SimpleNamespace(state=state_of(client))
    slots = KeptSlots(app, load("en"), glance_at_cart, most_bytes=10_000)
    first = slot(slots, nobody)
    assert slot(slots, nobody) is first
    for _each in range(1 + 10_000 // len(first.plain)):
        client.post("/cart/lines", data={"sku": "TILES", "quantity": "1"})
        mine: Any = {**nobody, "headers": [(b"cookie", b"cart=" + client.cookies["cart"].encode())]}
        before = len(drawn)
        slot(slots, mine)
        assert len(drawn) == before + 1
    assert slot(slots, nobody) is not first
    assert 10_000 >= slots._bytes == sum(len(each.plain) for each in slots._kept.values()) > 0


def test_a_slot_is_kept_for_what_was_drawn_and_not_for_what_there_was_before(client: TestClient) -> None:
    """Somebody changes the cart, between a glance at it and the drawing of its slot."""
    client.post("/cart/lines", data={"sku": "TILES", "quantity": "1"})
    cookies = "; ".join(f"{name}={value}" for name, value in client.cookies.items())
    scope: Any = {"type": "http", "headers": [(b"cookie", cookies.encode())], "path": "/"}
    app: Any = SimpleNamespace(state=state_of(client))
    sums = {"1": [], "2": [b"1.98"]}
    to_come = ["2"]

    def change(quantity: str) -> None:
        client.post("/cart/lines/change", data={"sku": "TILES", "quantity": quantity})

    async def glance(request: Any) -> Any:
        found = await glance_at_cart(request)
        if to_come:
            await to_thread.run_sync(change, to_come.pop())
        return found

    slots = KeptSlots(app, load("en"), glance)
    assert b"1.98" not in slot(slots, scope).plain
    assert not to_come  # the control: it was changed meanwhile
    for quantity, shown in sums.items():
        change(quantity)
        assert [each for each in (b"1.98", b"2.97") if each in slot(slots, scope).plain] == shown


@both_databases
def test_a_page_with_a_kept_slot_needs_no_thread_and_one_whose_connection_broke_is_right(
    tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hot, "REST", 0.0)
    monkeypatch.setattr(hot, "LONGEST", 60.0)  # a busy machine is no broken connection
    with processes(tmp_path, database_url) as (client, _other):
        client.post("/cart/lines", data={"sku": "TILES", "quantity": "1"})
        for _each in range(3):  # the first ones connect, and write that somebody has come back
            assert "€0.99" in client.get(MUG).text
        threads = count_calls(monkeypatch, kept_slots, "run_in_threadpool")
        assert "€0.99" in client.get(MUG).text
        assert threads == []
        db: Any = site_of(client).db
        if db._in_loop:
            db._in_loop._connection.pgconn.finish()
            assert "€0.99" in client.get(MUG).text
            assert len(threads) == 1


def count_calls(monkeypatch: pytest.MonkeyPatch, module: Any, name: str) -> list[object]:
    calls: list[object] = []
    function = getattr(module, name)

    def noted(*args: Any) -> Any:
        calls.append(args)
        return function(*args)

    monkeypatch.setattr(module, name, noted)
    return calls


@both_databases
def test_asking_what_is_in_a_cart_scans_no_growing_table(
    tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page_cache, "KNOWN_FOR", 3600.0)  # else the version is asked for, too, after a while
    with processes(tmp_path, database_url) as (client, _other):
        client.post("/cart/lines", data={"sku": "TILES", "quantity": "1"})
        client.get(MUG)
        db = site_of(client).db
        with statements(db) as found:
            client.get(MUG)
        assert [words.count("FROM carts") for words, _values in found] == [1]
        assert explained(db, found, GROWING) == {}
