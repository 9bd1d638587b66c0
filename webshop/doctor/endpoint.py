"""The webhook's endpoint as Stripe has it; made or mended when that is asked for."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from webshop.doctor.account import unanswered
from webshop.doctor.model import Examined, Finding, Findings, error, fine, warning
from webshop.payments.inspection import API_VERSION, Endpoint, Inspection, Unanswered
from webshop.payments.webhook.endpoint import PATH, missing_events

DASHBOARD = "https://dashboard.stripe.com/webhooks"
LOOKED_BACK, ON_THEIR_WAY = timedelta(days=1), timedelta(minutes=10)
UNHEARD = "payments are noticed late, and refunds and disputes from Stripe's dashboard not at all"
MEND = "python -m webshop doctor --mend"
CREATE = "python -m webshop doctor --create-webhook"


def check_endpoint(examined: Examined) -> Findings:
    url = f"{examined.config.told_url}{PATH}"
    if examined.payments is None or not examined.config.told_url:
        return
    inspection = Inspection(examined.payments)
    try:
        ours = _ours(inspection.endpoints(), url)
        if examined.create_webhook and not any(_is_right(each) for each in ours):
            yield _create(inspection, url)
            ours = _ours(inspection.endpoints(), url)
        elif examined.mend:
            for each in [each for each in ours if not _is_right(each) and each.version == API_VERSION]:
                inspection.mend_endpoint(each)
            ours = _ours(inspection.endpoints(), url)
        yield from _registered(ours, inspection.endpoints(), url)
        yield from _undelivered(inspection)
    except Unanswered as trouble:
        yield unanswered(
            "webhook.endpoint", trouble, without="whether the webhook is registered is not known"
        )


def _ours(endpoints: Sequence[Endpoint], url: str) -> list[Endpoint]:
    """The right ones first."""
    return sorted((each for each in endpoints if each.url == url), key=lambda each: not _is_right(each))


def _is_right(endpoint: Endpoint) -> bool:
    return endpoint.enabled and endpoint.version == API_VERSION and not missing_events(endpoint.events)


def _create(inspection: Inspection, url: str) -> Finding:
    """The only finding that has a secret: the new one, which nobody can look up later by program."""
    secret = inspection.create_endpoint(url)
    return warning(
        "webhook.created",
        f"made an endpoint for {url}; its secret, shown only now: {secret}",
        "until the shop has it, it refuses what this endpoint is told",
        f"set it as STRIPE_WEBHOOK_SECRET and restart the shop; delete older ones for this at {DASHBOARD}",
    )


def _registered(ours: Sequence[Endpoint], all_of_them: Sequence[Endpoint], url: str) -> Iterator[Finding]:
    if not ours:
        yield error(
            "webhook.endpoint",
            f"Stripe has no webhook endpoint for {url}{_near(all_of_them, url)}",
            UNHEARD,
            CREATE,
        )
        return
    best = ours[0]
    if not best.enabled:
        yield error("webhook.enabled", f"the webhook endpoint for {url} is disabled", UNHEARD, MEND)
    if best.version != API_VERSION:
        yield error(
            "webhook.version",
            f"the webhook endpoint speaks API version {best.version or 'of the account'}, not {API_VERSION}",
            "the shop may misread what it is told; a version cannot be changed later",
            f"{CREATE} makes another one; then delete this one at {DASHBOARD}",
        )
    if missing := missing_events(best.events):
        yield error(
            "webhook.events", f"the webhook endpoint does not tell of {', '.join(missing)}", UNHEARD, MEND
        )
    if _is_right(best):
        yield fine("webhook.endpoint", f"Stripe tells {url} of all events, in version {API_VERSION}")
    if sum(each.enabled for each in ours) > 1:
        yield warning(
            "webhook.twice",
            f"Stripe has {len(ours)} endpoints for {url}",
            "each has a secret of its own, and the shop refuses what it has no secret for",
            f"delete all but one at {DASHBOARD}, or set both secrets while you roll them",
        )


def _undelivered(inspection: Inspection) -> Iterator[Finding]:
    """Only Stripe knows whether the secret is the endpoint's. The youngest may be on their way."""
    now = datetime.now(UTC)
    try:
        refused = inspection.undelivered((now - LOOKED_BACK, now - ON_THEIR_WAY))
    except Unanswered as trouble:
        yield unanswered("webhook.undelivered", trouble, without="whether events are refused is not known")
        return
    if refused:
        kinds = ", ".join(sorted(set(refused))[:3])
        yield warning(
            "webhook.undelivered",
            f"Stripe could not deliver {len(refused)} events since yesterday ({kinds})",
            "an endpoint of the account refuses them: STRIPE_WEBHOOK_SECRET may not be its secret",
            f"{DASHBOARD} shows which endpoint, and what it answered; set its secret, and restart the shop",
        )


def _near(endpoints: Sequence[Endpoint], url: str) -> str:
    """One that was probably meant: of the same host, or for the same path elsewhere."""
    here = urlsplit(url)
    for each in endpoints:
        there = urlsplit(each.url)
        if there.hostname == here.hostname or there.path.rstrip("/") == here.path:
            return f", but one for {each.url}"
    return ""
