"""What many shops have in common is made once, where tests make a shop each: templates, statements,
stylesheets, what is read from the same files, the tables of a shop and of a sandbox."""

import shutil
import threading
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from pathlib import Path
from types import CodeType
from typing import Any

import jinja2
import pytest
from sqlalchemy import Connection
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.util import LRUCache

from webshop import shop
from webshop.db import migrate
from webshop.db.engine import Database
from webshop.edited_files import content_of
from webshop.pages import reading, shelf
from webshop.pages.model import OwnPage
from webshop.sandbox.state.store import Store
from webshop.shop import Shop
from webshop.web.assets import Assets
from webshop.web.themes import folders


def compile_templates_once(patch: pytest.MonkeyPatch) -> None:
    """In this process and those that it forks; also where somebody only looks whether they can be."""
    kept: dict[tuple[Any, ...], CodeType | str] = {}
    original: Callable[..., CodeType | str] = jinja2.Environment.compile

    def compile_once(self: jinja2.Environment, source: Any, *how: Any, **more: Any) -> CodeType | str:
        kind = type(self), self.undefined, self.autoescape is True, *sorted(self.extensions)
        key = kind, source, how, *sorted(more.items())
        if not isinstance(source, str):
            return original(self, source, *how, **more)
        if key not in kept:
            kept[key] = original(self, source, *how, **more)
        return kept[key]

    patch.setattr(jinja2.Environment, "compile", compile_once)


def share_compiled_templates(folder: Path) -> None:
    """From now on, among this process and those that it forks."""
    compiled = jinja2.FileSystemBytecodeCache(str(folder))
    original = jinja2.Environment.__init__

    def with_cache(self: jinja2.Environment, *args: Any, **kwargs: Any) -> None:
        original(self, *args, **{"bytecode_cache": compiled, **kwargs})

    jinja2.Environment.__init__ = with_cache  # type: ignore[method-assign]


def compile_statements_once(patch: pytest.MonkeyPatch) -> None:
    """Each engine keeps what it has compiled by its dialect: here all of SQLite are one, and all of
    PostgreSQL."""
    for dialect in (SQLiteDialect_pysqlite, PGDialect_psycopg):
        patch.setattr(dialect, "__eq__", lambda self, other: type(self) is type(other))
        patch.setattr(dialect, "__hash__", lambda self: hash(type(self)))
    kept: LRUCache[Any, Any] = LRUCache(2000)
    original = Database.__init__

    def with_kept(self: Database, *args: Any, **kwargs: Any) -> None:
        original(self, *args, **kwargs)
        self.engine._compiled_cache = kept

    patch.setattr(Database, "__init__", with_kept)


def make_assets_once(patch: pytest.MonkeyPatch) -> None:
    """Those of the shop's own folder, which no test edits: a demo makes them anew for each page, and a mail
    looks for them at each of its colours."""
    made: dict[str, bytes] = {}
    versions: dict[str, str] = {}
    original, look = Assets.__init__, Assets.stylesheets
    own = folders("", "static")
    found = cache(lambda: look(Assets(own, watch=False)))

    def with_made(self: Assets, of: Sequence[Path], *, watch: bool) -> None:
        is_own = tuple(of) == own
        original(self, of, watch=watch and not is_own)
        if is_own:
            self._made, self._versions = made, versions

    patch.setattr(Assets, "__init__", with_made)
    patch.setattr(Assets, "stylesheets", lambda self: found() if tuple(self.folders) == own else look(self))


def read_files_once(patch: pytest.MonkeyPatch) -> None:
    """shop.toml and pages/: of the same content the same is made, and nobody can change it."""
    shops: dict[tuple[Path, bytes], Shop] = {}
    pages: dict[tuple[int, tuple[bytes, ...]], list[OwnPage]] = {}
    load, read_pages = shop.load, reading.read_pages

    def load_once(path: Path) -> Shop:
        key = (path, path.read_bytes()) if path.is_file() else (path, b"")
        if key not in shops:
            shops[key] = load(path)
        return shops[key]

    def read_pages_once(folder: Path, store: Shop) -> list[OwnPage]:
        if not any(store is each for each in shops.values()):
            return read_pages(folder, store)
        files = reading.files_of(folder)
        key = id(store), (*map(bytes, files), *map(content_of, files))
        if key not in pages:
            pages[key] = read_pages(folder, store)
        return pages[key]

    patch.setattr(shop, "load", load_once)
    patch.setattr(shelf, "read_pages", read_pages_once)


def migrate_new_files_once(patch: pytest.MonkeyPatch) -> None:
    """A new SQLite file gets at once what all migrations have made of the first one. One whose tables were
    dropped does not: tests of the migrations stand on such."""
    kept: dict[tuple[Path, str], list[str]] = {}
    original = migrate._upgrade

    def replayed(connection: Connection, stamped: str = "") -> None:
        if stamped or connection.dialect.name != "sqlite" or _has_been_used(connection):
            return original(connection, stamped)
        key = migrate.SCRIPTS, migrate.head()
        if key not in kept:
            original(connection)
            kept[key] = [*_statements(connection)]
            return None
        for statement in kept[key]:
            connection.exec_driver_sql(statement)
        return None

    patch.setattr(migrate, "_upgrade", replayed)


def _has_been_used(connection: Connection) -> bool:
    pages: int = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
    return pages > 1  # one says that it is a WAL's


def _statements(connection: Connection) -> Iterator[str]:
    """What makes the same tables, rows and indexes; FTS5 itself makes and fills its "shadow" tables."""
    made = """SELECT sql FROM sqlite_master JOIN pragma_table_list(tbl_name) AS listed
        WHERE sql IS NOT NULL AND listed.type <> 'shadow' AND sqlite_master.name NOT LIKE 'sqlite_%'
        AND (sqlite_master.type = 'table') = ? ORDER BY sqlite_master.rowid"""
    plain = """SELECT name FROM pragma_table_list
        WHERE schema = 'main' AND type = 'table' AND name NOT LIKE 'sqlite_%'"""
    yield from connection.exec_driver_sql(made, (1,)).scalars()
    for table in connection.exec_driver_sql(plain).scalars().all():
        for row in connection.exec_driver_sql(f"SELECT * FROM {table}").all():
            quoted = (connection.exec_driver_sql("SELECT quote(?)", (each,)).scalar_one() for each in row)
            yield f"INSERT INTO {table} VALUES ({', '.join(quoted)})"
    yield from connection.exec_driver_sql(made, (0,)).scalars()


def make_sandboxes_once(patch: pytest.MonkeyPatch, folder: Path) -> None:
    """A new one is a copy of the first as it was when it had its tables and nothing else."""
    make_tables = Store._make_tables
    first = folder / "sandbox.sqlite3"
    turn = threading.Lock()

    def copied(self: Store) -> None:
        with turn:
            if first.exists() and not self.path.stat().st_size:
                shutil.copyfile(first, self.path)
                return
            make_tables(self)
            if not first.exists():
                shutil.copyfile(self.path, first)

    patch.setattr(Store, "_make_tables", copied)
