"""What is wrong with the database, told to whoever set it up: one sentence with the cure, never a password.

A statement that fails has a code. A connection that fails has only words, of libpq and of the server. Those
are English, unless the server was told to speak another language; then they are passed on as they are.
"""

import logging
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import wraps
from typing import ParamSpec, TypeVar

from sqlalchemy import make_url
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from webshop.errors import Unavailable
from webshop.language.messages import gettext as _
from webshop.settings.model import Settings

log = logging.getLogger(__name__)

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")

# A pattern of "CODE message", and the sentence, after "DATABASE_URL: ". The first that fits is told: what was
# said by a server comes before nobody having answered at another of its addresses.
MISTAKES = {
    'password authentication failed for user "(?P<role>.*?)"': (
        'the password of "{role}" is wrong, or there is no such role; check user and password (in a '
        "password @ is %40, / is %2F and % is %25)"
    ),
    "no password supplied|empty password": (
        "the database wants a password, and there is none; it is written like "
        "postgresql://user:password@host:5432/name"
    ),
    'role "(?P<role>.*?)" (does not exist|is not permitted to log in)': (
        'there is no role "{role}" that may log in; check the user'
    ),
    'database "(?P<name>.*?)" does not exist': (
        'there is no database "{name}"; check the name at the end, or make it with CREATE DATABASE'
    ),
    'permission denied for database "(?P<name>.*?)"': (
        'its role may not use the database "{name}"; let the database\'s owner GRANT CONNECT to it'
    ),
    "server does not support SSL": (
        "the database speaks no TLS, and sslmode demands it; take sslmode away if the way to the "
        "database is private, or let the server speak TLS"
    ),
    "certificate": (
        "the TLS certificate of the database cannot be trusted; name its authority's file with "
        "?sslrootcert=, and the host as it is written in the certificate"
    ),
    "pg_hba.conf.*(no encryption|SSL off)": (
        "the database takes no connection without TLS from here; add ?sslmode=require, or let its "
        "pg_hba.conf allow this machine"
    ),
    "pg_hba.conf": (
        "the database takes no connection of this role from here; let its pg_hba.conf, or the addresses "
        "that its provider allows, name this machine"
    ),
    'invalid connection option "(?P<option>.*?)"|invalid (?P<other>[a-z_]+) value': (
        "PostgreSQL knows no such {option}{other} as is written after the ?; take it away, or mend it"
    ),
    "unsupported startup parameter": (
        "what answers is a pooler (such as PgBouncer) that takes no settings; name the database's own address"
    ),
    "invalid response to SSL|expected authentication request|unsupported frontend protocol|wrong version": (
        "what answers at {where} is no PostgreSQL; check host and port"
    ),
    "invalid port number|invalid integer value .*port": "the port is none; check it",
}
FULL = "too many (clients|connections)|connection slots|^53300"
PASSES = {
    "starting up|shutting down|not yet accepting|recovery mode|^57P0[123]": (
        "the database is starting, or being stopped; try again in a moment"
    ),
    FULL: ("all connections of the database are taken; end what else uses it, or give each process fewer"),
    "resolve host|translate host name": "no machine is called {host}; check it",
    "timeout expired": "nobody answers at {where}; check host and port, and what stands between",
    "^08|onnection (refused|reset|timed out|is lost|is closed)|No such file|No route|"
    "unreachable|is down|server closed|EOF|unexpected eof|SYSCALL": (
        "nobody answers at {where}; check host and port, and whether the database runs"
    ),
    "^55P03": (
        "somebody holds a lock on its tables, such as a backup that is being made; try again when that "
        "is done"
    ),
    "^SQLITE_(BUSY|LOCKED)": "another process keeps {where} locked; try again when it is done",
}
BROKEN = {
    "^(53100|SQLITE_FULL)": "the disk of the database is full; make room",
    "^(42P07|SQLITE_ERROR table .* already exists)": (
        "there are tables of another program, or a part of a shop's; name an empty database"
    ),
    "^53200": "the database has no memory left; give it more, or fewer connections",
    "^(25006|25007)": "the database only reads: it is a copy, or was told so; name the one that writes",
    "^(42501|3F000) (?P<what>.*)": (
        "its role may not do what the shop needs ({what}); let the database's owner GRANT ALL ON SCHEMA "
        "public to it, or take the role that made the tables"
    ),
    "^57014": "a statement took too long and was ended; try again when less is going on",
    "^SQLITE_NOTADB": "{where} is no SQLite database; put a backup in its place, or name another file",
    "^SQLITE_CORRUPT": "{where} is damaged; put a backup in its place",
    "^SQLITE_CANTOPEN": (
        "{where} cannot be opened: it, or its folder, is missing, of another kind, or not for this user;"
        " name another"
    ),
    "^SQLITE_(READONLY|PERM)": (
        "{where} cannot be written to, or its folder cannot; let this user write there, or name another"
    ),
    "^SQLITE_IOERR": "the disk fails that {where} is on",
    "(FATAL|ERROR): +(?P<what>.*)": "the database refuses: {what}",
    "(?P<what>.*)": "the database fails: {what}",
}
# Codes of statements that fail though nothing is wrong with them.
NOT_THE_STATEMENT = re.compile("25006|42501|42P07|3F000|SQLITE_(NOTADB|CORRUPT)")
LOCKED = re.compile("55P03|40P01|SQLITE_(BUSY|LOCKED)")


