"""Connections of tests: no thread takes a second one of a database while it holds one, and none waits for the
disk."""

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import wraps
from typing import Any

import pytest
from sqlalchemy import Connection

from webshop.db.engine import Database

Prepare = Callable[[Any, Any], None]
Transaction = Callable[..., AbstractContextManager[Connection]]


class SecondConnection(AssertionError):
    """In a pool of one, this would never have been given."""


class Held(threading.local):
    """By this thread: of which databases."""

    def __init__(self) -> None:
        self.of: list[int] = []


@contextmanager
def one_connection_each() -> Iterator[None]:
    """From here on, a second one raises SecondConnection."""
    held = Held()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Database, "read", _watched(Database.read, held))
        patch.setattr(Database, "write", _watched(Database.write, held))
        yield


def _watched(transaction: Transaction, held: Held) -> Transaction:
    @wraps(transaction)
    def watched(db: Database, *args: Any, **kwargs: Any) -> AbstractContextManager[Connection]:
        by_the_shop = sys._getframe(1).f_globals["__name__"].startswith("webshop.")  # tests may play several
        if by_the_shop and id(db) in held.of:
            raise SecondConnection
        return _holding(held, id(db), transaction(db, *args, **kwargs))

    return watched


@contextmanager
def _holding(
    held: Held, database: int, transaction: AbstractContextManager[Connection]
) -> Iterator[Connection]:
    with transaction as connection:
        held.of.append(database)
        try:
            yield connection
        finally:
            held.of.remove(database)


def without_disk(prepare: Prepare) -> Prepare:
    """What the shop does with a new connection of SQLite, and then: no commit waits for the disk."""

    @wraps(prepare)
    def prepared(connection: Any, record: Any) -> None:
        prepare(connection, record)
        connection.execute("PRAGMA synchronous = OFF")

    return prepared
