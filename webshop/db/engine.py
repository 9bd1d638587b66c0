"""Connections and transactions, the same on SQLite and PostgreSQL."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, closing, contextmanager, suppress
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from threading import local
from time import monotonic, sleep
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import ConnectionPoolEntry

from webshop.db import hot
from webshop.db.fair_lock import FairLock
from webshop.db.hot import Hot, InLoop
from webshop.db.trouble import Contended as Contended
from webshop.db.trouble import Lost, OwnTimeout, in_words, is_full
from webshop.db.trouble import again_if_contended as again_if_contended

LOCK_SECONDS = 5  # how long a writer waits for another before the shopper is asked to try again
LITTLE = 0.5  # seconds in line, after which it is not worth a statement to be as much less patient
SILENT_SECONDS = 60  # routers and balancers forget a connection after some minutes
STATEMENT_SECONDS = 10  # what takes longer is ended; not migrations: db.migrate
POOL = {"pool_timeout": LOCK_SECONDS}
CONNECTIONS = 3  # of a process to PostgreSQL, of which a small one takes 20 in all
FILES = 10  # connections to SQLite that are kept: one for each thread of views, and more for a moment
FULL_PAUSE = 0.05  # seconds; then one of our own may be free, or one of the server's
QUIET = {"hide_parameters": True}  # an error's text goes to the log, and what shoppers type does not

Result = TypeVar("Result")


def _utc_now() -> datetime:
    return datetime.now(UTC)


class Database:
    """The engine and its two kinds of transactions. Each has one moment, told by `clock`: see moment_of. Its
    days are those of `zone`, the shop's: see shop_time. It opens so many `connections` to PostgreSQL at most;
    to a file as many as there are threads. What goes wrong is for the log, if it `logs`; where somebody waits
    for an answer, that is a sentence: db.trouble. One connection is for who `glances`."""

    logs = True

    def __init__(
        self,
        url: str,
        clock: Callable[[], datetime] = _utc_now,
        zone: tzinfo = UTC,
        connections: int = CONNECTIONS,
        *,
        glances: bool = False,
    ) -> None:
        apart = int(glances and connections > 1)
        self.engine = _sqlite(url) if url.startswith("sqlite:") else _postgresql(url, connections - apart)
        self._in_loop = InLoop(self.engine, _told_postgresql()) if apart and not self.is_embedded else None
        self.clock = clock
        self.zone = zone
        self._writers = FairLock()
        self._shared = _Shared()

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
        if self._shared.connection:
            with in_words(logs=self.logs):
                yield self._shared.connection.execution_options(now=self.clock(), zone=self.zone)
            return
        with in_words(logs=self.logs), self._connect() as connection:
            reading = connection.execution_options(now=self.clock(), zone=self.zone)
            with reading.begin():
                yield reading

    def write(
        self, now: datetime | None = None, *, waits: bool = True, locks_later: bool = False
    ) -> AbstractContextManager[Connection]:
        """A transaction that may write: all of it or nothing. Raises Unavailable when the database is.
        `now` is its moment where the clock is not asked.

        On SQLite it takes the write lock at once (BEGIN IMMEDIATE): a transaction that reads first and
        then writes is otherwise told "database is locked" as soon as another has written in between. What
        can as well be done another time `waits` for no other writer there, and not having been done is no
        error for the log. (PostgreSQL locks rows: such a statement skips those that are locked.) Whoever
        `locks_later` uses temporary tables alone until its first statement that writes.
        """
        if self._shared.connection:
            return self._part(self._shared.connection, now)
        return self._transaction(now, waits, locks_later)

    def together(self, works: Sequence[Callable[[], Result]]) -> list[Result | Exception]:
        """What each of the works has for an answer, or raises, once all are written: for SQLite, where one
        transaction costs less than many. Inside, `read` and `write` are parts of it. A `write` that fails is
        undone alone. Raises Unavailable if nothing of all this is written."""
        with self._transaction() as connection:
            self._shared.connection = connection
            try:
                return [self._outcome(work, connection) for work in works]
            finally:
                self._shared.connection = None

    def _outcome(self, work: Callable[[], Result], connection: Connection) -> Result | Exception:
        try:
            outcome: Result | Exception = work()
        except Exception as error:
            outcome = error
        if not hot.is_open(connection):
            raise Lost("SQLite has ended a transaction of several changes")
        return outcome

    @contextmanager
    def _part(self, shared: Connection, now: datetime | None) -> Iterator[Connection]:
        with in_words(logs=self.logs):
            own = shared.execution_options(now=now or self.clock(), zone=self.zone)
            hot.execute(shared, "SAVEPOINT part")
            try:
                yield own
            except BaseException:
                hot.execute(shared, "ROLLBACK TO part")
                raise
            finally:
                hot.execute(shared, "RELEASE part")

    @contextmanager
    def _transaction(
        self, now: datetime | None = None, waits: bool = True, locks_later: bool = False
    ) -> Iterator[Connection]:
        logs = waits and self.logs
        with (
            in_words(logs=logs),
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
        """Never a second one by whoever holds one: few are there, and all might wait for the second."""
        return self._patiently(Engine.connect)

    def _patiently(self, connect: Callable[[Engine], Result]) -> Result:
        """While others have taken all that the server has, it waits."""
        end = monotonic() + LOCK_SECONDS
        while True:
            try:
                return connect(self.engine)
            except DBAPIError as error:
                if not is_full(error) or monotonic() >= end:
                    raise
            sleep(FULL_PAUSE)

    def look(self, statement: Hot, values: Mapping[str, Any]) -> Sequence[Any]:
        """The rows of one statement that only reads, with nothing around it: a transaction takes ten times as
        long on SQLite, and asks PostgreSQL twice more. Raises Unavailable."""
        if self._shared.connection or hot.is_sqlalchemys(self.engine):
            with self.read() as connection:
                return statement.all(connection, values)
        with in_words(logs=self.logs), closing(self._patiently(hot.connect)) as own:
            return statement.driven_by(self.engine.dialect).look(own, values)

    async def glance(self, statement: Hot, values: Mapping[str, Any]) -> Sequence[Any] | None:
        """The same in the event loop: to go to a thread takes longer than SQLite's answer, whose readers wait
        for nobody. None where it is for a thread to look. Raises Unavailable."""
        if self.is_embedded:
            return self.look(statement, values)
        return await self._in_loop.rows(statement, values) if self._in_loop else None

    def ask(self) -> None:
        """A query, to be answered. Raises Unavailable."""
        with self.read() as connection:
            connection.execute(text("SELECT 1"))


class _Shared(local):
    """The transaction that a thread writes together with others' changes, while it does."""

    connection: Connection | None = None


