"""Disputes, warnings of fraud and reviews: a mark, an alarm in time, and no parcel that leaves unawares."""

from dataclasses import replace
from typing import Any

import pytest
from starlette.testclient import TestClient

from tests.checkout.test_web_webhook import events, send, states, token  # noqa: F401 - a fixture
from tests.conftest import both_databases
from tests.till import SITE, Till
from webshop.admin.shipments import Shipped, ship
from webshop.alarms import queries as alarms
from webshop.checkout.risks import settle_risk
from webshop.errors import NotFound, OwnerError
from webshop.orders.model import Order
from webshop.payments.shapes import StripeRisk, read_risk
from webshop.sandbox import risks
from webshop.sandbox.core import Sandbox
from webshop.sandbox.testing import client_of, pay, session_params
from webshop.settings.mode import ShopMode

DISPUTED, WARNED, REVIEWED = "4000000000000259", "4000000000005423", "4000000000009235"
WARNING: risks.Kind = "radar.early_fraud_warning"


def bought(till: Till, card: str) -> Order:
    order, session = till.check_out(till.cart(MUG_BLUE=2))
    pay(till.sandbox, session.id, card)
    return till.settle(session)


def told(till: Till, kind: str) -> list[StripeRisk]:
    """What events have said of things of this kind."""
    found = [event["data"]["object"] for event in till.ledger()["events"]]
    return [read_risk(thing) for thing in found if thing["object"] == kind]


def hear(till: Till, kind: str) -> None:
    for seen in told(till, kind):
        settle_risk(till.db, till.stripe, seen)


def end(till: Till, kind: risks.Kind, *, well: bool) -> None:
    charge = till.ledger()["charges"][-1]["id"]
    with till.sandbox.work() as work:
        found = risks.find_open(work, kind, charge)
        assert found
        risks.end(work, found, well=well)


def raised(till: Till) -> list[tuple[str, str]]:
    with till.db.read() as connection:
        return [(alarm.kind, alarm.detail) for alarm in alarms.list_open(connection)]


@both_databases
@pytest.mark.parametrize(
    ("card", "kind", "word", "first", "well", "ill"),
    [
        (DISPUTED, "dispute", "dispute", "needs response, fraudulent, €28.90, answer by ", "won", "lost"),
        (WARNED, WARNING, "fraud warning", "actionable, misc", "closed", "closed"),
        (REVIEWED, "review", "review", "open, rule", "closed", "closed"),
    ],
)
def test_an_order_bears_a_mark_until_it_is_over_and_well(
    till: Till, card: str, kind: risks.Kind, word: str, first: str, well: str, ill: str
) -> None:
    good, bad = bought(till, card), None
    hear(till, kind)
    hear(till, kind)  # again
    assert [(risk.kind, risk.holds) for risk in till.order(good.number).risks] == [(word, True)]
    [(alarm, detail)] = raised(till)
    assert (alarm, detail.startswith(first)) == (word, True), detail
    assert till.events(good).count(word) == 1
    with pytest.raises(OwnerError, match=f"{word}.*--anyway ships it all the same"):
        ship(till.db, good.number)

    end(till, kind, well=True)
    hear(till, kind)
    assert [(risk.status, risk.holds) for risk in till.order(good.number).risks] == [(well, False)]
    assert raised(till) == []
    assert ship(till.db, good.number)[0] is Shipped.NOW

    if kind == WARNING:
        return
    bad = bought(till, card)
    hear(till, kind)
    end(till, kind, well=False)
    hear(till, kind)
    assert [(risk.status, risk.holds) for risk in till.order(bad.number).risks] == [(ill, True)]
    with pytest.raises(OwnerError):
        ship(till.db, bad.number)
    assert ship(till.db, bad.number, anyway=True)[0] is Shipped.NOW


