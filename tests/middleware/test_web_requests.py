"""What a request leaves behind: its id, a line in the log, a report to Sentry, an alarm; and what not."""

import asyncio
import io
import json
import logging
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from httpx2 import Response
from sqlalchemy import Connection, text
from starlette.testclient import TestClient
from starlette.types import ASGIApp, Receive, Scope, Send

from tests.conftest import ADDRESS, both_databases, make_config, site_of
from tests.loops import run_alone
from tests.sentryserver import SentryServer
from tests.till import Till
from tests.web.questions import words
from webshop import telemetry
from webshop.alarms import queries as alarms
from webshop.alarms.failures import Failures
from webshop.app import create_app
from webshop.cart import queries as carts
from webshop.db.engine import Database
from webshop.orders import queries as orders
from webshop.telemetry.scrubber import Scrubber
from webshop.web.signing import Signatures

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
SITE_KEY = "c4naryOfTheShopsOwnKeys0123456789"


class Server:
    """Logs what the shop raises, as uvicorn does."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self.app(scope, receive, send)
        except BaseException as error:
            logging.getLogger("uvicorn.error").error("Exception in ASGI application\n", exc_info=error)
            raise


@dataclass
class Watched:
    """A shop with Stripe's test keys whose log and reports are kept."""

    client: TestClient
    log: io.StringIO

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.log.getvalue().splitlines()]

    @property
    def requests(self) -> list[str]:
        """The messages of the lines that end requests, without the milliseconds."""
        lines = [line for line in self.lines if line["logger"] == "webshop.requests"]
        return [re.sub(r" \d+ ms$", "", line["message"]) for line in lines]


@pytest.fixture
def shop(database_url: str, tmp_path: Path, sentry: SentryServer) -> Iterator[Watched]:
    config = make_config(
        tmp_path,
        database_url=database_url,
        secret_keys=SITE_KEY,
        stripe_secret_key="sk_test_c4naryOfStripe",
        stripe_publishable_key="pk_test_1",
        stripe_webhook_secret="whsec_c4naryOfTheWebhook",
        sentry_dsn=sentry.dsn,
    )
    log = io.StringIO()
    telemetry.start(config, log)
    app = Server(create_app(config))
    client = TestClient(app, base_url=ADDRESS, raise_server_exceptions=False, follow_redirects=False)
    yield Watched(client, log)
    site_of(client).db.engine.dispose()


def crash(*_args: object, **_kwargs: object) -> Any:
    raise RuntimeError("a bug")


# Ids


