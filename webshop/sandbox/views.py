"""What the payment pages print: small values made from a session, so that templates only print them."""

from __future__ import annotations

from dataclasses import dataclass, field

from webshop.sandbox.sessions import line_items, page_path
from webshop.sandbox.work import Document, Work


@dataclass(frozen=True)
class ItemView:
    name: str
    quantity: int
    amount: int


@dataclass(frozen=True)
class ShippingView:
    """A shipping option; total is what the buyer pays with it."""

    rate: str
    name: str
    amount: int
    total: int
    chosen: bool


@dataclass(frozen=True)
class CheckoutView:
    """An open session on its payment page, which is at path below the mount. Amounts are in minor units."""

    session_id: str
    path: str
    embedded: bool
    items: list[ItemView]
    shipping: list[ShippingView]
    currency: str
    total: int
    email: str
    cancel_url: str


@dataclass(frozen=True)
class FormView:
    """What was typed and may be shown again, what was wrong with it, and what the bank said."""

    expiry: str = ""
    email: str = ""
    declined: str = ""
    problems: dict[str, str] = field(default_factory=dict)


def checkout_view(work: Work, session: Document) -> CheckoutView:
    return CheckoutView(
        session_id=session["id"],
        path=page_path(session),
        embedded=session["ui_mode"] == "embedded_page",
        items=[ItemView(i["description"], i["quantity"], i["amount_total"]) for i in line_items(session)],
        shipping=_shipping_views(work, session),
        currency=session["currency"],
        total=session["amount_total"],
        email=session["customer_email"] or "",
        cancel_url=session["cancel_url"] or "",
    )


def _shipping_views(work: Work, session: Document) -> list[ShippingView]:
    return [
        ShippingView(
            rate=option["shipping_rate"],
            name=work.get("shipping_rate", option["shipping_rate"])["display_name"],
            amount=option["shipping_amount"],
            total=session["amount_subtotal"] + option["shipping_amount"],
            chosen=option["shipping_rate"] == session["shipping_cost"]["shipping_rate"],
        )
        for option in session["shipping_options"]
    ]