def test_a_lost_dispute_says_that_the_money_is_gone(till: Till, said: Any) -> None:
    order = bought(till, DISPUTED)
    end(till, "dispute", well=False)
    hear(till, "dispute")  # the events of its beginning come after its end
    [(_kind, detail)] = raised(till)
    assert detail == "lost, fraudulent, €28.90, the money is gone"
    _code, lines, _errors = said("orders", "list")
    assert "paid, dispute lost" in lines[0]
    _code, lines, _errors = said("orders", "show", order.number)
    assert lines[0] == f"Order {order.number}: paid, dispute lost"
    assert "Disputes, warnings, reviews" in lines
    [risk] = till.order(order.number).risks
    assert f"  dispute, lost  fraudulent  €28.90  {risk.id}" in lines


def test_money_that_a_bank_has_taken_is_not_sent_back_too(till: Till, said: Any) -> None:
    order = bought(till, DISPUTED)
    hear(till, "dispute")
    code, _lines, [sentence] = said("orders", "refund", order.number)
    assert (code, "is disputed (dispute, needs response)" in sentence) == (1, True)
    assert till.refunds() == []
    end(till, "dispute", well=True)
    hear(till, "dispute")
    assert said("orders", "refund", order.number)[0] == 0


def test_the_alarm_has_the_deadline_and_a_link(till: Till) -> None:
    till.open_as(ShopMode.TEST)
    order = bought(till, DISPUTED)
    hear(till, "dispute")
    [(_kind, detail)] = raised(till)
    [attempt] = till.attempts(order)
    due = till.order(order.number).risks[0].due_at
    assert due
    assert f"answer by {due:%Y-%m-%d %H:%M}" in detail
    assert detail.endswith(f"https://dashboard.stripe.com/test/payments/{attempt.payment_intent}")


def test_what_is_heard_late_does_not_reopen_what_is_over(till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    """A rival that had asked before, and stores after."""
    order = bought(till, DISPUTED)
    [early, *_rest] = told(till, "dispute")
    end(till, "dispute", well=True)
    fresh = till.stripe.fetch_risk
    answers = iter([fresh(early), early, fresh(early)])
    monkeypatch.setattr(till.stripe, "fetch_risk", lambda _seen: next(answers))
    settle_risk(till.db, till.stripe, early)
    settle_risk(till.db, till.stripe, replace(early))
    assert next(answers, None) is None
    assert [risk.status for risk in till.order(order.number).risks] == ["won"]


def test_an_event_before_its_payment_is_told_again_and_another_shops_is_not(till: Till) -> None:
    _order, session = till.check_out(till.cart(MUG_BLUE=2))
    pay(till.sandbox, session.id, REVIEWED)
    with pytest.raises(NotFound):
        hear(till, "review")
    till.settle(session)
    hear(till, "review")
    foreign = client_of(till.sandbox).v1.checkout.sessions.create(session_params(SITE))
    pay(till.sandbox, foreign.id, REVIEWED)
    hear(till, "review")
    assert len(raised(till)) == 1


def test_the_endpoint_hears_each_kind(client: TestClient, sandbox: Sandbox, token: str) -> None:  # noqa: F811
    pay(sandbox, token, WARNED)
    (event,) = events(sandbox, "radar.early_fraud_warning.created")
    assert send(client, sandbox, event).status_code == 404  # not settled: to be sent again
    client.post("/charge", data={"token": token})
    with sandbox.work() as work:
        risks.change(work, "dispute", work.select("charge", {})[0], "open")
    names = "radar.early_fraud_warning.created radar.early_fraud_warning.updated charge.dispute.created"
    for name in [*names.split(), "charge.dispute.funds_withdrawn"]:
        (event,) = events(sandbox, name)
        assert send(client, sandbox, event).status_code == 200, name
        event["data"]["object"]["id"] = {"no": "id"}
        event["id"] = f"{event['id']}x"
        assert send(client, sandbox, event).status_code == 400, name
        event["data"]["object"] |= {"id": "du_1", "amount": 10**30, "evidence_details": {"due_by": 10**30}}
        if name.startswith("radar"):
            continue
        assert send(client, sandbox, event).status_code == 400, name
    assert states(client) == ["paid"]
