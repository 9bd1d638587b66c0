"""What may befall a charge: its bank disputes it or warns of fraud, or Radar wants a person to look at it.

https://docs.stripe.com/api/disputes, …/radar/early_fraud_warnings, …/radar/reviews
"""

from __future__ import annotations

from typing import Literal

from webshop.sandbox.state import events
from webshop.sandbox.state.ids import new_id
from webshop.sandbox.state.work import Document, Work

Kind = Literal["dispute", "radar.early_fraud_warning", "review"]
KINDS: tuple[Kind, ...] = ("dispute", "radar.early_fraud_warning", "review")
TIME_TO_ANSWER = 7 * 24 * 3600  # seconds
WITH_THE_BANK = ("needs_response", "under_review", "lost")  # where the money of a dispute is


def begin(work: Work, kind: Kind, charge: Document) -> Document:
    """Open one on a paid charge."""
    match kind:
        case "dispute":
            return _dispute(work, charge)
        case "radar.early_fraud_warning":
            warning = work.insert(_about(work, "issfr", kind, charge) | _warning(actionable=True))
            events.record(work, f"{kind}.created", warning)
            return warning
        case "review":
            return _review(work, charge)


def _about(work: Work, prefix: str, kind: Kind, charge: Document) -> Document:
    return {
        "id": new_id(prefix),
        "object": kind,
        "charge": charge["id"],
        "created": work.now,
        "livemode": work.livemode,
        "payment_intent": charge["payment_intent"],
    }


def _warning(*, actionable: bool) -> Document:
    return {"actionable": actionable, "fraud_type": "misc"}


def _dispute(work: Work, charge: Document) -> Document:
    dispute = _about(work, "du", "dispute", charge) | {
        "amount": charge["amount"] - charge["amount_refunded"],
        "balance_transactions": [],
        "currency": charge["currency"],
        "enhanced_eligibility_types": [],
        "evidence": {},
        "evidence_details": {
            "due_by": work.now + TIME_TO_ANSWER,
            "has_evidence": False,
            "past_due": False,
            "submission_count": 0,
        },
        "is_charge_refundable": False,
        "metadata": {},
        "payment_method_details": None,
        "reason": "fraudulent",
        "status": "needs_response",
    }
    work.update(charge | {"disputed": True})
    events.record(work, "charge.dispute.created", work.insert(dispute))
    events.record(work, "charge.dispute.funds_withdrawn", dispute)
    end_warnings(work, charge)
    return dispute


def _review(work: Work, charge: Document) -> Document:
    review = _about(work, "prv", "review", charge) | {
        "billing_zip": None,
        "closed_reason": None,
        "ip_address": None,
        "ip_address_location": None,
        "open": True,
        "opened_reason": "rule",
        "reason": "rule",
        "session": None,
    }
    work.update(charge | {"review": review["id"]})
    intent = work.get("payment_intent", charge["payment_intent"])
    work.update(intent | {"review": review["id"]})
    events.record(work, "review.opened", work.insert(review))
    return review


def find_open(work: Work, kind: Kind, charge_id: str) -> Document | None:
    """The one of this kind that is not over yet."""
    found = work.select(kind, {"charge": charge_id})
    return next((each for each in found if _is_open(each)), None)


def _is_open(risk: Document) -> bool:
    if risk["object"] == "dispute":
        return risk["status"] in ("needs_response", "under_review")
    return bool(risk["open"] if risk["object"] == "review" else risk["actionable"])


def change(work: Work, kind: Kind, charge: Document, outcome: str) -> str:
    """ "open" begins one, "good" and "bad" end it; "", or a sentence that says why that cannot be."""
    found = find_open(work, kind, charge["id"])
    word = kind.removeprefix("radar.").replace("_", " ")
    if outcome != "open":
        if found:
            end(work, found, well=outcome == "good")
        return "" if found else f"No {word} of this charge is open."
    if not charge["paid"] or charge["refunded"] or found or is_with_the_bank(work, charge):
        return f"There cannot be a {word} of this charge now."
    begin(work, kind, charge)
    return ""


def end(work: Work, risk: Document, *, well: bool) -> None:
    """It ends `well` for the shop: a dispute is won, a review approved; or not. A warning just ends."""
    match risk["object"]:
        case "dispute":
            risk |= {"status": "won" if well else "lost"}
            if well:
                events.record(work, "charge.dispute.funds_reinstated", risk)
            events.record(work, "charge.dispute.closed", work.update(risk))
        case "review":
            reason = "approved" if well else "refunded_as_fraud"
            risk |= {"open": False, "reason": reason, "closed_reason": reason}
            events.record(work, "review.closed", work.update(risk))
        case _:
            events.record(
                work, "radar.early_fraud_warning.updated", work.update(risk | {"actionable": False})
            )


def end_warnings(work: Work, charge: Document) -> None:
    """Nothing can be done any more about a charge that is disputed, or was given back wholly."""
    warning = find_open(work, "radar.early_fraud_warning", charge["id"])
    if warning:
        end(work, warning, well=True)


def is_with_the_bank(work: Work, charge: Document) -> bool:
    """Whether a dispute has taken the charge's money."""
    disputes = work.select("dispute", {"charge": charge["id"]})
    return any(dispute["status"] in WITH_THE_BANK for dispute in disputes)
