"""Threads that wait for a lock which the test holds."""

import time
from threading import Thread

from sqlalchemy import text

from webshop.db.engine import Database

PATIENCE = 60.0  # seconds
WAITING = text("SELECT count(*) FROM pg_locks WHERE NOT granted")  # each test process has a server of its own


def until_it_waits(thread: Thread, db: Database) -> None:
    """Or has ended: however long it takes to get there."""
    end = time.monotonic() + PATIENCE
    while thread.is_alive() and not _somebody_waits(db):
        assert time.monotonic() < end
        time.sleep(0.01)


def _somebody_waits(db: Database) -> bool:
    if db.is_embedded:
        return bool(db._writers._waiting)
    with db.read() as connection:
        return bool(connection.execute(WAITING).scalar_one())
