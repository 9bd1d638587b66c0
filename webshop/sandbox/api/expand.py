"""The `expand` parameter: ids replaced by the objects they name, and lists that are left out by default."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from webshop.sandbox.objects.items import line_items
from webshop.sandbox.objects.taxes import breakdown
from webshop.sandbox.state.errors import invalid
from webshop.sandbox.state.work import PRIVATE, Document, Work, public

# What can be expanded in an object, and the kind that the id there names.
LINKS: dict[str, dict[str, str]] = {
    "checkout.session": {"customer": "customer", "payment_intent": "payment_intent"},
    "payment_intent": {"customer": "customer", "latest_charge": "charge"},
    "charge": {"customer": "customer", "payment_intent": "payment_intent"},
    "price": {"product": "product"},
    "refund": {"charge": "charge", "payment_intent": "payment_intent"},
    "dispute": {"charge": "charge", "payment_intent": "payment_intent"},
    "radar.early_fraud_warning": {"charge": "charge", "payment_intent": "payment_intent"},
    "review": {"charge": "charge", "payment_intent": "payment_intent"},
}
SHIPPING_RATE = {
    "shipping_rate": "shipping_rate"
}  # in a session's shipping_cost, which is a part, not an object
DEEPEST = 4


def as_list(url: str, items: list[Document], *, has_more: bool = False) -> Document:
    return {"object": "list", "url": url, "has_more": has_more, "data": items}


def expanded(work: Work, document: Document, paths: list[str]) -> Document:
    """The document as the API shows it, with these dotted paths expanded."""
    for path in paths:
        if path.count(".") >= DEEPEST:
            raise invalid(
                f"You cannot expand more than {DEEPEST} levels of a property: {path[:80]}", "expand"
            )
    below: dict[str, list[str]] = defaultdict(list)
    for path in paths:
        name, _, rest = path.partition(".")
        below[name] += [rest] if rest else []
    if document.get("object") == "list":
        below["data"] += []
    return public(document) | {name: _follow(work, document, name, rest) for name, rest in below.items()}


def _follow(work: Work, document: Document, name: str, rest: list[str]) -> Any:
    kind, value = document.get("object", ""), document.get(name)
    links = LINKS.get(kind, {}) if kind else SHIPPING_RATE
    if name in links:
        return expanded(work, work.get(links[name], value), rest) if value else None
    if (kind, name) == ("checkout.session", "line_items"):
        url = f"/v1/checkout/sessions/{document['id']}/line_items"
        return expanded(work, as_list(url, line_items(document)), rest)
    if (kind, name, set(rest)) == ("checkout.session", "total_details", {"breakdown"}):
        return document[name] | {"breakdown": {"discounts": [], "taxes": breakdown(document)}}
    if (kind, name) == ("item", "taxes"):
        return document[PRIVATE]["taxes"]
    if (kind, name) == ("customer", "tax_ids"):
        found = document.get(PRIVATE, {}).get("tax_ids", [])
        return as_list(f"/v1/customers/{document['id']}/tax_ids", found)
    if (kind, name) == ("charge", "refunds"):
        refunds = work.select("refund", {"charge": document["id"]})
        return expanded(work, as_list(f"/v1/charges/{document['id']}/refunds", refunds), rest)
    if (kind, name) == ("list", "data"):
        return [expanded(work, item, rest) for item in document["data"]]
    if rest and isinstance(value, dict):
        return expanded(work, value, rest)
    raise invalid(f"This property cannot be expanded ({name}).", "expand")
