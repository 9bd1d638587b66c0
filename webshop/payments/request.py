"""What Stripe is asked to sell."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Literal, cast

from webshop.address import Address
from webshop.address.contacts import vat_area
from webshop.language.formats import format_percent
from webshop.orders.model import Order
from webshop.payments.model import Attempt
from webshop.pricing.tax import NONTAXABLE

if TYPE_CHECKING:
    from stripe.params import (
        CustomerCreateParams,
        CustomerCreateParamsAddress,
        CustomerCreateParamsShipping,
    )
    from stripe.params.checkout import SessionCreateParams
    from stripe.params.checkout import SessionCreateParamsLineItem as LineItem
    from stripe.params.checkout import SessionCreateParamsLineItemPriceData as PriceData
    from stripe.params.checkout import SessionCreateParamsPaymentIntentDataShipping as PaymentIntentShipping
    from stripe.params.checkout import (
        SessionCreateParamsPaymentIntentDataShippingAddress as PaymentIntentShippingAddress,
    )
    from stripe.params.checkout import SessionCreateParamsShippingOptionShippingRateData as ShippingRateData

UiMode = Literal["embedded_page", "hosted_page"]

SHIPPING_TAX_CODE = "txcd_92010001"  # Stripe's word for what a parcel costs


def session_params(
    order: Order, attempt: Attempt, return_to: str, back: str, customer: str = ""
) -> SessionCreateParams:
    """What Stripe is asked to sell: the order's snapshot. The same order gives the same parameters, which
    the idempotency key demands. `customer` is the id of one that was made before; else Stripe makes one."""
    params: SessionCreateParams = {
        "mode": "payment",
        "ui_mode": cast(UiMode, attempt.ui_mode),
        "client_reference_id": order.number,
        "expires_at": int(attempt.expires_at.timestamp()),
        "adaptive_pricing": {"enabled": False},  # what was shown is what is charged
        "metadata": {"order": order.number, "attempt": str(attempt.number)},
        "payment_intent_data": {
            "description": f"Order {order.number}",
            "metadata": {"order": order.number},
        },
        "line_items": [*_goods(order), *_added_taxes(order)],
    }
    if order.ships:
        params["payment_intent_data"]["shipping"] = _parcel(order)
        params["shipping_options"] = [{"shipping_rate_data": _shipping(order)}]
    if customer:
        params |= {"customer": customer}
        if order.tax_is_stripes:
            params |= {"automatic_tax": {"enabled": True}}
    else:
        params |= {"customer_email": order.email, "customer_creation": "always"}
    if attempt.ui_mode == "hosted_page":
        return {**params, "success_url": return_to, "cancel_url": back}
    return {**params, "return_url": return_to, "redirect_on_completion": "if_required"}


def _goods(order: Order) -> Iterator[LineItem]:
    for line in order.lines:
        price: PriceData = {
            "currency": order.currency.lower(),
            "unit_amount": line.unit_price,
            "product_data": {"name": line.name, "metadata": {"sku": line.written_sku}},
        }
        if order.tax_is_stripes:
            price["tax_behavior"] = _tax_behavior(order)
            if line.tax_code:
                price["product_data"]["tax_code"] = line.tax_code
        yield {"quantity": line.quantity, "price_data": price}


def _added_taxes(order: Order) -> Iterator[LineItem]:
    """Tax of our own reckoning is sold like a thing: so Stripe charges exactly what was shown."""
    for line in order.taxes if order.tax_mode == "added" else ():
        if line.amount:
            name = f"{line.name} {format_percent(line.rate)}"
            price: PriceData = {
                "currency": order.currency.lower(),
                "unit_amount": line.amount,
                "product_data": {"name": name},
            }
            yield {"quantity": 1, "price_data": price}


def _shipping(order: Order) -> ShippingRateData:
    rate: ShippingRateData = {
        "type": "fixed_amount",
        "display_name": order.shipping_title[:100],  # Stripe takes no more
        "fixed_amount": {"amount": order.shipping, "currency": order.currency.lower()},
    }
    if order.tax_is_stripes:
        rate["tax_behavior"] = _tax_behavior(order)
        untaxed = all(line.tax_code == NONTAXABLE for line in order.lines if line.shipped)
        rate["tax_code"] = NONTAXABLE if untaxed else SHIPPING_TAX_CODE
    return rate


def _tax_behavior(order: Order) -> Literal["inclusive", "exclusive"]:
    return "exclusive" if order.tax_is_added else "inclusive"


def _parcel(order: Order) -> PaymentIntentShipping:
    """To whom and where it goes."""
    parcel: PaymentIntentShipping = {"name": order.address.name, "address": _address(order.address)}
    if order.phone:
        parcel["phone"] = _dialled(order.phone)
    return parcel


def _dialled(phone: str) -> str:
    """ "+49341123456": Stripe takes 20 characters."""
    return re.sub("[^+0-9]", "", phone.partition(" ext")[0])[:20]


def needs_customer(order: Order) -> bool:
    """Whether there is more to tell Stripe of the buyer than a session can say."""
    return order.tax_is_stripes or bool(order.phone or order.company or order.vat_number or order.billing)


def customer_params(order: Order) -> CustomerCreateParams:
    """The buyer; where Stripe works out the tax, it does so by where the parcel goes, or where it would."""
    buyer = order.billing or order.address
    taxed_at = buyer if order.ships or not order.tax_is_stripes else order.address
    params: CustomerCreateParams = {
        "email": order.email,
        "name": buyer.name,
        "address": cast("CustomerCreateParamsAddress", _address(taxed_at)),
        "metadata": {"order": order.number},
    }
    if order.ships:
        params["shipping"] = cast("CustomerCreateParamsShipping", _parcel(order))
    if order.phone:
        params["phone"] = _dialled(order.phone)
    if order.company:
        params["business_name"] = order.company
    if order.vat_number:
        params["metadata"] = {"order": order.number, "vat_number": order.vat_number}
        # Stripe Tax would take the tax off for a business abroad, and what was shown would not be charged.
        if (area := vat_area(order.vat_number)) and not order.tax_is_stripes:
            kind: Literal["eu_vat", "gb_vat"] = "eu_vat" if area == "eu" else "gb_vat"
            params["tax_id_data"] = [{"type": kind, "value": order.vat_number}]
    return params


def _address(address: Address) -> PaymentIntentShippingAddress:
    """Without its empty parts, which Stripe refuses."""
    parts = {
        "line1": address.line1,
        "line2": address.line2,
        "city": address.city,
        "postal_code": address.postal_code,
        "state": address.region,
        "country": address.country,
    }
    return cast("PaymentIntentShippingAddress", {name: part for name, part in parts.items() if part})
