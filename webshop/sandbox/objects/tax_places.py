"""Where a customer is taxed: https://docs.stripe.com/tax/customer-locations"""

from __future__ import annotations

from typing import Any

from webshop.sandbox.objects.tax_rates import Rate, is_precise, rate_at
from webshop.sandbox.state.errors import ApiError, invalid, unsupported
from webshop.sandbox.state.work import PRIVATE, Document

Params = dict[str, Any]


def rate_for(params: Params, customer: Document | None) -> Rate | None:
    """The rate of a new session's customer, or None when tax is off; raises ApiError."""
    if customer is None or not params.get("automatic_tax", {}).get("enabled"):
        return None
    if customer.get(PRIVATE, {}).get("tax_ids"):
        raise unsupported("automatic_tax[enabled]")  # for a business abroad Stripe would take the tax off
    if params.get("customer_update", {}).get("address") == "auto" and not _ships_to_precise(customer):
        # Stripe's page would ask for the billing address and calculate with that.
        raise unsupported("customer_update[address]")
    address = tax_address(customer)
    if address is None or not is_precise(address):
        raise _location_invalid(
            "Automatic tax calculation in Checkout requires a valid address on the Customer. Add a valid "
            "address to the Customer or set `customer_update[address]` to 'auto' to save the billing address "
            "entered in Checkout to the Customer."
        )
    return rate_at(address)


def check_location(customer: Document) -> None:
    """What tax[validate_location]=immediately asks for."""
    address = tax_address(customer)
    if address is None or not is_precise(address):
        raise _location_invalid(
            "The customer's location isn't recognized. Set a valid customer address in order to "
            "automatically calculate tax."
        )


def tax_address(customer: Document) -> Document | None:
    """The shipping address unless it is empty, else the billing address unless that is empty too.

    A shipping address that is no good is not passed over.
    """
    for address in (_shipping_address(customer), customer["address"] or {}):
        if any(address.values()):
            return address
    return None


def _ships_to_precise(customer: Document) -> bool:
    return is_precise(_shipping_address(customer))


def _shipping_address(customer: Document) -> Document:
    address: Document = (customer["shipping"] or {}).get("address") or {}
    return address


def _location_invalid(message: str) -> ApiError:
    return invalid(message, code="customer_tax_location_invalid")
