"""What Stripe is asked to sell."""

from typing import Literal, cast

from stripe.params.checkout import SessionCreateParams
from stripe.params.checkout import (
    SessionCreateParamsPaymentIntentDataShippingAddress as PaymentIntentShippingAddress,
)

from webshop.address import Address
from webshop.orders import Attempt, Order

UiMode = Literal["embedded_page", "hosted_page"]


def session_params(order: Order, attempt: Attempt, return_to: str, back: str) -> SessionCreateParams:
    """What Stripe is asked to sell: the order's snapshot. The same order gives the same parameters, which
    the idempotency key demands."""
    params: SessionCreateParams = {
        "mode": "payment",
        "ui_mode": cast(UiMode, attempt.ui_mode),
        "client_reference_id": order.number,
        "customer_email": order.email,
        "customer_creation": "always",
        "expires_at": int(attempt.expires_at.timestamp()),
        "adaptive_pricing": {"enabled": False},  # what was shown is what is charged
        "metadata": {"order": order.number, "attempt": str(attempt.attempt)},
        "payment_intent_data": {
            "description": f"Order {order.number}",
            "metadata": {"order": order.number},
            "shipping": {
                "name": order.address.name,
                "address": _address(order.address),
            },
        },
        "line_items": [
            {
                "quantity": line.quantity,
                "price_data": {
                    "currency": order.currency.lower(),
                    "unit_amount": line.unit_price,
                    "product_data": {"name": line.name, "metadata": {"sku": line.sku}},
                },
            }
            for line in order.lines
        ],
        "shipping_options": [
            {
                "shipping_rate_data": {
                    "type": "fixed_amount",
                    "display_name": order.shipping_title,
                    "fixed_amount": {"amount": order.shipping, "currency": order.currency.lower()},
                }
            }
        ],
    }
    if attempt.ui_mode == "hosted_page":
        return {**params, "success_url": return_to, "cancel_url": back}
    return {**params, "return_url": return_to, "redirect_on_completion": "if_required"}


def _address(address: Address) -> PaymentIntentShippingAddress:
    """Without its empty parts, which Stripe refuses."""
    written: PaymentIntentShippingAddress = {
        "line1": address.line1,
        "city": address.city,
        "country": address.country,
    }
    if address.line2:
        written["line2"] = address.line2
    if address.postal_code:
        written["postal_code"] = address.postal_code
    return written
