"""Customers: made by the shop before a session, or by a session that is paid."""

from __future__ import annotations

import re
from typing import Any

from webshop.sandbox.objects.tax_places import check_location
from webshop.sandbox.rules.session_rules import check_metadata, is_email
from webshop.sandbox.state import events
from webshop.sandbox.state.errors import invalid, only, unsupported
from webshop.sandbox.state.ids import new_id
from webshop.sandbox.state.work import PRIVATE, Document, Work

Params = dict[str, Any]
KIND = "customer"

IMPLEMENTED = frozenset(
    """address business_name description email expand individual_name metadata name phone shipping tax
    tax_id_data""".split()
)
LONGEST = {"phone": 20, "business_name": 150, "individual_name": 150}
MOST_TAX_IDS = 5
# Other kinds than these are refused politely. https://docs.stripe.com/billing/customer/tax-ids
TAX_IDS = {
    "eu_vat": re.compile(
        "(AT|BE|BG|CY|CZ|DE|DK|EE|EL|ES|FI|FR|HR|HU|IE|IT|LT|LU|LV|MT|NL|PL|PT|RO|SE|SI|SK|XI)"
        "[A-Z0-9+*]{2,12}"
    ),
    "gb_vat": re.compile("GB([0-9]{9}|[0-9]{12}|(GD|HA)[0-9]{3})"),
}
NO_ADDRESS: Document = dict.fromkeys(("city", "country", "line1", "line2", "postal_code", "state"))


def check_customer(params: Params, work: Work) -> None:
    only(params, IMPLEMENTED)
    only(params.get("tax", {}), {"validate_location"}, "tax")
    check_metadata(params.get("metadata"), "metadata")
    for name, longest in LONGEST.items():
        if len(params.get(name) or "") > longest:
            raise invalid(f"Invalid string: {name} must be at most {longest} characters", name)
    _check_tax_ids(params.get("tax_id_data", []))
    email = params.get("email")
    if email is not None and not is_email(email):
        raise invalid(f"Invalid email address: {email[:80]}", "email", "email_invalid")


def _check_tax_ids(sent: list[Params]) -> None:
    if len(sent) > MOST_TAX_IDS:
        raise invalid(f"A customer can have at most {MOST_TAX_IDS} tax IDs.", "tax_id_data")
    for number, tax_id in enumerate(sent):
        pattern = TAX_IDS.get(tax_id["type"])
        if pattern is None:
            raise unsupported(f"tax_id_data[{number}][type]")
        if not pattern.fullmatch(tax_id["value"]):
            param = f"tax_id_data[{number}][value]"
            raise invalid(f"Invalid value for {tax_id['type']}.", param, "tax_id_invalid")


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
        "business_name": params.get("business_name"),
        "individual_name": params.get("individual_name"),
        PRIVATE: {"tax_ids": params.get("tax_id_data", [])},
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
    unset = """address business_name currency default_source description discount email individual_name name
    phone shipping test_clock""".split()
    return {
        **dict.fromkeys(unset),
        "id": new_id("cus", 14),
        "object": KIND,
        "balance": 0,
        "created": work.now,
        "delinquent": False,
        "livemode": work.livemode,
        "metadata": {},
        "preferred_locales": [],
        "tax_exempt": "none",
    }
