"""A database for a lane, filled with the tests' catalogue: counted stock enough for thousands of runs."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import uuid4

from tests.conftest import DATA
from tests.postgres import on_server, start_server
from webshop import shop
from webshop.catalog import load as catalogue
from webshop.catalog.file.source import CatalogFile
from webshop.db.engine import Database
from webshop.db.migrate import migrate
from webshop.orders import stock

PLENTY = 1_000_000
COUNTED = ("MUG-BLUE", "BOWL-S", "VASE")  # TILES and BOWL-L are unlimited


@contextmanager
def postgresql_server() -> Iterator[str]:
    """The address of a real PostgreSQL server. It is not killed here, so it need not wait for the disk."""
    with TemporaryDirectory(prefix="postgresql-") as folder:
        os.environ.setdefault("XDG_RUNTIME_DIR", folder)
        server = start_server(f"{folder}/data")
        address = server.get_uri()
        for setting in ("fsync", "full_page_writes", "synchronous_commit"):
            on_server(address, f"ALTER SYSTEM SET {setting} = off")
        on_server(address, "SELECT pg_reload_conf()")
        yield address
        server.cleanup()


def sqlite_database(folder: Path) -> str:
    return fill(f"sqlite:///{folder / 'shop.sqlite3'}")


def postgresql_database(server: str) -> str:
    name = f"faults_{uuid4().hex}"
    on_server(server, f"CREATE DATABASE {name}")
    return fill(server.replace("/postgres?", f"/{name}?"))


def fill(url: str) -> str:
    db = Database(url)
    migrate(db)
    with db.write() as connection:
        store = shop.load(DATA / "shop.toml")
        file = CatalogFile(DATA / "catalog.toml", store.currency, store.tax_by_stripe, store.prices)
        catalogue.load(connection, file.read(), file.digest)
        for sku in COUNTED:
            stock.count(connection, sku, PLENTY)
    db.engine.dispose()
    return url
