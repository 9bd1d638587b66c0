"""The one place that builds and joins everything."""

import logging
from collections.abc import AsyncIterator, Callable, Hashable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect
from starlette.routing import Mount
from starlette.types import ASGIApp

from webshop import shop, telemetry
from webshop.alarms.failures import Failures
from webshop.alarms.refused import RefusedEvents
from webshop.alarms.templates import BrokenTemplates
from webshop.cart.cookie import cart_slot, glance_at_cart
from webshop.catalog import opening as catalogue
from webshop.catalog.file.pictures import pictured
from webshop.catalog.file.source import CatalogFile
from webshop.catalog.listing.menu import Menu
from webshop.catalog.model import Catalogue
from webshop.db import modes
from webshop.db.engine import Database
from webshop.db.migrate import check as check_tables
from webshop.db.migrate import migrate, patiently
from webshop.errors import NotFound, ShopError
from webshop.language import messages
from webshop.limits.memory import Counter
from webshop.limits.model import FEEDS, ORDER_PAGES
from webshop.looks.opening import open_assets, open_pages, open_shelf, paper
from webshop.mail.opening import open_letters
from webshop.middleware.kept_slots import KeptSlots
from webshop.middleware.language import LanguageMiddleware
from webshop.middleware.own_address import OwnAddress
from webshop.middleware.page_cache import PageCache
from webshop.middleware.pause import PausedShop
from webshop.middleware.request_log import RequestLog
from webshop.middleware.security import SameSiteOnly, SecurityHeaders, with_pictures_from
from webshop.middleware.static_folder import Packing, StaticFolder
from webshop.pages.reading import folder_of, mistakes_of
from webshop.pages.starters import refuse_starters
from webshop.pictures.gallery import Gallery
from webshop.pictures.studio import open_studio
from webshop.provider import Background, Provider, create_provider
from webshop.routes import EVERYBODYS, FORM_LIMIT, NOT_HERE, ROUTES, gallery_routes
from webshop.settings.mode import ShopMode
from webshop.settings.model import Settings, check_folder
from webshop.shop import Shop
from webshop.telemetry.logs import COMMANDS
from webshop.toml_files import FileError
from webshop.web import problems
from webshop.web.assets import Assets
from webshop.web.rendering import Renderer
from webshop.web.signing import Signatures
from webshop.web.site import Site
from webshop.web.threads import FormThreads, OneQuestion, SlowThreads, Together, share_few_threads
from webshop.worker.life import LivingWorker, StandIn
from webshop.worker.rounds import Worker

log = logging.getLogger(COMMANDS)


def check(config: Settings) -> Shop:
    """The shop that can be opened, which waits a while for its database and for its release. Raises FileError
    for a mistake in shop.toml or pages/, SettingsError for a database that is not of this version or
    mode and for a folder that cannot be written to, and Unavailable for a database that fails: db.trouble has
    the sentence."""
    store = shop.load(config.shop_file)
    mistakes = mistakes_of(folder_of(config.shop_file), store)
    if mistakes and not config.design:  # there each page says what is wrong with it
        raise FileError(mistakes)
    create_provider(config)
    db = _open(config, store)
    try:
        file = _catalog_file(config, store)
        for words in catalogue.refresh(db, file, partial(_sold, config, store)):
            log.warning(words)
    finally:
        db.engine.dispose()
    if config.mode is ShopMode.LIVE:
        paper(config)  # compiles what all processes then use
    return store


def create_app(config: Settings) -> ASGIApp:
    """The whole shop. Raises what `check` does."""
    store = shop.load(config.shop_file)
    provider = create_provider(config)
    db = _open(config, store, glances=config.mode is ShopMode.LIVE)
    assets = open_assets(config)
    shelf = open_shelf(config, store)
    pages = open_pages(config, store, assets, shelf)
    menu = Menu(db)
    pages.set_global("menu", menu.roots)
    background = (*provider.background, *_embedded_worker(config, store, db, provider, pages))
    app = Starlette(
        routes=[
            *ROUTES,
            Mount("/static", StaticFolder(assets, pages.follow)),
            *provider.routes,
        ],
        middleware=[
            Middleware(Packing, minimum_size=500, compresslevel=6),
            Middleware(SameSiteOnly, url=config.url),
            Middleware(PausedShop),
        ],
        exception_handlers={
            ShopError: problems.expected,
            NotFound: NOT_HERE,
            404: NOT_HERE,
            HTTPException: problems.refused,
            ClientDisconnect: problems.hung_up,
            Exception: problems.bug,
        },
        lifespan=_running(config, db, *background),
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
        with_pictures_from(provider.policy, config.pictures_public_url),
        cart_slot,
        Counter(ORDER_PAGES),
        RefusedEvents(db),
        Counter(FEEDS),
    )
    app.state.shelf = shelf
    app.state.payments = provider.payments
    app.state.form_threads = FormThreads()
    app.state.slow_threads = SlowThreads()
    app.state.together = Together(lambda works: app.state.site.db.together(works)) if db.is_embedded else None
    app.state.one_question = OneQuestion()
    app.state.gallery = Gallery(open_studio(config, store), config.pictures_public_url)
    if config.has_gallery:
        _open_gallery(app, config, pages, assets, db, store)
    language = messages.load(store.language, store.zone)
    own = OwnAddress(app, config.url, is_told=bool(config.told_url), hsts=config.hsts)
    rules = partial(assets.address, "js/prefetch.speculationrules")
    rules()  # here, not while the first visitor waits for it
    secured = SecurityHeaders(LanguageMiddleware(own, language), config.pictures_public_url, rules)
    logged = RequestLog(secured, Failures(db))
    if config.mode is not ShopMode.LIVE:  # somebody edits what pages are made of
        return logged
    slots = KeptSlots(app, language, glance_at_cart)
    return PageCache(logged, EVERYBODYS, partial(_version, pages, menu), slots)


