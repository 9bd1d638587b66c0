"""SQLite's file: copied by its backup API while others write, checked, packed and unpacked.

`cp` copies the file without what is still in its -wal: orders are missing, and nothing looks wrong.
"""

import gzip
import os
import shutil
import sqlite3
import zlib
from contextlib import closing
from pathlib import Path

from webshop.backups.copies.places import PRIVATE
from webshop.errors import OwnerError

BESIDE = ("", "-wal", "-shm", "-journal")  # what may be there of a database, after its file's name


def copy(source: str, to: Path) -> None:
    """A copy of all that is committed, made in one step, which lets others write. Raises OwnerError."""
    try:
        with closing(sqlite3.connect(source)) as shop, closing(sqlite3.connect(to)) as backup:
            shop.backup(backup)
            backup.execute("PRAGMA journal_mode = DELETE")  # one file, nothing beside it
    except sqlite3.Error as error:
        raise OwnerError(f"The SQLite file could not be copied: {error}.") from error
    to.chmod(PRIVATE)


def check(file: Path) -> None:
    """Raises OwnerError for a file that is no whole database."""
    try:
        with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as database:
            found = [row[0] for row in database.execute("PRAGMA integrity_check")]
            found += [f"{row[0]} refers to nothing" for row in database.execute("PRAGMA foreign_key_check")]
    except sqlite3.Error as error:
        raise OwnerError(f"This is no whole SQLite database: {error}.") from error
    if found != ["ok"]:
        raise OwnerError(f"This SQLite database is damaged: {'; '.join(map(str, found[:3]))}.")


def count_rows(file: str, table: str) -> int:
    """Of one of the shop's tables, as it is now."""
    try:
        with closing(sqlite3.connect(file)) as database:
            return int(database.execute(f"SELECT count(*) FROM {table}").fetchone()[0])  # noqa: S608
    except sqlite3.Error as error:
        raise OwnerError(f"The SQLite file could not be read: {error}.") from error


def read_revision(file: Path) -> str:
    """Of its tables. Raises OwnerError for a database that is none of a shop."""
    try:
        with closing(sqlite3.connect(file)) as database:
            return str(database.execute("SELECT version_num FROM alembic_version").fetchone()[0])
    except (sqlite3.Error, TypeError) as error:
        raise OwnerError("This database is none of a shop.") from error


def pack(file: Path, to: Path) -> None:
    with file.open("rb") as source, gzip.open(to, "wb", compresslevel=6) as packed:
        shutil.copyfileobj(source, packed, 1 << 20)
    to.chmod(PRIVATE)


def unpack(packed: Path, to: Path) -> None:
    """Raises OwnerError for what is not all there."""
    try:
        with gzip.open(packed) as source, to.open("wb") as file:
            shutil.copyfileobj(source, file, 1 << 20)
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise OwnerError(f"{packed.name} is damaged or not all there: {error}.") from error
    to.chmod(PRIVATE)


def fold(file: Path) -> None:
    """All of a database that nobody has open into its one file."""
    with closing(sqlite3.connect(file)) as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        database.execute("PRAGMA journal_mode = DELETE")


def what_is_there(path: Path) -> list[Path]:
    """What a database has left at this path: its file, or only what stands beside it."""
    return [each for end in BESIDE if (each := path.with_name(path.name + end)).exists()]


def take_place(file: Path, path: Path) -> None:
    """The file, which nobody has open, becomes the database at `path`. Raises OwnerError if one is there."""
    descriptor = os.open(file, os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    try:
        os.link(file, path)  # unlike a rename it refuses what has come in between
    except FileExistsError as error:
        raise OwnerError(f"{path} is there already.") from error
    file.unlink()