class OwnTimeout(Exception):
    """A writer of this process would not end."""


class Lost(Exception):
    """SQLite itself has ended a transaction of several, as it does when its disk fails or is full."""


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


@dataclass(frozen=True)
class Trouble:
    """`passes`: waiting may help. `is_mistake`: DATABASE_URL has to become another."""

    words: str
    passes: bool = False
    is_mistake: bool = False


def is_trouble(error: DBAPIError) -> bool:
    """Whether the database fails, and not the statement or what it wanted to store."""
    if isinstance(error, IntegrityError | DataError):
        return False
    fails = isinstance(error, OperationalError | InterfaceError) or NOT_THE_STATEMENT.match(_said(error))
    return bool(fails) or error.statement is None  # it did not come to any


def is_locked(error: Unavailable) -> bool:
    """Whether somebody held a lock for too long."""
    return isinstance(error.__cause__, DBAPIError) and bool(LOCKED.match(_said(error.__cause__)))


def is_full(error: DBAPIError) -> bool:
    """Whether the server, or this role or database, has as many connections as it may."""
    return bool(re.search(FULL, _said(error)))


def find(error: BaseException) -> Trouble | None:
    """None for an error that is not the database's. `error` is SQLAlchemy's, or the Unavailable for it."""
    cause = error.__cause__ if isinstance(error, Unavailable) else error
    if isinstance(cause, PoolTimeout):
        return Trouble("all connections of this process are in use; try again in a moment", passes=True)
    if not isinstance(cause, DBAPIError):
        return None
    said = _said(cause)
    connects = cause.statement is None
    for table in (MISTAKES, PASSES, BROKEN) if connects else (PASSES, BROKEN):
        for pattern, words in table.items():
            if found := re.search(pattern, said):
                known = {name: word or "" for name, word in found.groupdict().items()}
                words = words.format(**known, where="{where}", host="{host}")
                return Trouble(words, passes=table is PASSES, is_mistake=table is MISTAKES)
    return None


def is_mistake(error: BaseException) -> bool:
    """Whether DATABASE_URL has to become another."""
    trouble = find(error)
    return bool(trouble and trouble.is_mistake)


def told(error: BaseException, config: Settings) -> str:
    """The sentence, with the name of the setting; "" for an error that is not the database's."""
    trouble = find(error)
    if not trouble:
        return ""
    setting = "DATABASE_URL" if config.database_url else "DATA_DIR"
    where = _where(config)
    words = trouble.words.replace("{where}", where).replace("{host}", where.rpartition(":")[0])
    return f"{setting}: {words}"


def _said(error: DBAPIError) -> str:
    """The code, if there is one, and the message."""
    theirs = error.orig
    code = getattr(theirs, "sqlstate", None) or getattr(theirs, "sqlite_errorname", None)
    return f"{code or ''} {theirs}".strip()


def _where(config: Settings) -> str:
    """The file, or host and port; a socket is in a folder."""
    url = make_url(config.database)
    if url.get_backend_name() == "sqlite":
        return str(url.database)
    host, port = (url.normalized_query.get(name, ("",))[0] for name in ("host", "port"))
    return f"{host or url.host or 'the local socket'}:{port or url.port or 5432}"


@contextmanager
def in_words(*, logs: bool) -> Iterator[None]:
    """Locked, full, gone or too slow: one sentence for the shopper, the reason for the log."""
    try:
        yield
    except (DBAPIError, OwnTimeout, Lost, PoolTimeout) as error:
        if isinstance(error, DBAPIError) and not is_trouble(error):
            raise
        sentence = _("The shop is very busy. Please try again in a moment.")
        if _was_chosen_to_yield(error):
            raise Contended(sentence) from error
        if logs:
            _log(error)
        raise Unavailable(sentence) from error


def _log(error: DBAPIError | OwnTimeout | Lost | PoolTimeout) -> None:
    """Which statement failed, and where; what comes before any has no such place, and no traceback."""
    if isinstance(error, DBAPIError) and error.statement is not None:
        log.exception("The database did not answer")
    else:
        why = error.orig if isinstance(error, DBAPIError) else error
        log.error("The database did not answer: %s", str(why).partition("\n")[0])


def _was_chosen_to_yield(error: Exception) -> bool:
    """A deadlock or a serialization failure, by PostgreSQL's codes; SQLite has one writer and neither."""
    return getattr(getattr(error, "orig", None), "sqlstate", "") in ("40P01", "40001")
