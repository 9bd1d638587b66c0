"""What Stripe refuses in the prices of a Checkout Session: line items, shipping options and the total."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from webshop.sandbox.state.errors import invalid, only
from webshop.sandbox.state.money import CURRENCIES, format_amount, step

Params = dict[str, Any]

LINE_ITEM = frozenset(("price_data", "quantity", "metadata"))
PRICE_DATA = frozenset(("currency", "product_data", "tax_behavior", "unit_amount"))
PRODUCT_DATA = frozenset(("description", "images", "metadata", "name", "tax_code", "unit_label"))
SHIPPING_OPTION = frozenset(("shipping_rate_data",))
MOST_LINE_ITEMS = 100
MOST_SHIPPING_OPTIONS = 5


def check_prices(params: Params) -> None:
    _check_line_items(params)
    _check_shipping_options(params)
    _check_total(params)


def _check_line_items(params: Params) -> None:
    items = params.get("line_items", [])
    if not items:
        raise invalid(
            "You must provide at least one line item in `payment` mode.", "line_items", "parameter_missing"
        )
    if len(items) > MOST_LINE_ITEMS:
        raise invalid("You can provide at most 100 line items.", "line_items")
    for number, item in enumerate(items):
        _check_line_item(item, f"line_items[{number}]")
    for currency, param in _currencies(params):
        check_currency(currency, param)
        _check_one_currency(currency, items[0]["price_data"]["currency"], param)


def _check_line_item(item: Params, path: str) -> None:
    only(item, LINE_ITEM, path)
    if "price_data" not in item:
        raise invalid(
            f"Missing required param: {path}[price_data].", f"{path}[price_data]", "parameter_missing"
        )
    price = item["price_data"]
    only(price, PRICE_DATA, f"{path}[price_data]")
    for name in ("product_data", "unit_amount"):
        if name not in price:
            param = f"{path}[price_data][{name}]"
            raise invalid(f"Missing required param: {param}.", param, "parameter_missing")
    only(price["product_data"], PRODUCT_DATA, f"{path}[price_data][product_data]")
    check_currency(price["currency"], f"{path}[price_data][currency]")
    _check_amount(price["unit_amount"], price["currency"], f"{path}[price_data][unit_amount]")
    if item.get("quantity", 1) < 1:
        raise invalid(
            "This value must be greater than or equal to 1.", f"{path}[quantity]", "parameter_invalid_integer"
        )
    if "quantity" not in item:
        raise invalid("Quantity is required for each line item.", f"{path}[quantity]", "parameter_missing")


def check_currency(currency: str, param: str) -> None:
    if currency not in CURRENCIES:
        raise invalid(
            f"Invalid currency: {currency[:20]}. Stripe currently supports these currencies: "
            f"{', '.join(CURRENCIES)}",
            param,
            "invalid_currency",
        )


def _check_amount(amount: int, currency: str, param: str) -> None:
    if amount < 0:
        raise invalid("This value must be greater than or equal to 0.", param, "parameter_invalid_integer")
    _check_most(amount, currency, param)
    check_step(amount, currency, param)


def _check_most(amount: int, currency: str, param: str) -> None:
    most = CURRENCIES[currency].most
    if amount > most:
        raise invalid(
            f"Amount must be no more than {format_amount(most, currency)}", param, "amount_too_large"
        )


def check_step(amount: int, currency: str, param: str) -> None:
    """https://docs.stripe.com/currencies#special-cases and #three-decimal; the sentences are the sandbox's
    own."""
    if not amount % step(currency):
        return
    wrong = f"Invalid amount: {amount}. "
    if step(currency) == 100:
        raise invalid(f"{wrong}An amount in {currency.upper()} must be evenly divisible by 100.", param)
    raise invalid(f"{wrong}The last digit of an amount in {currency.upper()} must be 0.", param)


def _currencies(params: Params) -> Iterator[tuple[str, str]]:
    """Every currency named in the request, with the name of the parameter."""
    if "currency" in params:
        yield params["currency"], "currency"
    for number, item in enumerate(params["line_items"]):
        yield item["price_data"]["currency"], f"line_items[{number}][price_data][currency]"
    for number, option in enumerate(params.get("shipping_options", [])):
        fixed = option.get("shipping_rate_data", {}).get("fixed_amount")
        if fixed:
            param = f"shipping_options[{number}][shipping_rate_data][fixed_amount][currency]"
            yield fixed["currency"], param


def _check_one_currency(currency: str, expected: str, param: str) -> None:
    if currency != expected:
        raise invalid(f"All prices must use the same currency: found both {expected} and {currency}.", param)


def _check_shipping_options(params: Params) -> None:
    options = params.get("shipping_options", [])
    if len(options) > MOST_SHIPPING_OPTIONS:
        raise invalid("You can provide at most 5 shipping options.", "shipping_options")
    for number, option in enumerate(options):
        path = f"shipping_options[{number}]"
        only(option, SHIPPING_OPTION, path)
        fixed = option.get("shipping_rate_data", {}).get("fixed_amount")
        if fixed is None:
            param = f"{path}[shipping_rate_data][fixed_amount]"
            raise invalid(f"Missing required param: {param}.", param, "parameter_missing")
        only(fixed, {"amount", "currency"}, f"{path}[shipping_rate_data][fixed_amount]")
        _check_amount(fixed["amount"], fixed["currency"], f"{path}[shipping_rate_data][fixed_amount][amount]")


def _check_total(params: Params) -> None:
    currency = params["line_items"][0]["price_data"]["currency"]
    subtotal = sum(item["price_data"]["unit_amount"] * item["quantity"] for item in params["line_items"])
    shipping = [
        option["shipping_rate_data"]["fixed_amount"]["amount"]
        for option in params.get("shipping_options", [])
    ]
    least = CURRENCIES[currency].least
    if subtotal + min(shipping, default=0) < least:
        raise invalid(
            "The Checkout Session's total amount due must add up to at least "
            f"{format_amount(least, currency)}",
            code="amount_too_small",
        )
    check_total(subtotal + max(shipping, default=0), currency)


def check_total(total: int, currency: str) -> None:
    """Looked at once more when the tax is known."""
    most = CURRENCIES[currency].most
    if total > most:
        raise invalid(
            f"The Checkout Session's total amount due must be no more than {format_amount(most, currency)}",
            code="amount_too_large",
        )
