"""What the log and Sentry are told, and what neither is told."""

import io
import json
import logging
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import make_config
from tests.keys import KEY
from tests.sentryserver import SentryServer
from tests.till import Till
from webshop import telemetry
from webshop.errors import Unavailable
from webshop.settings.mode import ShopMode
from webshop.settings.model import ROOT, Settings
from webshop.telemetry.current import CurrentRequest, current_request
from webshop.telemetry.logs import COMMANDS, REQUESTS, Recent
from webshop.telemetry.scrubber import Scrubber
from webshop.worker import rounds as worker
from webshop.worker.rounds import Worker

ID = "0123456789abcdef0123456789abcdef"
SIGNATURE = "Zx8_-a0123456789012345678901234567890123456"
log = logging.getLogger("webshop.somewhere")


def config(folder: Path, **more: object) -> Settings:
    """A shop with Stripe's test keys."""
    return make_config(
        folder,
        secret_keys=KEY,
        stripe_secret_key="sk_test_canarystripekey",
        stripe_publishable_key="pk_test_canarypublishable",
        stripe_webhook_secret="whsec_canarywebhook",
        **more,
    )


@pytest.fixture
def request_of_a_shopper() -> Iterator[CurrentRequest]:
    request = CurrentRequest("request-1", {"method": "POST"})
    token = current_request.set(request)
    yield request
    current_request.reset(token)


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


# The scrubber


@pytest.mark.parametrize(
    ("told", "kept"),
    [
        ("no mail for ada@example.com today", "no mail for [e-mail] today"),
        ("'ada@example.com'", "'[e-mail]'"),
        ("<o'brien+pots@mail.example.co.uk>,", "<[e-mail]>,"),
        ("email=ada%40example.com&name=Ada", "email=[e-mail]&name=Ada"),
        ("jürgen@müller.example", "[e-mail]"),
        ("Invalid API Key: sk_live_51AbC", "Invalid API Key: sk_live_[hidden]"),
        ("rk_test_51AbC pk_live_51AbC", "rk_test_[hidden] pk_live_[hidden]"),
        ("secret whsec_0123+", "secret whsec_[hidden]+"),
        ("GET /v1/checkout/sessions/cs_test_a1B2c3/x", "GET /v1/checkout/sessions/cs_test_[hidden]/x"),
        ("cs_live_a1B2c3_secret_fidwbEhqYWAn%2FcX", "cs_live_[hidden]"),
        ("pi_3AbC_secret_xyz99", "pi_[hidden]"),
        (f"cart={ID}.{SIGNATURE}; x", "cart=[cart]; x"),
        (f"GET /orders/K7QM-2XTD.{SIGNATURE}?poll=2", "GET /orders/K7QM-2XTD.[hidden]?poll=2"),
        ("postgresql://shop:hunter2@db.example/shop", "postgresql://[hidden]@db.example/shop"),
        ("smtps://shop:a/b@mail.example:465", "smtps://[hidden]@mail.example:465"),
        (
            'null value in column "name"\nDETAIL:  Failing row contains (1, Ada,\nLondon).\n[SQL: INSERT]',
            'null value in column "name"\nDETAIL: [hidden]\n[SQL: INSERT]',
        ),
        (
            "  | duplicate key\n  | DETAIL:  Key (name)=(Ada) already exists.\n\nThe above exception was",
            "  | duplicate key\n  | DETAIL: [hidden]\n\nThe above exception was",
        ),
        ("E('bad\\nDETAIL:  Row (Ada)\\n[SQL: INSERT]')", "E('bad\\nDETAIL: [hidden]\\n[SQL: INSERT]')"),
        ("bad\nCONTEXT:  COPY orders: Ada\nTraceback (most", "bad\nCONTEXT: [hidden]\nTraceback (most"),
        ("[input_value='1 Long\nStreet', input_type=str]", "[input_value=[hidden], input_type=str]"),
    ],
)  # fmt: skip
def test_what_gives_access_or_names_a_person_is_hidden(told: str, kept: str) -> None:
    assert Scrubber()(told) == kept


