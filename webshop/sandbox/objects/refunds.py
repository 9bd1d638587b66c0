"""Refunds: never more than what is left on the charge."""

from __future__ import annotations

from typing import Any

from webshop.sandbox import risks
from webshop.sandbox.rules.price_rules import check_step
from webshop.sandbox.rules.session_rules import check_metadata
from webshop.sandbox.state import events
from webshop.sandbox.state.errors import invalid, only
from webshop.sandbox.state.ids import new_id
from webshop.sandbox.state.money import format_amount
from webshop.sandbox.state.work import Document, Work

Params = dict[str, Any]
IMPLEMENTED = frozenset(("amount", "charge", "expand", "metadata", "payment_intent", "reason"))


def check_refund(params: Params, work: Work) -> None:
    only(params, IMPLEMENTED)
    if ("charge" in params) == ("payment_intent" in params):
        raise invalid(
            "One of the following params should be provided for this request: payment_intent or charge."
        )
    if params.get("amount", 1) < 1:
        raise invalid("Invalid positive integer", "amount", "parameter_invalid_integer")
    check_metadata(params.get("metadata"), "metadata")


def create(work: Work, params: Params) -> Document:
    """Give back all that is left, or this amount of it; it succeeds at once."""
    charge = _charge(work, params)
    left = charge["amount"] - charge["amount_refunded"]
    amount = params.get("amount", left)
    check_step(amount, charge["currency"], "amount")
    if risks.is_with_the_bank(work, charge):
        message = f"Charge {charge['id']} has been charged back; cannot issue a refund."
        raise invalid(message, code="charge_disputed")
    _check_left(charge, left, amount)
    refund = work.insert(_new_refund(work, params, charge, amount))
    charge["amount_refunded"] += amount
    charge["refunded"] = charge["amount_refunded"] == charge["amount"]
    events.record(work, "charge.refunded", work.update(charge))
    events.record(work, "refund.created", refund)
    if charge["refunded"]:
        risks.end_warnings(work, charge)
    return refund


def fail(work: Work, refund: Document) -> None:
    """The bank sends a refund home, days after it succeeded: its money is with the shop again."""
    charge = work.get("charge", refund["charge"])
    charge["amount_refunded"] -= refund["amount"]
    charge["refunded"] = False
    refund |= {"status": "failed", "failure_reason": "expired_or_canceled_card"}
    work.update(charge)
    events.record(work, "refund.failed", work.update(refund))


def _charge(work: Work, params: Params) -> Document:
    """The charge that took the money."""
    if "charge" in params:
        charge = work.get("charge", params["charge"], param="charge", status=400)
        if not charge["paid"]:
            raise invalid(f"Charge {charge['id']} was not paid: there is nothing to refund.", "charge")
        return charge
    intent = work.get("payment_intent", params["payment_intent"], param="payment_intent", status=400)
    if intent["status"] != "succeeded":
        message = f"This PaymentIntent ({intent['id']}) does not have a successful charge to refund."
        raise invalid(message, "payment_intent", "payment_intent_unexpected_state")
    return work.get("charge", intent["latest_charge"])


def _check_left(charge: Document, left: int, amount: int) -> None:
    if left == 0:
        raise invalid(f"Charge {charge['id']} has already been refunded.", code="charge_already_refunded")
    if amount > left:
        wanted, available = (format_amount(value, charge["currency"]) for value in (amount, left))
        raise invalid(
            f"Refund amount ({wanted}) is greater than unrefunded amount on charge ({available})", "amount"
        )


def _new_refund(work: Work, params: Params, charge: Document, amount: int) -> Document:
    return {
        "id": new_id("re"),
        "object": "refund",
        "amount": amount,
        "balance_transaction": None,
        "charge": charge["id"],
        "created": work.now,
        "currency": charge["currency"],
        "destination_details": {"type": charge["payment_method_details"]["type"]},
        "metadata": params.get("metadata") or {},
        "payment_intent": charge["payment_intent"],
        "reason": params.get("reason"),
        "receipt_number": None,
        "source_transfer_reversal": None,
        "status": "succeeded",
        "transfer_reversal": None,
    }
