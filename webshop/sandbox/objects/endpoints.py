"""Webhook endpoints: kept, listed and changed as Stripe does. Events go to the sandbox's own webhook only,
which is listed too; which versions and types of events there are, the SDK's declarations say.
"""

from __future__ import annotations

import secrets
from typing import Any

from webshop.sandbox.state.addresses import LOOPBACK, host_of, origin
from webshop.sandbox.state.errors import invalid, only
from webshop.sandbox.state.events import API_VERSION
from webshop.sandbox.state.ids import new_id
from webshop.sandbox.state.work import PRIVATE, Document, Work, public

Params = dict[str, Any]
KIND = "webhook_endpoint"
MOST = 16  # of an account
OWN = "we_sandbox"


def check_new(params: Params, work: Work) -> None:
    only(params, {"api_version", "description", "enabled_events", "expand", "metadata", "url"})
    _check_url(params["url"], work)
    _check_events(params["enabled_events"])
    if len(work.select(KIND, {})) >= MOST:
        raise invalid(f"You have reached the maximum of {MOST} webhook endpoints.")


def check_change(params: Params, work: Work) -> None:
    only(params, {"description", "disabled", "enabled_events", "expand", "metadata", "url"})
    if "url" in params:
        _check_url(params["url"], work)
    if "enabled_events" in params:
        _check_events(params["enabled_events"])


def _check_url(url: str, work: Work) -> None:
    """Stripe refuses this machine, too: it cannot reach it. The sandbox can."""
    found = origin(url)
    if not found:
        raise invalid(
            "Invalid URL: An explicit scheme (such as https) must be provided.", "url", "url_invalid"
        )
    if work.livemode and not found.startswith("https:"):
        raise invalid("Invalid URL: In live mode the URL must use https.", "url", "url_invalid")
    if "." not in host_of(found) and host_of(found) not in LOOPBACK:
        raise invalid("Invalid URL: URL must be publicly accessible.", "url", "url_invalid")


def _check_events(events: list[str]) -> None:
    if not events:
        raise invalid("You must provide at least one event.", "enabled_events", "parameter_invalid_empty")
    if "*" in events and len(events) > 1:
        raise invalid("`*` cannot be used together with other events.", "enabled_events")


def create(work: Work, params: Params) -> Document:
    """The only answer that has the secret."""
    secret = f"whsec_{secrets.token_hex(24)}"
    made = _endpoint(work, new_id("we"), params["url"], params["enabled_events"], params.get("api_version"))
    words = {name: params[name] for name in ("description", "metadata") if name in params}
    return public(work.insert(made | words | {PRIVATE: {"secret": secret}})) | {"secret": secret}


def change(work: Work, endpoint_id: str, params: Params) -> Document:
    if endpoint_id == OWN:
        raise invalid("The sandbox's own webhook is said by whoever starts it.", code="sandbox_unsupported")
    endpoint = work.get(KIND, endpoint_id)
    if "disabled" in params:
        endpoint["status"] = "disabled" if params["disabled"] else "enabled"
    same = ("description", "enabled_events", "metadata", "url")
    return work.update(endpoint | {name: params[name] for name in same if name in params})


def own(work: Work) -> list[Document]:
    """Where the sandbox sends its events, if anywhere."""
    return [_endpoint(work, OWN, work.webhook_url, ["*"], API_VERSION)] if work.webhook_url else []


def _endpoint(work: Work, identifier: str, url: str, events: list[str], version: str | None) -> Document:
    return {
        "id": identifier,
        "object": KIND,
        "api_version": version,
        "application": None,
        "created": work.now,
        "description": None,
        "enabled_events": events,
        "livemode": work.livemode,
        "metadata": {},
        "status": "enabled",
        "url": url,
    }
