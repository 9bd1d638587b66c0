"""Customers: made by the shop before a session, or by a session that is paid."""

from __future__ import annotations

from typing import Any

from webshop.sandbox.objects.tax_places import check_location
from webshop.sandbox.rules.session_rules import check_metadata, is_email
from webshop.sandbox.state import events
from webshop.sandbox.state.errors import invalid, only
from webshop.sandbox.state.ids import new_id
from webshop.sandbox.state.work import Document, Work

Params = dict[str, Any]
KIND = "customer"

IMPLEMENTED = frozenset("address description email expand metadata name phone shipping tax".split())
NO_ADDRESS: Document = dict.fromkeys(("city", "country", "line1", "line2", "postal_code", "state"))


def check_customer(params: Params, work: Work) -> None:
    only(params, IMPLEMENTED)
    only(params.get("tax", {}), {"validate_location"}, "tax")
    check_metadata(params.get("metadata"), "metadata")
    email = params.get("email")
    if email is not None and not is_email(email):
        raise invalid(f"Invalid email address: {email[:80]}", "email", "email_invalid")


def create(work: Work, params: Params) -> Document:
    """A new customer from checked parameters; its place is looked at now if the shop wants that."""
    shipping = params.get("shipping") or None
    customer = _customer(work) | {
        "address": _address(params.get("address")),
        "description": params.get("description"),
        "email": params.get("email"),
        "metadata": params.get("metadata") or {},
        "name": params.get("name"),
        "phone": params.get("phone"),
        "shipping": shipping and {"phone": None, **shipping, "address": _address(shipping["address"])},
    }
    if params.get("tax", {}).get("validate_location") == "immediately":
        check_location(customer)
    events.record(work, "customer.created", work.insert(customer))
    return customer


def _address(sent: Params | str | None) -> Document | None:
    """Complete with what was not sent; an empty string stands for no address."""
    return {**NO_ADDRESS, **sent} if isinstance(sent, dict) else None


def from_session(work: Work, session: Document, shipping: Document | None) -> Document:
    """The customer of a session that is being paid, if the shop asked for one."""
    details = session["customer_details"]
    customer = _customer(work) | {
        "address": details["address"],
        "email": details["email"],
        "name": details["name"],
        "shipping": shipping and {name: shipping[name] for name in ("address", "name", "phone")},
    }
    return work.insert(customer)


def _customer(work: Work) -> Document:
    unset = (
        "address currency default_source description discount email name phone shipping test_clock".split()
    )
    return {
        **dict.fromkeys(unset),
        "id": new_id("cus", 14),
        "object": KIND,
        "balance": 0,
        "created": work.now,
        "delinquent": False,
        "livemode": False,
        "metadata": {},
        "preferred_locales": [],
        "tax_exempt": "none",
    }