@pytest.mark.parametrize(
    "text",
    [
        "Order K7QM-2XTD is tried again later: The shop is very busy.",
        "POST /orders/{signed} 303 12 ms",
        f"trace {ID}",
        "Attempt webshop-K7QM-2XTD-1 cannot be opened",
        "    @wraps(view)",
        "psycopg.errors.UniqueViolation: duplicate key value",
        "it costs 4.90 @ 2 pieces",
    ],
)
def test_what_helps_to_find_the_fault_is_kept(text: str) -> None:
    assert Scrubber(["short"])(f"{text} short") == f"{text} short"


def test_the_shops_own_secrets_are_hidden_as_they_stand(tmp_path: Path) -> None:
    settings = config(
        tmp_path,
        database_url="postgresql://shop:c4nary/db@db.example/shop",
        smtp_url="smtps://shop:c4narymail@mail.example",
        sentry_dsn="https://c4narydsn@sentry.example/1",
    )
    ours = f"{KEY} sk_test_canarystripekey whsec_canarywebhook"
    assert (
        Scrubber(settings.secrets)(f"{ours} c4nary/db c4narymail c4narydsn") == "[hidden] " * 5 + "[hidden]"
    )


def test_a_long_text_is_scrubbed_in_no_time() -> None:
    began = datetime.now(UTC)
    assert Scrubber()("x" * 100_000) == "x" * 100_000
    assert datetime.now(UTC) - began < timedelta(seconds=30)  # without the limit it took minutes


# The log


def test_with_stripes_keys_each_line_is_json(tmp_path: Path, request_of_a_shopper: CurrentRequest) -> None:
    stream = io.StringIO()
    telemetry.start(config(tmp_path), stream)
    try:
        raise ValueError("of ada@example.com")
    except ValueError:
        log.exception("Nothing\nfor %s", "ada@example.com", extra={"color_message": "sk_test_1234"})

    (line,) = lines(stream)
    assert datetime.now(UTC) - datetime.fromisoformat(line.pop("time")) < timedelta(minutes=1)
    exception = line.pop("exception")
    assert exception.startswith("Traceback (most recent call last):\n")
    assert exception.endswith("\nValueError: of [e-mail]")
    assert line == {
        "level": "ERROR",
        "logger": "webshop.somewhere",
        "message": "Nothing\nfor [e-mail]",
        "request": "request-1",
    }


def test_a_demo_writes_for_people(tmp_path: Path) -> None:
    stream = io.StringIO()
    telemetry.start(make_config(tmp_path), stream)
    log.warning("Nothing for %s", "ada@example.com")
    token = current_request.set(CurrentRequest("request-1", {"method": "POST"}))
    log.warning("Nothing for %s", "ada@example.com")
    current_request.reset(token)
    assert [line[8:] for line in stream.getvalue().splitlines()] == [
        " WARNING webshop.somewhere: Nothing for [e-mail]",
        " WARNING webshop.somewhere: Nothing for [e-mail] [request-1]",
    ]


def test_the_libraries_are_heard_only_when_they_warn(tmp_path: Path) -> None:
    stream = io.StringIO()
    telemetry.start(config(tmp_path), stream)
    for name in ("stripe", "sqlalchemy.engine", "asyncio", "webshop.checkout", REQUESTS, COMMANDS):
        logging.getLogger(name).info("of %s", name)
        logging.getLogger(name).warning("from %s", name)
    assert [line["message"] for line in lines(stream)] == [
        "from stripe",
        "from sqlalchemy.engine",
        "from asyncio",
        "from webshop.checkout",
        "of webshop.requests",
        "from webshop.requests",
        "of webshop.commands",
        "from webshop.commands",
    ]


def test_what_strangers_can_make_a_library_say_is_not_heard(tmp_path: Path) -> None:
    """A request that makes no sense is a warning of the server's and of the form parser's."""
    stream = io.StringIO()
    telemetry.start(config(tmp_path), stream)
    for name in ("uvicorn.error", "python_multipart.multipart"):
        logging.getLogger(name).warning("Invalid HTTP request received.")
        logging.getLogger(name).error("broken")
    assert [line["message"] for line in lines(stream)] == ["broken", "broken"]


def test_starting_again_does_not_double_the_lines(tmp_path: Path) -> None:
    first, second = io.StringIO(), io.StringIO()
    for stream in (first, second):
        telemetry.start(config(tmp_path), stream)
    log.warning("once")
    assert (first.getvalue(), len(lines(second))) == ("", 1)


