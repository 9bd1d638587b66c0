"""Stripe, and nothing else here knows its client. "Token" in the shop is the id of a Checkout Session."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal, cast

import stripe
from stripe.params.checkout import SessionCreateParams
from stripe.params.checkout import (
    SessionCreateParamsPaymentIntentDataShippingAddress as PaymentIntentShippingAddress,
)

from webshop.address import Address
from webshop.errors import Invalid, NotFound, Unavailable
from webshop.language import gettext as _
from webshop.orders import Attempt, Order

log = logging.getLogger(__name__)

# The SDK would wait 80 s and not retry; a platform's router gives up after 30.
TIMEOUT = 5  # seconds
RETRIES = 1

# What the SDK raises instead of its own errors: an answer may be JSON and still not be what it should be, and
# a webhook's signature may have letters that cannot be compared.
MISSHAPEN = (AttributeError, KeyError, TypeError)

REFUSED = (stripe.InvalidRequestError, stripe.IdempotencyError, stripe.CardError)  # 400, 402, 404

UiMode = Literal["embedded_page", "hosted_page"]


@dataclass(frozen=True)
class Session:
    """A Checkout Session as the shop needs it; amounts in minor units, `currency` in capitals.

    `failed`: it is complete, but the bank has refused the slow payment since. `url` is set while a hosted
    session is open, `client_secret` while an embedded one is.
    """

    id: str
    status: Literal["open", "complete", "expired"]
    paid: bool
    failed: bool
    amount: int
    currency: str
    livemode: bool
    order_number: str
    attempt: int
    url: str
    client_secret: str
    payment_intent: str | None
    charge: str | None
    receipt_url: str | None


@dataclass(frozen=True)
class Refund:
    """Money that Stripe sends back; `request` is our own name for it, "" if it came from the dashboard."""

    id: str
    request: str
    amount: int
    status: str


@dataclass(frozen=True)
class Event:
    """A hint that something happened: to `session` of one of our orders, or to the money of `payment_intent`.

    Both are "" when it is about something else.
    """

    id: str
    type: str
    session: str
    payment_intent: str


class OpeningFailed(Exception):
    """Stripe has answered that this attempt cannot be opened: the next one needs a new idempotency key."""


class RefundRefused(Exception):
    """Stripe will never send this refund."""


class Payments:
    """`publishable_key` and `script` (the address of stripe.js) are for the browser."""

    def __init__(
        self,
        secret_key: str,
        publishable_key: str,
        webhook_secrets: list[str],
        script: str,
        api_base: str = "",
        http_client: stripe.HTTPClient | None = None,
    ) -> None:
        stripe.enable_telemetry = False  # it would write a file into the home directory
        self.publishable_key = publishable_key
        self.script = script
        self.livemode = "_live_" in secret_key
        self._webhook_secrets = webhook_secrets
        self._client = stripe.StripeClient(
            secret_key,
            base_addresses={"api": api_base} if api_base else {},
            http_client=http_client or stripe.RequestsClient(timeout=TIMEOUT),
            max_network_retries=RETRIES,
        )

    def open(self, order: Order, attempt: Attempt, return_to: str, back: str) -> Session:
        """Create the session of one attempt; the same key gives the same session.

        `return_to` and `back` are absolute URLs: where a paid shopper lands, and one who changed their mind.
        Raises OpeningFailed, Unavailable, or Invalid when Stripe refuses the e-mail address.
        """
        params = session_params(order, attempt, return_to, back)
        options: stripe.RequestOptions = {"idempotency_key": attempt.idempotency_key}
        try:
            with _reachable():
                return _session(self._client.v1.checkout.sessions.create(params, options))
        except stripe.InvalidRequestError as error:
            if error.param == "customer_email":
                raise Invalid(
                    _("Please check the marked fields."),
                    {"email": _("This does not look like an e-mail address.")},
                ) from error
            raise OpeningFailed(str(error)) from error
        except (stripe.IdempotencyError, stripe.CardError) as error:
            raise OpeningFailed(str(error)) from error
        except stripe.APIError as error:
            if error.http_status == 409:  # the same key is at work in another process
                raise _unavailable() from error
            raise OpeningFailed(str(error)) from error

    def fetch(self, token: str) -> Session:
        """The session as it is now. Raises NotFound for a token that Stripe does not know, or Unavailable."""
        with _accepted(), _found(), _answered(), _reachable():
            return _session(
                self._client.v1.checkout.sessions.retrieve(
                    token, {"expand": ["payment_intent.latest_charge"]}
                )
            )

    def expire(self, token: str) -> Session:
        """End an open session, so that it cannot be paid any more; the session as it is afterwards.

        One that is complete or expired already stays what it is. Raises NotFound or Unavailable.
        """
        try:
            with _answered(), _reachable():
                return _session(self._client.v1.checkout.sessions.expire(token))
        except REFUSED as error:
            log.info("Session %s was not open any more: %s", token, error.code)
            return self.fetch(token)

    def refund(self, payment_intent: str, request: str, attempt: int, amount: int) -> None:
        """Send `amount` minor units back, once for each `request`, however often it is tried.

        Stripe forgets idempotency keys after a day and keeps a failure under one, so that each `attempt` has
        its own key, and what Stripe has of this request already is looked up first. Raises RefundRefused or
        Unavailable.
        """
        if any(refund.request == request for refund in self.list_refunds(payment_intent)):
            return
        params: stripe.params.RefundCreateParams = {
            "payment_intent": payment_intent,
            "amount": amount,
            "metadata": {"request": request},
        }
        try:
            with _answered(), _reachable():
                self._client.v1.refunds.create(params, {"idempotency_key": f"{request}-{attempt}"})
        except REFUSED as error:
            raise RefundRefused(str(error)) from error

    def list_refunds(self, payment_intent: str) -> list[Refund]:
        """All refunds of one payment, whoever asked for them. Raises Unavailable."""
        with _accepted(), _answered(), _reachable():
            found = self._client.v1.refunds.list({"payment_intent": payment_intent, "limit": 100})
            return [_refund(refund) for refund in found.data]

    def read_event(self, body: bytes, signature: str) -> Event:
        """A webhook's event, if one of the secrets signed it. Raises Invalid."""
        for secret in self._webhook_secrets:
            try:
                return _event(self._client.construct_event(body, signature, secret))
            except (ValueError, stripe.SignatureVerificationError, *MISSHAPEN):
                continue
        raise Invalid("This is not an event that Stripe signed for this shop.")


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


