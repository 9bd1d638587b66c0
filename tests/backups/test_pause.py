"""A paused shop shows what it sells; nothing is sold, settled or sent until it is open again."""

import time
from datetime import UTC, datetime

import pytest
from starlette.testclient import TestClient

from tests.conftest import both_databases, site_of
from tests.shopper import Shopper
from tests.till import Till
from webshop.alarms import queries as alarms
from webshop.db import pauses
from webshop.db.engine import Database
from webshop.middleware import pause as middleware
from webshop.routes import ROUTES
from webshop.settings.mode import ShopMode
from webshop.worker.rounds import Worker

TAKEN_AT = datetime(2026, 11, 27, 3, 15, tzinfo=UTC)
NAME = "webshop-sandbox-20261127T031500Z-0010.sqlite3.gz"
SENTENCE = (
    "The shop takes no orders right now: it is being set up again. Nothing that you have paid is lost. "
    "Please come back in a little while."
)


def pause(db: Database) -> None:
    with db.write() as connection:
        pauses.begin(connection, NAME, TAKEN_AT)


def open_again(db: Database) -> None:
    with db.write() as connection:
        pauses.end(connection)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """The database is asked each time, not every two seconds."""
    monkeypatch.setattr(middleware, "KNOWN_FOR", 0)


def test_whatever_sells_or_settles_is_refused_with_a_sentence(client: TestClient, asked: None) -> None:
    pause(site_of(client).db)
    shows = ["/", "/products/blue-mug", "/cart", "/healthz", "/readyz", "/static/shop.css"]
    assert {path: client.get(path).status_code for path in shows} == dict.fromkeys(shows, 200)
    posts = [
        path.replace("{sku:sku}", "MUG-BLUE").replace("{signed}", "x")
        for route in ROUTES
        if "POST" in (getattr(route, "methods", None) or ())
        for path in [str(route.path)]  # type: ignore[attr-defined]
    ]
    assert len(posts) == 10
    answers = [client.post(path) for path in posts] + [client.get("/charge?token=cs_test_1")]
    for answer in answers:
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "60"), answer.url
        assert SENTENCE in answer.text
    with site_of(client).db.read() as connection:
        assert alarms.list_open(connection) == []  # so many refusals are no failures
    assert client.post("/stripe/webhook").text == SENTENCE
    partial = client.post("/cart/lines", headers={"HX-Request": "true", "HX-Request-Type": "partial"})
    assert (partial.status_code, "<html" in partial.text, SENTENCE in partial.text) == (503, False, True)
    assert client.post("/sandbox/pay/cs_test_1").status_code != 503  # Stripe goes on


def test_an_open_shop_sells_again_within_seconds_and_pages_ask_nothing(
    client: TestClient, shopper: Shopper, monkeypatch: pytest.MonkeyPatch
) -> None:
    db, moment = site_of(client).db, 1000.0
    monkeypatch.setattr(time, "monotonic", lambda: moment)
    questions = 0
    current = pauses.current

    def count(*args: object, **kwargs: object) -> object:
        nonlocal questions
        questions += 1
        return current(*args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(pauses, "current", count)
    pause(db)
    for _time in range(3):
        client.get("/cart")
    assert questions == 0
    for _time in range(3):
        assert client.post("/cart/lines", data={"sku": "MUG-BLUE", "quantity": "1"}).status_code == 503
    assert questions == 1
    open_again(db)
    moment += 2
    assert shopper.add("blue-mug", "1", "MUG-BLUE").response.status_code == 200
    assert questions == 2


@both_databases
def test_the_worker_holds_whatever_is_due_and_says_why(
    till: Till, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    order, session = till.check_out(till.cart(MUG_BLUE=1))
    till.pay(session)
    till.clock.forward(3600)
    pause(till.db)
    worker = Worker(till.db, till.stripe, ShopMode.SANDBOX)
    rounds = iter([False, True])

    def stop(_seconds: float) -> None:
        if next(rounds):
            worker.stop_soon()

    monkeypatch.setattr(worker._stopping, "wait", stop)
    worker.run()
    assert till.state(order) == "pending"
    said = [record.getMessage() for record in caplog.records if "pauses" in record.getMessage()]
    assert len(said) == 2
    assert said[1].startswith(f"The worker pauses: the shop is paused since it was restored from {NAME}: ")