def test_outside_of_requests_the_same_words_are_not_repeated(tmp_path: Path) -> None:
    stream = io.StringIO()
    telemetry.start(config(tmp_path), stream)
    for reason in ("busy", "busy", "gone", "busy"):
        log.warning("The worker pauses: %s", reason)
    assert [line["message"] for line in lines(stream)] == [
        "The worker pauses: busy",
        "The worker pauses: gone",
    ]


def test_each_request_is_told_of(tmp_path: Path, request_of_a_shopper: CurrentRequest) -> None:
    stream = io.StringIO()
    telemetry.start(config(tmp_path), stream)
    for _each in range(2):
        log.warning("The database did not answer")
    assert len(lines(stream)) == 2


def test_after_a_while_the_same_words_are_said_again(monkeypatch: pytest.MonkeyPatch) -> None:
    recent = Recent(300)
    now = 1000.0
    monkeypatch.setattr("webshop.telemetry.logs.time.monotonic", lambda: now)
    assert [recent.again("x"), recent.again("x"), recent.again("y")] == [False, True, False]
    now = 1299.0
    assert recent.again("x")
    now = 1301.0
    assert not recent.again("x")


# Sentry


def test_without_a_dsn_the_sdk_is_not_even_loaded(tmp_path: Path) -> None:
    program = (
        "import sys; from webshop import telemetry;"
        "from webshop.settings.model import load; from webshop.app import create_app;"
        "config = load(_env_file=None); telemetry.start(config, sys.stdout); create_app(config);"
        "print([name for name in sys.modules if name.startswith('sentry_sdk')])"
    )
    environment = {"DATA_DIR": str(tmp_path), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_a_broken_round_of_the_worker_is_reported_once(
    till: Till, tmp_path: Path, sentry: SentryServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    rounds = Worker(till.db, till.stripe, ShopMode.SANDBOX)
    left = iter([True, True, False])

    def broken(*_args: object, **_kwargs: object) -> int:
        street = "1 Canary Street"
        if not next(left):
            rounds.stop_soon()
        raise RuntimeError(f"nothing to see of {len(street)} letters for canary@example.com")

    monkeypatch.setattr(worker, "work", broken)
    monkeypatch.setattr(worker, "PAUSE", 0)
    stream = io.StringIO()
    settings = config(tmp_path, sentry_dsn=sentry.dsn, sentry_environment="tests", release="webshop@1.2.3")
    telemetry.start(settings, stream)
    rounds.run()

    assert not list(left)
    (event,) = sentry.items("event")
    assert event["logentry"]["formatted"] == "A round of the worker failed"
    assert (event["level"], event["environment"], event["release"]) == ("error", "tests", "webshop@1.2.3")
    (error,) = event["exception"]["values"]
    assert (error["type"], error["value"]) == ("RuntimeError", "nothing to see of 15 letters for [e-mail]")
    assert error["stacktrace"]["frames"][-1]["function"] == "broken"
    assert not {"request", "transaction", "user", "extra", "modules"} & set(event)
    assert "canary@" not in sentry.everything()
    assert sentry.items("transaction") == []
    assert [line["message"] for line in lines(stream)] == ["A round of the worker failed"]


def test_an_expected_failure_of_the_worker_is_no_error(
    till: Till, tmp_path: Path, sentry: SentryServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    rounds = Worker(till.db, till.stripe, ShopMode.SANDBOX)

    def busy(*_args: object, **_kwargs: object) -> int:
        rounds.stop_soon()
        raise Unavailable("The shop is very busy.")

    monkeypatch.setattr(worker, "work", busy)
    stream = io.StringIO()
    telemetry.start(config(tmp_path, sentry_dsn=sentry.dsn), stream)
    rounds.run()

    assert sentry.everything() == ""
    assert [line["message"] for line in lines(stream)] == ["The worker pauses: The shop is very busy."]


def test_two_different_errors_are_two_reports(tmp_path: Path, sentry: SentryServer) -> None:
    telemetry.start(config(tmp_path, sentry_dsn=sentry.dsn), io.StringIO())
    for number in ("1", "1", "2"):
        log.error("The refund %s is refused", number)
    assert [event["logentry"]["formatted"] for event in sentry.items("event")] == [
        "The refund 1 is refused",
        "The refund 2 is refused",
    ]
