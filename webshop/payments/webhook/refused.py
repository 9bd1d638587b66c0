"""Why an event was refused that looks like Stripe's: for whoever has to mend the webhook."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Mapping, Sequence
from typing import Any

from webshop.payments.library import stripe

SIGNATURE = re.compile(r"(?=.*\bt=(?P<at>\d{1,12})\b)(?=.*\bv1=[0-9a-f]{64}\b)", re.ASCII)
EVENT_ID = re.compile(r"evt_\w+", re.ASCII)


def why_refused(body: bytes, signature: str, secrets: Sequence[str], *, live: bool) -> str:
    """The reason, with the cure. "" for what does not look like Stripe's. Anybody can send what does."""
    event = _read(body)
    signed = SIGNATURE.match(signature)
    if event is None or (signature and not signed):
        return ""
    if not signed:
        return "it came without the Stripe-Signature header; a proxy before the shop may have taken that out"
    if not any(_fits(body, signature, secret) for secret in secrets):
        return "its signature does not fit STRIPE_WEBHOOK_SECRET" + _of_the_other_mode(event, live)
    if int(signed["at"]) < time.time() - stripe.Webhook.DEFAULT_TOLERANCE:
        return (
            "its signature fits, but is older than five minutes: this machine's clock is wrong, or somebody "
            "has sent an old one again"
        )
    return (
        "its signature fits, but the shop cannot read it; the endpoint has to send snapshots of API version "
        f"{stripe.api_version}"
    )


def _read(body: bytes) -> Mapping[str, Any] | None:
    try:
        event = json.loads(body)
    except (ValueError, RecursionError):
        return None
    if not isinstance(event, dict) or event.get("object") not in ("event", "v2.core.event"):
        return None
    return event if EVENT_ID.fullmatch(str(event.get("id"))) else None


def _fits(body: bytes, signature: str, secret: str) -> bool:
    """Whenever it was signed."""
    try:
        stripe.WebhookSignature.verify_header(body, signature, secret)
    except (ValueError, stripe.SignatureVerificationError):
        return False
    return True


def _of_the_other_mode(event: Mapping[str, Any], live: bool) -> str:
    said = event.get("livemode")
    if not isinstance(said, bool) or said == live:
        return ""
    theirs, ours = ("live", "test") if said else ("test", "live")
    return (
        f", and it is of {theirs} mode, while the shop's keys are of {ours} mode: each mode's endpoint has a "
        "secret of its own"
    )
