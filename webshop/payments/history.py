"""What happened at Stripe since a moment: asked by a shop that was restored, and does not know it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, cast

from webshop.payments.failures import asking
from webshop.payments.library import stripe
from webshop.payments.shapes import Session, StripeRisk, read_risk, read_session

PAGE: dict[str, Any] = {"limit": 100}  # as many as Stripe gives at once


@dataclass(frozen=True)
class Item:
    """`sku` is "" for what is no thing of the catalogue, such as a tax. `amount` in minor units."""

    name: str
    sku: str
    quantity: int
    amount: int


@dataclass(frozen=True)
class Purchase:
    """A Checkout Session of a shop, and all that Stripe knows of whose it is. `intent_status` is that of its
    payment, "" before there is one; `refunded` in minor units. `returns_to` is where it sends the shopper."""

    session: Session
    created_at: datetime
    intent_status: str
    email: str
    name: str
    phone: str
    address: tuple[str, ...]
    refunded: int
    is_disputed: bool
    returns_to: str


@dataclass(frozen=True)
class SentBack:
    """A refund, whoever asked for it."""

    id: str
    payment_intent: str
    status: str


class History:
    """Each asks for all pages, the newest first, and raises Unavailable."""

    def __init__(self, client: stripe.StripeClient) -> None:
        self._client = client

    def list_purchases(self, since: datetime) -> list[Purchase]:
        """Sessions that were made since then for an order, of any state."""
        expand = ["data.payment_intent.latest_charge"]
        with asking():
            page = self._client.v1.checkout.sessions.list(_since(since, expand=expand))
            return [
                _read_purchase(session)
                for session in page.auto_paging_iter()
                if session.client_reference_id and "order" in (session.metadata or {})
            ]

    def fetch_purchase(self, session_id: str) -> Purchase:
        """As it is now."""
        with asking():
            expand = {"expand": ["payment_intent.latest_charge"]}
            return _read_purchase(self._client.v1.checkout.sessions.retrieve(session_id, cast(Any, expand)))

    def list_items(self, session_id: str) -> list[Item]:
        """What a session sells, without the parcel."""
        with asking():
            page = self._client.v1.checkout.sessions.line_items.list(
                session_id, {"limit": 100, "expand": ["data.price.product"]}
            )
            return [_read_item(item) for item in page.auto_paging_iter()]

    def list_refunds(self, since: datetime) -> list[SentBack]:
        with asking():
            page = self._client.v1.refunds.list(_since(since))
            return [
                SentBack(each.id, _id_of(each.payment_intent), each.status or "")
                for each in page.auto_paging_iter()
                if each.payment_intent
            ]

    def list_risks(self, since: datetime) -> list[StripeRisk]:
        """Disputes, warnings of fraud and reviews; those that the shop's key may not read are left out."""
        stripes = self._client.v1
        expand = ["data.payment_intent"]
        found: list[StripeRisk] = []
        for service in (stripes.disputes, stripes.radar.early_fraud_warnings, stripes.reviews):
            try:
                with asking(may_forbid=True):
                    page = cast(Any, service).list(_since(since, expand=expand))
                    found += [read_risk(each.to_dict()) for each in page.auto_paging_iter()]
            except stripe.PermissionError:
                continue
        return found


def _since(moment: datetime, **more: Any) -> Any:
    return {**PAGE, **more, "created": {"gte": int(moment.timestamp())}}


def _read_purchase(session: stripe.checkout.Session) -> Purchase:
    intent = session.payment_intent if isinstance(session.payment_intent, stripe.PaymentIntent) else None
    charge = intent.latest_charge if intent and isinstance(intent.latest_charge, stripe.Charge) else None
    parcel = intent.shipping if intent else None
    buyer = session.customer_details
    return Purchase(
        session=read_session(session),
        created_at=datetime.fromtimestamp(session.created, UTC),
        intent_status=intent.status if intent else "",
        email=(buyer and buyer.email) or session.customer_email or "",
        name=(parcel and parcel.name) or (buyer and buyer.name) or "",
        phone=(parcel and parcel.phone) or (buyer and buyer.phone) or "",
        address=tuple(_lines(parcel.address if parcel else buyer.address if buyer else None)),
        refunded=charge.amount_refunded if charge else 0,
        is_disputed=bool(charge and charge.disputed),
        returns_to=session.success_url or session.return_url or "",
    )


def _lines(address: Any) -> Iterator[str]:
    """Stripe's parts of an address, without the empty ones."""
    for part in ("line1", "line2", "postal_code", "city", "state", "country"):
        if address is not None and (text := getattr(address, part, None)):
            yield text


def _read_item(item: stripe.LineItem) -> Item:
    product = item.price.product if item.price else None
    sku = product.metadata.to_dict().get("sku", "") if isinstance(product, stripe.Product) else ""
    return Item(item.description or "", sku, item.quantity or 0, item.amount_total)


def _id_of(thing: Any) -> str:
    return thing if isinstance(thing, str) else str(thing.id) if thing else ""
