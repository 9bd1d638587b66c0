"""The calls: open a Checkout Session, fetch it, end it; send money back; read a webhook's event."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import cached_property
from typing import Literal

from webshop.errors import Invalid, NotFound
from webshop.language.messages import gettext as _
from webshop.orders.model import HOLD, SHORTEST_SESSION, Order
from webshop.orders.risk import RiskKind
from webshop.payments.failures import MISSHAPEN, asking, refused, unavailable
from webshop.payments.history import History
from webshop.payments.library import stripe
from webshop.payments.model import Attempt
from webshop.payments.request import customer_params, needs_customer, session_params
from webshop.payments.shapes import (
    Event,
    Session,
    StripeRefund,
    StripeRisk,
    read_event,
    read_refund,
    read_risk,
    read_session,
)
from webshop.payments.webhook.refused import why_refused

log = logging.getLogger(__name__)

# The SDK would wait 80 s and not retry; a platform's router gives up after 30.
TIMEOUT = 5  # seconds
RETRIES = 1

MOST_SESSIONS = 1000  # that are looked through for a lost one, 100 a call

CLOCKS_DIFFER = timedelta(minutes=10)  # ours and Stripe's, at most
ASKED_AGAIN = HOLD - SHORTEST_SESSION  # how long the same session may be asked for again


TOO: Mapping[str, Literal["small", "large"]] = {"amount_too_small": "small", "amount_too_large": "large"}


class OpeningFailed(Exception):
    """Stripe has answered that this attempt cannot be opened: the next one needs a new idempotency key. If it
    never can be, its amount is too small or too large."""

    def __init__(self, error: stripe.StripeError) -> None:
        super().__init__(str(error))
        self.amount_is_too = TOO.get(error.code or "")


class RefundRefused(Exception):
    """Stripe will never send this refund."""


class Payments:
    """`publishable_key` and `script` (the address of stripe.js) are for the browser. `history`: what happened
    since a moment."""

    def __init__(
        self,
        secret_key: str,
        publishable_key: str,
        webhook_secrets: list[str],
        script: str,
        api_base: str = "",
        http_client: stripe.HTTPClient | None = None,
    ) -> None:
        self.publishable_key = publishable_key
        self.script = script
        self._webhook_secrets = webhook_secrets
        self._is_live = "_live_" in secret_key
        self._secret_key = secret_key
        self._api_base = api_base
        self._http_client = http_client

    @cached_property
    def client(self) -> stripe.StripeClient:
        """Stripe's own; from outside for what the shop itself never asks: see inspection.py."""
        return stripe.StripeClient(
            self._secret_key,
            base_addresses={"api": self._api_base} if self._api_base else {},
            http_client=self._http_client or stripe.RequestsClient(timeout=TIMEOUT),
            max_network_retries=RETRIES,
        )

    @cached_property
    def history(self) -> History:
        return History(self.client)

    def open(self, order: Order, attempt: Attempt, return_to: str, back: str) -> Session:
        """Create the session of one attempt; the same key gives the same session.

        `return_to` and `back` are absolute URLs: where a paid shopper lands, and one who changed their mind.
        Raises OpeningFailed, Unavailable, or Invalid when Stripe refuses the e-mail address, the VAT number
        or, for the tax, the postal address.
        """
        options: stripe.RequestOptions = {"idempotency_key": attempt.idempotency_key}
        try:
            with asking(may_refuse=True, may_break=True):
                customer = self._make_customer(order, attempt) if needs_customer(order) else ""
                params = session_params(order, attempt, return_to, back, customer)
                return read_session(self.client.v1.checkout.sessions.create(params, options))
        except stripe.InvalidRequestError as error:
            if problems := _shoppers_to_mend(error):
                raise Invalid(_("Please check the marked fields."), problems) from error
            raise OpeningFailed(error) from error
        except (stripe.IdempotencyError, stripe.CardError) as error:
            raise OpeningFailed(error) from error
        except stripe.APIError as error:
            if error.http_status == 409:  # the same key is at work in another process
                raise unavailable() from error
            raise OpeningFailed(error) from error

    def _make_customer(self, order: Order, attempt: Attempt) -> str:
        options: stripe.RequestOptions = {"idempotency_key": f"{attempt.idempotency_key}-customer"}
        return self.client.v1.customers.create(customer_params(order), options).id

    def fetch(self, session_id: str) -> Session:
        """The session as it is now. Raises NotFound for one that Stripe does not know, or Unavailable."""
        try:
            with asking(may_refuse=True):
                return read_session(
                    self.client.v1.checkout.sessions.retrieve(
                        session_id, {"expand": ["payment_intent.latest_charge", "total_details.breakdown"]}
                    )
                )
        except refused() as error:
            if error.http_status == 404:
                raise NotFound(_("There is no such payment.")) from error
            log.error("Stripe refuses to answer: %s", error)
            raise unavailable() from error

    def find_session_id(self, order_number: str, attempt_number: int, asked_at: datetime) -> str | None:
        """The session that was made for this attempt of an order, although its answer never came.

        Found among those made about the time at which it was asked for, not by its idempotency key: this
        asks for nothing new, and also finds what a saved error hides. Raises Unavailable, also when there are
        too many to look through: that is no answer, to be asked for again later.
        """
        between: stripe.params.checkout.SessionListParamsCreated = {
            "gte": int((asked_at - CLOCKS_DIFFER).timestamp()),
            "lte": int((asked_at + ASKED_AGAIN + CLOCKS_DIFFER).timestamp()),
        }
        with asking():
            page = self.client.v1.checkout.sessions.list({"created": between, "limit": 100})
            for count, found in enumerate(map(read_session, page.auto_paging_iter()), 1):
                if (found.order_number, found.attempt_number) == (order_number, attempt_number):
                    return found.id
                if count >= MOST_SESSIONS:
                    log.warning("Too many sessions to find that of order %s", order_number)
                    raise unavailable()
        return None

    def expire(self, session_id: str) -> Session:
        """End an open session, so that it cannot be paid any more; the session as it is afterwards.

        One that is complete or expired already stays what it is. Raises NotFound or Unavailable.
        """
        try:
            with asking(may_refuse=True):
                return read_session(self.client.v1.checkout.sessions.expire(session_id))
        except refused() as error:
            log.info("Session %s was not open any more: %s", session_id, error.code)
            return self.fetch(session_id)

    def refund(self, payment_intent: str, request: str, *, tries: int, amount: int) -> None:
        """Send `amount` minor units back, once for each `request`, however often it is tried.

        Stripe forgets idempotency keys after a day and keeps a failure under one, so that each of
        the `tries` has its own key, and what Stripe has of this request already is looked up first. Raises
        RefundRefused or Unavailable.
        """
        if any(refund.request == request for refund in self.list_refunds(payment_intent)):
            return
        params: stripe.params.RefundCreateParams = {
            "payment_intent": payment_intent,
            "amount": amount,
            "metadata": {"request": request},
        }
        try:
            with asking(may_refuse=True):
                self.client.v1.refunds.create(params, {"idempotency_key": f"{request}-{tries}"})
        except refused() as error:
            raise RefundRefused(str(error)) from error

    def list_refunds(self, payment_intent: str) -> list[StripeRefund]:
        """All refunds of one payment, whoever asked for them. Raises Unavailable."""
        with asking():
            page = self.client.v1.refunds.list({"payment_intent": payment_intent, "limit": 100})
            return [read_refund(refund) for refund in page.data]

    def fetch_risk(self, seen: StripeRisk) -> StripeRisk:
        """The dispute, warning or review as it is now; as an event had it, where the shop's key may not ask.
        Raises NotFound or Unavailable."""
        try:
            with asking(may_refuse=True, may_forbid=True):
                return read_risk(self._retrieve(seen.risk.kind, seen.risk.id).to_dict())
        except stripe.PermissionError as error:
            log.warning("The shop's key may not read a %s: %s", seen.risk.kind, error)
            return seen
        except refused() as error:
            if error.http_status == 404:
                raise NotFound(_("There is no such payment.")) from error
            raise unavailable() from error

    def read_event(self, body: bytes, signature: str) -> Event:
        """A webhook's event, if one of the secrets signed it. Raises Invalid."""
        for secret in self._webhook_secrets:
            try:
                return read_event(self.client.construct_event(body, signature, secret))
            except (ValueError, stripe.SignatureVerificationError, *MISSHAPEN):
                continue
        raise Invalid("This is not an event that Stripe signed for this shop.")

    def why_refused(self, body: bytes, signature: str) -> str:
        """What was wrong with an event that `read_event` has not taken; "" if it is nothing like Stripe's."""
        return why_refused(body, signature, self._webhook_secrets, live=self._is_live)

    def _retrieve(self, kind: RiskKind, risk_id: str) -> stripe.StripeObject:
        stripes = self.client.v1
        match kind:
            case RiskKind.DISPUTE:
                return stripes.disputes.retrieve(risk_id, {"expand": ["payment_intent"]})
            case RiskKind.WARNING:
                return stripes.radar.early_fraud_warnings.retrieve(risk_id, {"expand": ["payment_intent"]})
            case RiskKind.REVIEW:
                return stripes.reviews.retrieve(risk_id, {"expand": ["payment_intent"]})


def _shoppers_to_mend(error: stripe.InvalidRequestError) -> dict[str, str]:
    """A sentence for the field that Stripe does not accept; none for what is ours to mend."""
    if error.param in ("customer_email", "email"):
        return {"email": _("This does not look like an e-mail address.")}
    if error.code == "tax_id_invalid":
        return {"vat_number": _("This does not look like a VAT number.")}
    if error.code == "customer_tax_location_invalid":
        return {"postal_code": _("We cannot work out the tax for this address. Please check it.")}
    return {}
