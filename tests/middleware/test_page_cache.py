"""Pages without a cart are kept, in each process, for as long as nothing changes that they show."""

import gzip
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import anyio
import brotli
import pytest
from anyio.from_thread import start_blocking_portal
from starlette.responses import HTMLResponse, Response, StreamingResponse
from starlette.testclient import TestClient
from starlette.types import ASGIApp, Receive, Scope, Send

from tests.conftest import both_databases, make_config, only_postgresql, site_of
from tests.test_settings import LIVE
from webshop.app import create_app
from webshop.catalog import changed
from webshop.catalog import load as catalogue
from webshop.catalog.file.reading import read_catalog
from webshop.db.engine import Database
from webshop.errors import Unavailable
from webshop.middleware import page_cache
from webshop.middleware.kept_pages import best
from webshop.middleware.page_cache import PageCache
from webshop.middleware.page_shell import Stretch
from webshop.orders import stock
from webshop.routes import EVERYBODYS, ROUTES

NOON = datetime(2037, 3, 5, 12, 0, tzinfo=UTC)
PATIENCE = 20  # seconds, with anything that takes none
HOST = "https://shop.example"
MUG = "/products/blue-mug"
CATALOG = Path(__file__).parent.parent / "data/catalog.toml"


class Shelf:
    """Stands in for the shop: it counts what it is asked, and answers what it is told to."""

    def __init__(self) -> None:
        self.asked = 0
        self.answer: Callable[[], Response] = lambda: page("a mug")
        self.goes_on: Callable[[], Any] = lambda: None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.asked += 1
        answer = self.answer()
        if wait := self.goes_on():
            await wait
        await answer(scope, receive, send)


def page(words: str, status: int = 200, **headers: str) -> Response:
    given = {"Cache-Control": "private, no-cache", "Vary": "HX-Request"}
    return HTMLResponse(words * 200, status, given | {k.replace("_", "-"): v for k, v in headers.items()})


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def in_time(app: ASGIApp) -> ASGIApp:
    """A cache that is broken may wait for itself: that fails, and does not hang."""

    async def ends(scope: Scope, receive: Receive, send: Send) -> None:
        with anyio.fail_after(PATIENCE):
            await app(scope, receive, send)

    return ends


class Shop:
    """A cache before a shelf. `version` is the database's."""

    def __init__(self) -> None:
        self.shelf, self.clock, self.version = Shelf(), Clock(), 1
        self.cache = PageCache(self.shelf, EVERYBODYS, self.tell, self, self.clock)
        self.client = TestClient(in_time(self.cache), base_url=HOST)

    def tell(self) -> int:
        if self.version < 0:
            raise Unavailable("The shop is very busy.")
        return self.version

    async def slot(self, scope: Scope) -> Stretch:
        if self.version < 0:
            raise Unavailable("The shop is very busy.")
        return Stretch(b"<p>%s</p>" % dict(scope["headers"]).get(b"cookie", b"nobody"))

    def get(self, path: str = MUG, **headers: str) -> Any:
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.client.get(path, headers={"Accept-Encoding": "identity", **given})


@pytest.fixture
def shop() -> Iterator[Shop]:
    shop = Shop()
    with start_blocking_portal() as portal:
        shop.client.portal = portal
        yield shop


def test_a_page_is_made_once_and_then_sent_as_it_was(shop: Shop) -> None:
    first, second = shop.get(), shop.get()
    assert (first.text, second.text) == ("a mug" * 200,) * 2
    assert shop.shelf.asked == 1
    assert {**first.headers, "x-request-id": ""} == {**second.headers, "x-request-id": ""}
    assert len({first.headers["x-request-id"], second.headers["x-request-id"]}) == 2


@pytest.mark.parametrize("headers", [{"HX_Request": "true"}, {"Range": "bytes=0-1"}, {"Authorization": "x"}])
def test_who_wants_a_part_of_it_has_an_answer_of_their_own(shop: Shop, headers: Any) -> None:
    shop.get()
    shop.shelf.answer = lambda: page("theirs")
    assert shop.get(**headers).text.startswith("theirs")
    assert shop.get().text.startswith("a mug")


