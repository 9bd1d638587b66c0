"""python -m webshop backup: copy the database while the shop sells, or list the copies."""

import argparse
from collections.abc import Iterator
from datetime import datetime

from webshop.backups.copies.names import Name
from webshop.backups.copies.places import Place, open_place
from webshop.backups.schedule import rule_of
from webshop.backups.take import Taken, list_backups, take
from webshop.db.migrate import opened
from webshop.errors import Mistyped
from webshop.language.formats import format_minute
from webshop.settings.model import Settings
from webshop.settings.values import backup_place


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Make the command known to the command line."""
    parser = commands.add_parser("backup", help="copy the database, while the shop sells")
    parser.add_argument("to", nargs="?", help="a folder, or s3://bucket/prefix (default: BACKUP_TO)")
    parser.add_argument("--list", action="store_true", dest="lists", help="the backups that are there")
    parser.set_defaults(run=_backup)


def _backup(options: argparse.Namespace, config: Settings) -> None:
    address = address_of(options.to, config)
    place = open_place(address, config)
    lines = _listed(place, address) if options.lists else _taken(_take(config, place), address)
    for line in lines:
        print(line)


def address_of(typed: str | None, config: Settings) -> str:
    """Where backups are. Raises Mistyped."""
    if typed is None and not config.backup_to:
        raise Mistyped("Where to? A folder or s3://bucket/prefix, here or in BACKUP_TO.")
    try:
        return backup_place(typed) if typed is not None else config.backup_to
    except ValueError as error:
        raise Mistyped(f"{typed!r} {error}") from error


def _take(config: Settings, place: Place) -> Taken:
    with opened(config) as db:
        return take(db, config.mode, place, rule_of(config))


def _taken(taken: Taken, address: str) -> Iterator[str]:
    yield f"{taken.name} ({_size(taken.size)}) is in {address}."
    yield from (f"{name} is deleted: its time was over." for name in taken.deleted)


def _listed(place: Place, address: str) -> Iterator[str]:
    names = list_backups(place)
    yield from (_line(name) for name in names)
    if not names:
        yield f"No backup is in {address}."


def _line(name: Name) -> str:
    moment: datetime = name.taken_at
    return f"{format_minute(moment)}  {name.mode}  tables {name.revision}  {name}"


def _size(count: int) -> str:
    return f"{count / 1_000_000:.1f} MB" if count >= 100_000 else f"{count / 1000:.1f} kB"
