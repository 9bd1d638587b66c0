"""The sandbox's own SQLite file: objects as JSON documents, idempotency keys, webhook deliveries."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

SCHEMA = (
    "CREATE TABLE IF NOT EXISTS settings (name TEXT PRIMARY KEY, value TEXT NOT NULL)",
    """CREATE TABLE IF NOT EXISTS documents (
        seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, kind TEXT NOT NULL, body TEXT NOT NULL)""",
    "CREATE INDEX IF NOT EXISTS documents_by_kind ON documents (kind, seq)",
    """CREATE INDEX IF NOT EXISTS documents_by_payment
        ON documents (kind, json_extract(body, '$.payment_intent'), seq)""",
    """CREATE INDEX IF NOT EXISTS open_sessions ON documents (json_extract(body, '$.expires_at'))
        WHERE kind = 'checkout.session' AND json_extract(body, '$.status') = 'open'""",
    """CREATE TABLE IF NOT EXISTS idempotency_keys (
        key TEXT PRIMARY KEY, path TEXT NOT NULL, parameters TEXT NOT NULL, created REAL NOT NULL,
        claim TEXT NOT NULL, claimed_until REAL NOT NULL, request TEXT NOT NULL,
        status INTEGER, body BLOB)""",
    "CREATE INDEX IF NOT EXISTS idempotency_keys_by_age ON idempotency_keys (created)",
    """CREATE TABLE IF NOT EXISTS deliveries (
        id INTEGER PRIMARY KEY, event TEXT NOT NULL, state TEXT NOT NULL, due REAL NOT NULL,
        claim TEXT NOT NULL DEFAULT '', claimed_until REAL NOT NULL DEFAULT 0,
        attempts INTEGER NOT NULL DEFAULT 0, status INTEGER, problem TEXT NOT NULL DEFAULT '')""",
    "CREATE INDEX IF NOT EXISTS deliveries_due ON deliveries (due) WHERE state = 'pending'",
    "CREATE INDEX IF NOT EXISTS deliveries_by_event ON deliveries (event)",
    """CREATE TABLE IF NOT EXISTS delivery_chain (
        delivery INTEGER PRIMARY KEY, after INTEGER NOT NULL, attempts INTEGER NOT NULL)""",
    """CREATE TABLE IF NOT EXISTS calls (
        call TEXT NOT NULL, status INTEGER NOT NULL, fault TEXT NOT NULL, count INTEGER NOT NULL,
        PRIMARY KEY (call, status, fault))""",
    # AUTOINCREMENT: a rule's id never comes again, even when all rules have been forgotten.
    """CREATE TABLE IF NOT EXISTS faults (
        id INTEGER PRIMARY KEY AUTOINCREMENT, call TEXT NOT NULL, nth INTEGER NOT NULL,
        times INTEGER NOT NULL, effect TEXT NOT NULL, seconds REAL NOT NULL, process_group INTEGER,
        seen INTEGER NOT NULL DEFAULT 0, hits INTEGER NOT NULL DEFAULT 0,
        problem TEXT NOT NULL DEFAULT '')""",
    """CREATE TABLE IF NOT EXISTS webhook_rules (
        id INTEGER PRIMARY KEY AUTOINCREMENT, action TEXT NOT NULL, event TEXT NOT NULL, times INTEGER,
        copies INTEGER NOT NULL, seconds REAL NOT NULL, sequence TEXT NOT NULL, seed INTEGER NOT NULL,
        hits INTEGER NOT NULL DEFAULT 0)""",
)
BUSY_SECONDS = 30.0


class Store:
    """Opens the file for one transaction at a time.

    A connection lives as long as its transaction: nothing is shared between threads or carried over a fork.
    Raises OSError for a file that cannot be used.
    """

    def __init__(self, path: Path | str) -> None:
        self.path = Path(path)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.path.touch(0o600)  # it keeps secrets
        # SQLite's own waiting is by sleeping and unfair; threads of one process queue here instead.
        self._turn = threading.Lock()
        try:
            self._make_tables()
        except sqlite3.Error as error:
            raise OSError(str(error)) from error

    def _make_tables(self) -> None:
        self._switch_to_wal()
        with self.transaction() as db:
            for statement in SCHEMA:
                db.execute(statement)

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """One BEGIN IMMEDIATE: committed at the end of the block, rolled back if it raises."""
        with self._turn, closing(self.connect()) as db:
            db.execute("BEGIN IMMEDIATE")
            try:
                yield db
            except BaseException:
                db.execute("ROLLBACK")
                raise
            db.execute("COMMIT")

    def connect(self) -> sqlite3.Connection:
        db = sqlite3.connect(self.path, timeout=BUSY_SECONDS, isolation_level=None)
        db.row_factory = sqlite3.Row
        # Nearly every close here is that of the last connection, which waits for the disk, twice, unless told
        # not to. A killed process loses nothing by that; only a power cut may, and the money is not real.
        try:
            db.execute("PRAGMA synchronous = OFF")
        except sqlite3.Error:
            db.close()
            raise
        return db

    def setting(self, name: str, make: Callable[[], str]) -> str:
        """The value kept under this name; made and kept if this is the first time anybody asks."""
        with self.transaction() as db:
            db.execute("INSERT OR IGNORE INTO settings VALUES (?, ?)", (name, make()))
            row = db.execute("SELECT value FROM settings WHERE name = ?", (name,)).fetchone()
        return str(row["value"])

    def _switch_to_wal(self) -> None:
        """SQLite answers "locked" at once, without waiting, when two processes make this switch together."""
        give_up = time.monotonic() + BUSY_SECONDS
        while True:
            try:
                with closing(self.connect()) as db:
                    db.execute("PRAGMA journal_mode = WAL")
                return
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > give_up:
                    raise
                time.sleep(0.02)