@pytest.mark.parametrize("cookie", ["a=1; cart=x.y", "__Host-cart=x"])
def test_who_has_a_cart_has_the_same_page_with_their_part_drawn_into_it(shop: Shop, cookie: str) -> None:
    shop.shelf.answer = lambda: everybodys("<p>a mug</p><p>nobody</p>é")
    assert shop.get(Cookie=cookie).text == f"<p>a mug</p><p>{cookie}</p>é"
    assert shop.get().text == "<p>a mug</p><p>nobody</p>é"
    mine = shop.client.get(MUG, headers={"Cookie": cookie, "Accept-Encoding": "gzip, br"})
    assert (mine.text, mine.headers["content-encoding"]) == (f"<p>a mug</p><p>{cookie}</p>é", "gzip")
    assert "etag" not in mine.headers
    assert shop.shelf.asked == 1


@pytest.mark.parametrize("body", ["no hole", "<p>nobody</p>, twice <p>nobody</p>"])
def test_a_page_without_just_one_such_part_is_made_for_each(shop: Shop, body: str) -> None:
    shop.shelf.answer = lambda: everybodys(body)
    assert [shop.get(Cookie="cart=x").text for _each in range(2)] == [body] * 2
    assert shop.shelf.asked == 3  # one is everybody's


def test_a_part_that_cannot_be_drawn_leaves_the_answer_to_the_shop(shop: Shop) -> None:
    shop.shelf.answer = lambda: everybodys("<p>nobody</p>")
    shop.get()
    shop.version, shop.clock.now = -1, shop.clock.now + 0.1
    shop.shelf.answer = lambda: page("a sentence", 503)
    assert shop.get(Cookie="cart=x").status_code == 503


def everybodys(body: str) -> Response:
    return HTMLResponse(body, headers={"Cache-Control": "private"})


@pytest.mark.parametrize(
    "answer",
    [
        lambda: page("gone", 404),
        lambda: page("yours", Set_Cookie="seen=x"),
        lambda: page("yours", Cache_Control="no-store"),
        lambda: HTMLResponse("says nothing of caches"),
    ],
)
def test_what_is_not_everybodys_is_not_kept(shop: Shop, answer: Callable[[], Response]) -> None:
    shop.shelf.answer = answer
    assert [shop.get().status_code, shop.get().status_code] == [answer().status_code] * 2
    assert shop.shelf.asked == 2


@pytest.mark.parametrize(
    "path",
    [
        *("/cart", "/checkout", "/charge?token=1", "/orders/signed", "/products/blue-mug/more", "/healthz"),
        *("/?utm_source=x", f"{MUG}?sort=price", "/products?color=red", f"/search?q={'x' * 400}"),
    ],
)
def test_only_the_catalogue_is_kept_and_only_what_its_pages_link_to(shop: Shop, path: str) -> None:
    shop.get(path)
    shop.get(path)
    assert shop.shelf.asked == 2


@pytest.mark.parametrize(
    "path",
    [
        "/",
        MUG,
        f"{MUG}?variant=1a",
        "/c/mugs?option.Glaze=Blue&sort=price",
        "/search?q=mug",
        "/products?stock=yes",
        "/products?sale=yes",
        "/sitemaps/products-1.xml",
    ],
)
def test_each_address_of_the_catalogue_is_a_page(shop: Shop, path: str) -> None:
    shop.get(path)
    shop.get(path)
    assert shop.shelf.asked == 1
    shop.shelf.answer = lambda: page("another")
    assert shop.get(path + ("&" if "?" in path else "?") + "variant=2&q=2").text.startswith("another")


def test_hosts_and_schemes_are_told_apart(shop: Shop) -> None:
    shop.get()
    for headers in ({"Host": "evil.example"}, {"X_Forwarded_Proto": "http"}, {"Forwarded": "proto=http"}):
        shop.shelf.answer = lambda: page("led elsewhere", 308)
        assert shop.get(**headers).status_code == 308
    assert shop.get().status_code == 200