def _session(session: stripe.checkout.Session) -> Session:
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
        attempt=_attempt(session),
        url=session.url or "",
        client_secret=session.client_secret or "",
        payment_intent=intent.id if intent else None,
        charge=charge.id if isinstance(charge, stripe.Charge) else None,
        receipt_url=charge.receipt_url if isinstance(charge, stripe.Charge) else None,
    )


def _attempt(session: stripe.checkout.Session) -> int:
    """Which of the order's attempts this is; 0 if the session does not say."""
    metadata = session.metadata
    text = metadata["attempt"] if metadata is not None and "attempt" in metadata else ""
    return int(text) if text.isascii() and text.isdigit() else 0


def _refund(refund: stripe.Refund) -> Refund:
    metadata = refund.metadata
    request = metadata["request"] if metadata is not None and "request" in metadata else ""
    return Refund(refund.id, request, refund.amount, refund.status or "")


def _event(event: stripe.Event) -> Event:
    thing: dict[str, Any] = event.data.object.to_dict()
    kind = thing.get("object")
    is_ours = "order" in (thing.get("metadata") or {})
    session = thing.get("id") if kind == "checkout.session" and is_ours else None
    payment_intent = thing.get("payment_intent") if kind in ("charge", "refund") else None
    return Event(event.id, event.type, session or "", payment_intent or "")


@contextmanager
def _found() -> Iterator[None]:
    try:
        yield
    except stripe.InvalidRequestError as error:
        if error.http_status == 404:
            raise NotFound(_("There is no such payment.")) from error
        raise


@contextmanager
def _accepted() -> Iterator[None]:
    """For questions that Stripe has no reason to refuse."""
    try:
        yield
    except REFUSED as error:
        log.error("Stripe refuses to answer: %s", error)
        raise _unavailable() from error


@contextmanager
def _answered() -> Iterator[None]:
    """For questions that may simply be asked again: an error inside Stripe is like no answer."""
    try:
        yield
    except stripe.APIError as error:
        log.warning("Stripe answered %s: %s", error.http_status, error)
        raise _unavailable() from error


@contextmanager
def _reachable() -> Iterator[None]:
    """No answer, or not now: the shopper is asked to try again. A wrong key is the owner's to mend."""
    try:
        yield
    except (stripe.APIConnectionError, stripe.RateLimitError) as error:
        log.warning("Stripe could not be reached: %s", error)
        raise _unavailable() from error
    except (stripe.AuthenticationError, stripe.PermissionError) as error:
        log.error("Stripe refuses this shop's key: %s", error)
        raise _unavailable() from error
    except MISSHAPEN as error:
        raise stripe.APIError(f"An answer of the wrong shape: {error!r}") from error


def _unavailable() -> Unavailable:
    return Unavailable(
        _("The payment service does not answer at the moment. Nothing was charged; please try again soon.")
    )
