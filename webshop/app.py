"""The one place that builds and joins everything."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import ClientDisconnect
from starlette.routing import Mount, Route
from starlette.types import ASGIApp

from webshop import shop, telemetry
from webshop.alarms.failures import Failures
from webshop.alarms.refused import RefusedEvents
from webshop.backups.schedule import Schedule
from webshop.cart.cookie import cart_slot
from webshop.catalog import queries as products
from webshop.catalog.file import read_catalog
from webshop.db import modes
from webshop.db.engine import Database
from webshop.db.migrate import check as check_tables
from webshop.db.migrate import migrate, patiently
from webshop.errors import ShopError
from webshop.language import messages
from webshop.limits.memory import Counter
from webshop.limits.model import ORDER_PAGES
from webshop.mail.letters import Letters
from webshop.mail.smtp import Folder, NoServer, Postbox, Sender, SmtpServer
from webshop.middleware.language import LanguageMiddleware
from webshop.middleware.own_address import OwnAddress
from webshop.middleware.pause import PausedShop
from webshop.middleware.request_log import RequestLog
from webshop.middleware.security import SameSiteOnly, SecurityHeaders
from webshop.provider import Background, Provider, create_provider
from webshop.routes import FORM_LIMIT, ROUTES
from webshop.settings.mode import ShopMode
from webshop.settings.model import ROOT, Settings, check_folder
from webshop.shop import Shop
from webshop.web import problems
from webshop.web.assets import Assets, StaticFolder
from webshop.web.rendering import Renderer
from webshop.web.signing import Signatures
from webshop.web.site import Site
from webshop.web.threads import OneQuestion, SlowThreads
from webshop.worker.life import LivingWorker, StandIn
from webshop.worker.rounds import Worker


def check(config: Settings) -> Shop:
    """The shop that can be opened, which waits a while for its database and for its release. Raises FileError
    for a mistake in shop.toml or catalog.toml, SettingsError for a database that is not of this version or
    mode and for a folder that cannot be written to, and Unavailable for a database that fails: db.trouble has
    the sentence."""
    store = shop.load(config.shop_file)
    read_catalog(config.catalog_file, store.currency, tax_by_stripe=store.tax_by_stripe)
    create_provider(config)
    _open(config, store).engine.dispose()
    return store


def create_app(config: Settings) -> ASGIApp:
    """The whole shop. Raises what `check` does."""
    store = shop.load(config.shop_file)
    provider = create_provider(config)
    db = _open(config, store)
    assets = _assets(config)
    pages = _renderer(config, store, assets)
    background = (*provider.background, *_embedded_worker(config, store, db, provider, pages))
    app = Starlette(
        routes=[
            *ROUTES,
            Route("/static/shop.css", assets.show_stylesheet),
            Mount("/static", StaticFolder(directory=ROOT / "static")),
            *provider.routes,
        ],
        middleware=[
            Middleware(GZipMiddleware, minimum_size=500, compresslevel=6),
            Middleware(SameSiteOnly, url=config.url),
            Middleware(PausedShop),
        ],
        exception_handlers={
            ShopError: problems.expected,
            HTTPException: problems.refused,
            ClientDisconnect: problems.hung_up,
            Exception: problems.bug,
        },
        lifespan=_running(config, *background),
        max_body_size=FORM_LIMIT,
    )
    app.router.redirect_slashes = False  # Starlette would send visitors to whatever host the request names
    signatures = Signatures(config.secret_keys)
    app.state.site = Site(
        config,
        store,
        db,
        pages,
        signatures,
        provider.policy,
        cart_slot,
        Counter(ORDER_PAGES),
        RefusedEvents(db),
    )
    app.state.payments = provider.payments
    app.state.slow_threads = SlowThreads()
    app.state.one_question = OneQuestion()
    return RequestLog(SecurityHeaders(_at_its_address(app, config, store)), Failures(db))


def _at_its_address(app: ASGIApp, config: Settings, store: Shop) -> ASGIApp:
    own = OwnAddress(app, config.url, is_told=bool(config.told_url), hsts=config.hsts)
    return LanguageMiddleware(own, messages.load(store.language, store.zone))


def create_worker(config: Settings) -> Worker:
    """The worker for a process of its own. Waits and raises as `check` does."""
    store = shop.load(config.shop_file)
    pages = _renderer(config, store, _assets(config))
    provider = create_provider(config)
    db = _open(config, store, connections_of_worker(config))
    return _worker(config, store, db, provider, pages, LivingWorker)


def connections_of_worker(config: Settings) -> int:
    """It does one thing at a time."""
    return min(config.database_connections, 2)


def _open(config: Settings, store: Shop, connections: int | None = None) -> Database:
    """The database, of this version and mode: the file is made so, another one has to be."""
    db = Database(config.database, zone=store.zone, connections=connections or config.database_connections)
    if not config.database_url:
        check_folder(config.data_dir)
    db.logs = False
    try:
        patiently(lambda: prepare(config, store, db) if db.is_embedded else _claim(config, db), config)
    except Exception:
        db.engine.dispose()
        raise
    db.logs = True
    return db


def _claim(config: Settings, db: Database) -> None:
    check_tables(db)
    with db.write() as connection:
        modes.claim(connection, config.mode)


def prepare(config: Settings, store: Shop, db: Database) -> None:
    """Bring the database to this version, and fill it from catalog.toml if it is new. Raises SettingsError if
    it is of another mode."""
    migrate(db, config.mode)
    with db.write() as connection:
        if products.is_empty(connection):
            sold = read_catalog(config.catalog_file, store.currency, tax_by_stripe=store.tax_by_stripe)
            products.load(connection, sold)


def paper(config: Settings) -> Renderer:
    """The templates, for what the owner prints. Raises FileError."""
    return _renderer(config, shop.load(config.shop_file), _assets(config))


def _assets(config: Settings) -> Assets:
    return Assets(ROOT / "static", watch=config.mode is not ShopMode.LIVE)


def _renderer(config: Settings, store: Shop, assets: Assets) -> Renderer:
    names = {"asset": assets.address, "picture": assets.picture, "shop": store, "mode": config.mode}
    return Renderer(ROOT / "templates", names, watch=config.mode is not ShopMode.LIVE)


def _embedded_worker(
    config: Settings, store: Shop, db: Database, provider: Provider, pages: Renderer
) -> tuple[Background, ...]:
    """With the embedded database the shop is one process; else the Procfile has a worker of its own, and when
    that is dead somebody stands in. Whose turn a backup is the database says."""
    kind = Worker if db.is_embedded else StandIn
    return _worker(config, store, db, provider, pages, kind), *_backups(config, db)


def _backups(config: Settings, db: Database) -> tuple[Background, ...]:
    return (Schedule(db, config),) if config.backup_to else ()


def create_backups(config: Settings) -> tuple[Background, ...]:
    """What takes backups beside the worker of a process of its own, if any are wanted."""
    zone = shop.load(config.shop_file).zone
    return _backups(config, Database(config.database, zone=zone, connections=1))


def _worker(
    config: Settings, store: Shop, db: Database, provider: Provider, pages: Renderer, kind: type[Worker]
) -> Worker:
    sender = Sender(config.sender, store.name)
    letters = Letters(
        _postbox(config, sender),
        pages,
        Signatures(config.secret_keys),
        config.url,
        config.owner_email,
        store.language,
        zone=store.zone,
        reaches_people=bool(config.smtp_url),
        folder=_folder(config, sender) if config.is_demo and config.mails_leave_this_machine else None,
    )
    return kind(db, provider.payments, config.mode, letters)


def _postbox(config: Settings, sender: Sender) -> Postbox:
    server = SmtpServer(config.smtp_url, sender) if config.smtp_url else None
    if config.is_demo:
        return _folder(config, sender, onward=server)
    return server or NoServer()


def _folder(config: Settings, sender: Sender, onward: Postbox | None = None) -> Folder:
    return Folder(config.data_dir / "mail", sender, onward)


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
