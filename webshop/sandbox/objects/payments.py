"""Paying a session: attempts by card, 3-D Secure, and a bank payment that settles later.

Every attempt belongs to the session's one PaymentIntent. Whether the session can still be paid is looked at
inside the transaction that charges, so two clicks charge once.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from webshop.sandbox import risks
from webshop.sandbox.objects import charges, customers, items, sessions
from webshop.sandbox.objects.cards import Card, Outcome
from webshop.sandbox.state import events
from webshop.sandbox.state.ids import new_id
from webshop.sandbox.state.work import PRIVATE, Document, Work

AUTHENTICATION_FAILED = Outcome(
    "3-D Secure failed",
    code="payment_intent_authentication_failure",
    sentence="We are unable to authenticate your payment method. Please choose another one and try again.",
)
BANK_REFUSED = Outcome(
    "The bank refused", code="payment_intent_payment_attempt_failed", sentence="The bank refused the payment."
)


class Step(Enum):
    """Where an attempt has led."""

    DONE = "done"
    DECLINED = "declined"
    CHALLENGE = "challenge"


@dataclass(frozen=True)
class Attempt:
    step: Step
    sentence: str = ""


class NotOpen(Exception):
    """The session is complete or expired: nothing can be paid."""

    def __init__(self, session: Document) -> None:
        super().__init__(session["status"])
        self.session = session


@dataclass(frozen=True)
class Buyer:
    """What the payer chose beside the card: an address if the shop sent none, and one of the shipping
    options.
    """

    email: str = ""
    shipping_rate: str = ""


def pay_by_card(work: Work, session_id: str, card: Card, buyer: Buyer = Buyer()) -> Attempt:
    session = _open_session(work, session_id)
    _apply(session, buyer)
    intent = _intent(work, session)
    method = _kept_of(card)
    if card.outcome.challenge:
        return _ask_for_authentication(work, session, intent, method)
    if card.outcome.code:
        return _decline(work, session, intent, method, card.outcome)
    done = _succeed(work, session, intent, method, three_d_secure=None)
    if card.outcome.befalls:
        risks.begin(work, card.outcome.befalls, work.get("charge", intent["latest_charge"]))
    return done


def _kept_of(card: Card) -> Document:
    kept = {"brand": card.brand, "last4": card.last4, "exp_month": card.exp_month, "exp_year": card.exp_year}
    return {"id": new_id("pm"), **kept}


def answer_challenge(work: Work, session_id: str, *, passed: bool) -> Attempt | None:
    """End the pending 3-D Secure challenge; None when none is pending."""
    session = _open_session(work, session_id)
    method = session[PRIVATE]["challenge"]
    if method is None:
        return None
    session[PRIVATE]["challenge"] = None
    intent = _intent(work, session)
    if not passed:
        # Nothing was asked of the bank, so there is no charge: Stripe keeps this on the PaymentIntent alone.
        return _back_to_the_form(work, session, intent, method, AUTHENTICATION_FAILED)
    return _succeed(
        work, session, intent, method, three_d_secure={"result": "authenticated", "version": "2.2.0"}
    )


def pay_by_bank(work: Work, session_id: str, buyer: Buyer = Buyer()) -> Attempt:
    """Complete the session without the money: it comes, or not, when settle_bank_payment is called."""
    session = _open_session(work, session_id)
    _apply(session, buyer)
    intent = _intent(work, session)
    method = {"id": new_id("pm")}
    _complete(work, session, intent, "unpaid")
    charge = work.insert(charges.new_charge(work, session, intent, method))
    intent |= {
        "status": "processing",
        "latest_charge": charge["id"],
        "next_action": None,
        "last_payment_error": None,
    }
    intent |= {"payment_method": method["id"], "processing": {"type": "pay_by_bank"}}
    events.record(work, "payment_intent.processing", work.update(intent))
    events.record(work, "checkout.session.completed", work.update(session))
    return Attempt(Step.DONE)


def settle_bank_payment(work: Work, session_id: str, *, succeeded: bool) -> bool:
    """The bank's late answer; False when this session is not waiting for one."""
    session = work.get(sessions.KIND, session_id)
    intent = work.find("payment_intent", session["payment_intent"] or "")
    if intent is None or intent["status"] != "processing":
        return False
    charge = work.get("charge", intent["latest_charge"])
    intent["processing"] = None
    if succeeded:
        charge |= charges.succeeded(charge["amount"])
        intent |= {"status": "succeeded", "amount_received": intent["amount"]}
        session["payment_status"] = "paid"
        happened = (
            "charge.succeeded",
            "payment_intent.succeeded",
            "checkout.session.async_payment_succeeded",
        )
    else:
        charge |= charges.failed(BANK_REFUSED)
        intent |= {"status": "requires_payment_method", "payment_method": None}
        intent["last_payment_error"] = charges.payment_error(BANK_REFUSED, charge["id"])
        happened = ("charge.failed", "payment_intent.payment_failed", "checkout.session.async_payment_failed")
    for kind, document in zip(happened, (charge, intent, session), strict=True):
        events.record(work, kind, work.update(document))
    return True