def test_it_is_packed_as_each_browser_takes_it(shop: Shop) -> None:
    plain = shop.get()
    with shop.client.stream("GET", MUG, headers={"Accept-Encoding": "gzip, deflate"}) as packed:
        assert gzip.decompress(b"".join(packed.iter_raw())) == plain.content
    with shop.client.stream("GET", MUG, headers={"Accept-Encoding": "gzip, deflate, br, zstd"}) as smallest:
        assert brotli.decompress(b"".join(smallest.iter_raw())) == plain.content
    answers = [plain, packed, smallest]
    assert [answer.headers.get("content-encoding") for answer in answers] == [None, "gzip", "br"]
    assert len({answer.headers["etag"] for answer in answers}) == 3
    assert {answer.headers["vary"] for answer in answers} == {"HX-Request, Accept-Encoding"}


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [
        *(
            (b"", b""),
            (b"identity", b""),
            (b"gzip", b"gzip"),
            (b"GZIP;q=0.5, br;q=0", b"gzip"),
            (b"br", b"br"),
        ),
        *((b"gzip;q=0", b""), (b"gzip; q=0.0,br ; q=1", b"br"), (b"zstd", b""), (b"xbr, xgzip", b"")),
    ],
)
def test_codings(accepted: bytes, coding: bytes) -> None:
    assert best(accepted) == coding


def test_who_has_it_is_told_so(shop: Shop) -> None:
    etag = shop.get().headers["etag"]
    for tags in (etag, f'"other", W/{etag}', "*"):
        answer = shop.get(If_None_Match=tags)
        assert (answer.status_code, answer.content, answer.headers["etag"]) == (304, b"", etag)
        assert "content-length" not in answer.headers
    assert shop.get(If_None_Match='"another"').status_code == 200


def test_a_head_has_no_body_and_makes_no_page(shop: Shop) -> None:
    assert shop.client.head(MUG).status_code == 200
    assert shop.get().text == "a mug" * 200
    answer = shop.client.head(MUG, headers={"Accept-Encoding": "identity"})
    assert (answer.content, answer.headers["content-length"]) == (b"", "1000")


def test_a_change_is_seen_within_half_a_second_and_at_once_by_who_made_it(shop: Shop) -> None:
    shop.get()
    shop.version, shop.shelf.answer = 2, lambda: page("a dearer mug")
    shop.clock.now += 0.4
    assert shop.get().text.startswith("a mug")  # another process has changed it
    shop.clock.now += 0.2
    assert shop.get().text.startswith("a dearer mug")
    shop.client.post("/cart/lines")
    shop.version, shop.shelf.answer = 3, lambda: page("the last mug")
    assert shop.get().text.startswith("the last mug")


def test_whoever_comes_back_from_paying_may_have_changed_something(shop: Shop) -> None:
    """An order that was not paid gives back what it held. Looking at a cart changes nothing of any page."""
    seen = []
    for path in ("/cart", "/charge?token=cs_1"):
        shop.get()
        shop.client.get(path)
        shop.version, shop.shelf.answer = 2, lambda: page("the last mug")
        seen.append(shop.get().text[:5])
    assert seen == ["a mug", "the l"]


def test_a_page_whose_reader_left_before_its_end_is_not_kept(shop: Shop) -> None:
    """Starlette ends an answer in pieces there, as if it was whole."""
    left = anyio.Event()

    async def leave() -> Any:
        await left.wait()
        return {"type": "http.disconnect"}

    async def begun() -> AsyncIterator[str]:
        yield "<urlset>"
        left.set()
        await anyio.sleep_forever()

    shop.shelf.answer = lambda: StreamingResponse(begun(), headers={"Cache-Control": "public"})
    ask, told = shop.client.portal.call, Told()  # type: ignore[union-attr]
    ask(in_time(shop.cache), request(MUG), leave, told.take)
    shop.shelf.answer = lambda: page("all of it")
    ask(in_time(shop.cache), request(MUG), told.ask, told.take)
    assert told.statuses == [200, 200]
    assert told.bodies[-1].startswith(b"all of it")


def test_what_changes_by_itself_is_made_again_after_a_minute(shop: Shop) -> None:
    shop.get()
    shop.clock.now += 61
    shop.get()
    assert shop.shelf.asked == 2


def test_a_page_that_was_begun_before_a_change_is_not_kept(shop: Shop) -> None:
    """It may show what was there before."""

    def change() -> None:
        shop.version += 1
        shop.clock.now += 1
        shop.shelf.goes_on = lambda: None
        shop.client.get("/")  # whoever comes meanwhile asks which version it is

    async def wait() -> None:
        await anyio.to_thread.run_sync(change)

    shop.shelf.goes_on = wait
    assert shop.get().text.startswith("a mug")
    shop.shelf.answer = lambda: page("a dearer mug")
    assert shop.get().text.startswith("a dearer mug")


