"""python -m webshop restore: a backup becomes the database, where there is none. The shop is paused then."""

import argparse
from collections.abc import Iterator

from webshop.backups.restore import Restored, find, restore
from webshop.db.migrate import opened
from webshop.db.pauses import OPENS
from webshop.language.formats import format_minute
from webshop.settings.model import Settings


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Make the command known to the command line."""
    parser = commands.add_parser("restore", help="a backup becomes the database, where there is none")
    parser.add_argument(
        "source", metavar="from", help="a file, a folder or s3://bucket/prefix (its newest one), or a name"
    )
    parser.set_defaults(run=_restore)


def _restore(options: argparse.Namespace, config: Settings) -> None:
    place, name = find(options.source, config)
    with opened(config) as db:
        restored = restore(db, config, place, name)
    for line in _told(restored):
        print(line)


def _told(restored: Restored) -> Iterator[str]:
    orders = "1 order" if restored.orders == 1 else f"{restored.orders} orders"
    yield f"{restored.name} is restored: {orders}, as they were at {format_minute(restored.name.taken_at)}."
    if restored.mails:
        yield f"Mails that waited then, and may have gone since, are held: {restored.mails}."
    yield "The shop is paused: it shows what it sells, and takes no orders, until it has asked Stripe what"
    yield f"happened since. {OPENS} --check shows that, and {OPENS} does it and opens the shop."