def moment_of(connection: Connection) -> datetime:
    """When this transaction is: all that is written in it happened at once."""
    moment: datetime = connection.get_execution_options()["now"]
    return moment


def shop_time(connection: Connection, moment: datetime) -> datetime:
    """The moment by the shop's clock: what its day is, and its year."""
    return moment.astimezone(connection.get_execution_options()["zone"])


def _sqlite(url: str) -> Engine:
    engine = create_engine(url, pool_size=FILES, max_overflow=30, **POOL, **QUIET)
    with suppress(OSError):  # connecting fails then, with a better word
        Path(engine.url.database or "").parent.mkdir(parents=True, exist_ok=True)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _record: ConnectionPoolEntry) -> None:
    connection.isolation_level = None  # the driver's own BEGIN is off: _begin_sqlite says it
    pragmas = (
        f"busy_timeout = {LOCK_SECONDS * 1000}",
        "journal_mode = WAL",  # readers and the writer do not wait for each other
        "synchronous = FULL",  # a committed order survives a power cut
        "foreign_keys = ON",
        "cache_size = -4000",  # kB: a look through a long list of a large catalogue
    )
    try:
        for pragma in pragmas:
            connection.execute(f"PRAGMA {pragma}")
    except Exception:
        connection.close()
        raise


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
    return create_engine(
        f"{scheme.replace('postgres', 'postgresql') if scheme == 'postgres' else scheme}://{rest}",
        connect_args=_told_postgresql(),
        pool_pre_ping=True,
        pool_size=connections,
        max_overflow=0,
        **POOL,
        **QUIET,
    )


def _told_postgresql() -> Mapping[str, Any]:
    """By whoever connects. Who is silent for a while is asked whether they are there: what stands between
    forgets connections that are silent."""
    timeouts = f"-c lock_timeout={LOCK_SECONDS}s -c statement_timeout={STATEMENT_SECONDS}s -c timezone=UTC"
    return {"options": timeouts, "connect_timeout": LOCK_SECONDS, "keepalives_idle": SILENT_SECONDS}
