"""Stripe's events. Each is only a hint: what it is about is fetched anew and settled."""

import logging

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from webshop.checkout import examination
from webshop.checkout.risks import settle_risk
from webshop.checkout.settle import settle, sync_refunds
from webshop.db.engine import Database
from webshop.errors import Invalid, NotFound, ShopError
from webshop.language.messages import gettext as _
from webshop.payments import attempts
from webshop.payments import events as stripe_events
from webshop.payments.client import Payments
from webshop.payments.model import Attempt
from webshop.payments.shapes import Event
from webshop.payments.webhook.endpoint import EXAMINATION
from webshop.provider import payments_of
from webshop.web.site import site_of
from webshop.web.threads import slow_threads_of

log = logging.getLogger(__name__)


async def receive(request: Request) -> Response:
    """200: handled, or not for us. Anything else makes Stripe send it again."""
    site = site_of(request)
    body, signature = await request.body(), request.headers.get("stripe-signature", "")
    try:
        event = payments_of(request).read_event(body, signature)
    except Invalid as problem:
        if reason := payments_of(request).why_refused(body, signature):
            await site.refused_events.note(reason)
        return PlainTextResponse(problem.message, 400)
    if event.type == EXAMINATION:
        return examination.tell(request)
    return await slow_threads_of(request).run(_handle, site.db, payments_of(request), event)


def _handle(db: Database, stripe: Payments, event: Event) -> Response:
    try:
        if (event.session_id or event.payment_intent or event.risk) and not _is_known(db, event):
            _follow(db, stripe, event)
            _remember(db, event)
    except ShopError as problem:
        log.warning("Event %s %s: %s", event.type, event.id, problem.message)
        return PlainTextResponse(problem.message, problem.status)
    return PlainTextResponse("ok")


def _follow(db: Database, stripe: Payments, event: Event) -> None:
    if event.session_id:
        settle(db, stripe, event.session_id)
    elif event.risk:
        settle_risk(db, stripe, event.risk)
    elif attempt := _find_attempt(db, event):
        sync_refunds(db, stripe, attempt)
    elif event.refunded:  # before the payment itself was heard of: to be sent again
        raise NotFound(_("There is no such payment."))


def _find_attempt(db: Database, event: Event) -> Attempt | None:
    """None for money that has nothing to do with this shop; another may share its Stripe account."""
    with db.read() as connection:
        return attempts.find_by_intent(connection, event.payment_intent)


def _is_known(db: Database, event: Event) -> bool:
    with db.read() as connection:
        return stripe_events.is_known(connection, event.id)


def _remember(db: Database, event: Event) -> None:
    with db.write() as connection:
        stripe_events.remember(connection, event.id, event.type)