def _version(pages: Renderer, menu: Menu) -> Hashable:
    """Of all that pages show to everybody. Raises Unavailable."""
    pages.follow()
    return (pages.edition, *menu.version())


def _open_gallery(
    app: Starlette, config: Settings, pages: Renderer, assets: Assets, db: Database, store: Shop
) -> None:
    """All templates in all their states, for whoever looks at the shop before it takes real money."""
    from webshop.design import mistakes
    from webshop.design.opening import gallery_files, open_gallery

    app.state.states = open_gallery(pages, assets, db, store)
    app.router.routes[:0] = [gallery_files(), *gallery_routes(design=config.design)]
    if config.design:
        app.add_exception_handler(Exception, mistakes.bug)


def create_worker(config: Settings) -> Worker:
    """The worker for a process of its own. Waits and raises as `check` does."""
    store = shop.load(config.shop_file)
    pages = open_pages(config, store, open_assets(config), open_shelf(config, store))
    provider = create_provider(config)
    db = _open(config, store, connections_of_worker(config))
    return _worker(config, store, db, provider, pages, LivingWorker)


def connections_of_worker(config: Settings) -> int:
    """It does one thing at a time."""
    return min(config.database_connections, 2)


def _open(
    config: Settings, store: Shop, connections: int | None = None, *, glances: bool = False
) -> Database:
    """The database, of this version and mode: the file is made so, another one has to be."""
    most = connections or config.database_connections
    db = Database(config.database, zone=store.zone, connections=most, glances=glances)
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
    refuse_starters(db, config)
    with db.write() as connection:
        modes.claim(connection, config.mode)


def prepare(config: Settings, store: Shop, db: Database) -> None:
    """Bring the database to this version, and fill it from catalog.toml if it is new. Raises SettingsError if
    it is of another mode, FileError for a starter's page before it takes real money."""
    refuse_starters(db, config)
    migrate(db, config.mode)
    with db.write() as connection:
        catalogue.fill(connection, _catalog_file(config, store), partial(_sold, config, store))


def _sold(config: Settings, store: Shop) -> Catalogue:
    return pictured(_catalog_file(config, store).read(), open_studio(config, store))[0]


def _catalog_file(config: Settings, store: Shop) -> CatalogFile:
    return CatalogFile(config.catalog_file, store.currency, store.tax_by_stripe, store.prices)


def _embedded_worker(
    config: Settings, store: Shop, db: Database, provider: Provider, pages: Renderer
) -> tuple[Background, ...]:
    """With the embedded database the shop is one process; else the Procfile has a worker of its own, and when
    that is dead somebody stands in. Whose turn a backup is the database says."""
    kind = Worker if db.is_embedded else StandIn
    return _worker(config, store, db, provider, pages, kind), *_backups(config, db)


def _backups(config: Settings, db: Database) -> tuple[Background, ...]:
    if not config.backup_to:
        return ()
    from webshop.backups.schedule import Schedule  # with all that reads and writes copies

    return (Schedule(db, config),)


def create_backups(config: Settings) -> tuple[Background, ...]:
    """What takes backups beside the worker of a process of its own, if any are wanted."""
    zone = shop.load(config.shop_file).zone
    return _backups(config, Database(config.database, zone=zone, connections=1))


def _worker(
    config: Settings, store: Shop, db: Database, provider: Provider, pages: Renderer, kind: type[Worker]
) -> Worker:
    broken = BrokenTemplates(db)
    pages.on_mistake = lambda mistake: broken.note(mistake.file, str(mistake))
    return kind(db, provider.payments, config.mode, open_letters(config, store, pages))


def _running(
    config: Settings, db: Database, *background: Background
) -> Callable[[Starlette], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        if not config.design:  # there each open page holds a thread, to hear of what is saved
            share_few_threads()
        for each in background:
            each.start()
        yield
        for each in background:
            each.stop()
        db.engine.dispose()
        telemetry.flush(config)

    return lifespan
