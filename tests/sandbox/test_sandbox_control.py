"""The sandbox by program: faults, webhooks, and what shopper, bank, owner and time do, as JSON."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import stripe
from starlette.testclient import TestClient

from tests.people import CHALLENGED, DECLINED, GOOD_CARD
from webshop.sandbox.core import Sandbox
from webshop.sandbox.testing import SHOP, client_of, session_params
from webshop.sandbox.web import create_app

stripe.enable_telemetry = False

COMMANDS = ("faults", "webhooks", "pay", "bank", "refund", "expire")


@pytest.fixture
def sandbox(tmp_path: Path) -> Sandbox:
    return Sandbox(
        tmp_path / "sandbox.db",
        base_url="http://testserver",
        shop_url=SHOP,
        webhook_url="http://shop.test/webhook",
    )


@pytest.fixture
def remote(sandbox: Sandbox) -> TestClient:
    return TestClient(create_app(sandbox))


@pytest.fixture
def session(sandbox: Sandbox) -> str:
    return client_of(sandbox).v1.checkout.sessions.create(session_params(client_reference_id="W-7")).id


def told(remote: TestClient, command: str, **body: Any) -> Any:
    answer = remote.post(f"/{command}.json", json=body)
    assert answer.status_code in (200, 201), answer.text
    return answer.json()


def refused(remote: TestClient, command: str, status: int, **body: Any) -> str:
    answer = remote.post(f"/{command}.json", json=body)
    assert answer.status_code == status, answer.text
    assert list(answer.json()) == ["error"]
    return str(answer.json()["error"])


def ledger(remote: TestClient) -> Any:
    return remote.get("/ledger.json").json()


def test_a_rule_is_added_shown_hit_and_forgotten(sandbox: Sandbox, remote: TestClient) -> None:
    rule = {"call": "balance.retrieve", "nth": 1, "times": 1, "effect": "500_before"}
    added = told(remote, "faults", **rule)
    assert added == rule | {"id": 1, "seconds": 0, "process_group": None}
    with pytest.raises(stripe.APIError):
        client_of(sandbox).v1.balance.retrieve()
    shown = remote.get("/faults.json").json()
    assert shown["faults"] == [added | {"seen": 1, "hits": 1, "problem": ""}]
    assert (shown["webhooks"], shown["waiting"], shown["kills"]) == ([], 0, False)
    assert remote.delete("/faults.json").json()["faults"] == []
    assert told(remote, "faults", effect="reset")["id"] == 2


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ({}, "effect: Field required"),
        ({"effect": "explode"}, "effect: Input should be 'lose_response', "),
        ({"effect": "reset", "call": "tokens.create"}, "There is no call 'tokens.create'"),
        ({"effect": "reset", "nth": 0}, "nth: Input should be greater than or equal to 1"),
        ({"effect": "reset", "times": -1}, "times: "),
        ({"effect": "reset", "surprise": 1}, "surprise: Extra inputs are not permitted"),
        ({"effect": "slow"}, "Say how many seconds slow takes."),
        ({"effect": "slow", "seconds": 1e9}, "seconds: "),
        ({"effect": "kill_after"}, "Say which process_group to kill."),
        ({"effect": "kill_after", "process_group": 1}, "process_group: "),
    ],
)
def test_a_rule_that_makes_no_sense_is_refused(remote: TestClient, rule: dict[str, Any], words: str) -> None:
    assert words in refused(remote, "faults", 422, **rule)
    assert remote.get("/faults.json").json()["faults"] == []


def test_killing_must_be_switched_on(remote: TestClient) -> None:
    refused(remote, "faults", 403, effect="kill_before", process_group=os.getpgrp() + 1)


def test_only_another_living_process_group_can_be_killed(sandbox: Sandbox) -> None:
    remote = TestClient(create_app(sandbox, kills=True))
    assert remote.get("/faults.json").json()["kills"] is True
    with subprocess.Popen([sys.executable, "-c", ""], start_new_session=True) as child:
        pass
    assert "no process group" in refused(remote, "faults", 422, effect="kill_before", process_group=child.pid)
    assert "its own" in refused(remote, "faults", 422, effect="kill_before", process_group=os.getpgrp())


def test_a_good_card_pays(remote: TestClient, session: str) -> None:
    paid = told(remote, "pay", session=session, card=GOOD_CARD)
    intent = ledger(remote)["payment_intents"][0]["id"]
    assert paid == {
        "session": session,
        "status": "complete",
        "payment_status": "paid",
        "payment_intent": intent,
        "step": "done",
        "message": "",
    }
    assert refused(remote, "pay", 409, session=session, card=GOOD_CARD) == "This session is complete."
    assert len(ledger(remote)["charges"]) == 1


def test_a_declined_card_is_a_step_and_another_may_follow(remote: TestClient, session: str) -> None:
    declined = told(remote, "pay", session=session, card=DECLINED)
    assert (declined["step"], declined["message"]) == ("declined", "Your card was declined.")
    assert (declined["status"], declined["payment_status"]) == ("open", "unpaid")
    assert told(remote, "pay", session=session, card=GOOD_CARD)["payment_status"] == "paid"


def test_a_challenge_is_answered_later_or_at_once(sandbox: Sandbox, remote: TestClient, session: str) -> None:
    assert told(remote, "pay", session=session, card=CHALLENGED)["step"] == "challenge"
    assert told(remote, "pay", session=session, challenge="fail")["step"] == "declined"
    assert "no challenge" in refused(remote, "pay", 409, session=session, challenge="complete")
    assert told(remote, "pay", session=session, card=CHALLENGED, challenge="complete")["step"] == "done"


def test_a_bank_payment_ends_later(remote: TestClient, session: str) -> None:
    assert "not waiting" in refused(remote, "bank", 409, session=session, outcome="succeed")
    pending = told(remote, "pay", session=session, bank=True)
    assert (pending["status"], pending["payment_status"]) == ("complete", "unpaid")
    assert told(remote, "bank", session=session, outcome="succeed")["payment_status"] == "paid"
    assert "not waiting" in refused(remote, "bank", 409, session=session, outcome="fail")


def test_a_bank_payment_fails_later(remote: TestClient, session: str) -> None:
    told(remote, "pay", session=session, bank=True)
    assert told(remote, "bank", session=session, outcome="fail")["payment_status"] == "unpaid"
    assert ledger(remote)["events"][-1]["type"] == "checkout.session.async_payment_failed"


def test_the_owner_refunds_a_part_and_the_rest(remote: TestClient, session: str) -> None:
    intent = told(remote, "pay", session=session, card=GOOD_CARD)["payment_intent"]
    part = told(remote, "refund", payment_intent=intent, amount=890)
    assert (part["object"], part["amount"], part["status"], part["metadata"]) == (
        "refund",
        890,
        "succeeded",
        {},
    )
    assert "greater than" in refused(remote, "refund", 409, payment_intent=intent, amount=2001)
    assert told(remote, "refund", payment_intent=intent)["amount"] == 2000
    assert "already been refunded" in refused(remote, "refund", 409, payment_intent=intent)


def test_an_unpaid_intent_cannot_be_refunded(remote: TestClient, session: str) -> None:
    intent = told(remote, "pay", session=session, card=DECLINED)["payment_intent"]
    refused(remote, "refund", 409, payment_intent=intent)


def test_a_sessions_time_runs_out_with_its_event(remote: TestClient, session: str) -> None:
    assert told(remote, "expire", session=session)["status"] == "expired"
    assert refused(remote, "expire", 409, session=session) == "This session is expired."
    assert refused(remote, "pay", 409, session=session, card=GOOD_CARD) == "This session is expired."
    book = ledger(remote)
    assert [event["type"] for event in book["events"]] == ["checkout.session.expired"]
    assert book["sessions"][0]["expires_at"] == book["events"][0]["created"]


@pytest.mark.parametrize(
    ("command", "body"),
    [
        ("pay", {"session": "cs_test_x", "card": GOOD_CARD}),
        ("bank", {"session": "cs_test_x", "outcome": "fail"}),
        ("refund", {"payment_intent": "pi_x"}),
        ("expire", {"session": "cs_test_x"}),
    ],
)
def test_what_does_not_exist_is_a_404(remote: TestClient, command: str, body: dict[str, Any]) -> None:
    refused(remote, command, 404, **body)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"session": 1},
        {"card": GOOD_CARD, "bank": True},
        {"card": "4242424242424241"},
        {"card": "5555555555554444"},
        {"challenge": "perhaps"},
    ],
)
def test_a_payment_that_cannot_be_read_is_a_422(
    remote: TestClient, session: str, body: dict[str, Any]
) -> None:
    refused(remote, "pay", 422, **({"session": session} | body))
    refused(remote, "pay", 422, card=GOOD_CARD)
    assert ledger(remote)["charges"] == []


def test_without_an_email_from_the_shop_one_must_be_given(sandbox: Sandbox, remote: TestClient) -> None:
    session = client_of(sandbox).v1.checkout.sessions.create(session_params(customer_email=None)).id
    assert "e-mail" in refused(remote, "pay", 422, session=session, card=GOOD_CARD)
    assert told(remote, "pay", session=session, card=GOOD_CARD, email="bob@example.com")["step"] == "done"


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"\xff", b'"x"', b"null"])
def test_a_body_that_is_no_command_is_a_422(remote: TestClient, command: str, body: bytes) -> None:
    answer = remote.post(f"/{command}.json", content=body)
    assert answer.status_code == 422
    assert list(answer.json()) == ["error"]


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("headers", [{"Sec-Fetch-Site": "cross-site"}, {"Origin": "http://evil.test"}])
def test_another_site_is_refused(remote: TestClient, command: str, headers: dict[str, str]) -> None:
    assert remote.post(f"/{command}.json", json={}, headers=headers).status_code == 403
    assert remote.delete("/faults.json", headers=headers).status_code == 403


def test_a_large_body_is_refused(remote: TestClient) -> None:
    assert remote.post("/pay.json", content=b"x" * 70_000).status_code == 413


def test_the_ledger_tells_all_that_a_judge_needs(remote: TestClient, session: str) -> None:
    told(remote, "pay", session=session, card=DECLINED)
    paid = told(remote, "pay", session=session, card=GOOD_CARD)
    intent = paid["payment_intent"]
    told(remote, "refund", payment_intent=intent, amount=100)
    book = ledger(remote)
    shown = {
        name: book["sessions"][0][name]
        for name in ("id", "status", "payment_status", "amount_total", "currency")
    }
    assert shown == {
        "id": session,
        "status": "complete",
        "payment_status": "paid",
        "amount_total": 2890,
        "currency": "eur",
    }
    assert (book["sessions"][0]["client_reference_id"], book["sessions"][0]["payment_intent"]) == (
        "W-7",
        intent,
    )
    fields = ("payment_intent", "session", "amount", "amount_refunded", "status")
    assert [tuple(charge[name] for name in fields) for charge in book["charges"]] == [
        (intent, session, 2890, 0, "failed"),
        (intent, session, 2890, 100, "succeeded"),
    ]
    assert [(refund["payment_intent"], refund["amount"]) for refund in book["refunds"]] == [(intent, 100)]
    assert len(book["deliveries"]) == len(book["events"]) == 7
    assert book["calls"] == [{"call": "sessions.create", "status": 200, "fault": "", "count": 1}]
