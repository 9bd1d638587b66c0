"""A refused event that looks like Stripe's is an alarm at once, and a stranger's flood of them one a day."""

import json
import re
import time
from datetime import UTC, datetime
from typing import Any

import pytest
import stripe
from sqlalchemy import func, select
from starlette.testclient import TestClient

from tests.conftest import both_databases, site_of, state_of
from tests.wire import Wire
from webshop.alarms import queries as alarms
from webshop.alarms.model import Alarm
from webshop.alarms.refused import RefusedEvents
from webshop.db import tables
from webshop.db.engine import Database
from webshop.errors import Unavailable
from webshop.payments import client as payments_client
from webshop.payments.client import Payments
from webshop.payments.webhook.refused import why_refused

SECRET, OLD, OTHERS = "whsec_ours", "whsec_old", "whsec_of_another_endpoint"
UNFIT = "its signature does not fit STRIPE_WEBHOOK_SECRET"
EVENT: dict[str, Any] = {
    "id": "evt_1Pq",
    "object": "event",
    "type": "checkout.session.completed",
    "data": {"object": {"object": "x"}},
}


@pytest.fixture(autouse=True)
def _keys(client: TestClient, wire: Wire) -> None:
    state_of(client).payments = Payments("sk_test_1", "pk_test_1", [SECRET, OLD], "", http_client=wire)


def sign(event: object, secret: str = OTHERS, *, seconds_ago: int = 0) -> tuple[bytes, str]:
    body = event if isinstance(event, bytes) else json.dumps(event).encode()
    at = int(time.time()) - seconds_ago
    text = body.decode("utf-8", "replace")
    return body, stripe.WebhookSignature.generate_signature_header(text, secret, at)


def send(client: TestClient, signed: tuple[bytes, str | None]) -> int:
    body, signature = signed
    headers = {} if signature is None else {"Stripe-Signature": signature}
    return client.post("/stripe/webhook", content=body, headers=headers).status_code


def open_alarms(db: Database) -> list[Alarm]:
    with db.read() as connection:
        return alarms.list_open(connection)


def warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    found = [record.getMessage() for record in caplog.records if record.name == "webshop.alarms.refused"]
    return [line.removeprefix("A webhook that looks like Stripe's was refused: ") for line in found]


