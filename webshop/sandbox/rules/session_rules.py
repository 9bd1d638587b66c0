"""What Stripe refuses in a Checkout Session, beyond the types of its parameters.

Checked before anything is written. Where Stripe would do something that the sandbox cannot, it refuses
politely.
"""

from __future__ import annotations

import re
from typing import Any

from webshop.sandbox.rules.price_rules import check_prices
from webshop.sandbox.rules.tax_rules import check_customer_and_tax
from webshop.sandbox.state.addresses import Returns, origin
from webshop.sandbox.state.errors import invalid, only, unsupported
from webshop.sandbox.state.work import Work

Params = dict[str, Any]

IMPLEMENTED = frozenset(
    """automatic_tax cancel_url client_reference_id currency customer customer_creation customer_email
    customer_update expand expires_at line_items metadata mode payment_intent_data redirect_on_completion
    return_url shipping_options success_url ui_mode""".split()
)
HARMLESS = frozenset(
    """adaptive_pricing branding_settings custom_text excluded_payment_method_types locale origin_context
    submit_type""".split()
)
"""They change how Stripe's page looks or which methods it offers, not what is paid."""
PAYMENT_INTENT_DATA = frozenset(
    """capture_method description metadata receipt_email shipping statement_descriptor
    statement_descriptor_suffix""".split()
)

MINUTE, HOUR = 60, 3600
SOONEST_EXPIRY, LATEST_EXPIRY = 30 * MINUTE, 24 * HOUR
EXPIRY_SLACK = 60  # for a request that took its time, or a clock that is a little off
EMAIL = re.compile(r"[^\s@<>]+@[^\s@<>.]+(\.[^\s@<>.]+)+")


def check_session(params: Params, work: Work) -> None:
    """Raise the first error that Stripe would answer."""
    _refuse_unsupported(params)
    _check_urls(params, work.returns)
    check_prices(params)
    check_customer_and_tax(params)
    _check_expiry(params, work.now)
    _check_texts(params)


def _refuse_unsupported(params: Params) -> None:
    only(params, IMPLEMENTED | HARMLESS, "")
    mode = params.get("mode")
    if mode is None:
        raise invalid("Missing required param: mode.", "mode", "parameter_missing")
    if mode != "payment":
        raise invalid(
            f"The sandbox supports mode 'payment' only, not '{mode}'.", "mode", "sandbox_unsupported"
        )
    ui_mode = ui_mode_of(params)
    if ui_mode not in ("hosted_page", "embedded_page"):
        raise invalid(
            f"The sandbox supports ui_mode 'hosted_page' and 'embedded_page', not '{ui_mode}'.",
            "ui_mode",
            "sandbox_unsupported",
        )
    intent = params.get("payment_intent_data", {})
    only(intent, PAYMENT_INTENT_DATA, "payment_intent_data")
    if intent.get("capture_method", "automatic") == "manual":
        raise unsupported("payment_intent_data[capture_method]=manual")


def ui_mode_of(params: Params) -> str:
    return str(params.get("ui_mode", "hosted_page"))


def _check_urls(params: Params, returns: Returns) -> None:
    if ui_mode_of(params) == "hosted_page":
        required, refused = "success_url", ("return_url", "redirect_on_completion")
    else:
        required, refused = "return_url", ("success_url", "cancel_url")
    for name in refused:
        if name in params:
            message = f"`{name}` is not supported when `ui_mode` is set to `{ui_mode_of(params)}`."
            raise invalid(message, name)
    if params.get("redirect_on_completion") == "never":
        if "return_url" in params:
            raise invalid(
                "`return_url` is not supported when `redirect_on_completion` is `never`.", "return_url"
            )
    elif required not in params:
        raise invalid(f"Missing required param: {required}.", required, "parameter_missing")
    for name in ("success_url", "cancel_url", "return_url"):
        if name in params:
            _check_url(params[name], name, returns)


def _check_url(url: str, param: str, returns: Returns) -> None:
    """An address of the shop; Stripe allows plain http in test mode. Stripe leads anywhere, but its keys are
    secret: the sandbox's is known to everybody, who could make its host send people wherever they like."""
    to = origin(url)
    if not to:
        raise invalid("Not a valid URL", param, "url_invalid")
    if not returns.include(to):
        message = f"Not a valid URL: this sandbox sends shoppers only to {returns}, not to {to}"
        raise invalid(message, param, "url_invalid")


def _check_expiry(params: Params, now: int) -> None:
    if "expires_at" not in params:
        return
    ahead = params["expires_at"] - now
    if not SOONEST_EXPIRY - EXPIRY_SLACK <= ahead <= LATEST_EXPIRY + EXPIRY_SLACK:
        raise invalid(
            "The `expires_at` timestamp must be between 30 minutes and 24 hours from creation.",
            "expires_at",
        )


def _check_texts(params: Params) -> None:
    check_metadata(params.get("metadata"), "metadata")
    intent = params.get("payment_intent_data", {})
    check_metadata(intent.get("metadata"), "payment_intent_data[metadata]")
    if len(params.get("client_reference_id", "")) > 200:
        raise invalid("`client_reference_id` must be at most 200 characters.", "client_reference_id")
    for email, param in (
        (params.get("customer_email"), "customer_email"),
        (intent.get("receipt_email"), "payment_intent_data[receipt_email]"),
    ):
        if email is not None and not is_email(email):
            raise invalid(f"Invalid email address: {email[:80]}", param, "email_invalid")


def check_metadata(metadata: dict[str, str] | str | None, param: str) -> None:
    """At most 50 keys of 40 characters with values of 500; an empty string stands for no metadata."""
    if not metadata or isinstance(metadata, str):
        return
    if len(metadata) > 50:
        raise invalid("Metadata can have at most 50 keys.", param)
    for key, value in metadata.items():
        if len(key) > 40 or "[" in key or "]" in key:
            raise invalid("Metadata keys can have up to 40 characters and no square brackets.", param)
        if len(value) > 500:
            raise invalid("Metadata values can have up to 500 characters.", f"{param}[{key}]")


def is_email(text: str) -> bool:
    return len(text) <= 254 and EMAIL.fullmatch(text) is not None
