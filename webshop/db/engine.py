"""Connections and transactions, the same on SQLite and PostgreSQL."""

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime, tzinfo
from functools import cache, wraps
from pathlib import Path
from time import monotonic, sleep
from typing import Any, ParamSpec, TypeVar

from sqlalchemy import Connection, Engine, Select, create_engine, event, text
from sqlalchemy.dialects import sqlite
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.pool import ConnectionPoolEntry

from webshop.db.fair_lock import FairLock
from webshop.db.trouble import is_full, is_trouble
from webshop.errors import Unavailable
from webshop.language.messages import gettext as _

log = logging.getLogger(__name__)

LOCK_SECONDS = 5  # how long a writer waits for another before the shopper is asked to try again
LITTLE = 0.5  # seconds in line, after which it is not worth a statement to be as much less patient
STATEMENT_SECONDS = 10  # what takes longer is ended; not migrations: db.migrate
POOL = {"pool_timeout": LOCK_SECONDS}
CONNECTIONS = 3  # of a process to PostgreSQL, of which a small one takes 20 in all
FILES = 10  # connections to SQLite that are kept: one for each thread of web.threads, and more for a moment
FULL_PAUSE = 0.05  # seconds; then one of our own may be free, or one of the server's
QUIET = {"hide_parameters": True}  # an error's text goes to the log, and what shoppers type does not


Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")


class OwnTimeout(Exception):
    """A writer of this process would not end."""


class Contended(Unavailable):
    """The database has ended this transaction in favour of another; it can simply be run again."""


def again_if_contended(transaction: Callable[Arguments, Result]) -> Callable[Arguments, Result]:
    """For a function that is one transaction and nothing else: run it up to three times."""

    @wraps(transaction)
    def tried(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Result:
        for _attempt in range(2):
            with suppress(Contended):
                return transaction(*args, **kwargs)
        return transaction(*args, **kwargs)

    return tried


def _utc_now() -> datetime:
    return datetime.now(UTC)


class Database:
    """The engine and its two kinds of transactions. Each has one moment, told by `clock`: see moment_of. Its
    days are those of `zone`, the shop's: see shop_time. It opens so many `connections` to PostgreSQL at most;
    to a file as many as there are threads. What goes wrong is for the log, if it `logs`; where somebody waits
    for an answer, that is a sentence: db.trouble."""

    logs = True

    def __init__(
        self,
        url: str,
        clock: Callable[[], datetime] = _utc_now,
        zone: tzinfo = UTC,
        connections: int = CONNECTIONS,
    ) -> None:
        self.engine = _sqlite(url) if url.startswith("sqlite:") else _postgresql(url, connections)
        self.clock = clock
        self.zone = zone
        self._writers = FairLock()

    @property
    def is_embedded(self) -> bool:
        return self.engine.dialect.name == "sqlite"

    @property
    def is_missing(self) -> bool:
        """Whether connecting would make the file."""
        return self.is_embedded and not Path(self.engine.url.database or "").exists()

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A transaction that only reads. Raises Unavailable when the database is."""
        with _unavailable(logs=self.logs), self._connect() as connection:
            reading = connection.execution_options(now=self.clock(), zone=self.zone)
            with reading.begin():
                yield reading

    @contextmanager
    def write(
        self, now: datetime | None = None, *, waits: bool = True, locks_later: bool = False
    ) -> Iterator[Connection]:
        """A transaction that may write: all of it or nothing. Raises Unavailable when the database is.
        `now` is its moment where the clock is not asked.

        On SQLite it takes the write lock at once (BEGIN IMMEDIATE): a transaction that reads first and
        then writes is otherwise told "database is locked" as soon as another has written in between. What
        can as well be done another time `waits` for no other writer there, and not having been done is no
        error for the log. (PostgreSQL locks rows: such a statement skips those that are locked.) Whoever
        `locks_later` uses temporary tables alone until its first statement that writes.
        """
        logs = waits and self.logs
        with (
            _unavailable(logs=logs),
            self._turn(waits, locks_later) as patience,
            self._connect() as connection,
        ):
            writing = connection.execution_options(
                write=not locks_later, patience=patience, now=now or self.clock(), zone=self.zone
            )
            with writing.begin():
                yield writing

    @contextmanager
    def _turn(self, waits: bool, locks_later: bool) -> Iterator[float]:
        """The writers of a process queue up for SQLite's lock: the first of them waits for other processes,
        for as many seconds as it has not waited here."""
        patience = LOCK_SECONDS if waits else 0
        began = monotonic()
        if locks_later or not self.is_embedded:
            yield patience
        elif self._writers.acquire(patience):
            try:
                yield max(0.0, patience - (monotonic() - began))
            finally:
                self._writers.release()
        else:
            raise OwnTimeout(f"another writer of this process took longer than {LOCK_SECONDS} s")

    def _connect(self) -> Connection:
        """Never a second one by whoever holds one: few are there, and all might wait for the second. While
        others have taken all that the server has, it waits."""
        end = monotonic() + LOCK_SECONDS
        while True:
            try:
                return self.engine.connect()
            except DBAPIError as error:
                if not is_full(error) or monotonic() >= end:
                    raise
            sleep(FULL_PAUSE)

    def look(self, statement: Select[Any], **values: str) -> Sequence[tuple[Any, ...]]:
        """What one statement reads, with nothing around it. It has words and numbers only, as values and as
        columns: on SQLite its driver is asked, to whose answer SQLAlchemy adds ten times what that takes.
        Raises Unavailable."""
        if not self.is_embedded:
            with self.read() as connection:
                return [tuple(row) for row in connection.execute(statement, values)]
        words, constants = _written(statement)
        error_of_driver = self.engine.dialect.loaded_dbapi.Error
        with _unavailable(logs=self.logs), closing(self.engine.raw_connection()) as own:
            try:
                found: list[tuple[Any, ...]] = own.execute(words, {**constants, **values}).fetchall()
            except error_of_driver as error:
                raise DBAPIError.instance(words, None, error, error_of_driver, True) from error
            return found

    def ask(self) -> None:
        """A query, to be answered. Raises Unavailable."""
        with self.read() as connection:
            connection.execute(text("SELECT 1"))


def moment_of(connection: Connection) -> datetime:
    """When this transaction is: all that is written in it happened at once."""
    moment: datetime = connection.get_execution_options()["now"]
    return moment


def shop_time(connection: Connection, moment: datetime) -> datetime:
    """The moment by the shop's clock: what its day is, and its year."""
    return moment.astimezone(connection.get_execution_options()["zone"])


@cache
def _written(statement: Select[Any]) -> tuple[str, dict[str, Any]]:
    """For SQLite's driver: the words, and the values that are always the same."""
    compiled = statement.compile(dialect=sqlite.dialect(paramstyle="named"))
    return str(compiled), dict(compiled.params)


def _sqlite(url: str) -> Engine:
    engine = create_engine(url, pool_size=FILES, max_overflow=30, **POOL, **QUIET)
    with suppress(OSError):  # connecting fails then, with a better word
        Path(engine.url.database or "").parent.mkdir(parents=True, exist_ok=True)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _record: ConnectionPoolEntry) -> None:
    try:
        _set_pragmas(connection)
    except Exception:
        connection.close()
        raise


