"""The database: reachable, of this version and mode, and whether what it has promised to keep it keeps."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import quote, unquote

from sqlalchemy import URL, Connection, Engine, create_engine, inspect, text
from sqlalchemy.exc import SQLAlchemyError

from webshop.app import connections_of_worker
from webshop.db import modes
from webshop.db.engine import Database
from webshop.db.migrate import revision_of
from webshop.db.tables import counters
from webshop.db.trouble import told
from webshop.doctor.model import Examined, Finding, Findings, error, fine, warning
from webshop.settings.model import Settings

CLOCKS_DIFFER = timedelta(seconds=30)
OLDEST = 15  # of PostgreSQL's versions that are still mended
LITTLE, TOO_LITTLE = 500, 50  # MB on the disk
FORGETS = {"tmpfs": "in memory", "ramfs": "in memory"}
MAY_FORGET = {"overlay": "a container's own layer"}
SETTINGS_OF_A_SAFE_SERVER = ("fsync", "full_page_writes", "synchronous_commit")
MEGABYTE = 1_000_000


class Unreachable(Exception):
    """The text is a sentence for the owner, with the cure behind its first semicolon."""


@contextmanager
def opened(config: Settings) -> Iterator[Connection]:
    """A connection that only reads, also on a disk that cannot be written. Raises Unreachable."""
    engine = _engine(config)
    try:
        with engine.connect() as connection:
            if engine.dialect.name == "postgresql":
                connection.execute(text("SET TRANSACTION READ ONLY"))
            yield connection.execution_options(now=datetime.now(UTC), zone=UTC)
    except SQLAlchemyError as trouble:
        raise Unreachable(told(trouble, config) or type(trouble).__name__) from trouble
    finally:
        engine.dispose()


def _engine(config: Settings) -> Engine:
    if not config.database.startswith("sqlite:"):
        return Database(config.database).engine
    path = file_of(config)
    if not path.is_file():
        raise Unreachable(f"there is no database yet, {path}; python -m webshop release")
    # Without its log nobody has it open, and then also a disk that cannot be written is read.
    how = {"mode": "ro", "uri": "true"}
    if not path.with_name(f"{path.name}-wal").exists():
        how["immutable"] = "1"
    return create_engine(URL.create("sqlite", database=f"file:{quote(str(path))}", query=how))


def file_of(config: Settings) -> Path:
    """Where the SQLite database is."""
    return Path(unquote(config.database.removeprefix("sqlite:///").partition("?")[0]))


def check_database(examined: Examined) -> Findings:
    config = examined.config
    try:
        with opened(config) as connection:
            yield fine("database.reachable", f"the database answers ({_kind(connection)})")
            yield from _tables(connection, config)
            if connection.dialect.name == "postgresql":
                yield from _postgresql(connection, config)
            else:
                yield from _sqlite(config)
    except Unreachable as trouble:
        what, _semicolon, cure = str(trouble).partition("; ")
        yield error(
            "database.reachable",
            what,
            "without it the shop does not open",
            cure or "correct DATABASE_URL, or start the database",
        )


def _kind(connection: Connection) -> str:
    version = connection.dialect.server_version_info or ()
    kind = "PostgreSQL" if connection.dialect.name == "postgresql" else "SQLite"
    return f"{kind} {'.'.join(map(str, version))}"


def _tables(connection: Connection, config: Settings) -> Iterator[Finding]:
    release = "python -m webshop release"
    if not inspect(connection).has_table("alembic_version"):
        yield error(
            "database.migrated", "the database has no tables yet", "the shop does not open on it", release
        )
        return
    match revision_of(connection):
        case "behind":
            yield error(
                "database.migrated",
                "its tables are older than this program",
                "the shop does not open on them",
                release,
            )
        case "newer":
            yield warning(
                "database.migrated",
                "its tables are of a newer program than this one",
                "a newer release has been here; this one serves on them, and knows nothing of what is new",
                "run the doctor of the release that is deployed",
            )
        case _:
            yield fine("database.migrated", "its tables are of this version")
    yield from _mode(connection, config)


def _mode(connection: Connection, config: Settings) -> Iterator[Finding]:
    if not inspect(connection).has_table(counters.modes.name):
        return
    mode = modes.current(connection)
    if mode in (None, config.mode):
        yield fine("database.mode", f"it is of {config.mode} mode")
        return
    cure = "python -m webshop go-live takes it forward; or set another DATABASE_URL or DATA_DIR"
    if mode and not mode.may_become(config.mode):
        cure = f"set Stripe's {mode} keys, or another DATABASE_URL or DATA_DIR"
    yield error(
        "database.mode",
        f"the database is of {mode} mode, the settings are of {config.mode} mode",
        "the shop does not open: orders of both would be mixed",
        cure,
    )


def _postgresql(connection: Connection, config: Settings) -> Iterator[Finding]:
    off = [name for name in SETTINGS_OF_A_SAFE_SERVER if _shown(connection, name) == "off"]
    for name in off:
        yield error(
            "database.durable",
            f"PostgreSQL's {name} is off",
            "a paid order can be lost when the server stops hard",
            f"ALTER SYSTEM SET {name} = on; SELECT pg_reload_conf(); a role or a database may say it, too",
        )
    if not off:
        yield fine("database.durable", "what is committed is on the disk")
    yield from _writable(connection)
    yield from _version(connection)
    yield from _connections(connection, config)
    yield from _clock(connection)


def _shown(connection: Connection, name: str) -> str:
    return str(connection.execute(text("SELECT current_setting(:name, true)"), {"name": name}).scalar() or "")


def _writable(connection: Connection) -> Iterator[Finding]:
    standby = connection.execute(text("SELECT pg_is_in_recovery()")).scalar_one()
    if standby or _shown(connection, "default_transaction_read_only") == "on":
        yield error(
            "database.writable",
            "DATABASE_URL leads to a database that can only be read",
            "it is a copy, or was set so: no order can be placed",
            "set DATABASE_URL to the primary; or ALTER DATABASE ... RESET default_transaction_read_only",
        )
    encoding = _shown(connection, "server_encoding")
    if encoding != "UTF8":
        yield error(
            "database.encoding",
            f"the database's encoding is {encoding}",
            "names of people and places cannot all be stored",
            "make it anew: CREATE DATABASE ... ENCODING 'UTF8' TEMPLATE template0",
        )


def _version(connection: Connection) -> Iterator[Finding]:
    major = int(_shown(connection, "server_version_num")) // 10_000
    if major < OLDEST:
        yield warning(
            "database.version",
            f"PostgreSQL {major} is no longer mended by its makers",
            "holes and faults that are found in it stay",
            f"move to PostgreSQL {OLDEST} or newer",
        )


OTHERS = """SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'
    AND (datname IS DISTINCT FROM current_database() OR usename IS DISTINCT FROM current_user)"""
OWN_LIMITS = """SELECT rolconnlimit FROM pg_roles WHERE rolname = current_user
    UNION ALL SELECT datconnlimit FROM pg_database WHERE datname = current_database()"""


def _connections(connection: Connection, config: Settings) -> Iterator[Finding]:
    """What is free beside others, against what the shop's processes take at most. Connections of its database
    and role are taken to be its own."""
    reserved = ("superuser_reserved_connections", "reserved_connections")  # the latter since 16
    most = int(_shown(connection, "max_connections")) - sum(
        int(_shown(connection, name) or 0) for name in reserved
    )
    others = int(connection.execute(text(OTHERS)).scalar_one())
    limits = [limit for (limit,) in connection.execute(text(OWN_LIMITS)) if limit >= 0]
    free = min([most - others, *limits])
    need = _most_taken(config)
    if need <= free:
        yield fine("database.connections", f"the shop takes at most {need} connections, and {free} are free")
        return
    yield warning(
        "database.connections",
        f"the shop may take {need} connections, and only {free} are free for it",
        "when many buy at once some are told that the shop is busy",
        "lower WEB_CONCURRENCY or DATABASE_CONNECTIONS, or take a database with more connections",
    )


def _most_taken(config: Settings) -> int:
    """By one machine's web processes and one worker; while a new release opens, the old one has as many."""
    return config.web_concurrency * config.database_connections + connections_of_worker(config)


