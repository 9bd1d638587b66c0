"""Disputes, warnings of fraud and reviews of the sandbox: its cards, its panel, its objects and events."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import stripe
from starlette.testclient import TestClient

from webshop.sandbox.core import Sandbox
from webshop.sandbox.testing import SHOP, client_of, pay, session_params
from webshop.sandbox.web import create_app

stripe.enable_telemetry = False

DISPUTED, WARNED, REVIEWED = "4000000000000259", "4000000000005423", "4000000000009235"


@pytest.fixture
def sandbox(tmp_path: Path) -> Sandbox:
    return Sandbox(tmp_path / "sandbox.db", base_url="http://testserver", shop_url=SHOP)


@pytest.fixture
def browser(sandbox: Sandbox) -> Iterator[TestClient]:
    with TestClient(create_app(sandbox), follow_redirects=False) as client:
        yield client


def charge_of(sandbox: Sandbox, card: str) -> stripe.Charge:
    client = client_of(sandbox)
    pay(sandbox, client.v1.checkout.sessions.create(session_params()).id, card)
    return client.v1.charges.list({"limit": 1}).data[0]


def happened(browser: TestClient, *about: str) -> list[str]:
    events = browser.get("/ledger.json").json()["events"]
    return [event["type"] for event in events if event["type"].startswith(about)]


def risk(browser: TestClient, charge: stripe.Charge, kind: str, outcome: str) -> tuple[int, Any]:
    answer = browser.post(
        "/risk.json", json={"payment_intent": charge.payment_intent, "kind": kind, "outcome": outcome}
    )
    return answer.status_code, answer.json()


def test_a_disputed_charge_has_its_money_with_the_bank_until_it_is_won(
    sandbox: Sandbox, browser: TestClient
) -> None:
    charge, client = charge_of(sandbox, DISPUTED), client_of(sandbox)
    assert charge.disputed
    [dispute] = client.v1.disputes.list({"charge": charge.id}).data
    assert (dispute.amount, dispute.status, dispute.reason) == (2890, "needs_response", "fraudulent")
    assert dispute.evidence_details.due_by
    found = client.v1.disputes.retrieve(dispute.id, {"expand": ["payment_intent"]})
    assert isinstance(found.payment_intent, stripe.PaymentIntent)
    with pytest.raises(stripe.InvalidRequestError, match="has been charged back") as refused:
        client.v1.refunds.create({"charge": charge.id})
    assert refused.value.code == "charge_disputed"

    assert risk(browser, charge, "dispute", "open")[0] == 409
    assert risk(browser, charge, "dispute", "good") == (200, {**dispute.to_dict(), "status": "won"})
    assert risk(browser, charge, "dispute", "bad")[0] == 409
    names = "created funds_withdrawn funds_reinstated closed".split()
    assert happened(browser, "charge.dispute") == [f"charge.dispute.{name}" for name in names]
    assert client.v1.refunds.create({"charge": charge.id}).amount == 2890


def test_a_warning_ends_when_nothing_can_be_done_any_more(sandbox: Sandbox, browser: TestClient) -> None:
    charge, client = charge_of(sandbox, WARNED), client_of(sandbox)
    [warning] = client.v1.radar.early_fraud_warnings.list({"payment_intent": str(charge.payment_intent)}).data
    assert warning.actionable
    client.v1.refunds.create({"charge": charge.id, "amount": 1})
    assert client.v1.radar.early_fraud_warnings.retrieve(warning.id).actionable
    client.v1.refunds.create({"charge": charge.id})
    assert not client.v1.radar.early_fraud_warnings.retrieve(warning.id).actionable
    assert [name.rpartition(".")[2] for name in happened(browser, "radar.")] == ["created", "updated"]


@pytest.mark.parametrize(("outcome", "reason"), [("good", "approved"), ("bad", "refunded_as_fraud")])
def test_a_review_is_closed_with_its_reason(
    sandbox: Sandbox, browser: TestClient, outcome: str, reason: str
) -> None:
    charge, client = charge_of(sandbox, REVIEWED), client_of(sandbox)
    [review] = client.v1.reviews.list().data
    assert (review.open, review.reason, charge.review) == (True, "rule", review.id)
    assert risk(browser, charge, "review", outcome)[0] == 200
    closed = client.v1.reviews.retrieve(review.id)
    assert (closed.open, closed.reason, closed.closed_reason) == (False, reason, reason)
    assert happened(browser, "review.") == ["review.opened", "review.closed"]


def test_the_panel_does_all_of_it_and_lets_a_refund_come_home(sandbox: Sandbox, browser: TestClient) -> None:
    charge, client = charge_of(sandbox, "4242424242424242"), client_of(sandbox)
    client.v1.refunds.create({"charge": charge.id, "amount": 500})
    assert browser.post(f"/charges/{charge.id}/fail-refund").status_code == 303
    assert browser.post(f"/charges/{charge.id}/fail-refund").status_code == 409
    assert client.v1.refunds.list().data[0].status == "failed"
    assert client.v1.charges.retrieve(charge.id).amount_refunded == 0
    assert happened(browser, "refund.") == ["refund.created", "refund.failed"]

    page = f"/charges/{charge.id}/risk"
    for kind in ("radar.early_fraud_warning", "review", "dispute"):
        assert browser.post(page, data={"kind": kind, "outcome": "open"}).status_code == 303
        assert browser.post(page, data={"kind": kind, "outcome": "open"}).status_code in (303, 409)
    shown = browser.get("/").text
    assert [word in shown for word in ("The shop wins", "The shop loses", "Approve")] == [True] * 3
    assert "End the warning" not in shown  # the dispute has ended it
    assert browser.post(page, data={"kind": "dispute", "outcome": "bad"}).status_code == 303
    assert client.v1.disputes.list().data[0].status == "lost"
    assert "lost" in browser.get("/").text
    for wrong in ({"kind": "no", "outcome": "open"}, {"kind": "review", "outcome": "no"}, {}):
        assert browser.post(page, data=wrong).status_code == 422
    assert browser.post("/charges/ch_no/risk", data={"kind": "review", "outcome": "open"}).status_code == 404
