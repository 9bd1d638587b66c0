"""What Stripe answers, as small as the shop needs it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal, cast

from webshop.orders.risk import APPROVED, HARMLESS, Risk, RiskKind
from webshop.payments.library import stripe
from webshop.pricing.tax import TaxLine

RISKS = {
    "dispute": RiskKind.DISPUTE,
    "radar.early_fraud_warning": RiskKind.WARNING,
    "review": RiskKind.REVIEW,
}
NUMBER = re.compile(r"[0-9A-Z-]{1,20}")  # of an order
NAME = re.compile(r"[A-Za-z0-9_.]*")  # evt_1…, cs_test_a1…, checkout.session.completed


@dataclass(frozen=True)
class Session:
    """A Checkout Session as the shop needs it; amounts in minor units, `currency` in capitals.

    `failed`: it is complete, but the bank has refused the slow payment since. `url` is set while a hosted
    session is open, `client_secret` while an embedded one is. `tax` is what Stripe Tax has
    computed, and `taxes` the same by rates, in a session that was fetched.
    """

    id: str
    status: Literal["open", "complete", "expired"]
    paid: bool
    failed: bool
    amount: int
    currency: str
    livemode: bool
    order_number: str
    attempt_number: int
    url: str
    client_secret: str
    payment_intent: str | None
    charge: str | None
    receipt_url: str | None
    tax: int = 0
    taxes: tuple[TaxLine, ...] = ()


@dataclass(frozen=True)
class StripeRefund:
    """Money that Stripe sends back; `request` is our own name for it, "" if it came from the dashboard."""

    id: str
    request: str
    amount: int
    status: str


@dataclass(frozen=True)
class StripeRisk:
    """A dispute, a warning or a review, and the payment that it is about; `order_number` is "" if that is not
    known, or is none of ours."""

    risk: Risk
    payment_intent: str
    charge: str
    order_number: str


@dataclass(frozen=True)
class Event:
    """A hint that something happened: to the session of one of our orders, or to the money of an intent.

    Both are "" when it is about something else. `refunded`: money for one of our orders went back.
    `risk`: why the money may not stay.
    """

    id: str
    type: str
    session_id: str
    payment_intent: str
    refunded: bool = False
    risk: StripeRisk | None = None


def read_session(session: stripe.checkout.Session) -> Session:
    intent = session.payment_intent if isinstance(session.payment_intent, stripe.PaymentIntent) else None
    charge = intent.latest_charge if intent else None
    paid = session.payment_status != "unpaid"
    return Session(
        id=session.id,
        status=cast(Literal["open", "complete", "expired"], session.status),
        paid=paid,
        failed=not paid and intent is not None and intent.status in ("requires_payment_method", "canceled"),
        amount=session.amount_total or 0,
        currency=(session.currency or "").upper(),
        livemode=session.livemode,
        order_number=session.client_reference_id or "",
        attempt_number=_attempt_number(session),
        url=session.url or "",
        client_secret=session.client_secret or "",
        payment_intent=intent.id if intent else None,
        charge=charge.id if isinstance(charge, stripe.Charge) else None,
        receipt_url=charge.receipt_url if isinstance(charge, stripe.Charge) else None,
        tax=session.total_details.amount_tax if session.total_details else 0,
        taxes=tuple(_read_taxes(session)),
    )


def _read_taxes(session: stripe.checkout.Session) -> Iterator[TaxLine]:
    """By rates; what is not taxed is left out. Stripe's taxable amount is always without the tax."""
    details = session.total_details
    breakdown = details.breakdown if details is not None and "breakdown" in details else None
    for found in breakdown.taxes if breakdown else ():
        rate = found.rate
        percentage = rate.percentage if rate.effective_percentage is None else rate.effective_percentage
        base = (found.taxable_amount or 0) + (found.amount if rate.inclusive else 0)
        if found.amount:
            yield TaxLine(rate.display_name, round(percentage * 10_000), base, found.amount)