def test_many_who_want_a_page_at_once_have_it_made_once_and_nobody_waits_for_what_is_not_kept(
    shop: Shop,
) -> None:
    def ask(status: int) -> int:
        shop.shelf.asked = 0
        together = Together(shop.cache, 8)
        shop.shelf.answer = lambda: page("a mug", status)
        shop.shelf.goes_on = together.wait_for_all if status != 200 else together.wait_a_moment
        shop.client.portal.call(together.ask, f"/products/{status}")  # type: ignore[union-attr]
        return shop.shelf.asked

    assert ask(200) == 1
    assert ask(404) == 8


class Together:
    """Requests that are all there before the first one is answered."""

    def __init__(self, app: ASGIApp, number: int) -> None:
        self.app, self.number, self.there = app, number, 0
        self.first = True

    async def ask(self, path: str) -> None:
        async with anyio.create_task_group() as group:
            for _each in range(self.number):
                group.start_soon(self._one, path)

    async def _one(self, path: str) -> None:
        await in_time(self.app)(request(path), self._nothing, self._keep)

    async def wait_a_moment(self) -> None:
        await anyio.sleep(0.05)

    async def wait_for_all(self) -> None:
        """The first one is no page; then all others are under way at once."""
        if self.first:
            self.first = False
            await self.wait_a_moment()
        else:
            self.there += 1
            with anyio.fail_after(PATIENCE):
                while self.there < self.number - 1:
                    await anyio.sleep(0.001)

    async def _nothing(self) -> Any:
        await anyio.sleep_forever()

    async def _keep(self, _message: Any) -> None:
        pass


def test_a_bug_has_its_page_as_without_a_cache(shop: Shop) -> None:
    """Starlette sends it, and raises again for the log."""
    told, cache = Told(), PageCache(buggy, EVERYBODYS, shop.tell, shop)
    with pytest.raises(ZeroDivisionError):
        shop.client.portal.call(cache, request(MUG), told.ask, told.take)  # type: ignore[union-attr]
    assert told.statuses == [500]


