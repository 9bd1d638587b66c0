"""What the payment pages print: small values made from a session, so that templates only print them."""

from __future__ import annotations

from dataclasses import dataclass, field

from webshop.sandbox.objects.items import line_items, total_with
from webshop.sandbox.objects.sessions import known_email, page_path
from webshop.sandbox.objects.taxes import breakdown
from webshop.sandbox.state.work import Document, Work


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
class TaxView:
    """The session's tax at one rate; included means that the prices hold it already."""

    name: str
    percentage: str
    amount: int
    included: bool


@dataclass(frozen=True)
class CheckoutView:
    """An open session on its payment page, which is at path below the mount. Amounts are in minor units."""

    session_id: str
    path: str
    embedded: bool
    items: list[ItemView]
    shipping: list[ShippingView]
    taxes: list[TaxView]
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
        items=[ItemView(i["description"], i["quantity"], i["amount_subtotal"]) for i in line_items(session)],
        shipping=_shipping_views(work, session),
        taxes=[_tax_view(tax) for tax in breakdown(session)],
        currency=session["currency"],
        total=session["amount_total"],
        email=known_email(session),
        cancel_url=session["cancel_url"] or "",
    )


def _shipping_views(work: Work, session: Document) -> list[ShippingView]:
    return [
        ShippingView(
            rate=option["shipping_rate"],
            name=work.get("shipping_rate", option["shipping_rate"])["display_name"],
            amount=option["shipping_amount"],
            total=total_with(session, option["shipping_rate"]),
            chosen=option["shipping_rate"] == session["shipping_cost"]["shipping_rate"],
        )
        for option in session["shipping_options"]
    ]


def _tax_view(tax: Document) -> TaxView:
    rate = tax["rate"]
    return TaxView(
        name=rate["display_name"],
        percentage=f"{rate['effective_percentage']:g}%",
        amount=tax["amount"],
        included=rate["inclusive"],
    )
