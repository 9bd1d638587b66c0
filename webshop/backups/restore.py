"""The way back: a backup becomes the database of a shop that is paused, where there was nothing before."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import Connection

from webshop.backups import contents, held
from webshop.backups.copies import postgresql_dump, sqlite_file
from webshop.backups.copies.names import Kind, Name, read_name
from webshop.backups.copies.places import Folder, Place, open_place
from webshop.backups.take import list_backups
from webshop.db import modes, pauses
from webshop.db.engine import Database
from webshop.db.migrate import adopt, head
from webshop.errors import Mistyped, OwnerError
from webshop.settings.model import Settings


@dataclass(frozen=True)
class Restored:
    """How many `orders` there are now, and how many mails wait for their owner's word."""

    name: Name
    orders: int
    mails: int


def find(source: str, config: Settings) -> tuple[Place, Name]:
    """The backup that is meant: a file, the newest one of a folder or of s3://bucket/prefix, one of those by
    its name, or the name of one that is where BACKUP_TO says. Raises Mistyped or OwnerError."""
    above, _slash, last = source.rpartition("/")
    if name := read_name(last):
        place = open_place(above or ("." if "/" in source else config.backup_to or "."), config)
        if str(name) not in place.list_names():
            raise OwnerError(f"There is no {name} in {above or config.backup_to or 'this folder'}.")
        return place, name
    if not source.startswith("s3://") and not Path(source).is_dir():
        raise Mistyped(
            f"{source!r} is neither a folder nor s3://…, and not called as backups are: their names say what "
            "they are and when they were taken (webshop-live-20261127T031500Z-0010.dump)."
        )
    place = open_place(source, config) if source.startswith("s3://") else Folder(Path(source))
    names = [name for name in list_backups(place) if name.mode is config.mode]
    if not names:
        raise OwnerError(f"No backup of {config.mode} mode is in {source}.")
    return place, names[-1]


def restore(db: Database, config: Settings, place: Place, name: Name) -> Restored:
    """Fill the empty database. All of it is there, and the shop is paused, or nothing. Raises OwnerError,
    SettingsError for a backup of another mode, or Unavailable."""
    _refuse(db, config, name)
    with TemporaryDirectory(prefix="webshop-restore-") as folder:
        file = Path(folder) / "backup"
        place.fetch(str(name), file)
        fill = _fill_file if db.is_embedded else _fill_server
        return fill(db, config, file, name)


def _refuse(db: Database, config: Settings, name: Name) -> None:
    wanted = Kind.SQLITE if db.is_embedded else Kind.POSTGRESQL
    if name.kind is not wanted:
        theirs = "SQLite" if name.kind is Kind.SQLITE else "PostgreSQL"
        raise OwnerError(f"{name} is of {theirs}, and DATABASE_URL is not.")
    if name.mode is not config.mode:
        raise OwnerError(f"{name} is of {name.mode} mode, and the shop of {config.mode} mode.")
    if db.is_embedded and (there := sqlite_file.what_is_there(contents.file_of(db))):
        raise OwnerError(f"{there[0]} is there: a backup is restored only where nothing is. Move it away.")
    if not db.is_embedded and (tables := contents.list_tables(db)):
        raise OwnerError(
            f"The database has tables ({', '.join(sorted(tables)[:3])} …): a backup is restored only into an "
            "empty one. Make a new one, or empty this one: DROP SCHEMA public CASCADE; CREATE SCHEMA public;"
        )


def _check_revision(revision: str) -> None:
    if revision > head():
        raise OwnerError(
            f"The backup's tables are of revision {revision}, and this program knows them up to {head()}: "
            "restore it with the release that it was taken with, or a newer one."
        )


def _fill_file(db: Database, config: Settings, file: Path, name: Name) -> Restored:
    """Made whole under another name, in the same folder; the shop's own name comes last."""
    path = contents.file_of(db)
    with _draft_beside(path) as draft:
        sqlite_file.unpack(file, draft)
        sqlite_file.check(draft)
        revision = sqlite_file.read_revision(draft)
        _check_revision(revision)
        beginning = Database(f"sqlite:///{draft}", zone=db.zone)
        try:
            restored = _begin(beginning, config, name, revision)
        finally:
            beginning.engine.dispose()
        sqlite_file.fold(draft)
        sqlite_file.take_place(draft, path)
    return restored


@contextmanager
def _draft_beside(path: Path) -> Iterator[Path]:
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.restoring")
    try:
        for left in sqlite_file.what_is_there(draft):
            left.unlink()
        yield draft
    finally:
        for left in sqlite_file.what_is_there(draft):
            left.unlink()


def _fill_server(db: Database, config: Settings, file: Path, name: Name) -> Restored:
    """First the tables, which are no shop's while they are of no revision; then all that makes them one."""
    server = contents.server_version(db)
    revision = postgresql_dump.read_revision(file, server)
    _check_revision(revision)
    postgresql_dump.restore(file, contents.url_of(db), server)
    try:
        return _begin(db, config, name, revision)
    except BaseException:
        contents.clear_away(db)
        raise


def _begin(db: Database, config: Settings, name: Name, revision: str) -> Restored:
    found: list[Restored] = []

    def pause(connection: Connection) -> None:
        modes.check(connection, config.mode)
        begun = pauses.begin(connection, str(name), name.taken_at)
        mails = held.hold(connection, begun)
        found.append(Restored(name, contents.count_orders(connection), mails))

    adopt(db, revision, pause)
    return found[0]