@pytest.mark.parametrize("error", [Unavailable("The shop is very busy."), ZeroDivisionError()])
def test_a_part_that_fails_in_any_way_leaves_the_answer_to_the_shop(
    shop: Shop, error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.shelf.answer = lambda: everybodys("<p>nobody</p>")
    assert shop.get(Cookie="cart=y").text == "<p>cart=y</p>"

    async def fail(_scope: Scope) -> Stretch:
        failed.append(error)
        raise error

    failed: list[Exception] = []
    monkeypatch.setattr(shop, "slot", fail)
    shop.shelf.answer = lambda: page("a sentence", 500)
    assert shop.get(Cookie="cart=x").text.startswith("a sentence")
    assert failed == [error]


def test_a_database_that_fails_is_asked_once_for_all_who_wait(shop: Shop) -> None:
    asked = []

    def fail() -> int:
        asked.append(1)
        time.sleep(0.05)  # for the others to come
        raise Unavailable("The shop is very busy.")

    together = Together(PageCache(shop.shelf, EVERYBODYS, fail, shop), 8)
    shop.client.portal.call(together.ask, MUG)  # type: ignore[union-attr]
    assert (len(asked), shop.shelf.asked) == (1, 8)


def test_whoever_comes_after_a_change_waits_for_no_page_from_before_it(shop: Shop) -> None:
    """Which another one has begun, and not ended."""
    seen: list[str] = []

    def change() -> None:
        shop.shelf.goes_on = lambda: None
        shop.shelf.answer = lambda: page("a dearer mug")
        shop.version += 1
        shop.client.post("/cart/lines")
        seen.append(shop.get().text[:5])

    async def wait() -> None:
        await anyio.to_thread.run_sync(change)

    shop.shelf.goes_on = wait
    assert shop.get().text.startswith("a mug")
    assert seen == ["a dea"]


class Told:
    """What an application has sent."""

    def __init__(self) -> None:
        self.statuses: list[int] = []
        self.bodies: list[bytes] = []

    async def ask(self) -> Any:
        await anyio.sleep_forever()

    async def take(self, message: Any) -> None:
        if message["type"] == "http.response.start":
            self.statuses.append(message["status"])
        self.bodies.append(message.get("body", b""))


def request(path: str) -> Scope:
    return {"type": "http", "method": "GET", "path": path, "query_string": b"", "headers": []}


async def buggy(scope: Scope, receive: Receive, send: Send) -> None:
    await page("a bug", 500)(scope, receive, send)
    raise ZeroDivisionError


def test_a_database_that_says_nothing_leaves_the_answer_to_the_shop(shop: Shop) -> None:
    shop.get()
    shop.version = -1
    shop.clock.now += 1
    shop.shelf.answer = lambda: page("a sentence", 503)
    assert shop.get().status_code == 503
    shop.version = 1
    assert shop.get().status_code == 200


def test_there_is_room_for_so_many_and_who_was_asked_for_longest_ago_goes(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page_cache, "MOST_PAGES", 2)
    for path in ("/products/a", "/products/b", "/products/a", "/products/c", "/products/a"):
        shop.get(path)
    assert shop.shelf.asked == 3
    shop.get("/products/b")
    assert shop.shelf.asked == 4


def test_there_is_room_for_so_many_bytes(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page_cache, "MOST_BYTES", 2500)
    for path in ("/products/a", "/products/b", "/products/a", "/products/b"):
        shop.get(path)  # 1,000 bytes each
    assert shop.shelf.asked == 2
    for path in ("/products/c", "/products/b", "/products/a"):
        shop.get(path)
    assert shop.shelf.asked == 4
    shop.shelf.answer = lambda: page("too long for it")
    for _each in range(2):
        shop.get("/products/long")
    assert shop.shelf.asked == 6


def test_every_page_that_is_kept_is_a_route() -> None:
    paths = [getattr(route, "path", "") for route in ROUTES]
    folders = [path[: path.rfind("/") + 1] for path in paths if path.count("/") > 1]
    assert set(EVERYBODYS) <= {*paths, *folders}


@contextmanager
def processes(tmp_path: Path, database_url: str) -> Iterator[tuple[TestClient, TestClient]]:
    """Two of a live shop, on one database."""
    config = make_config(tmp_path, **{**LIVE, "public_url": HOST, "database_url": database_url})
    clients = [TestClient(create_app(config), base_url=HOST) for _each in range(2)]
    with start_blocking_portal() as portal:
        for client in clients:
            client.portal = portal
        try:
            yield clients[0], clients[1]
        finally:
            for client in clients:
                site_of(client).db.engine.dispose()


@both_databases
def test_in_a_live_shop_each_change_is_on_the_pages_of_each_process(
    tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page_cache, "KNOWN_FOR", 0.0)  # time is never asserted
    with processes(tmp_path, database_url) as clients:
        db = site_of(clients[0]).db
        made = count(monkeypatch)

        def seen(words: str) -> list[bool]:
            return [words in client.get(path).text for client in clients for path in (MUG, "/products")]

        assert seen("€12.00") == [True] * 4
        assert made() == 4
        assert seen("€12.00") == [True] * 4
        assert made() == 0
        dearer = CATALOG.read_text().replace("12.00", "13.50")
        (tmp_path / "catalog.toml").write_text(dearer)
        catalogue.store(db, read_catalog(tmp_path / "catalog.toml", "EUR"), "dearer", {})
        assert seen("€13.50") == [True] * 4
        with db.write() as connection:
            stock.count(connection, "MUG-BLUE", 0)
        assert [text in clients[1].get(MUG).text for text in ("Sold out", "Only")] == [True, False]
        with db.write() as connection:
            stock.change(connection, "MUG-BLUE", 3)
        assert "Only 3 left" in clients[1].get(MUG).text


@both_databases
def test_in_a_live_shop_each_change_is_in_the_sitemap_of_each_process(
    tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page_cache, "KNOWN_FOR", 0.0)  # time is never asserted
    with processes(tmp_path, database_url) as clients:
        made = count(monkeypatch)

        def seen(slug: str) -> list[bool]:
            path = "/sitemaps/products-1.xml"
            return [f"{HOST}/products/{slug}<" in client.get(path).text for client in clients]

        assert [*seen("blue-mug"), *seen("blue-mug"), made()] == [True, True, True, True, 2]
        renamed = CATALOG.read_text().replace('slug = "blue-mug"', 'slug = "sea-mug"')
        (tmp_path / "catalog.toml").write_text(renamed)
        found = read_catalog(tmp_path / "catalog.toml", "EUR")
        catalogue.store(site_of(clients[0]).db, found, "renamed", {})
        assert [*seen("blue-mug"), *seen("sea-mug"), made()] == [False, False, True, True, 2]


@pytest.mark.parametrize(
    "path", ["/", MUG, "/products?stock=yes", "/c/mugs", "/search?q=mug", "/pages/about"]
)
def test_a_page_with_a_cart_is_byte_for_byte_what_the_shop_draws_whole(
    tmp_path: Path, database_url: str, path: str
) -> None:
    with processes(tmp_path, database_url) as (client, _other):
        client.post("/cart/lines", data={"sku": "TILES", "quantity": "3"})
        assert client.cookies
        cache: Any = client.app
        whole = TestClient(cache.app, base_url=HOST, cookies=client.cookies)
        whole.portal = client.portal
        drawn = whole.get(path)
        for _again in range(2):
            for codings in ("identity", "gzip"):
                kept = client.get(path, headers={"Accept-Encoding": codings})
                assert (kept.status_code, kept.text) == (drawn.status_code, drawn.text)
                own = {"x-request-id", "content-length", "content-encoding"}
                assert {k: v for k, v in kept.headers.items() if k not in own} == {
                    k: v for k, v in drawn.headers.items() if k not in own
                }
        assert drawn.status_code == 404 or "€2.97" in drawn.text
        assert client.get(path, headers={"Cookie": ""}).text.count("€2.97") == 0


@both_databases
def test_stock_that_no_page_shows_changes_none(db: Database, till: Any) -> None:
    def told(left: int) -> list[bool]:
        with db.write() as connection:
            stock.count(connection, "VASE", left)
        seen = [version(db)]
        order, _session = till.check_out(till.cart(VASE=2))
        seen.append(version(db))
        with db.write() as connection:
            stock.release(connection, order)
        seen.append(version(db))
        return [seen[0] != seen[1], seen[1] != seen[2]]

    assert told(left=50) == [False, False]
    assert told(left=8) == [False, False]
    assert told(left=7) == [True, True]


@both_databases
def test_a_change_that_ends_after_a_later_one_is_another_version(db: Database) -> None:
    seen = [version(db)]
    with db.write() as connection:
        changed.tell(connection)
    seen.append(version(db))
    assert seen[0] != seen[1]


@only_postgresql
def test_a_change_that_ends_late_is_another_version_also_while_an_old_one_is_forgotten(db: Database) -> None:
    """There are as many as before, and the last one is the same."""
    with db.write(NOON) as connection:
        changed.tell(connection)
    noon = NOON + timedelta(days=1)
    with db.write(noon) as late:
        changed.tell(late)
        with db.write(noon) as connection:
            changed.tell(connection)
        seen = version(db)
        with db.write(noon) as connection:
            changed.forget(connection)
    assert version(db) != seen


@both_databases
def test_a_version_never_comes_again(db: Database) -> None:
    seen = []
    for day in (1, 2, 3):
        with db.write(NOON + timedelta(days=day)) as connection:
            changed.forget(connection)
            changed.tell(connection)
        seen.append(version(db))
    assert len(set(seen)) == 3


@both_databases
def test_a_version_stays_another_when_what_changed_is_long_ago(db: Database) -> None:
    seen = [version(db)]
    for day in (1, 3):
        with db.write(NOON + timedelta(days=day)) as connection:
            changed.tell(connection)
        with db.write(NOON + timedelta(days=day + 1)) as connection:
            changed.forget(connection)
        seen.append(version(db))
    assert len(set(seen)) == 3


def version(db: Database) -> changed.Version:
    with db.read() as connection:
        return changed.version(connection)


def count(monkeypatch: pytest.MonkeyPatch) -> Callable[[], int]:
    """How many pages were made since it was asked last."""
    made = []
    make = page_cache.PageCache._make

    async def counted(self: PageCache, *args: Any) -> None:
        made.append(args)
        await make(self, *args)

    monkeypatch.setattr(page_cache.PageCache, "_make", counted)

    def taken() -> int:
        number = len(made)
        made.clear()
        return number

    return taken