def _clock(connection: Connection) -> Iterator[Finding]:
    theirs: datetime = connection.execute(text("SELECT clock_timestamp()")).scalar_one()
    apart = abs(theirs - datetime.now(UTC))
    if apart > CLOCKS_DIFFER:
        yield warning(
            "database.clock",
            f"the database's clock and this machine's differ by {round(apart.total_seconds())} s",
            "one of them is wrong, and with it the times of orders",
            "let both machines take the time from the network (NTP)",
        )


def _sqlite(config: Settings) -> Iterator[Finding]:
    path = file_of(config)
    if not (os.access(path, os.W_OK) and os.access(path.parent, os.W_OK)):
        yield error(
            "database.writable",
            f"{path.name} or its folder cannot be written",
            "no order can be placed",
            f"let the shop's user write {path.parent}",
        )
    free = shutil.disk_usage(path.parent).free // MEGABYTE
    if free < LITTLE:
        find = error if free < TOO_LITTLE else warning
        yield find(
            "database.space",
            f"{free} MB are left on the disk of {path.name}",
            "orders cannot be written when it is full",
            "make room, or move DATA_DIR to a larger disk",
        )
    yield from _disk(path)


def _disk(path: Path) -> Iterator[Finding]:
    kind = _file_system(path)
    if kind in FORGETS or kind in MAY_FORGET:
        find = error if kind in FORGETS else warning
        yield find(
            "database.durable",
            f"{path.name} is on a disk that forgets: {(FORGETS | MAY_FORGET)[kind]}",
            "paid orders are gone with the machine or the container",
            "set DATABASE_URL to a PostgreSQL, or DATA_DIR to a folder on a disk that stays",
        )
    else:
        yield fine("database.durable", "what is committed is on the disk")


def _file_system(path: Path) -> str:
    """ "ext4"; "" where that is not told."""
    try:
        lines = Path("/proc/self/mounts").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return ""
    mounts = {parts[1]: parts[2] for line in lines if len(parts := line.split()) > 2}
    places = [path.resolve(), *path.resolve().parents]
    return next((mounts[str(place)] for place in places if str(place) in mounts), "")
