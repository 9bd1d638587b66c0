"""The one place that builds and joins everything; the shop's routes, all on one screen."""

import logging
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Protocol

from starlette.applications import Starlette
from starlette.convertors import StringConvertor, register_url_convertor
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import RedirectResponse
from starlette.routing import BaseRoute, Mount, Route
from starlette.types import ASGIApp

from webshop import catalog as catalog_file
from webshop import language, settings, shop, telemetry
from webshop.db import products
from webshop.db.engine import Database
from webshop.db.migrate import is_current, migrate
from webshop.errors import ShopError
from webshop.mail import Folder, Nowhere, Postbox, Sender, SmtpServer
from webshop.payments import Payments
from webshop.settings import ROOT, Settings, SettingsError
from webshop.web import cart, catalog, checkout, health, orders, problems, webhook
from webshop.web.assets import Assets, StaticFolder
from webshop.web.failures import Failures
from webshop.web.letters import Letters
from webshop.web.rendering import Renderer
from webshop.web.request_log import RequestLog
from webshop.web.security import SameSiteOnly, SecurityHeaders, sandbox_policy, stripe_policy
from webshop.web.signing import Signatures
from webshop.web.site import Site
from webshop.web.speech import Speaks
from webshop.worker import Worker

log = logging.getLogger(__name__)

STRIPE_JS = "https://js.stripe.com/endive/stripe.js"  # belongs to the API version of the stripe package
FORM_LIMIT = 64 * 1024  # bytes of a request's body
WEBHOOK_LIMIT = 256 * 1024


class Slug(StringConvertor):
    regex = "[a-z0-9-]{1,80}"


class Sku(StringConvertor):
    regex = "[A-Z0-9-]{1,40}"


register_url_convertor("slug", Slug())
register_url_convertor("sku", Sku())

ROUTES: list[BaseRoute] = [
    Route("/", catalog.index, name="catalog.index"),
    Route("/products/{slug:slug}", catalog.show, name="catalog.show"),
    Route("/cart", cart.show, name="cart.show"),
    Route("/cart/lines", cart.add_line, methods=["POST"], name="cart.add_line"),
    Route("/cart/lines/{sku:sku}", cart.change_line, methods=["POST"], name="cart.change_line"),
    Route("/cart/restore", cart.restore, methods=["POST"], name="cart.restore"),
    Route("/checkout", checkout.show, name="checkout.show"),
    Route("/checkout/quote", checkout.show_quote, name="checkout.show_quote"),
    Route("/checkout", checkout.place, methods=["POST"], name="checkout.place"),
    Route("/charge", orders.charge, methods=["POST"], name="orders.charge"),
    Route("/charge", orders.returned, name="orders.returned"),
    Route("/orders/{signed}", orders.show, name="orders.show"),
    Route(
        "/stripe/webhook",
        webhook.receive,
        methods=["POST"],
        max_body_size=WEBHOOK_LIMIT,
        name="webhook.receive",
    ),
    Route("/healthz", health.alive, name="health.alive"),
    Route("/readyz", health.ready, name="health.ready"),
]


class Background(Protocol):
    """Something that runs beside the requests while the process serves."""

    def start(self) -> None: ...
    def stop(self) -> None: ...


@dataclass(frozen=True)
class Money:
    """The way to be paid: Stripe's, or the sandbox's with what it needs to run inside the shop."""

    payments: Payments
    policy: str
    routes: tuple[BaseRoute, ...] = ()
    background: tuple[Background, ...] = ()


def from_environment() -> ASGIApp:
    """What uvicorn's workers call, each in a process of its own."""
    config = settings.load()
    telemetry.start(config, sys.stdout)
    return create_app(config)


def check(config: Settings) -> None:
    """Raises FileError for a mistake in shop.toml or catalog.toml, SettingsError for a database that is not
    of this version, and Unavailable when it does not answer."""
    catalog_file.load(config.catalog_file, shop.load(config.shop_file).currency)
    db = Database(config.database)
    try:
        current = db.is_embedded or is_current(db)
    finally:
        db.engine.dispose()
    if not current:
        raise SettingsError(
            ["DATABASE_URL: its tables are not of this version; run python -m webshop release"]
        )


