"""What Stripe says of a dispute, a warning or a review: may the order leave, is the money there."""

from typing import Any

import pytest

from webshop.payments.shapes import read_risk


def risk(**said: Any) -> dict[str, Any]:
    return {"id": "x_1", "payment_intent": "pi_1", "charge": "ch_1", **said}


@pytest.mark.parametrize(
    ("status", "holds", "has_taken_the_money"),
    [
        ("warning_needs_response", True, False),
        ("warning_under_review", True, False),
        ("warning_closed", False, False),
        ("needs_response", True, True),
        ("under_review", True, True),
        ("appeal_needs_response", True, True),
        ("appeal_under_review", True, True),
        ("prevented", True, False),  # the card may have its money back already: a person looks first
        ("won", False, False),
        ("lost", True, True),
        ("a_new_word", True, True),
    ],
)
def test_a_dispute_holds_the_order_until_it_ends_well(
    status: str, holds: bool, has_taken_the_money: bool
) -> None:
    found = read_risk(risk(object="dispute", status=status, reason="fraudulent", amount=2890)).risk
    assert (found.holds, found.has_taken_the_money) == (holds, has_taken_the_money)


@pytest.mark.parametrize(
    ("closed_reason", "holds"),
    [
        ("approved", False),
        ("acknowledged", False),
        ("refunded", True),
        ("refunded_as_fraud", True),
        ("disputed", True),
        ("redacted", True),
        ("canceled", True),
        ("payment_never_settled", True),
    ],
)
def test_a_review_frees_the_order_when_it_was_approved(closed_reason: str, holds: bool) -> None:
    closed = risk(object="review", open=False, reason=closed_reason, closed_reason=closed_reason)
    assert read_risk(closed).risk.holds == holds
    assert read_risk({**closed, "open": True, "reason": "rule", "closed_reason": None}).risk.holds


def test_a_warning_frees_the_order_when_nothing_can_be_done_about_it() -> None:
    warning = risk(object="radar.early_fraud_warning", fraud_type="misc")
    assert [read_risk({**warning, "actionable": each}).risk.holds for each in (True, False)] == [True, False]
