"""The security matrix, walked over the shop's own list of routes: a new route is in it by itself, and must
say below how it is limited."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any

import pytest
from anyio.from_thread import start_blocking_portal
from httpx2 import Response
from sqlalchemy import func, select
from starlette.applications import Starlette
from starlette.routing import Mount, Route
from starlette.testclient import TestClient

from tests.conftest import make_config, site_of, state_of
from tests.keys import KEY
from tests.people import FORM
from tests.web.questions import BOTH, HTMX, PLAIN, element, words
from webshop import app as shop
from webshop.app import create_app
from webshop.cart import queries as cart_queries
from webshop.checkout import place
from webshop.db.tables import carts
from webshop.db.tables import orders as order_table
from webshop.limits.memory import Counter
from webshop.limits.model import Limit
from webshop.settings.model import Settings

ADDRESS = "https://shop.example"
SOME_METHODS = "GET OPTIONS POST DELETE".split()
METHODS = "GET HEAD OPTIONS TRACE POST PUT PATCH DELETE PROPFIND QUERY CONNECT LOCK".split()
URLENCODED = {"Content-Type": "application/x-www-form-urlencoded"}

GALLERY = [f"GET /gallery{path}" for path in ("", "/draw", "/shop.css", "/static", "/{template:path}")]

# Every route of the shop: what keeps somebody from calling it without end, or why nothing need.
KEPT_BY: Mapping[str, str] = {
    "GET /": "free: reads one page of the catalogue",
    "GET /products": "free: reads one page of the catalogue",
    "GET /products/{slug}": "free: reads one product",
    "GET /c/{slug}": "free: reads one page of the catalogue",
    "GET /search": "free: reads one page of at most 300 products",
    "GET /search/suggestions": "free: reads six products",
    "GET /pictures/{file}/{version}": "free: a file; two at a time are made, of the catalogue's and once",
    "GET /pages/{slug}": "free: reads nothing",
    "GET /cart": "free: reads one cart",
    "POST /cart/lines": "carts begun",
    "POST /cart/lines/change": "free: changes one line of a cart that is there",
    "POST /cart/lines/undo": "free: changes one line of a cart that is there",
    "POST /cart/restore": "carts begun",
    "GET /checkout": "free: reads one cart",
    "GET /checkout/quote": "free: reads one cart",
    "POST /checkout/draft": "free: writes one row of a cart that is there, of at most a few fields",
    "POST /checkout": "checkouts",
    "POST /charge": "order pages",
    "GET /charge": "order pages",
    "GET /orders/{signed}": "order pages",
    "GET /orders/{signed}/payment": "order pages",
    "POST /orders/{signed}/again": "carts begun",
    "POST /orders/{signed}/payment": "order pages",
    "POST /stripe/webhook": "free: reads nothing before the signature",
    "GET /sitemap.xml": "free: a step in an index for every 5,000 products",
    "GET /sitemaps/pages.xml": "free: reads the categories",
    "GET /sitemaps/products-{part}.xml": "free: reads 5,000 products",
    "GET /robots.txt": "free: reads nothing",
    "GET /feeds/google.xml": "feeds",
    "GET /healthz": "free: reads nothing",
    "GET /readyz": "free: asks the database for its revision, once for all who ask",
    "GET /static": "free: files",
    "GET /sandbox": "free: of a demo only",
    **dict.fromkeys(GALLERY, "free: of a demo only"),
}


@dataclass(frozen=True)
class Address:
    """A route, with an address that leads to it."""

    name: str
    method: str
    path: str


@pytest.fixture
def config(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    folder = tmp_path_factory.mktemp("shop")
    return make_config(folder, database_url=database_url, public_url=ADDRESS, trusted_proxies=1)


@pytest.fixture
def client(config: Settings) -> Iterator[TestClient]:
    """A demo under https. Whoever asks has a cart with a tile in it."""
    client = TestClient(create_app(config), base_url=ADDRESS, follow_redirects=False)
    client.headers["X-Forwarded-For"] = "198.51.100.7"
    with start_blocking_portal() as portal:
        client.portal = portal  # one event loop for all requests
        client.post("/cart/lines", data={"sku": "TILES", "quantity": "1"})
        yield client
    site_of(client).db.engine.dispose()


def addresses(client: TestClient) -> list[Address]:
    """Of all routes that the shop has joined, each with every method it takes."""
    link = site_of(client).signatures.sign_order("K7QM-2XTD")
    filled = {
        "{slug:slug}": "bowl",
        "{sku:sku}": "TILES",
        "{signed}": link,
        "{file}": "harbour-mug.svg",
        "{version}": "0123456789.svg",
        "{part:int}": "1",
    }
    found = []
    for route in _routes(client):
        path, name = route.path, route.path
        for hole, value in filled.items():
            path = path.replace(hole, value)
            name = name.replace(hole, hole.partition(":")[0].rstrip("}") + "}")
        for method in sorted((route.methods or {"GET"}) - {"HEAD"} if isinstance(route, Route) else {"GET"}):
            found.append(Address(f"{method} {name}", method, path or "/"))
    return found


def _routes(client: TestClient) -> list[Route | Mount]:
    app: Any = client.app
    while not isinstance(app, Starlette):
        app = app.app
    return [route for route in app.routes if isinstance(route, Route | Mount)]


def ask(client: TestClient, address: Address, headers: Mapping[str, str] = PLAIN, **more: Any) -> Response:
    return client.request(address.method, address.path, headers=dict(headers), **more)


def test_every_route_says_how_it_is_limited(client: TestClient) -> None:
    """To add one: add it to KEPT_BY. What writes, or asks Stripe, needs a limit."""
    assert {address.name for address in addresses(client)} == set(KEPT_BY)


# Another site


SITES = [None, "same-origin", "same-site", "cross-site", ""]
ORIGINS = [None, ADDRESS, "null", "https://shop.example.evil.example"]


def may(site: str | None, origin: str | None) -> bool:
    if site is not None:
        return site in ("same-origin", "none")
    return origin in (None, ADDRESS)


def send(client: TestClient, method: str, path: str, site: str | None, origin: str | None) -> int:
    sent = {"Sec-Fetch-Site": site, "Origin": origin}
    headers = {name: value for name, value in sent.items() if value is not None}
    return client.request(method, path, headers=headers).status_code


@pytest.mark.parametrize(
    "senders",
    [
        pytest.param([("cross-site", None), (None, ORIGINS[-1]), ("same-origin", ADDRESS)], id="three"),
        pytest.param([*product(SITES, ORIGINS)], id="all", marks=pytest.mark.slow),
    ],
)
def test_no_route_lets_another_site_change_anything(
    client: TestClient, senders: list[tuple[str | None, str | None]]
) -> None:
    paths = {address.path for address in addresses(client)} - {"/stripe/webhook"}
    for path, method in product(sorted(paths), ["POST", "PUT", "DELETE", "QUERY"]):
        for site, origin in senders:
            status = send(client, method, path, site, origin)
            assert (status == 403) != may(site, origin), (path, method, site, origin, status)


def test_without_the_middleware_another_site_could(config: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shop, "SameSiteOnly", lambda app, url: app)
    client = TestClient(create_app(config), base_url=ADDRESS, follow_redirects=False)
    assert send(client, "POST", "/cart/lines", "cross-site", "https://evil.example") == 422
    site_of(client).db.engine.dispose()


def test_another_site_may_link_to_every_page(client: TestClient) -> None:
    for address in addresses(client):
        if address.method == "GET":
            foreign = {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"}
            assert ask(client, address, foreign).status_code == ask(client, address).status_code, address


# Every answer


def every_answer(client: TestClient, methods: list[str]) -> Iterator[tuple[str, Response]]:
    for address, method, headers in product(addresses(client), methods, BOTH):
        answer = client.request(method, address.path, headers=headers)
        yield f"{method} {address.path} {'htmx' if headers else 'plain'}: {answer.status_code}", answer
        if method == "POST":
            for body in (b"x" * 300_000, b"\xff\x00=%", b"sku=TILES&sku=TILES", b"total=1&act=quote"):
                answer = client.post(address.path, content=body, headers={**URLENCODED, **headers})
                yield f"POST {address.path} {body[:20]!r}: {answer.status_code}", answer


ALWAYS: Mapping[str, set[str | None]] = {
    "x-content-type-options": {"nosniff"},
    "referrer-policy": {"same-origin"},
    "permissions-policy": {"camera=(), geolocation=(), microphone=()"},
    "cross-origin-opener-policy": {"same-origin-allow-popups"},
    "x-frame-options": {"DENY", None},  # the sandbox's embedded page is framed
}


def faults_of(answer: Response) -> list[str]:
    headers = answer.headers
    found = [name for name, fine in ALWAYS.items() if headers.get(name) not in fine]
    policy = headers.get("content-security-policy", "")
    found += ["policy"] * ("default-src 'none'" not in policy or "unsafe" in policy)
    found += ["hsts"] * ("strict-transport-security" not in headers)
    found += ["status"] * (answer.status_code >= 500)
    found += ["tells of itself"] * ("server" in headers or "Traceback" in answer.text)
    found += ["opened to others"] * any(name.startswith("access-control") for name in headers)
    kept = "public" in headers.get("cache-control", "")
    found += ["public"] * (kept and not answer.url.path.startswith(FOR_ALL))
    cookie = headers.get("set-cookie", "").lower()
    found += ["cookie"] * (cookie != "" and not all(flag in cookie for flag in COOKIE))
    where = headers.get("location", "") + headers.get("hx-redirect", "")
    found += ["leads away"] * (
        where != "" and not where.startswith(("/", f"{ADDRESS}/")) or "//" in where[:2]
    )
    return found


FOR_ALL = ("/static", "/pictures", "/sitemap", "/robots.txt", "/feeds")  # the same for whoever asks
COOKIE = ("__host-cart=", "httponly", "secure", "samesite=lax", "path=/")


@pytest.mark.parametrize(
    ("methods", "at_least"),
    [
        pytest.param(SOME_METHODS, 500, id="some"),
        pytest.param(METHODS, 1000, id="all", marks=pytest.mark.slow),
    ],
)
def test_every_answer_of_every_route_is_fit_to_be_seen(
    client: TestClient, methods: list[str], at_least: int
) -> None:
    seen = 0
    for name, answer in every_answer(client, methods):
        assert faults_of(answer) == [], name
        seen += 1
    assert seen > at_least


def test_without_the_headers_it_would_be_noticed(config: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, fault in (("SecurityHeaders", {"policy", "x-content-type-options"}), ("OwnAddress", {"hsts"})):
        with monkeypatch.context() as patch:
            patch.setattr(shop, name, lambda app, *_args, **_more: app)
            client = TestClient(create_app(config), base_url=ADDRESS, follow_redirects=False)
        assert fault <= set(faults_of(client.get("/healthz")))
        site_of(client).db.engine.dispose()


def test_pages_of_one_person_are_kept_by_nobody_else(client: TestClient) -> None:
    for address in addresses(client):
        if address.path.startswith(("/sandbox", "/healthz", "/readyz", "/stripe", *FOR_ALL)):
            continue
        for headers in BOTH:
            kept = ask(client, address, headers).headers.get("cache-control", "")
            assert kept in ("private, no-cache", "no-store", ""), address
            if address.path.startswith(("/orders", "/charge")):
                assert kept != "" or ask(client, address, headers).status_code == 429, address


# Hosts and addresses


LIES = ["X-Forwarded-Host", "X-Original-URL", "X-Rewrite-URL", "X-Forwarded-Prefix", "X-Host"]


def test_no_route_believes_a_host_that_a_request_names(client: TestClient) -> None:
    for address, lies, headers in product(addresses(client), (["Host"], LIES), BOTH):
        answer = ask(client, address, {**headers, **dict.fromkeys(lies, "evil.example")})
        told = answer.text + answer.headers.get("location", "") + answer.headers.get("hx-redirect", "")
        assert "evil" not in told, (address, lies)
        if "Host" in lies and address.path not in ("/healthz", "/readyz", "/stripe/webhook"):
            assert answer.status_code == (308 if address.method == "GET" else 421), address


TARGETS = ["//evil.example", "https://evil.example", "/\\evil.example", "\r\nSet-Cookie: x=1", "javascript:x"]
NAMES = ["next", "url", "return_to", "success_url", "added", "changed", "removed", "token", "country"]


@pytest.mark.parametrize(
    "targets", [TARGETS[:2], pytest.param(TARGETS[2:], marks=pytest.mark.slow)], ids=["some", "others"]
)
def test_no_route_sends_a_visitor_where_the_request_says(client: TestClient, targets: list[str]) -> None:
    for address, target in product(addresses(client), targets):
        params = dict.fromkeys(NAMES, target)
        for headers in BOTH:
            answer = ask(client, address, headers, params=params)
            where = answer.headers.get("location", "") + answer.headers.get("hx-redirect", "")
            assert "evil" not in where, (address, target)
            assert "x" not in answer.headers.get_list("set-cookie"), (address, target)


# What a form says


POSTS = [
    "/cart/lines",
    "/cart/lines/change",
    "/cart/lines/undo",
    "/cart/restore",
    "/checkout/draft",
    "/checkout",
    "/charge",
]


def test_these_are_all_forms(client: TestClient) -> None:
    posts = {address.path for address in addresses(client) if address.method == "POST"}
    order = f"/orders/{site_of(client).signatures.sign_order('K7QM-2XTD')}"
    assert posts == {*POSTS, f"{order}/payment", f"{order}/again", "/stripe/webhook"}


@pytest.mark.parametrize(
    ("path", "limit"), [*((path, 65_536) for path in POSTS), ("/stripe/webhook", 262_144)]
)
def test_a_body_is_read_up_to_its_limit(client: TestClient, path: str, limit: int) -> None:
    def status(size: int, **headers: str) -> int:
        return client.post(path, content=b"x" * size, headers={**URLENCODED, **headers}).status_code

    assert status(limit) != 413
    assert status(limit + 1) == 413
    assert status(5_000_000) == 413


EXTRA = {
    "amount": "1", "price": "1", "unit_price": "1", "currency": "JPY", "status": "paid", "state": "paid",
    "paid_at": "2026-01-01", "invoice": "2026-000001", "refunded": "589", "shipping": "0", "tax": "0",
    "number": "K7QM-2XTD", "cart": "0" * 32, "mode": "live", "placed_from": "192.0.2.1", "held": "0",
}  # fmt: skip


def test_fields_that_no_form_has_change_nothing(client: TestClient) -> None:
    for path in POSTS:
        typed = {"sku": "TILES", "quantity": "1", **(FORM if path == "/checkout" else {}), "total": "589"}
        client.post(path, data={**typed, **EXTRA}, headers=HTMX)
    with site_of(client).db.read() as connection:
        row = connection.execute(select(order_table)).one()
    assert (row.total, row.currency, row.state, row.shipping, row.tax) == (589, "EUR", "pending", 490, 94)
    assert (row.paid_at, row.invoice, row.refunded) == (None, None, 0)
    assert (row.number, row.placed_from) != ("K7QM-2XTD", "192.0.2.1")
    assert row.placed_from == "198.51.100.7"
    assert row.cart != "0" * 32


QUANTITIES = {
    "1": True, "99": True, "0": False, "-1": False, "100": False, "1000000000": False, "1_0": False,
    "\u0663": False, "NaN": False, "9223372036854775808": False, "1e1": False, "0x1": False, "1.0": False,
    " 1": False, "1\x00": False, "": False, "\uff11": False,
}  # fmt: skip


def test_a_quantity_is_a_number_that_people_write(client: TestClient) -> None:
    good = (200, 303)
    for (typed, is_one), headers in product(QUANTITIES.items(), BOTH):
        client.post("/cart/lines/change", data={"sku": "TILES", "quantity": "1"})
        added = client.post("/cart/lines", data={"sku": "TILES", "quantity": typed}, headers=headers)
        changed = client.post("/cart/lines/change", data={"sku": "TILES", "quantity": typed}, headers=headers)
        taken = (added.status_code in good or added.status_code == 409, changed.status_code in good)
        removes = typed == "0"
        assert taken == (is_one, is_one or removes), (typed, headers)
        assert {added.status_code, changed.status_code} <= {200, 303, 409, 422}


# Limits


@pytest.mark.parametrize("name", [name for name, kept in KEPT_BY.items() if not kept.startswith("free")])
def test_every_limited_route_refuses_an_address_that_had_enough_and_nobody_else(
    client: TestClient, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    _with_small_limits(client, monkeypatch)
    address = next(each for each in addresses(client) if each.name == name)
    mallory, ada = ({"X-Forwarded-For": f"192.0.2.9, 203.0.113.{number}"} for number in (66, 7))
    act = _acts(client, address)
    statuses = [act(mallory).status_code for _time in range(5)]
    assert 429 not in statuses[:2]
    assert statuses[3:] == [429, 429]
    refused = act(mallory)
    assert int(refused.headers["retry-after"]) > 0
    assert "try again" in refused.text
    assert act(ada).status_code == statuses[0]


def test_every_other_route_answers_on_and_writes_no_more_carts(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    _with_small_limits(client, monkeypatch)
    for address in addresses(client):
        if KEPT_BY[address.name].startswith("free"):
            act = _acts(client, address)
            assert len({act({}).status_code for _time in range(5)}) == 1, address
    with site_of(client).db.read() as connection:
        assert connection.execute(select(func.count()).select_from(carts)).scalar_one() == 1
        assert connection.execute(select(func.count()).select_from(order_table)).scalar_one() == 0


def _with_small_limits(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """Three of each."""
    for module, limit in ((cart_queries, "NEW_CARTS"), (place, "CHECKOUTS")):
        few: Limit = getattr(module, limit)
        monkeypatch.setattr(module, limit, Limit(few.what, 3, few.within))
    site = state_of(client).site
    for name in ("order_pages", "feeds"):
        object.__setattr__(site, name, Counter(Limit(name, 3, few.within)))


def _acts(client: TestClient, address: Address) -> Callable[[dict[str, str]], Response]:
    """A call of this route with which a visitor begins something: from a browser of its own each time."""

    def act(headers: dict[str, str]) -> Response:
        other = TestClient(client.app, base_url=ADDRESS, headers={**client.headers, **headers, **HTMX})
        other.follow_redirects = False
        if address.path == "/checkout" and address.method == "POST":
            other.cookies.update(client.cookies)
            return other.post("/checkout", data={**FORM, "total": "589"})
        data = {"sku": "TILES", "quantity": "1", "lines": '[["TILES", 1]]', "token": "cs_test_1"}
        sent: dict[str, Any] = {"data": data} if address.method == "POST" else {}
        return other.request(address.method, address.path, **sent)

    return act


# What only a demo has


BACK_DOORS = [
    "/sandbox", "/sandbox/", f"{ADDRESS}//sandbox/", "/%73andbox/", "/sandbox/ledger.json",
    "/sandbox/stripe.js",
    "/sandbox/v1/checkout/sessions", "/sandbox/webhooks.json", "/gallery", "/debug", "/docs", "/admin",
    "/openapi.json", "/.env", "/.git/config", "/static/../shop.toml", "/static/%2e%2e/shop.toml",
    "/static/..%2fshop.toml", "/static//etc/passwd", "/metrics", "/server-status", "/var/secret_key",
]  # fmt: skip


def test_with_stripes_keys_there_is_no_sandbox_and_no_back_door(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    client = _production(tmp_path_factory)
    for path, method, headers in product(BACK_DOORS, ("GET", "POST"), BOTH):
        answer = client.request(method, path, headers=headers)
        assert answer.status_code in (404, 405), (method, path)
        assert "secret" not in answer.text
    assert all("sandbox" not in address.path for address in addresses(client))
    site_of(client).db.engine.dispose()


def _production(tmp_path_factory: pytest.TempPathFactory) -> TestClient:
    config = make_config(
        tmp_path_factory.mktemp("production"),
        demo=False,
        public_url=ADDRESS,
        secret_keys=KEY,
        stripe_secret_key="sk_live_1",
        stripe_publishable_key="pk_live_1",
        stripe_webhook_secret="whsec_1",
    )
    return TestClient(create_app(config), base_url=ADDRESS, follow_redirects=False)


def test_a_page_of_the_cart_says_what_is_in_it(client: TestClient) -> None:
    """The walk above was with a cart that has something in it."""
    page = client.get("/cart")
    assert "Glaze tiles" in words(page, "#cart-page")
    assert element(page, "#cart-mirror")["data-known"] == "yes"
