"""Taking a backup: copied while the shop sells, looked at, and only then given its name in its place."""

import logging
import threading
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from webshop.backups import contents, turns
from webshop.backups.copies import keep, postgresql_dump, sqlite_file
from webshop.backups.copies.names import Kind, Name, read_name
from webshop.backups.copies.places import Place
from webshop.db import modes
from webshop.db.engine import Database, again_if_contended
from webshop.db.migrate import head
from webshop.errors import OwnerError, ShopError
from webshop.settings.mode import ShopMode

log = logging.getLogger(__name__)

NEVER_FEWER = ("orders", "order_events", "payments")  # tables from which nothing is ever deleted


@dataclass(frozen=True)
class Taken:
    """A backup that is whole, of so many bytes; `deleted`: those whose time was over."""

    name: Name
    size: int
    deleted: list[Name]


def take(
    db: Database, mode: ShopMode, place: Place, rule: keep.Rule, stopping: threading.Event | None = None
) -> Taken:
    """Back the database up. Raises OwnerError or Unavailable; then nothing has a backup's name that is
    none."""
    taken_at = db.clock()
    if db.is_missing:
        raise OwnerError(f"{contents.file_of(db)} is not there: there is nothing to back up.")
    with TemporaryDirectory(prefix="webshop-backup-") as folder:
        name, file = _copy(db, mode, taken_at, Path(folder), stopping)
        size = file.stat().st_size
        place.put(file, str(name))
    if name.revision >= head():  # right before a release there is no table for it yet
        _remember(db)
    return Taken(name, size, _delete_old(place, taken_at, rule))


def _copy(
    db: Database, mode: ShopMode, taken_at: datetime, folder: Path, stopping: threading.Event | None
) -> tuple[Name, Path]:
    with db.read() as connection:
        mode = modes.current(connection) or mode
    copied = folder / "copy"
    if db.is_embedded:
        revision = _copy_file(str(contents.file_of(db)), copied)
        packed = folder / "packed"
        sqlite_file.pack(copied, packed)
        return Name(mode, taken_at, revision, Kind.SQLITE), packed
    server = contents.server_version(db)
    postgresql_dump.dump(contents.url_of(db), server, copied, stopping)
    missing = contents.list_tables(db) - postgresql_dump.list_tables(copied, server)
    if missing:
        raise OwnerError(f"The dump lacks {', '.join(sorted(missing))}.")
    return Name(mode, taken_at, postgresql_dump.read_revision(copied, server), Kind.POSTGRESQL), copied


def _copy_file(source: str, copied: Path) -> str:
    """The revision. What was there when the copy began is in it: `cp` would not promise that."""
    before = {table: sqlite_file.count_rows(source, table) for table in NEVER_FEWER}
    sqlite_file.copy(source, copied)
    sqlite_file.check(copied)
    for table, number in before.items():
        found = sqlite_file.count_rows(str(copied), table)
        if found < number:
            raise OwnerError(f"The copy has {found} of {number} rows of {table}.")
    return sqlite_file.read_revision(copied)


@again_if_contended
def _remember(db: Database) -> None:
    with db.write() as connection:
        turns.done(connection)


def _delete_old(place: Place, now: datetime, rule: keep.Rule) -> list[Name]:
    """What cannot be deleted now is deleted next time."""
    try:
        over = keep.list_over(list_backups(place), now, rule)
        for name in over:
            place.delete(str(name))
    except OwnerError as error:
        log.warning("Old backups are kept: %s", error.message)
        return []
    return over


def list_backups(place: Place) -> list[Name]:
    """The oldest first; other things may lie there, too. Raises OwnerError."""
    found = [name for name in map(read_name, place.list_names()) if name]
    return sorted(found, key=lambda name: (name.taken_at, str(name)))


def why(error: Exception) -> str:
    """A sentence for the owner."""
    return error.message if isinstance(error, OwnerError | ShopError) else f"{type(error).__name__}: {error}"