def create_app(config: Settings) -> ASGIApp:
    """The whole shop. Raises FileError for a mistake in shop.toml or catalog.toml."""
    store = shop.load(config.shop_file)
    db = Database(config.database)
    if db.is_embedded:
        prepare(config, db)
    money = _sandbox_money(config) if config.is_demo else _stripe_money(config)
    assets = Assets(ROOT / "static", watch=config.mode != "live")
    app = Starlette(
        routes=[
            *ROUTES,
            Route("/static/shop.css", assets.show_stylesheet),
            Mount("/static", StaticFolder(directory=ROOT / "static")),
            *money.routes,
        ],
        middleware=[
            Middleware(Speaks, language=language.load(store.language)),
            Middleware(GZipMiddleware, minimum_size=500, compresslevel=6),
            Middleware(SameSiteOnly),
        ],
        exception_handlers={
            ShopError: problems.expected,
            HTTPException: problems.refused,
            Exception: problems.bug,
        },
        lifespan=_running(config, *money.background, *_embedded_worker(config, db, money)),
        max_body_size=FORM_LIMIT,
    )
    app.router.redirect_slashes = False  # Starlette would send visitors to whatever host the request names
    app.state.site = Site(
        config, store, db, money.payments, _renderer(config), Signatures(config.secret_keys), money.policy
    )
    return RequestLog(SecurityHeaders(app, https=config.url.startswith("https:")), Failures(db))


def create_worker(config: Settings) -> Worker:
    """The worker for a process of its own."""
    money = _sandbox_money(config) if config.is_demo else _stripe_money(config)
    return _worker(config, Database(config.database), money)


def prepare(config: Settings, db: Database) -> None:
    """Bring the database to this version, and fill it from catalog.toml if it is new."""
    migrate(db)
    with db.write() as connection:
        if products.is_empty(connection):
            store = shop.load(config.shop_file)
            products.load(connection, catalog_file.load(config.catalog_file, store.currency))


def _stripe_money(config: Settings) -> Money:
    base = config.stripe_api_base
    payments = Payments(
        config.stripe_secret_key,
        config.stripe_publishable_key,
        config.webhook_secrets,
        script=f"{base}/stripe.js" if base else STRIPE_JS,
        api_base=base,
    )
    return Money(payments, sandbox_policy(base) if base else stripe_policy())


def _sandbox_money(config: Settings) -> Money:
    # Imported here, so that a shop with Stripe's keys does not even load it.
    from webshop.sandbox.client import SandboxHTTPClient
    from webshop.sandbox.core import PUBLISHABLE_KEY, SECRET_KEY, Sandbox
    from webshop.sandbox.delivery import Delivery
    from webshop.sandbox.web import create_app as create_sandbox_app

    sandbox = Sandbox(
        config.data_dir / "sandbox.sqlite3",
        base_url=f"{config.url}/sandbox",
        webhook_url=f"{config.url}/stripe/webhook",
        mails=config.data_dir / "mail",
    )
    payments = Payments(
        SECRET_KEY,
        PUBLISHABLE_KEY,
        [sandbox.webhook_secret],
        script="/sandbox/stripe.js",
        http_client=SandboxHTTPClient(sandbox),
    )
    return Money(
        payments,
        sandbox_policy(config.url),
        (
            Route("/sandbox", lambda _request: RedirectResponse("/sandbox/")),
            Mount("/sandbox", create_sandbox_app(sandbox)),
        ),
        (Delivery(sandbox),),
    )


def _embedded_worker(config: Settings, db: Database, money: Money) -> tuple[Background, ...]:
    """With the embedded database the shop is one process; else the Procfile has a worker of its own."""
    return (_worker(config, db, money),) if db.is_embedded else ()


def _worker(config: Settings, db: Database, money: Money) -> Worker:
    return Worker(db, money.payments, _letters(config, money))


def _letters(config: Settings, money: Money) -> Letters:
    store = shop.load(config.shop_file)
    return Letters(
        _postbox(config, Sender(config.sender, store.name)),
        _renderer(config),
        Signatures(config.secret_keys),
        config.url,
        config.owner_email,
        money.payments.livemode,
        store.language,
    )


def _postbox(config: Settings, sender: Sender) -> Postbox:
    server = SmtpServer(config.smtp_url, sender) if config.smtp_url else None
    if config.is_demo:
        return Folder(config.data_dir / "mail", sender, onward=server)
    return server or Nowhere()


def _renderer(config: Settings) -> Renderer:
    watch = config.mode != "live"
    assets = Assets(ROOT / "static", watch=watch)
    names = {
        "asset": assets.address,
        "picture": assets.picture,
        "shop": shop.load(config.shop_file),
        "mode": config.mode,
    }
    return Renderer(ROOT / "templates", names, watch=watch)


def _running(
    config: Settings, *background: Background
) -> Callable[[Starlette], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        for each in background:
            each.start()
        yield
        for each in background:
            each.stop()
        telemetry.flush(config)

    return lifespan