def _attempt_number(session: stripe.checkout.Session) -> int:
    """Which of the order's attempts this is; 0 if the session does not say."""
    metadata = session.metadata
    text = metadata["attempt"] if metadata is not None and "attempt" in metadata else ""
    return int(text) if text.isascii() and text.isdigit() else 0


def read_refund(refund: stripe.Refund) -> StripeRefund:
    metadata = refund.metadata
    request = metadata["request"] if metadata is not None and "request" in metadata else ""
    return StripeRefund(refund.id, request, refund.amount, refund.status or "")


def read_event(event: stripe.Event) -> Event:
    """Raises TypeError where something else stands than Stripe's name of a thing: no database takes that."""
    thing: dict[str, Any] = event.data.object.to_dict()
    kind = thing.get("object")
    if kind in RISKS:
        return Event(_name(event.id), _name(event.type, longest=80), "", "", risk=read_risk(thing))
    is_ours = "order" in (thing.get("metadata") or {})
    session_id = thing.get("id") if kind == "checkout.session" and is_ours else None
    payment_intent = thing.get("payment_intent") if kind in ("charge", "refund") else None
    refunded = kind == "charge" and is_ours and bool(thing.get("amount_refunded"))
    about = _name(session_id or ""), _name(payment_intent or "")
    return Event(_name(event.id), _name(event.type, longest=80), *about, refunded)


def read_risk(thing: dict[str, Any]) -> StripeRisk:
    """A dispute, a warning or a review, with or without the payment in it. Raises TypeError where Stripe's
    names are not what they should be."""
    kind = RISKS[thing["object"]]
    intent, charge = thing.get("payment_intent"), thing.get("charge")
    inside = intent if isinstance(intent, dict) else charge if isinstance(charge, dict) else {}
    status, reason = _status_of(kind, thing)
    due_by = (thing.get("evidence_details") or {}).get("due_by")
    risk = Risk(
        id=_name(thing["id"]),
        kind=kind,
        status=_name(status, longest=40),
        reason=_name(reason, longest=80),
        amount=_whole(thing.get("amount") or 0),
        currency=_name(thing.get("currency") or "", longest=3).upper(),
        due_at=datetime.fromtimestamp(_whole(due_by), UTC) if due_by else None,
        holds=_holds(kind, status, reason),
    )
    number = str((inside.get("metadata") or {}).get("order", ""))
    return StripeRisk(risk, _id_of(intent), _id_of(charge), number if NUMBER.fullmatch(number) else "")


def _status_of(kind: RiskKind, thing: dict[str, Any]) -> tuple[str, str]:
    if kind is RiskKind.DISPUTE:
        return thing["status"], thing.get("reason") or ""
    if kind is RiskKind.WARNING:
        return "actionable" if thing.get("actionable") else "closed", thing.get("fraud_type") or ""
    return "open" if thing.get("open") else "closed", thing.get("closed_reason") or thing.get("reason") or ""


def _holds(kind: RiskKind, status: str, reason: str) -> bool:
    """Whether the order should not leave. What was closed in another way than well stays so."""
    if kind is RiskKind.DISPUTE:
        return status not in HARMLESS
    return status != "closed" or (kind is RiskKind.REVIEW and reason not in APPROVED)


def _id_of(thing: Any) -> str:
    return _name((thing.get("id") if isinstance(thing, dict) else thing) or "")


def _whole(value: object) -> int:
    """An amount, or seconds since 1970, that a database and a calendar can take."""
    if isinstance(value, int) and 0 <= value < 100_000_000_000:
        return value
    raise TypeError("This is no number that Stripe gives.")


def _name(value: object, longest: int = 255) -> str:
    if isinstance(value, str) and NAME.fullmatch(value) and len(value) <= longest:
        return value
    raise TypeError("This is no name that Stripe gives.")