def test_every_answer_has_an_id(shop: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    client = shop.client
    answers = {
        200: client.get("/"),
        303: client.post("/cart/lines", data={"sku": "TILES", "quantity": "1"}),
        403: client.post("/cart/lines", headers={"Sec-Fetch-Site": "cross-site"}),
        404: client.get("/static/nothing.css"),
        405: client.post("/"),
        413: client.post("/cart/lines", content=b"x" * 100_000, headers=FORM),
    }
    monkeypatch.setattr("webshop.catalog.views.list_sections", crash)
    answers[500] = client.get("/")
    assert {status: answer.status_code for status, answer in answers.items()} == {s: s for s in answers}
    ids = [answer.headers["x-request-id"] for answer in [*answers.values(), client.get("/static/js/shop.js")]]
    assert all(re.fullmatch("[0-9a-f]{16}", each) for each in ids)
    assert len(set(ids)) == 8


@pytest.mark.parametrize("given", ["12345678", "a" * 64, "5b2c-0f3D-router"])
def test_the_routers_id_is_kept(shop: Watched, given: str) -> None:
    answer = shop.client.post("/cart/lines", headers={"X-Request-ID": given})
    assert answer.headers.get_list("x-request-id") == [given]
    assert shop.lines[-1]["request"] == given


@pytest.mark.parametrize(
    "given", ["", "1234567", "a" * 65, "ada@example.com", "12345678 ", "1234_5678", "١٢٣٤٥٦٧٨"]
)
def test_an_id_of_another_shape_is_not_believed(shop: Watched, given: str) -> None:
    answer = shop.client.get("/healthz", headers=[(b"X-Request-ID", given.encode())])
    assert re.fullmatch("[0-9a-f]{16}", answer.headers["x-request-id"])


def test_the_page_of_a_bug_names_the_id_that_the_log_and_sentry_have(
    shop: Watched, sentry: SentryServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("webshop.catalog.views.list_sections", crash)
    answer = shop.client.get("/")
    request_id = answer.headers["x-request-id"]
    assert f"If you write to us, please mention {request_id}." in words(answer, "main")
    assert shop.lines[-1]["request"] == request_id
    (event,) = sentry.items("event")
    assert event["tags"] == {"request": request_id}
    assert (event["transaction"], event["request"]) == (
        "webshop.catalog.views.index",
        {"method": "GET", "url": "/"},
    )
    assert (event["environment"], event["release"]) == ("test", "webshop@0.1.0")


# Lines


def test_what_changes_something_fails_or_is_slow_has_a_line(
    shop: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = shop.client
    monkeypatch.setattr("webshop.middleware.request_log.SLOW", 60.0)  # on a machine with more to do
    for path in ("/", "/products/bowl", "/cart", "/static/shop.css", "/healthz"):
        client.get(path)
        client.head(path)
    assert shop.requests == []

    client.post("/cart/lines", data={"sku": "TILES", "quantity": "1"})
    client.post("/cart/lines/change", data={"sku": "TILES", "quantity": "x"})
    client.get("/orders/K7QM-2XTD.aaaaaaaaaaaaaaaaaaaaaaaa")
    client.get("/nothing/at/all")
    client.post("/healthz")
    client.get("/static/nothing.css")
    monkeypatch.setattr("webshop.middleware.request_log.SLOW", 0.0)
    client.get("/products/bowl")
    assert shop.requests == [
        "POST /cart/lines 303",
        "POST /cart/lines/change 422",
        "GET /orders/{signed} 404",
        "GET - 404",
        "POST /healthz 405",
        "GET /static/… 404",
        "GET /products/{slug:slug} 200",
    ]
    line = shop.lines[0]
    assert (line["level"], line["method"], line["route"], line["status"]) == (
        "INFO",
        "POST",
        "/cart/lines",
        303,
    )
    assert 0 <= line["milliseconds"] < 60_000
    client.get("/products/bowl", headers={"Sec-Purpose": "prefetch;prerender"})
    client.get("/products/bowl", headers={"Sec-Purpose": "a person"})
    assert [line.get("purpose") for line in shop.lines[-3:]] == [None, "prefetch", None]


def test_in_a_demo_the_sandboxs_addresses_are_told_with_their_beginning(
    client: TestClient, tmp_path: Path
) -> None:
    log = io.StringIO()
    telemetry.start(make_config(tmp_path), log)
    client.get("/sandbox/pay/cs_test_nothing")
    assert " INFO webshop.requests: GET /sandbox/pay/{key} 404 " in log.getvalue()


# Sentry


def test_a_slow_request_is_reported_and_a_fast_one_is_not(
    shop: Watched, sentry: SentryServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def ask_stripe(connection: Connection, *_chosen: object) -> list[Any]:
        connection.execute(text("SELECT 'slow'"))
        server = urlsplit(sentry.dsn)
        http = HTTPConnection(str(server.hostname), server.port)
        http.request("POST", "/v1/checkout/sessions/cs_test_c4nary?email=c4nary@example.com", "{}")
        http.getresponse().read()
        http.close()
        time.sleep(1.05)
        return []

    with monkeypatch.context() as busy:
        busy.setattr("webshop.telemetry.sentry.SLOW", 60.0)  # so slow is no machine
        shop.client.get("/products/bowl")
        shop.client.post("/cart/lines", data={"sku": "TILES", "quantity": "1"})
        assert sentry.items("transaction") == []

    monkeypatch.setattr("webshop.catalog.views.list_sections", ask_stripe)
    answer = shop.client.get("/?email=c4nary@example.com", headers={"baggage": "sentry-user_id=c4nary"})
    assert answer.status_code == 200
    asked = sentry.received.pop(0)
    assert not re.search("sentry-trace|baggage", asked, re.IGNORECASE)

    (transaction,) = sentry.items("transaction")
    assert transaction["transaction"] == "webshop.catalog.views.index"
    assert transaction["tags"] == {"request": answer.headers["x-request-id"]}
    steps = {(span["op"], span["description"].partition("?")[0]) for span in transaction["spans"]}
    assert ("db", "SELECT 'slow'") in steps
    address = f"http://{urlsplit(sentry.dsn).netloc.rpartition('@')[2]}"
    assert ("http.client", f"POST {address}/v1/checkout/sessions/cs_test_[hidden]") in steps
    assert not any({"data", "tags"} & set(span) for span in transaction["spans"])
    assert "c4nary@" not in sentry.everything()
    assert "user_id" not in sentry.everything()


def test_an_expected_failure_is_no_error(shop: Watched, sentry: SentryServer) -> None:
    shop.client.get("/orders/x")
    shop.client.post("/cart/lines", data={"sku": "VASE", "quantity": "2"})
    shop.client.post("/cart/lines", data={"sku": "TILES", "quantity": "x"})
    assert sentry.everything() == ""


# Canaries

CANARIES = {
    "Stripe's key": "c4naryOfStripe",
    "the webhook's secret": "c4naryOfTheWebhook",
    "our key": SITE_KEY,
    "e-mail": "c4nary.person",
    "street": "1 C4nary Street",
    "session": "c4naryOfASession",
}
STREET = CANARIES["street"]
EMAIL = "c4nary.person@example.com"
TOKEN = "cs_test_c4naryOfASession"


def leaked(told: str, *more: str) -> set[str]:
    """The names of the canaries that stand in a text."""
    return {name for name, canary in CANARIES.items() if canary in told} | {
        canary for canary in more if canary in told
    }


def break_everything(shop: Watched, monkeypatch: pytest.MonkeyPatch) -> tuple[list[Response], list[str]]:
    """Requests full of canaries to views that fail in ways that quote them; the answers, and the signatures
    of the cart and the order link that were sent."""
    signatures = Signatures([SITE_KEY])
    cart, link = signatures.sign_cart("0" * 32), signatures.sign_order("K7QM-2XTD")
    log = logging.getLogger("webshop.tests")

    def quote_a_row(connection: Connection, *_args: object, **_more: object) -> None:
        row = {"about": "c4nary", "detail": STREET, "kind": EMAIL}
        log.warning("Stripe does not know session %s of %s", TOKEN, EMAIL)
        connection.execute(
            text("INSERT INTO alarms (about, detail, kind) VALUES (:about, :detail, :kind)"), row
        )

    def quote_secrets(*_args: object) -> None:
        street = STREET
        log.error("Stripe refuses %s", {"key": "sk_test_c4naryOfStripe", "letters": len(street)})
        keys = f"sk_test_c4naryOfStripe whsec_c4naryOfTheWebhook {SITE_KEY}"
        raise RuntimeError(f"{EMAIL} {TOKEN} {keys} {cart} {link}")

    monkeypatch.setattr(carts, "add", quote_a_row)
    monkeypatch.setattr(orders, "get_order", quote_secrets)
    query = {"email": EMAIL, "street": STREET, "token": TOKEN}
    headers = {
        "Authorization": "Bearer sk_test_c4naryOfStripe",
        "Cookie": f"cart={cart}; other={TOKEN}",
        "Referer": f"{ADDRESS}/orders/{link}?email={EMAIL}",
        "User-Agent": EMAIL,
        "X-Forwarded-For": EMAIL,
        "X-Request-ID": EMAIL,
        "Stripe-Signature": "whsec_c4naryOfTheWebhook",
        "Baggage": f"sentry-release={EMAIL},sentry-trace_id={'0' * 32}",
        "Sentry-Trace": f"{'0' * 31}1-{'0' * 15}1-1",
    }
    form = {"sku": "TILES", "quantity": "1", "email": EMAIL, "line1": STREET, "token": TOKEN}
    monkeypatch.setattr("webshop.telemetry.sentry.SLOW", 0.0)  # every request's course is reported too
    answers = [
        shop.client.post("/cart/lines", params=query, headers=headers, data=form),
        shop.client.get(f"/orders/{link}", params=query, headers=headers),
        shop.client.get(f"/nowhere/{link}/{TOKEN}/{EMAIL}", params=query, headers=headers),
    ]
    return answers, [cart.partition(".")[2], link.partition(".")[2]]


def test_no_canary_gets_out(shop: Watched, sentry: SentryServer, monkeypatch: pytest.MonkeyPatch) -> None:
    answers, signed = break_everything(shop, monkeypatch)

    assert [answer.status_code for answer in answers] == [500, 500, 404]
    kinds = [each.get("exception", {}).get("values", [{}])[-1].get("type") for each in sentry.items("event")]
    assert kinds == ["IntegrityError", None, "RuntimeError"]
    assert [each["transaction"] for each in sentry.items("transaction")] == [
        "webshop.cart.views.add_line",
        "webshop.orders.views.show",
        "-",
    ]
    assert leaked(sentry.everything(), *signed) == set()
    assert leaked(shop.log.getvalue(), *signed) == set()
    told = [
        f"{name}: {value}" for each in answers for name, value in each.headers.items() if name[:2] == "x-"
    ]
    assert leaked("\n".join(told), *signed) == set()
    assert "K7QM-2XTD.[hidden]" in sentry.everything()  # the number may be told
    assert shop.requests == ["POST /cart/lines 500", "GET /orders/{signed} 500", "GET - 404"]


def test_without_the_scrubber_they_do(
    shop: Watched, sentry: SentryServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control of the test above."""
    monkeypatch.setattr(Scrubber, "__call__", lambda _self, told: told)
    _answers, signed = break_everything(shop, monkeypatch)

    in_errors = {"Stripe's key", "the webhook's secret", "our key", "e-mail", "session"}
    quoted = set() if site_of(shop.client).db.is_embedded else {"street"}  # SQLite quotes no row
    assert leaked(sentry.everything(), *signed) == in_errors | quoted | set(signed)
    assert leaked(shop.log.getvalue(), *signed) == in_errors | quoted | set(signed)


# The alarm


def open_alarms(db: Database) -> list[tuple[str, str, str]]:
    with db.read() as connection:
        return [(row.kind, row.about, row.detail) for row in alarms.list_open(connection)]


def test_many_failures_raise_an_alarm(shop: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    db = site_of(shop.client).db
    monkeypatch.setattr("webshop.catalog.views.list_sections", crash)
    for _each in range(4):
        shop.client.get("/")
    shop.client.get("/nothing")  # not our fault
    assert open_alarms(db) == []
    shop.client.get("/")
    ((kind, about, detail),) = open_alarms(db)
    assert (kind, about) == ("errors", "the shop")
    assert re.fullmatch(r"answers of 500 and more, again and again, since \d{4}-\d\d-\d\d \d\d:00", detail)


def fail(failures: Failures, *moments: str) -> None:
    """One failure at each time of a day."""

    async def one_by_one() -> None:
        for moment in moments:
            await failures.count(datetime.fromisoformat(f"2026-11-24T{moment}+00:00"))

    run_alone(one_by_one())


def words_of(hour: int) -> str:
    return f"answers of 500 and more, again and again, since 2026-11-24 {hour:02}:00"


def test_failures_that_are_far_apart_raise_none(till: Till) -> None:
    failures = Failures(till.db)
    fail(failures, "10:00:00", "10:03:00", "10:06:00", "10:09:00", "10:10:01", "10:13:01")
    assert open_alarms(till.db) == []
    fail(failures, "10:13:02")
    assert open_alarms(till.db) == [("errors", "the shop", words_of(10))]


@both_databases
def test_there_is_one_alarm_an_hour_whatever_the_number_of_processes(till: Till) -> None:
    both = [Failures(till.db), Failures(till.db)]
    for failures in both:
        fail(failures, *["10:58:00"] * 7)
    assert open_alarms(till.db) == [("errors", "the shop", words_of(10))]
    with till.db.write() as connection:
        alarms.clear(connection, "the shop")
    fail(both[0], "10:59:00")
    assert open_alarms(till.db) == []  # somebody has seen to it
    fail(both[0], "11:00:00")
    assert open_alarms(till.db) == [("errors", "the shop", words_of(11))]


def test_without_a_database_the_alarm_is_tried_again(till: Till, caplog: pytest.LogCaptureFixture) -> None:
    failures = Failures(Database("postgresql://nobody@127.0.0.1:1/none"))
    fail(failures, *["10:00:00"] * 5)
    assert "The alarm of many failures is not stored" in caplog.text
    failures._db = till.db
    fail(failures, "10:01:00")
    assert open_alarms(till.db) == [("errors", "the shop", words_of(10))]


def test_while_an_alarm_waits_for_the_database_no_second_one_does(
    till: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries = []

    def slow(_db: Database, hour: str) -> None:
        tries.append(hour)
        time.sleep(0.2)

    async def ten_at_once() -> None:
        now = datetime(2026, 11, 24, 10, tzinfo=UTC)
        await asyncio.gather(*(failures.count(now) for _each in range(10)))

    failures = Failures(till.db)
    monkeypatch.setattr("webshop.alarms.failures._store", slow)
    run_alone(ten_at_once())
    assert len(tries) == 1


def test_a_failed_alarm_does_not_disturb_the_answer(shop: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("webshop.catalog.views.list_sections", crash)
    monkeypatch.setattr(alarms, "raise_alarm", crash)
    answers = [shop.client.get("/") for _each in range(6)]
    assert [answer.status_code for answer in answers] == [500] * 6
    assert "Something went wrong on our side." in answers[-1].text
    assert "The alarm of many failures is not stored" in shop.log.getvalue()
