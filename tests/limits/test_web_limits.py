"""What is limited, by its route: 429 with a sentence and Retry-After, nothing lost, and others go on."""

from collections.abc import Callable

import pytest
from httpx2 import Response
from sqlalchemy import func, select
from starlette.testclient import TestClient

from tests.conftest import ADDRESS, make_config, site_of, state_of
from tests.people import FORM
from tests.web.questions import BOTH, HTMX, PLAIN, element, is_page, words
from tests.wire import Wire
from webshop.app import create_app
from webshop.cart import queries as cart_queries
from webshop.checkout import place, returns
from webshop.db.tables import carts, orders
from webshop.limits import model, queries
from webshop.limits.memory import Counter
from webshop.limits.model import Limit
from webshop.sandbox.core import Sandbox
from webshop.sandbox.testing import pay
from webshop.settings.model import Settings

MALLORY, ADA = "203.0.113.66", "198.51.100.7"
SENTENCE = "That was more than we can take from one place at once. Please try again in a few minutes."


@pytest.fixture
def config(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    folder = tmp_path_factory.mktemp("shop")
    return make_config(folder, database_url=database_url, trusted_proxies=1)


@pytest.fixture
def app(client: TestClient) -> TestClient:
    """The shop itself; whoever uses it has an address: see `person`."""
    return client


@pytest.fixture
def person(app: TestClient) -> Callable[[str], TestClient]:
    """Somebody at this address, with cookies of their own. Whatever they write before it does not count."""

    def at(address: str) -> TestClient:
        spoofed = {"X-Forwarded-For": f"192.0.2.{len(made)}, {address}"}
        made.append(TestClient(app.app, base_url=ADDRESS, headers=spoofed, follow_redirects=False))
        return made[-1]

    made: list[TestClient] = []
    return at


Person = Callable[[str], TestClient]


def add(client: TestClient, headers: dict[str, str] = PLAIN) -> Response:
    return client.post("/cart/lines", data={"sku": "TILES", "quantity": "1"}, headers=headers)


def check_out(client: TestClient, headers: dict[str, str] = HTMX, **typed: str) -> Response:
    return client.post("/checkout", data={**FORM, "total": "589", **typed}, headers=headers)


def token_of(response: Response) -> str:
    return str(element(response, "input[name=token]")["value"])


def few(monkeypatch: pytest.MonkeyPatch, module: object, name: str, most: int) -> None:
    """The limit with a smaller number, so that the test is quick."""
    limit: Limit = getattr(model, name)
    monkeypatch.setattr(module, name, Limit(limit.what, most, limit.within))


def is_refused(response: Response, sentence: str = SENTENCE) -> bool:
    return (
        response.status_code == 429
        and 0 < int(response.headers["retry-after"]) <= 600
        and sentence in response.text
    )


@pytest.mark.slow
@pytest.mark.parametrize("headers", BOTH)
def test_carts_are_begun_by_one_address_only_so_often(
    person: Person, app: TestClient, headers: dict[str, str]
) -> None:
    answers = [add(person(MALLORY), headers) for _time in range(302)]
    assert [response.status_code for response in answers[:300]] == [answers[0].status_code] * 300
    assert answers[0].status_code in (200, 303)
    assert is_refused(answers[300])
    assert is_refused(answers[301])
    assert is_page(answers[301]) == (headers == PLAIN)
    assert "set-cookie" not in answers[301].headers
    assert add(person(ADA), headers).status_code == answers[0].status_code
    assert count(app, carts) == 301


def test_whoever_has_a_cart_may_fill_it_when_no_new_one_may_be_begun(
    person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    few(monkeypatch, cart_queries, "NEW_CARTS", 1)
    client = person(MALLORY)
    assert [add(client).status_code for _time in range(5)] == [303] * 5
    assert add(person(MALLORY)).status_code == 429
    assert words(client.get("/cart"), "#cart-page").count("Glaze tiles") >= 1


def test_restoring_begins_a_cart_too(person: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    few(monkeypatch, cart_queries, "NEW_CARTS", 2)
    mirror = {"lines": '[["TILES", 3]]'}
    answers = [person(MALLORY).post("/cart/restore", data=mirror, headers=HTMX) for _time in range(4)]
    assert [response.status_code for response in answers] == [200, 200, 429, 429]
    assert is_refused(answers[3])
    assert person(ADA).post("/cart/restore", data=mirror, headers=HTMX).status_code == 200


@pytest.mark.parametrize("headers", BOTH)
def test_a_cart_is_checked_out_only_so_often_and_keeps_what_was_typed(
    person: Person, wire: Wire, headers: dict[str, str]
) -> None:
    """Toggling the name made a new session each time, and three calls to Stripe."""
    client = person(MALLORY)
    add(client)
    answers = [check_out(client, headers, name=f"Ada {number}") for number in range(17)]
    assert {response.status_code for response in answers[:15]} <= {200, 303}
    calls = len(wire.calls)
    for response in (check_out(client, headers, name="Ada 99"), answers[15]):
        assert is_refused(response)
        assert str(element(response, "input[name=name]")["value"]).startswith("Ada ")
        assert element(response, "input[name=email]")["value"] == FORM["email"]
    assert len(wire.calls) == calls
    assert "Glaze tiles" in words(client.get("/cart"), "#cart-page")


def test_checkouts_of_one_address_are_limited_whatever_carts_they_have(
    person: Person, wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    few(monkeypatch, place, "CHECKOUTS", 3)
    answers = []
    for _each in range(5):
        client = person(MALLORY)
        add(client)
        answers.append(check_out(client).status_code)
    assert answers == [200, 200, 200, 429, 429]
    assert wire.count("POST /v1/checkout/sessions") == 3
    somebody = person(ADA)
    add(somebody)
    assert check_out(somebody).status_code == 200


def test_a_checkout_that_was_mistyped_is_not_counted(person: Person, wire: Wire) -> None:
    client = person(ADA)
    add(client)
    assert {check_out(client, email="ada").status_code for _time in range(30)} == {422}
    assert check_out(client).status_code == 200


@pytest.mark.slow
def test_a_thousand_tokens_of_one_attacker_are_ten_questions_to_stripe(
    person: Person, app: TestClient, wire: Wire, sandbox: Sandbox
) -> None:
    """From spoofed addresses, while another shopper buys."""
    tokens = []
    for _each in range(20):
        client = person(MALLORY)
        add(client)
        tokens.append(token_of(check_out(client)))
    buyer = person(ADA)
    add(buyer)
    bought = token_of(check_out(buyer))
    before = wire.count("GET /v1/checkout/sessions/")

    statuses = set()
    for number in range(1000):
        spoofed = {"X-Forwarded-For": f"10.0.{number % 256}.{number // 256}, {MALLORY}"}
        charge = {"data": {"token": tokens[number % 20]}, "headers": spoofed}
        method = "POST" if number % 2 else "GET"
        if method == "GET":
            charge = {"params": charge["data"], "headers": spoofed}
        statuses.add(app.request(method, "/charge", follow_redirects=False, **charge).status_code)  # type: ignore[arg-type]
    assert wire.count("GET /v1/checkout/sessions/") - before == 10
    assert statuses == {303, 429}

    pay(sandbox, bought)
    response = buyer.post("/charge", data={"token": bought}, headers=HTMX)
    assert "your order is paid" in words(response, "#order")


def test_without_the_limit_each_of_them_is_a_question(
    person: Person, wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "take", lambda *_: None)
    client = person(MALLORY)
    add(client)
    token = token_of(check_out(client))
    before = wire.count("GET /v1/checkout/sessions/")
    for _time in range(40):
        client.post("/charge", data={"token": token}, headers=HTMX)
    assert wire.count("GET /v1/checkout/sessions/") - before == 40


def test_a_payment_that_may_not_be_asked_about_is_shown_as_being_confirmed_and_not_lost(
    person: Person, wire: Wire, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    few(monkeypatch, returns, "QUESTIONS", 0)
    client = person(ADA)
    add(client)
    token = token_of(check_out(client))
    pay(sandbox, token)
    response = client.post("/charge", data={"token": token}, headers=HTMX)
    assert response.status_code == 200
    assert "Waiting for your payment" in words(response, "#order")
    few(monkeypatch, returns, "QUESTIONS", 1)
    response = client.post("/charge", data={"token": token}, headers=HTMX)
    assert "your order is paid" in words(response, "#order")


def test_one_order_is_asked_about_five_times_a_minute_from_wherever(person: Person, wire: Wire) -> None:
    client = person(ADA)
    add(client)
    token = token_of(check_out(client))
    before = len(wire.calls)
    for number in range(9):
        person(f"198.51.100.{number}").post("/charge", data={"token": token}, headers=HTMX)
    assert len(wire.calls) - before == 5


@pytest.mark.parametrize("asked", ["GET /orders/forged", "GET /charge", "POST /charge"])
@pytest.mark.parametrize("headers", BOTH)
def test_what_only_reads_is_limited_without_writing(
    person: Person, app: TestClient, asked: str, headers: dict[str, str]
) -> None:
    method, path = asked.split()
    site = state_of(app).site
    object.__setattr__(site, "order_pages", Counter(Limit("order pages", 5, model.ORDER_PAGES.within)))
    client = person(MALLORY)
    answers = [client.request(method, path, headers=headers) for _time in range(7)]
    assert [response.status_code for response in answers] == [404] * 5 + [429] * 2
    assert is_refused(answers[6], "You are very quick. Please wait a moment and try again.")
    assert is_page(answers[6]) == (headers == PLAIN)
    assert person(ADA).request(method, path, headers=headers).status_code == 404
    with site.db.read() as connection:
        assert queries.list_all(connection) == []


@pytest.mark.slow
def test_the_catalogue_and_a_known_cart_are_never_limited(person: Person) -> None:
    client = person(MALLORY)
    add(client)
    pages = ["/", "/products/tiles", "/cart", "/checkout", "/checkout/quote?country=DE", "/static/shop.css"]
    assert {client.get(page).status_code for page in pages * 120} == {200}


def test_without_a_trusted_proxy_nobody_escapes_by_writing_another_address(
    database_url: str, tmp_path: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    few(monkeypatch, cart_queries, "NEW_CARTS", 2)
    app = create_app(make_config(tmp_path, database_url=database_url))  # type: ignore[arg-type]
    statuses = []
    for number in range(4):
        spoofed = {"X-Forwarded-For": f"203.0.113.{number}"}
        client = TestClient(
            app, base_url=ADDRESS, headers=spoofed, client=("192.0.2.1", 50_000), follow_redirects=False
        )
        statuses.append(add(client).status_code)
    assert statuses == [303, 303, 429, 429]
    other = TestClient(app, base_url=ADDRESS, client=("192.0.2.2", 50_000), follow_redirects=False)
    assert add(other).status_code == 303
    site_of(other).db.engine.dispose()


def test_a_lifted_address_is_not_limited(
    person: Person, app: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    few(monkeypatch, cart_queries, "NEW_CARTS", 1)
    assert [add(person(MALLORY)).status_code for _time in range(2)] == [303, 429]
    db = site_of(app).db
    with db.write() as connection:
        queries.lift(connection, MALLORY, db.clock().replace(year=2100))
    assert [add(person(MALLORY)).status_code for _time in range(3)] == [303] * 3


def test_an_order_remembers_its_address_only_where_one_is_known(person: Person, app: TestClient) -> None:
    for client in (person(ADA), TestClient(app.app, base_url=ADDRESS)):
        add(client)
        check_out(client)
    with site_of(app).db.read() as connection:
        found = connection.execute(select(orders.c.placed_from)).scalars()
        assert sorted(found, key=str) == [ADA, None]


def count(app: TestClient, table: object) -> int:
    with site_of(app).db.read() as connection:
        return int(connection.execute(select(func.count()).select_from(table)).scalar_one())  # type: ignore[arg-type]
