"""What the doctor asks Stripe, and never the shop: about the account, and the endpoint of the webhook."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, cast

import stripe
from stripe.params import EventListParams, WebhookEndpointCreateParams, WebhookEndpointUpdateParams

from webshop.payments.client import Payments
from webshop.payments.failures import MISSHAPEN
from webshop.payments.webhook.endpoint import EVENTS

API_VERSION: str = stripe.api_version
PERMISSION = re.compile(r"rak_[a-z_]+")  # of a restricted key, as Stripe names it
A_PAGE = 100


class Unanswered(Exception):
    """`reason`: the key is refused ("key"), may not ask this ("permission"), Stripe says no ("refused"), or
    there is no answer ("silence"), or none that can be read ("broken"). The text says more, but no key."""

    def __init__(self, reason: str, words: str) -> None:
        super().__init__(words)
        self.reason = reason


@dataclass(frozen=True)
class Account:
    """`currency` in capitals. `wanted` is what Stripe still wants to know of the owner, in its words, and
    `disabled` why it has closed something. `now` is Stripe's clock."""

    id: str
    country: str
    currency: str
    takes_charges: bool
    pays_out: bool
    is_complete: bool
    disabled: str
    wanted: tuple[str, ...]
    now: datetime | None


@dataclass(frozen=True)
class Endpoint:
    """`version` is "" for the account's own."""

    id: str
    url: str
    enabled: bool
    version: str
    events: tuple[str, ...]


class Inspection:
    def __init__(self, payments: Payments) -> None:
        self._stripe = payments.client.v1

    def account(self) -> Account:
        """Raises Unanswered."""
        with _asking():
            answer = self._stripe.accounts.retrieve_current()
            given = answer.to_dict()
            requirements = given.get("requirements") or {}
            return Account(
                id=str(given["id"]),
                country=given.get("country") or "",
                currency=(given.get("default_currency") or "").upper(),
                takes_charges=given["charges_enabled"] is True,
                pays_out=given.get("payouts_enabled") is True,
                is_complete=given.get("details_submitted") is True,
                disabled=requirements.get("disabled_reason") or "",
                wanted=tuple(requirements.get("past_due") or ()),
                now=_date(answer.last_response),
            )

    def endpoints(self) -> list[Endpoint]:
        """All of the account and of this key's mode. Raises Unanswered."""
        with _asking():
            page = self._stripe.webhook_endpoints.list({"limit": A_PAGE})
            return [_endpoint(each) for each in page.auto_paging_iter()]

    def undelivered(self, between: tuple[datetime, datetime]) -> list[str]:
        """The types of those of our events, at most 100, that an endpoint of the account has refused. Raises
        Unanswered."""
        created = {"gte": int(between[0].timestamp()), "lte": int(between[1].timestamp())}
        params = {"delivery_success": False, "types": list(EVENTS), "created": created, "limit": A_PAGE}
        with _asking():
            return [each.type for each in self._stripe.events.list(cast(EventListParams, params)).data]

    def create_endpoint(self, url: str) -> str:
        """One of our version with all of our events; its secret, which Stripe tells only now. Raises
        Unanswered."""
        params = {"url": url, "enabled_events": list(EVENTS), "api_version": API_VERSION}
        with _asking():
            made = self._stripe.webhook_endpoints.create(cast(WebhookEndpointCreateParams, params))
            return str(made.secret)

    def mend_endpoint(self, endpoint: Endpoint) -> None:
        """Let it tell all of our events beside its own, and switch it on. Raises Unanswered."""
        events = list(endpoint.events) if "*" in endpoint.events else sorted({*endpoint.events, *EVENTS})
        params = {"enabled_events": events, "disabled": False}
        with _asking():
            self._stripe.webhook_endpoints.update(endpoint.id, cast(WebhookEndpointUpdateParams, params))


def _endpoint(given: stripe.WebhookEndpoint) -> Endpoint:
    enabled = given.status == "enabled"
    return Endpoint(given.id, given.url, enabled, given.api_version or "", tuple(given.enabled_events))


def _date(response: Any) -> datetime | None:
    text = response.headers.get("date") if response else None
    try:
        return parsedate_to_datetime(text).astimezone(UTC) if text else None
    except ValueError:
        return None


@contextmanager
def _asking() -> Iterator[None]:
    try:
        yield
    except (stripe.APIConnectionError, stripe.RateLimitError) as error:
        raise Unanswered("silence", type(error).__name__) from error
    except stripe.AuthenticationError as error:  # its text has a part of the key
        raise Unanswered("key", "Stripe does not know it, or it was rolled") from error
    except stripe.PermissionError as error:
        found = PERMISSION.search(str(error))
        raise Unanswered("permission", found[0] if found else "no permission for this") from error
    except stripe.InvalidRequestError as error:
        raise Unanswered("refused", error.user_message or "no reason given") from error
    except (stripe.StripeError, *MISSHAPEN, ValueError) as error:
        raise Unanswered("broken", type(error).__name__) from error