@both_databases
def test_a_wrong_secret_is_told_at_the_first_event(
    client: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    assert send(client, sign(EVENT)) == 400
    (alarm,) = open_alarms(site_of(client).db)
    assert (alarm.name, alarm.about) == ("webhook refused", "the shop")
    day = f"{datetime.now(UTC).astimezone(site_of(client).db.zone):%Y-%m-%d}"
    assert alarm.detail == (
        f"{day}: an event that looks like Stripe's was refused: {UNFIT}. If Stripe's dashboard shows failed "
        "deliveries, mend the endpoint or its secret; if it shows none, this was somebody else"
    )
    assert [(record.levelname) for record in caplog.records if "looks like" in record.message] == ["WARNING"]
    assert warnings(caplog) == [UNFIT]


def test_each_reason_is_named() -> None:
    def why(signed: tuple[bytes, str], *, live: bool = False) -> str:
        return why_refused(*signed, [SECRET, OLD], live=live)

    of_test = {**EVENT, "livemode": False}
    of_live = {**EVENT, "livemode": True}
    mode = (
        ", and it is of {} mode, while the shop's keys are of {} mode: each mode's endpoint has a secret of "
    )
    mode += "its own"
    clock = (
        "its signature fits, but is older than five minutes: this machine's clock is wrong, or somebody has "
        "sent an old one again"
    )
    assert why(sign(EVENT)) == why(sign(of_test)) == why(sign(of_live), live=True) == UNFIT
    assert why(sign({**EVENT, "livemode": "x"})) == UNFIT
    assert why(sign(of_live)) == UNFIT + mode.format("live", "test")
    assert why(sign(of_test), live=True) == UNFIT + mode.format("test", "live")
    for secret in (SECRET, OLD):
        assert why(sign(EVENT, secret, seconds_ago=301)) == clock
    assert why(sign(EVENT, seconds_ago=301)) == UNFIT
    body, signature = sign(EVENT)
    assert why((body, "")) == (
        "it came without the Stripe-Signature header; a proxy before the shop may have taken that out"
    )
    assert why((body + b" ", sign(EVENT, SECRET)[1])) == UNFIT  # changed on the way
    assert why((body, f"{signature},v0=abc")) == UNFIT
    thin = {
        "id": "evt_test_65",
        "object": "v2.core.event",
        "type": "v1.billing.meter.error",
        "created": "2026",
    }
    assert why(sign(thin, SECRET)).startswith(
        "its signature fits, but the shop cannot read it; the endpoint has"
    )


def test_what_does_not_look_like_stripes_is_a_400_and_nothing_else(
    client: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    body, signature = sign(EVENT)
    at = int(time.time())
    unlike: list[tuple[bytes, str | None]] = [
        (body, "x"),
        (body, f"t={at}"),
        (body, "v1=" + "0" * 64),
        (body, f"t={at},v1=00"),
        (body, f"t=now,v1={'0' * 64}"),
        (body, f"t={at},v0={'0' * 64}"),
        (body, f"t={at},v1={'G' * 64}"),
        (b"", signature),
        (b"x", signature),
        (b"[" * 50_000, signature),
        (b"\xff\xfe", signature),
        (b"[]", signature),
        (b'"event"', None),
        (b"{}", signature),
        *(
            sign({**EVENT, **wrong})
            for wrong in ({"object": "charge"}, {"id": 1}, {"id": "evt_"}, {"id": "evt_a b"}, {"id": "ch_1"})
        ),
        (json.dumps({**EVENT, "id": "evt_\u0663"}).encode(), None),
        (b"sku=TILES", None),
        (b"", None),
    ]
    for each in unlike:
        assert send(client, each) == 400, each
    assert (open_alarms(site_of(client).db), warnings(caplog)) == ([], [])


@both_databases
def test_a_strangers_flood_is_one_alarm_and_few_lines_a_day(
    client: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    db = site_of(client).db
    flood = [sign({**EVENT, "id": f"evt_{number}", "livemode": number % 3 == 0}) for number in range(60)]
    assert {send(client, each) for each in flood} == {400}
    assert {send(client, (body, None)) for body, _signature in flood} == {400}
    assert len(open_alarms(db)) == 1
    assert len(warnings(caplog)) == len(set(warnings(caplog))) == 3
    with db.read() as connection:
        assert connection.execute(select(func.count()).select_from(tables.alarms)).scalar_one() == 1


def names(db: Database) -> list[str]:
    return [re.sub(r"^(\S+:).*refused: (\w+).*", r"\1 \2", each.detail) for each in open_alarms(db)]


@both_databases
def test_many_processes_raise_one_alarm_a_day_whatever_they_hear(client: TestClient) -> None:
    db = site_of(client).db

    def note(day: int, reason: str) -> list[str]:
        assert client.portal is not None
        noon = datetime(2026, 11, day, 12, tzinfo=UTC)
        client.portal.call(RefusedEvents(db).note, reason, noon)
        return names(db)

    assert note(26, "this") == ["2026-11-26: this"]
    assert note(26, "that") == ["2026-11-26: this"]
    with db.write() as connection:
        alarms.clear(connection, "the shop")
    assert note(26, "that") == []  # somebody has seen to it today
    assert note(27, "that") == ["2026-11-27: that"]


def test_a_database_that_is_away_costs_the_answer_nothing(
    client: TestClient, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    db = site_of(client).db
    with monkeypatch.context() as patch:
        patch.setattr(alarms, "raise_alarm", _away)
        assert send(client, sign(EVENT)) == 400
    assert warnings(caplog)[-1].startswith("The alarm of a refused webhook is not stored: ")
    assert open_alarms(db) == []
    assert send(client, sign(EVENT)) == 400  # and is raised with the next one
    assert len(open_alarms(db)) == 1


def _away(*_args: object, **_more: object) -> None:
    raise Unavailable("The shop is very busy.")


def test_a_good_event_raises_nothing(client: TestClient, caplog: pytest.LogCaptureFixture) -> None:
    assert send(client, sign(EVENT, SECRET)) == send(client, sign({**EVENT, "id": "evt_2"}, OLD)) == 200
    assert (open_alarms(site_of(client).db), warnings(caplog)) == ([], [])


def test_without_the_look_nothing_is_said(
    client: TestClient, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: it is this look that the tests above see."""
    monkeypatch.setattr(payments_client, "why_refused", lambda *_args, **_more: "")
    assert send(client, sign(EVENT)) == 400
    assert (open_alarms(site_of(client).db), warnings(caplog)) == ([], [])
