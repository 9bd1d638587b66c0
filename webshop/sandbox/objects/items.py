"""What a Checkout Session sells and how it adds up: line items, shipping options, totals."""

from __future__ import annotations

from typing import Any

from webshop.sandbox.objects.tax_rates import Rate
from webshop.sandbox.objects.taxes import amounts, taxes_of
from webshop.sandbox.state.ids import new_id
from webshop.sandbox.state.work import PRIVATE, Document, Work

Params = dict[str, Any]


def new_line_item(work: Work, item: Params, rate: Rate | None) -> Document:
    """rate is that of the buyer's place, None when tax is off."""
    price, quantity = item["price_data"], item["quantity"]
    subtotal = price["unit_amount"] * quantity
    taxes = taxes_of(
        subtotal,
        rate,
        behavior=price.get("tax_behavior", "unspecified"),
        code=price["product_data"].get("tax_code"),
        currency=price["currency"],
    )
    return {
        "id": new_id("li"),
        "object": "item",
        "adjustable_quantity": None,
        "amount_discount": 0,
        **amounts(subtotal, taxes),
        "currency": price["currency"],
        "description": price["product_data"]["name"],
        "metadata": item.get("metadata") or {},
        "price": _price(work, price),
        "quantity": quantity,
        PRIVATE: {"taxes": taxes},
    }


def _price(work: Work, price: Params) -> Document:
    return {
        "id": new_id("price"),
        "object": "price",
        "active": False,
        "currency": price["currency"],
        "livemode": False,
        "product": _new_product(work, price["product_data"])["id"],
        "tax_behavior": price.get("tax_behavior", "unspecified"),
        "type": "one_time",
        "unit_amount": price["unit_amount"],
        "unit_amount_decimal": str(price["unit_amount"]),
    }


def _new_product(work: Work, data: Params) -> Document:
    """One that is only there for this session, as its price is."""
    unset = dict.fromkeys(
        "default_price description package_dimensions shippable statement_descriptor unit_label url".split()
    )
    return work.insert(
        {
            **unset,
            "id": new_id("prod", 14),
            "object": "product",
            "active": False,
            "created": work.now,
            "images": [],
            "livemode": False,
            "marketing_features": [],
            "metadata": data.get("metadata") or {},
            "name": data["name"],
            "tax_code": data.get("tax_code"),
            "type": "service",
            "updated": work.now,
        }
    )


def new_shipping_rate(work: Work, rate: Params) -> Document:
    return work.insert(
        {
            "id": new_id("shr"),
            "object": "shipping_rate",
            "active": False,
            "created": work.now,
            "delivery_estimate": rate.get("delivery_estimate"),
            "display_name": rate["display_name"],
            "fixed_amount": {
                "amount": rate["fixed_amount"]["amount"],
                "currency": rate["fixed_amount"]["currency"],
            },
            "livemode": False,
            "metadata": rate.get("metadata") or {},
            "tax_behavior": rate.get("tax_behavior", "unspecified"),
            "tax_code": rate.get("tax_code"),
            "type": "fixed_amount",
        }
    )


def offer_shipping(session: Document, shipping_rates: list[Document], rate: Rate | None) -> None:
    """Give the session these options, taxed like its lines, and choose the first; the caller saves it."""
    session["shipping_options"] = [
        {"shipping_amount": option["fixed_amount"]["amount"], "shipping_rate": option["id"]}
        for option in shipping_rates
    ]
    session[PRIVATE]["shipping_taxes"] = {
        option["id"]: taxes_of(
            option["fixed_amount"]["amount"],
            rate,
            behavior=option["tax_behavior"],
            code=option["tax_code"],
            currency=session["currency"],
        )
        for option in shipping_rates
    }
    if shipping_rates:
        choose_shipping(session, shipping_rates[0]["id"])


def choose_shipping(session: Document, rate_id: str) -> None:
    """Charge this one of the session's shipping options; the caller saves the session."""
    cost = _shipping_cost(session, rate_id)
    session["shipping_cost"] = cost | {"shipping_rate": rate_id}
    session["total_details"]["amount_shipping"] = cost["amount_subtotal"]
    session["total_details"]["amount_tax"] = _sum(session, "amount_tax") + cost["amount_tax"]
    session["amount_total"] = total_with(session, rate_id)


def _shipping_cost(session: Document, rate_id: str) -> Document:
    options = {option["shipping_rate"]: option["shipping_amount"] for option in session["shipping_options"]}
    return amounts(options[rate_id], session[PRIVATE]["shipping_taxes"][rate_id])


def _sum(session: Document, name: str) -> int:
    return sum(item[name] for item in line_items(session))


def total_with(session: Document, rate_id: str) -> int:
    """What the buyer pays with this one of the shipping options."""
    total: int = _sum(session, "amount_total") + _shipping_cost(session, rate_id)["amount_total"]
    return total


def line_items(session: Document) -> list[Document]:
    items: list[Document] = session[PRIVATE]["line_items"]
    return items
