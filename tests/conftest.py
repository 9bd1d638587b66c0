"""What tests stand on: both databases, a shop in this process, a shop in a process of its own."""

import gc
import logging
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from anyio.from_thread import start_blocking_portal
from hypothesis import settings as hypothesis_settings
from starlette.testclient import TestClient

from tests.compiled import (
    compile_statements_once,
    compile_templates_once,
    make_assets_once,
    make_sandboxes_once,
    migrate_new_files_once,
    read_files_once,
)
from tests.connections import one_connection_each, without_disk
from tests.pictures.studios import with_pictures
from tests.postgres import SharedDatabase, on_server, start_server
from tests.sentryserver import SentryServer, forget_sentry, sentry_server
from tests.shopper import Shopper
from tests.till import Till
from tests.wire import Wire, payments_over
from webshop import shop
from webshop.__main__ import main
from webshop.app import create_app
from webshop.catalog import load as catalogue
from webshop.catalog.file.source import CatalogFile
from webshop.db import engine, modes
from webshop.db.engine import Database
from webshop.db.migrate import migrate
from webshop.payments.client import Payments
from webshop.pictures.studio import DEPLOYED
from webshop.sandbox.core import Sandbox
from webshop.sandbox.testing import Clock
from webshop.settings import model as settings
from webshop.settings.mode import ShopMode
from webshop.settings.model import Settings
from webshop.settings.platforms import ADDRESSES
from webshop.settings.together import WIPED_DISKS
from webshop.telemetry.logs import OURS
from webshop.web.site import Site

DATA = Path(__file__).parent / "data"
ADDRESS = "http://127.0.0.1:8000"
MEMORY = Path("/dev/shm")

hypothesis_settings.register_profile("tests", deadline=None)  # time is never asserted
hypothesis_settings.load_profile("tests")

# For modules, or single tests, in which SQL, locks or money are the point. All others run on SQLite.
both_databases = pytest.mark.databases("sqlite", "postgresql")
only_sqlite = pytest.mark.databases("sqlite")
only_postgresql = pytest.mark.databases("postgresql")


def pytest_configure() -> None:
    """Files of tests are in memory where there is room: a shared disk makes them wait."""
    if MEMORY.is_dir() and os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > 4 * 1024**3:
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(MEMORY))


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Each test is run on the databases of its mark, or else of its module's."""
    if "database_url" in metafunc.fixturenames:
        mark = metafunc.definition.get_closest_marker("databases")
        metafunc.parametrize("database_url", mark.args if mark else ["sqlite"], indirect=True)


def pytest_collection_finish() -> None:
    """Seven thousand tests stay: whoever looks for garbage need not look at them each time."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True, scope="session")
def _no_environment_of_the_developer() -> None:
    """A developer's own keys and addresses change nothing here."""
    for name in (*map(str.upper, Settings.model_fields), *WIPED_DISKS, *ADDRESSES):
        os.environ.pop(name, None)


