"""What every view works with, joined once in webshop.app."""

from dataclasses import dataclass

from starlette.requests import Request

from webshop.db.engine import Database
from webshop.payments import Payments
from webshop.settings import Settings
from webshop.shop import Shop
from webshop.web.rendering import Renderer
from webshop.web.signing import Signatures


@dataclass(frozen=True)
class Site:
    settings: Settings
    shop: Shop
    db: Database
    payments: Payments
    pages: Renderer
    signatures: Signatures
    checkout_policy: str  # the Content-Security-Policy of pages on which Stripe may run


def site_of(request: Request) -> Site:
    site: Site = request.app.state.site
    return site
