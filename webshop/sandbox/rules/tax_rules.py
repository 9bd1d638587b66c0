"""What Stripe refuses about a Checkout Session's customer and its taxes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from webshop.sandbox.state.errors import invalid, no_such, only, unsupported

Params = dict[str, Any]


def check_customer_and_tax(params: Params) -> None:
    """What can be said before the customer is looked up."""
    _check_customer(params)
    only(params.get("automatic_tax", {}), {"enabled"}, "automatic_tax")
    for taxed, path, code, code_path in _taxed(params):
        if code is not None and not re.fullmatch("txcd_[0-9]{8}", code):
            raise no_such("tax code", code, param=code_path, status=400)
        if _is_on(params) and taxed.get("tax_behavior", "unspecified") == "unspecified":
            # Stripe takes the default of the account's tax settings, if there is one. Here there is none.
            raise invalid(
                f"The price `{path}` does not have a `tax_behavior` set which is required for automatic tax "
                "computation.",
                f"{path}[tax_behavior]",
            )
    if _is_on(params) and "customer" not in params:
        raise invalid(
            "The sandbox calculates tax only for a `customer` with an address: its payment page does not ask "
            "for one (Stripe's does).",
            "automatic_tax[enabled]",
            "sandbox_unsupported",
        )


def _is_on(params: Params) -> bool:
    return bool(params.get("automatic_tax", {}).get("enabled"))


def _check_customer(params: Params) -> None:
    update = params.get("customer_update", {})
    if "customer" not in params:
        if "customer_update" in params:
            raise invalid("`customer_update` can only be used with `customer` or `customer_account`.")
        return
    for other in ("customer_email", "customer_creation"):
        if other in params:
            raise invalid(f"You may only specify one of these parameters: customer, {other}.")
    if update.get("shipping") == "auto":
        # It saves what shipping_address_collection has asked for, which is not supported either.
        raise unsupported("customer_update[shipping]")


def _taxed(params: Params) -> Iterator[tuple[Params, str, str | None, str]]:
    """Everything that has a price: what says its tax_behavior and where that is, its tax code and where that
    is."""
    for number, item in enumerate(params["line_items"]):
        path, price = f"line_items[{number}][price_data]", item["price_data"]
        yield price, path, price["product_data"].get("tax_code"), f"{path}[product_data][tax_code]"
    for number, option in enumerate(params.get("shipping_options", [])):
        path, rate = f"shipping_options[{number}][shipping_rate_data]", option["shipping_rate_data"]
        yield rate, path, rate.get("tax_code"), f"{path}[tax_code]"