def _set_pragmas(connection: Any) -> None:
    connection.isolation_level = None  # the driver's own BEGIN is off: _begin_sqlite says it
    for pragma in (
        f"busy_timeout = {LOCK_SECONDS * 1000}",
        "journal_mode = WAL",  # readers and the writer do not wait for each other
        "synchronous = FULL",  # a committed order survives a power cut
        "foreign_keys = ON",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    options = connection.get_execution_options()
    writes, patience = options.get("write", False), options.get("patience", LOCK_SECONDS)
    begin = "BEGIN IMMEDIATE" if writes else "BEGIN"
    if patience > LOCK_SECONDS - LITTLE:
        connection.exec_driver_sql(begin)
        return
    connection.exec_driver_sql(f"PRAGMA busy_timeout = {int(patience * 1000)}")
    try:
        connection.exec_driver_sql(begin)
    finally:
        connection.exec_driver_sql(f"PRAGMA busy_timeout = {LOCK_SECONDS * 1000}")


def _postgresql(url: str, connections: int) -> Engine:
    # Heroku-style platforms say postgres://, a scheme that SQLAlchemy no longer knows.
    scheme, _separator, rest = url.partition("://")
    timeouts = f"-c lock_timeout={LOCK_SECONDS}s -c statement_timeout={STATEMENT_SECONDS}s -c timezone=UTC"
    return create_engine(
        f"{scheme.replace('postgres', 'postgresql') if scheme == 'postgres' else scheme}://{rest}",
        connect_args={"options": timeouts, "connect_timeout": LOCK_SECONDS},
        pool_pre_ping=True,
        pool_size=connections,
        max_overflow=0,
        **POOL,
        **QUIET,
    )


@contextmanager
def _unavailable(*, logs: bool) -> Iterator[None]:
    """Locked, full, gone or too slow: one sentence for the shopper, the reason for the log."""
    try:
        yield
    except (DBAPIError, OwnTimeout, PoolTimeout) as error:
        if isinstance(error, DBAPIError) and not is_trouble(error):
            raise
        sentence = _("The shop is very busy. Please try again in a moment.")
        if _was_chosen_to_yield(error):
            raise Contended(sentence) from error
        if logs:
            _log(error)
        raise Unavailable(sentence) from error


def _log(error: DBAPIError | OwnTimeout | PoolTimeout) -> None:
    """Which statement failed, and where; what comes before any has no such place, and no traceback."""
    if isinstance(error, DBAPIError) and error.statement is not None:
        log.exception("The database did not answer")
    else:
        why = error.orig if isinstance(error, DBAPIError) else error
        log.error("The database did not answer: %s", str(why).partition("\n")[0])


def _was_chosen_to_yield(error: Exception) -> bool:
    """A deadlock or a serialization failure, by PostgreSQL's codes; SQLite has one writer and neither."""
    return getattr(getattr(error, "orig", None), "sqlstate", "") in ("40P01", "40001")
