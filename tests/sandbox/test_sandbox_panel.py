"""The control panel: what the bank, the owner or time would do, and the ledger."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import stripe
from bs4 import BeautifulSoup
from starlette.testclient import TestClient

from webshop.sandbox.core import Sandbox
from webshop.sandbox.objects import payments
from webshop.sandbox.testing import SHOP, client_of, pay, session_params
from webshop.sandbox.web import create_app

stripe.enable_telemetry = False


@pytest.fixture
def sandbox(tmp_path: Path) -> Sandbox:
    return Sandbox(
        tmp_path / "sandbox.db",
        base_url="http://testserver",
        shop_url=SHOP,
        webhook_url="http://shop.test/webhook",
    )


@pytest.fixture
def browser(sandbox: Sandbox) -> TestClient:
    return TestClient(create_app(sandbox), follow_redirects=False)


def new_session(sandbox: Sandbox) -> stripe.checkout.Session:
    return client_of(sandbox).v1.checkout.sessions.create(session_params(client_reference_id="W-77"))


def bank_session(sandbox: Sandbox) -> stripe.checkout.Session:
    session = new_session(sandbox)
    with sandbox.work() as work:
        payments.pay_by_bank(work, session.id)
    return session


def ledger(browser: TestClient) -> Any:
    return browser.get("/ledger.json").json()


def event_types(browser: TestClient) -> list[str]:
    return [event["type"] for event in ledger(browser)["events"]]


def test_an_empty_panel_says_so_and_that_no_money_moves(browser: TestClient) -> None:
    text = BeautifulSoup(browser.get("/").text, "html.parser").get_text()
    assert "No real money moves here" in text
    assert "Nothing has been paid yet." in text


def test_the_panel_shows_sessions_charges_and_events(sandbox: Sandbox, browser: TestClient) -> None:
    session = new_session(sandbox)
    pay(sandbox, session.id)
    text = " ".join(BeautifulSoup(browser.get("/").text, "html.parser").get_text(" ").split())
    for words in (
        "€28.90 complete paid Order W-77",
        "Card ending in 4242",
        "checkout.session.completed",
        "pending",
    ):
        assert words in text


def test_a_session_can_be_expired(sandbox: Sandbox, browser: TestClient) -> None:
    session = new_session(sandbox)
    answer = browser.post(f"/sessions/{session.id}/expire")
    assert (answer.status_code, answer.headers["location"]) == (303, "/#sessions")
    assert ledger(browser)["sessions"][0]["status"] == "expired"
    again = browser.post(f"/sessions/{session.id}/expire")
    assert again.status_code == 400
    assert "status of `expired`" in again.text


def test_a_bank_payment_can_succeed_late(sandbox: Sandbox, browser: TestClient) -> None:
    session = bank_session(sandbox)
    assert "Bank pays" in browser.get("/").text
    assert browser.post(f"/sessions/{session.id}/settle", data={"outcome": "succeed"}).status_code == 303
    paid = client_of(sandbox).v1.checkout.sessions.retrieve(session.id)
    assert (paid.status, paid.payment_status) == ("complete", "paid")
    assert ledger(browser)["charges"][0]["status"] == "succeeded"
    assert event_types(browser) == [
        "payment_intent.processing",
        "checkout.session.completed",
        "charge.succeeded",
        "payment_intent.succeeded",
        "checkout.session.async_payment_succeeded",
    ]


def test_a_bank_payment_can_fail_late(sandbox: Sandbox, browser: TestClient) -> None:
    session = bank_session(sandbox)
    assert browser.post(f"/sessions/{session.id}/settle", data={"outcome": "fail"}).status_code == 303
    failed = client_of(sandbox).v1.checkout.sessions.retrieve(session.id)
    assert (failed.status, failed.payment_status) == ("complete", "unpaid")
    assert ledger(browser)["charges"][0]["status"] == "failed"
    assert event_types(browser)[2:] == [
        "charge.failed",
        "payment_intent.payment_failed",
        "checkout.session.async_payment_failed",
    ]


def test_a_bank_answers_once(sandbox: Sandbox, browser: TestClient) -> None:
    session = bank_session(sandbox)
    browser.post(f"/sessions/{session.id}/settle", data={"outcome": "succeed"})
    answer = browser.post(f"/sessions/{session.id}/settle", data={"outcome": "fail"})
    assert answer.status_code == 409
    assert ledger(browser)["sessions"][0]["payment_status"] == "paid"


def test_a_charge_can_be_refunded_in_part_and_whole(sandbox: Sandbox, browser: TestClient) -> None:
    session = new_session(sandbox)
    pay(sandbox, session.id)
    charge = ledger(browser)["charges"][0]["id"]
    assert browser.post(f"/charges/{charge}/refund", data={"amount": "890"}).status_code == 303
    assert browser.post(f"/charges/{charge}/refund", data={"amount": "9999"}).status_code == 400
    for nonsense in ("-1", "1_0", "٣", "0", "x"):
        assert browser.post(f"/charges/{charge}/refund", data={"amount": nonsense}).status_code == 422
    assert browser.post(f"/charges/{charge}/refund").status_code == 303
    assert [refund["amount"] for refund in ledger(browser)["refunds"]] == [890, 2000]
    assert browser.post(f"/charges/{charge}/refund").status_code == 400


def test_an_event_can_be_sent_again(sandbox: Sandbox, browser: TestClient) -> None:
    pay(sandbox, new_session(sandbox).id)
    event = ledger(browser)["events"][0]["id"]
    assert browser.post(f"/events/{event}/send").status_code == 303
    assert [d["event"] for d in ledger(browser)["deliveries"]].count(event) == 2


def test_what_does_not_exist_is_a_404(browser: TestClient) -> None:
    for path in ("/sessions/x/expire", "/events/x/send"):
        assert browser.post(path).status_code == 404
    assert browser.post("/sessions/x/settle", data={"outcome": "fail"}).status_code == 404
    assert browser.post("/sessions/x/settle").status_code == 422


def test_the_ledger_counts_every_attempt(sandbox: Sandbox, browser: TestClient) -> None:
    session = new_session(sandbox)
    pay(sandbox, session.id, "4000000000000002")
    pay(sandbox, session.id)
    book = ledger(browser)
    assert [charge["status"] for charge in book["charges"]] == ["failed", "succeeded"]
    assert len(book["payment_intents"]) == 1
    assert [d["state"] for d in book["deliveries"]] == ["pending"] * 5
    assert len(book["events"]) == 5


def test_a_fault_is_added_shown_and_forgotten(sandbox: Sandbox, browser: TestClient) -> None:
    form = {"call": "balance.retrieve", "effect": "500_before", "nth": "1", "times": "2", "seconds": ""}
    answer = browser.post("/faults", data=form)
    assert (answer.status_code, answer.headers["location"]) == (303, "/#faults")
    with pytest.raises(stripe.APIError):
        client_of(sandbox).v1.balance.retrieve()
    section = BeautifulSoup(browser.get("/").text, "html.parser").select("#faults")[0]
    text = " ".join(section.get_text(" ").split())
    assert "500_before at balance.retrieve, from call 1, 2 times · 1 hits" in text
    assert browser.post("/faults/forget").status_code == 303
    assert "Nothing: every call is answered" in browser.get("/").text


def test_a_fault_that_makes_no_sense_is_a_sentence(browser: TestClient) -> None:
    answer = browser.post("/faults", data={"call": "*", "effect": "slow", "nth": "1", "times": "1"})
    assert answer.status_code == 422
    alert = BeautifulSoup(answer.text, "html.parser").select("[role=alert]")[0]
    assert alert.get_text() == "Say how many seconds slow takes."
    assert browser.post("/webhooks", data={"action": "explode"}).status_code == 422


def test_webhooks_are_held_and_released_by_buttons(sandbox: Sandbox, browser: TestClient) -> None:
    page = BeautifulSoup(browser.get("/").text, "html.parser")
    actions = [str(field["value"]) for field in page.select("#faults input[name=action]")]
    assert actions == ["hold", "reorder", "release", "drop", "duplicate", "delay", "normal"]
    for form in page.select("form[action='/webhooks']"):
        fields = {str(field["name"]): str(field["value"]) for field in form.select("input")}
        assert browser.post("/webhooks", data=fields).headers["location"] == "/#faults"
    assert "Nothing: every call is answered" in browser.get("/").text


def test_killing_is_offered_only_where_it_is_switched_on(sandbox: Sandbox, browser: TestClient) -> None:
    assert "kill" not in BeautifulSoup(browser.get("/").text, "html.parser").select("#faults")[0].get_text()
    refused = browser.post("/faults", data={"call": "*", "effect": "kill_before", "process_group": "99999"})
    assert refused.status_code == 403
    dangerous = TestClient(create_app(sandbox, kills=True))
    assert "kill_before" in dangerous.get("/").text
