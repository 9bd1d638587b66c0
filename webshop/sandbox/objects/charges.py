"""The documents that a payment leaves behind: PaymentIntent and charge."""

from __future__ import annotations

from typing import Any

from webshop.sandbox.objects.cards import Outcome
from webshop.sandbox.objects.customers import NO_ADDRESS
from webshop.sandbox.state.ids import new_id
from webshop.sandbox.state.work import PRIVATE, Document, Work


def new_intent(work: Work, session: Document) -> Document:
    """The session's PaymentIntent; metadata, shipping and description are those of payment_intent_data."""
    data = session[PRIVATE]["payment_intent_data"]
    intent_id = new_id("pi")
    unset = """amount_details application application_fee_amount canceled_at cancellation_reason
        customer_account last_payment_error latest_charge next_action on_behalf_of payment_method processing
        review setup_future_usage source transfer_data transfer_group""".split()
    return {
        **dict.fromkeys(unset),
        "id": intent_id,
        "object": "payment_intent",
        "amount": session["amount_total"],
        "amount_capturable": 0,
        "amount_received": 0,
        "automatic_payment_methods": None,
        "capture_method": "automatic_async",
        "client_secret": new_id(f"{intent_id}_secret"),
        "confirmation_method": "automatic",
        "created": work.now,
        "currency": session["currency"],
        "customer": session["customer"],
        "description": data.get("description"),
        "livemode": work.livemode,
        "metadata": data.get("metadata") or {},
        "payment_method_options": {},
        "payment_method_types": session["payment_method_types"],
        "receipt_email": data.get("receipt_email"),
        "shipping": _shipping(data.get("shipping")),
        "statement_descriptor": data.get("statement_descriptor"),
        "statement_descriptor_suffix": data.get("statement_descriptor_suffix"),
        "status": "requires_payment_method",
    }


def _shipping(sent: dict[str, Any] | None) -> Document | None:
    if sent is None:
        return None
    unset = dict.fromkeys(("carrier", "phone", "tracking_number"))
    return {**unset, **sent, "address": {**NO_ADDRESS, **sent["address"]}}


def new_charge(
    work: Work, session: Document, intent: Document, method: Document, three_d_secure: Document | None = None
) -> Document:
    """A pending charge; `succeeded` or `failed` say the fields that differ once the bank has answered."""
    unset = """application application_fee application_fee_amount balance_transaction
        calculated_statement_descriptor failure_balance_transaction failure_code failure_message on_behalf_of
        receipt_number receipt_url review source source_transfer transfer_data transfer_group""".split()
    details = session["customer_details"] or {}
    return {
        **dict.fromkeys(unset),
        "id": new_id("ch"),
        "object": "charge",
        "amount": intent["amount"],
        "amount_captured": 0,
        "amount_refunded": 0,
        "billing_details": {
            "address": NO_ADDRESS,
            "email": details.get("email"),
            "name": details.get("name"),
            "phone": None,
            "tax_id": None,
        },
        "captured": False,
        "created": work.now,
        "currency": intent["currency"],
        "customer": intent["customer"],
        "description": intent["description"],
        "disputed": False,
        "fraud_details": {},
        "livemode": work.livemode,
        "metadata": intent["metadata"],
        "outcome": None,
        "paid": False,
        "payment_intent": intent["id"],
        "payment_method": method["id"],
        "payment_method_details": payment_method_details(method, three_d_secure),
        "receipt_email": intent["receipt_email"],
        "refunded": False,
        "shipping": intent["shipping"],
        "statement_descriptor": intent["statement_descriptor"],
        "statement_descriptor_suffix": intent["statement_descriptor_suffix"],
        "status": "pending",
    }


def succeeded(amount: int) -> Document:
    return {
        "amount_captured": amount,
        "captured": True,
        "outcome": _outcome("authorized", "approved_by_network", None, "Payment complete."),
        "paid": True,
        "status": "succeeded",
    }


def failed(outcome: Outcome) -> Document:
    reason = outcome.decline_code or None
    return {
        "failure_code": outcome.code,
        "failure_message": outcome.sentence,
        "outcome": _outcome("issuer_declined", "declined_by_network", reason, outcome.sentence),
        "status": "failed",
    }


def _outcome(kind: str, network_status: str, reason: str | None, message: str) -> Document:
    return {"network_status": network_status, "reason": reason, "seller_message": message, "type": kind}


def payment_error(outcome: Outcome, charge_id: str | None, method: Document | None = None) -> Document:
    """A PaymentIntent's last_payment_error."""
    error: Document = {
        "type": "card_error" if method else "invalid_request_error",
        "code": outcome.code,
        "message": outcome.sentence,
    }
    if outcome.decline_code:
        error["decline_code"] = outcome.decline_code
    if charge_id:
        error["charge"] = charge_id
    if method:
        error["payment_method"] = {"id": method["id"], "object": "payment_method"} | payment_method_details(
            method
        )
    return error


def payment_method_details(method: Document, three_d_secure: Document | None = None) -> Document:
    """Brand and last four digits are all that the sandbox knows of a card."""
    if "last4" not in method:
        return {"pay_by_bank": {}, "type": "pay_by_bank"}
    card = {name: method[name] for name in ("brand", "last4", "exp_month", "exp_year")}
    card |= {
        "country": "US",
        "funding": "credit",
        "network": method["brand"],
        "three_d_secure": three_d_secure,
    }
    return {"card": card, "type": "card"}