def _open_session(work: Work, session_id: str) -> Document:
    session = work.get(sessions.KIND, session_id)
    if session["status"] != "open":
        raise NotOpen(session)
    return session


def _apply(session: Document, buyer: Buyer) -> None:
    if buyer.shipping_rate in {option["shipping_rate"] for option in session["shipping_options"]}:
        items.choose_shipping(session, buyer.shipping_rate)
    if buyer.email and not sessions.known_email(session):
        details = session["customer_details"] or sessions.customer_details(None)
        session["customer_details"] = details | {"email": buyer.email}


def _intent(work: Work, session: Document) -> Document:
    """The session's PaymentIntent with the session's present total, made at the first attempt."""
    intent = work.find("payment_intent", session["payment_intent"] or "")
    if intent is None:
        intent = work.insert(charges.new_intent(work, session))
        session["payment_intent"] = intent["id"]
    intent["amount"] = session["amount_total"]
    return intent


def _ask_for_authentication(work: Work, session: Document, intent: Document, method: Document) -> Attempt:
    session[PRIVATE]["challenge"] = method
    page = f"{work.base_url}{sessions.page_path(session)}/challenge"
    intent |= {"status": "requires_action", "payment_method": method["id"], "last_payment_error": None}
    intent["next_action"] = {"type": "redirect_to_url", "redirect_to_url": {"url": page, "return_url": None}}
    work.update(intent)
    work.update(session)
    return Attempt(Step.CHALLENGE)


def _decline(work: Work, session: Document, intent: Document, method: Document, outcome: Outcome) -> Attempt:
    charge = charges.new_charge(work, session, intent, method) | charges.failed(outcome)
    intent["latest_charge"] = charge["id"]
    events.record(work, "charge.failed", work.insert(charge))
    return _back_to_the_form(work, session, intent, method, outcome)


def _back_to_the_form(
    work: Work, session: Document, intent: Document, method: Document, outcome: Outcome
) -> Attempt:
    session[PRIVATE]["challenge"] = None
    charge_id = intent["latest_charge"] if outcome.decline_code else None
    intent |= {"status": "requires_payment_method", "payment_method": None, "next_action": None}
    intent["last_payment_error"] = charges.payment_error(outcome, charge_id, method)
    work.update(session)
    events.record(work, "payment_intent.payment_failed", work.update(intent))
    return Attempt(Step.DECLINED, outcome.sentence)


def _succeed(
    work: Work, session: Document, intent: Document, method: Document, three_d_secure: Document | None
) -> Attempt:
    _complete(work, session, intent, "paid")
    charge = charges.new_charge(work, session, intent, method, three_d_secure) | charges.succeeded(
        intent["amount"]
    )
    intent |= {"status": "succeeded", "amount_received": intent["amount"], "latest_charge": charge["id"]}
    intent |= {"payment_method": method["id"], "next_action": None, "last_payment_error": None}
    events.record(work, "charge.succeeded", work.insert(charge))
    events.record(work, "payment_intent.succeeded", work.update(intent))
    events.record(work, "checkout.session.completed", work.update(session))
    return Attempt(Step.DONE)


def _complete(work: Work, session: Document, intent: Document, payment_status: str) -> None:
    """The session's end, and its customer if the shop wants one; the caller saves session and intent."""
    session |= {"status": "complete", "payment_status": payment_status, "url": None}
    session[PRIVATE]["challenge"] = None
    shipping = intent["shipping"] or {}
    details = session["customer_details"] or sessions.customer_details(None)
    session["customer_details"] = details | {
        "name": shipping.get("name", details["name"]),
        "address": shipping.get("address", details["address"]),
    }
    if session["customer_creation"] == "always":
        customer = customers.from_session(work, session, intent["shipping"])
        session["customer"] = intent["customer"] = customer["id"]
    elif session["customer"] and not sessions.known_email(session):
        customer = work.get(customers.KIND, session["customer"])
        work.update(customer | {"email": session["customer_details"]["email"]})
