"""Checkout Sessions: made, read, expired. Paying one is in payments.py."""

from __future__ import annotations

from typing import Any

from webshop.sandbox.objects import customers
from webshop.sandbox.objects.items import new_line_item, new_shipping_rate, offer_shipping
from webshop.sandbox.objects.tax_places import rate_for
from webshop.sandbox.rules.price_rules import check_total
from webshop.sandbox.rules.session_rules import LATEST_EXPIRY, ui_mode_of
from webshop.sandbox.state import events
from webshop.sandbox.state.errors import invalid
from webshop.sandbox.state.ids import new_id, new_session_id
from webshop.sandbox.state.work import PRIVATE, Document, Work

Params = dict[str, Any]
KIND = "checkout.session"

UNSET = dict.fromkeys(
    """adaptive_pricing after_expiration allow_promotion_codes allowed_payment_method_types
    billing_address_collection branding_settings collected_information consent consent_collection
    currency_conversion customer_account excluded_payment_method_types integration_identifier
    invoice locale managed_payments name_collection optional_items origin_context payment_intent
    payment_link payment_method_configuration_details permissions presentment_details recovered_from
    saved_payment_method_options setup_intent shipping_address_collection submit_type subscription
    tax_id_collection wallet_options""".split()
)
"""What a session has and the sandbox leaves alone."""


def create(work: Work, params: Params) -> Document:
    """A new open session from checked parameters; raises ApiError for a customer that will not do."""
    customer = _customer(work, params)
    rate = rate_for(params, customer)
    items = [new_line_item(work, item, rate) for item in params["line_items"]]
    shipping_rates = [
        new_shipping_rate(work, option["shipping_rate_data"]) for option in params.get("shipping_options", [])
    ]
    session = _new_session(work, params, items, customer)
    if rate is not None:
        liability = {"account": None, "type": "self"}
        session["automatic_tax"] = {
            "enabled": True,
            "liability": liability,
            "provider": "stripe",
            "status": "complete",
        }
    offer_shipping(session, shipping_rates, rate)
    check_total(session["amount_total"], session["currency"])
    return work.insert(session)


def _customer(work: Work, params: Params) -> Document | None:
    if "customer" not in params:
        return None
    return work.get(customers.KIND, params["customer"], param="customer", status=400)


def _new_session(work: Work, params: Params, items: list[Document], customer: Document | None) -> Document:
    session_id = new_session_id()
    hosted = ui_mode_of(params) == "hosted_page"
    email = params.get("customer_email")
    return {
        **UNSET,
        "id": session_id,
        "object": KIND,
        "amount_subtotal": sum(item["amount_subtotal"] for item in items),
        "amount_total": sum(item["amount_total"] for item in items),
        "automatic_tax": {"enabled": False, "liability": None, "provider": None, "status": None},
        "cancel_url": params.get("cancel_url"),
        "client_reference_id": params.get("client_reference_id"),
        "client_secret": None if hosted else new_id(f"{session_id}_secret", 40),
        "created": work.now,
        "currency": items[0]["currency"],
        "custom_fields": [],
        "custom_text": dict.fromkeys(
            ("after_submit", "shipping_address", "submit", "terms_of_service_acceptance")
        ),
        "customer": customer and customer["id"],
        "customer_creation": None if customer else params.get("customer_creation", "if_required"),
        "customer_details": _details_at_first(customer, email),
        "customer_email": email,
        "discounts": [],
        "expires_at": params.get("expires_at", work.now + LATEST_EXPIRY),
        "invoice_creation": {"enabled": False, "invoice_data": None},
        "livemode": work.livemode,
        "metadata": params.get("metadata") or {},
        "mode": "payment",
        "payment_method_collection": "if_required",
        "payment_method_options": {},
        "payment_method_types": ["card", "pay_by_bank"],
        "payment_status": "unpaid",
        "phone_number_collection": {"enabled": False},
        "redirect_on_completion": None if hosted else params.get("redirect_on_completion", "always"),
        "return_url": params.get("return_url"),
        "shipping_cost": None,
        "shipping_options": [],
        "status": "open",
        "success_url": params.get("success_url"),
        "total_details": {
            "amount_discount": 0,
            "amount_shipping": 0,
            "amount_tax": sum(item["amount_tax"] for item in items),
        },
        "ui_mode": ui_mode_of(params),
        "url": f"{work.base_url}/pay/{session_id}" if hosted else None,
        PRIVATE: {
            "email": customer["email"] if customer else email,
            "line_items": items,
            "payment_intent_data": params.get("payment_intent_data", {}),
            "challenge": None,
        },
    }


def _details_at_first(customer: Document | None, email: str | None) -> Document | None:
    if customer is None:
        return customer_details(email) if email else None
    names = ("address", "business_name", "individual_name", "name", "phone", "tax_exempt")
    known = {name: customer[name] for name in names}
    tax_ids = customer.get(PRIVATE, {}).get("tax_ids") or None
    return customer_details(customer["email"]) | known | {"tax_ids": tax_ids}


def known_email(session: Document) -> str:
    """The payer's address, if the shop has sent it or its customer has one: nobody can type another."""
    return session[PRIVATE]["email"] or ""


def customer_details(email: str | None) -> Document:
    unset = dict.fromkeys(("address", "business_name", "individual_name", "name", "phone", "tax_ids"))
    return {**unset, "email": email, "tax_exempt": "none"}


def page_path(session: Document) -> str:
    """Of its payment page, below base_url."""
    if session["ui_mode"] == "embedded_page":
        return f"/embedded/{session['client_secret']}"
    return f"/pay/{session['id']}"


def expire(work: Work, session_id: str) -> Document:
    """What the shop asks for; only an open session can be expired."""
    session = work.get(KIND, session_id)
    if session["status"] != "open":
        raise invalid(
            'Only Checkout Sessions with a status in ["open"] can be expired. '
            f"This Checkout Session has a status of `{session['status']}`."
        )
    return _expire(work, session)


def run_out(work: Work, session: Document) -> Document:
    """Let the time of an open session be over now."""
    return _expire(work, session | {"expires_at": work.now})


def expire_due(work: Work) -> None:
    """Expire the sessions whose time is over; runs at the start of every transaction, so nobody sees a stale
    one.
    """
    for session in work.sessions_to_expire():
        _expire(work, session)


def _expire(work: Work, session: Document) -> Document:
    session |= {"status": "expired", "url": None}
    session[PRIVATE]["challenge"] = None
    if session["payment_intent"]:
        intent = work.get("payment_intent", session["payment_intent"])
        intent |= {"status": "canceled", "canceled_at": work.now, "cancellation_reason": "automatic"}
        intent["next_action"] = None
        events.record(work, "payment_intent.canceled", work.update(intent))
    events.record(work, "checkout.session.expired", work.update(session))
    return session
