"""The events that the webhook wants: each is one of Stripe's, and the shop makes something of each."""

import json
from typing import get_args, get_type_hints

import pytest
import stripe
from stripe.params._webhook_endpoint_update_params import WebhookEndpointUpdateParams

from webshop.payments.shapes import read_event
from webshop.payments.webhook.endpoint import EVENTS, EXAMINATION, examination, missing_events

THINGS: dict[str, dict[str, object]] = {
    "checkout.session": {"object": "checkout.session", "id": "cs_1", "metadata": {"order": "K7QM-2XTD"}},
    "charge.refunded": {"object": "charge", "id": "ch_1", "payment_intent": "pi_1"},
    "refund": {"object": "refund", "id": "re_1", "payment_intent": "pi_1"},
    "charge.dispute": {"object": "dispute", "id": "du_1", "status": "lost", "charge": "ch_1"},
    "radar.early_fraud_warning": {"object": "radar.early_fraud_warning", "id": "issfr_1", "charge": "ch_1"},
    "review": {"object": "review", "id": "prv_1", "charge": "ch_1"},
}


@pytest.mark.parametrize("kind", EVENTS)
def test_something_is_made_of_each(kind: str) -> None:
    [thing] = [each for begin, each in THINGS.items() if kind.startswith(begin)]
    event = read_event(event_of(kind, thing))
    assert event.session_id or event.payment_intent or event.risk


def test_each_is_one_of_stripes_and_the_examination_is_none() -> None:
    [many] = get_args(get_type_hints(WebhookEndpointUpdateParams)["enabled_events"])
    words = [word for option in get_args(many)[:1] for word in get_args(option)]
    known = words or list(get_args(many))
    assert [each for each in EVENTS if not any(each in str(option) for option in known)] == []
    assert not any(EXAMINATION in str(option) for option in known)


def test_nothing_is_made_of_an_examination() -> None:
    body, _signature = examination("whsec_1")
    event = read_event(stripe.Event.construct_from(json.loads(body), None))
    assert (event.type, event.session_id, event.payment_intent, event.risk) == (EXAMINATION, "", "", None)


def test_all_events_are_all_of_ours() -> None:
    assert missing_events(["*"]) == []
    assert missing_events([each for each in EVENTS if each != "refund.failed"]) == ["refund.failed"]


def event_of(kind: str, thing: dict[str, object]) -> stripe.Event:
    return stripe.Event.construct_from(
        {"id": "evt_1", "object": "event", "type": kind, "data": {"object": thing}}, None
    )
