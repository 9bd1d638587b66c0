"""What every view works with, joined once in webshop.app."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from starlette.requests import Request

from webshop.alarms.refused import RefusedEvents
from webshop.db.engine import Database
from webshop.limits.memory import Counter
from webshop.settings.model import Settings
from webshop.shop import Shop
from webshop.web.rendering import Renderer
from webshop.web.signing import Signatures

# What the layout shows of the visitor in an answer of this status, by the names of cart/_slot.html.
Slot: TypeAlias = Callable[[Request, int], Mapping[str, Any]]


@dataclass(frozen=True)
class Site:
    settings: Settings
    shop: Shop
    db: Database
    pages: Renderer
    signatures: Signatures
    checkout_policy: str  # the Content-Security-Policy of pages on which Stripe may run
    slot: Slot
    order_pages: Counter  # how often they are looked at, and come back to
    refused_events: RefusedEvents
    feeds: Counter  # how often the whole catalogue is taken


def site_of(request: Request) -> Site:
    site: Site = request.app.state.site
    return site