@pytest.fixture(autouse=True, scope="session")
def _pictures_are_not_made_in_the_repository(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """They go to a folder of the tests, where those of the tests' catalogue were made."""
    os.environ["PICTURES_URL"] = str(tmp_path_factory.mktemp("pictures"))
    before = {*DEPLOYED.iterdir()}
    yield
    made = sorted(folder.name for folder in {*DEPLOYED.iterdir()} - before)
    assert made == [], "whatever made these needs a PICTURES_URL of its own"


@pytest.fixture(autouse=True, scope="session")
def _what_all_shops_share_is_made_once(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        compile_templates_once(patch)
        compile_statements_once(patch)
        make_assets_once(patch)
        read_files_once(patch)
        migrate_new_files_once(patch)
        make_sandboxes_once(patch, tmp_path_factory.mktemp("sandbox"))
        yield


@pytest.fixture(autouse=True, scope="session")
def _requests_share_an_event_loop() -> Iterator[None]:
    """Instead of a thread and a loop for each."""
    with start_blocking_portal() as portal, pytest.MonkeyPatch.context() as patch:
        patch.setattr(TestClient, "portal", portal)
        yield


@pytest.fixture(autouse=True, scope="session")
def _nobody_pulls_the_plug() -> Iterator[None]:
    """So SQLite need not wait for the disk; in this process only."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engine, "_prepare_sqlite", without_disk(engine._prepare_sqlite))
        yield


@pytest.fixture(autouse=True, scope="session")
def _nobody_takes_a_second_connection() -> Iterator[None]:
    """While holding one: a pool whose connections all wait for another is locked for good."""
    with one_connection_each():
        yield


@pytest.fixture(autouse=True)
def _a_log_of_its_own() -> Iterator[None]:
    """What a test makes of the log ends with it."""
    yield
    root = logging.getLogger()
    for handler in [each for each in root.handlers if each.get_name() == OURS]:
        root.removeHandler(handler)


@pytest.fixture
def sentry() -> Iterator[SentryServer]:
    """Where reports can be sent to. Whatever the test has started of Sentry's SDK ends with it."""
    with sentry_server() as server:
        yield server
        forget_sentry()


@pytest.fixture(scope="session")
def postgresql(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a real PostgreSQL server, one for each test process."""
    os.environ.setdefault("XDG_RUNTIME_DIR", str(tmp_path_factory.getbasetemp()))
    # Not below pytest's own folder: for root the server runs as another user, whom the next pytest to start
    # shuts out of there.
    with TemporaryDirectory(prefix="postgresql-") as folder:
        server = start_server(folder)
        for setting in ("fsync", "full_page_writes", "synchronous_commit"):  # nobody pulls the plug here
            on_server(server.get_uri(), f"ALTER SYSTEM SET {setting} = off")
        on_server(server.get_uri(), "SELECT pg_reload_conf()")
        yield server.get_uri()
        server.cleanup()


@pytest.fixture(scope="session")
def filled_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database file with the tests' catalogue, to be copied."""
    path = tmp_path_factory.mktemp("sqlite") / "filled.sqlite3"
    _fill(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def filled_postgresql(postgresql: str) -> str:
    """The name of a database with the tests' catalogue, to be copied."""
    on_server(postgresql, "CREATE DATABASE filled")
    _fill(_database(postgresql, "filled"))
    return "filled"


@pytest.fixture(scope="session")
def shared_postgresql(postgresql: str, filled_postgresql: str) -> SharedDatabase:
    return SharedDatabase(postgresql, filled_postgresql)


@pytest.fixture
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database with the tests' catalogue and nothing else, of the kind that `databases` says."""
    if request.param == "sqlite":
        path = tmp_path / "shop.sqlite3"
        shutil.copy(request.getfixturevalue("filled_sqlite"), path)
        yield f"sqlite:///{path}"
        return
    shared: SharedDatabase = request.getfixturevalue("shared_postgresql")
    yield shared.url
    shared.renew()


@pytest.fixture
def config(database_url: str, tmp_path: Path) -> Settings:
    """A demo shop: the embedded sandbox, no keys."""
    return make_config(tmp_path, database_url=database_url)


@pytest.fixture
def client(config: Settings) -> Iterator[TestClient]:
    """The shop in this process, over HTTP as a program would speak it. No webhook is delivered."""
    app = create_app(config)
    client = TestClient(app, base_url=ADDRESS, raise_server_exceptions=True)
    db = site_of(client).db  # a test may give the shop another
    yield client
    db.engine.dispose()


@pytest.fixture
def shopper(client: TestClient) -> Shopper:
    """Somebody without JavaScript who follows links and fills in forms."""
    return Shopper(client)


@pytest.fixture
def db(database_url: str) -> Iterator[Database]:
    database = Database(database_url, connections=10)  # threads of a test are as good as processes
    yield database
    database.engine.dispose()


@pytest.fixture
def till(db: Database, tmp_path: Path) -> Till:
    """A shop without HTTP, on either database, with a sandbox whose clock can be moved."""
    clock = Clock()
    sandbox = Sandbox(tmp_path / "sandbox.sqlite3", base_url=f"{ADDRESS}/sandbox", clock=clock)
    with db.write() as connection:
        modes.claim(connection, ShopMode.SANDBOX)
    return Till(db, sandbox, Wire(sandbox), clock)


@pytest.fixture
def sandbox(client: TestClient, config: Settings) -> Sandbox:
    """The sandbox of the shop behind `client`."""
    return Sandbox(config.data_dir / "sandbox.sqlite3", base_url=f"{ADDRESS}/sandbox")


@pytest.fixture
def wire(client: TestClient, sandbox: Sandbox) -> Wire:
    """The way from the shop behind `client` to its sandbox: counted, and cut if a test wants."""
    wire = Wire(sandbox)
    state_of(client).payments = payments_over(sandbox, wire)
    return wire


@pytest.fixture
def shop_folder(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The environment of a shop whose files are in this folder."""
    for name in ("shop", "catalog"):
        shutil.copy(DATA / f"{name}.toml", tmp_path)
        monkeypatch.setenv(f"{name.upper()}_FILE", str(tmp_path / f"{name}.toml"))
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("DEMO", "1")
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    made = shutil.copytree(os.environ["PICTURES_URL"], tmp_path / "pictures")
    monkeypatch.setenv("PICTURES_URL", str(made))
    monkeypatch.setitem(Settings.model_config, "env_file", None)
    return tmp_path


@pytest.fixture
def said(shop_folder: Path, capsys: pytest.CaptureFixture[str]) -> Any:
    """Runs a command in this process: its exit code, and the lines of stdout and stderr."""

    def run(*arguments: str) -> tuple[int, list[str], list[str]]:
        code = main(arguments)
        out, err = capsys.readouterr()
        return code, out.splitlines(), err.splitlines()

    return run


def site_of(client: TestClient) -> Site:
    """What the shop behind `client` is joined from."""
    site: Site = state_of(client).site
    return site


def payments_of(client: TestClient) -> Payments:
    """The way from the shop behind `client` to Stripe."""
    payments: Payments = state_of(client).payments
    return payments


def state_of(client: TestClient) -> Any:
    """Starlette's state of the shop behind `client`."""
    app: Any = client.app
    while not hasattr(app, "state"):
        app = app.app  # the header middleware around it
    return app.state


def make_config(folder: Path, **overrides: object) -> Settings:
    """Settings for a shop with the tests' own catalogue, keeping its files in `folder`."""
    chosen: dict[str, object] = {
        "public_url": ADDRESS,
        "demo": True,  # with PostgreSQL it must be said
        "data_dir": folder,
        "shop_file": DATA / "shop.toml",
        "catalog_file": DATA / "catalog.toml",
        **overrides,
    }
    return settings.load(_env_file=None, **chosen)


def empty_postgresql(server: str, name: str) -> str:
    """The address of a new database on this server."""
    on_server(server, f"CREATE DATABASE {name}")
    return _database(server, name)


def _fill(url: str) -> None:
    db = Database(url)
    migrate(db)
    with db.write() as connection:
        store = shop.load(DATA / "shop.toml")
        file = CatalogFile(DATA / "catalog.toml", store.currency, store.tax_by_stripe, store.prices)
        catalogue.load(connection, with_pictures(file.read(), store), file.digest)
    db.engine.dispose()


def _database(server: str, name: str) -> str:
    return server.replace("/postgres?", f"/{name}?")
