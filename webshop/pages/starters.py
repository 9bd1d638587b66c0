"""What is left of the starters' texts: no shop begins to take real money with it."""

import logging
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import Connection, inspect

from webshop import shop
from webshop.db import modes
from webshop.db.engine import Database
from webshop.db.tables.counters import modes as table
from webshop.pages.reading import folder_of, read_pages
from webshop.settings.mode import ShopMode
from webshop.settings.model import Settings
from webshop.shop import Shop
from webshop.toml_files import FileError

log = logging.getLogger(__name__)


def refuse_starters(db: Database, config: Settings, *, goes_live: bool = False) -> None:
    """Before a database becomes one of live mode: a new one, or one that `goes_live`. Raises FileError with a
    line for each page that is still a starter; of a shop that takes real money already, the log is told."""
    if config.mode is not ShopMode.LIVE or (not goes_live and _is_anothers(db)):
        return  # the latter is refused for its mode
    left = list(left_of_starters(folder_of(config.shop_file), shop.load(config.shop_file)))
    if left and not _sells_already(db):
        raise FileError(left)
    for words in left:
        log.warning(words)


def left_of_starters(folder: Path, store: Shop) -> Iterator[str]:
    """A line for each page that still has something to be filled in, and for each mistake: nobody knows what
    is in a page that cannot be read."""
    for page in read_pages(folder, store):
        yield from page.mistakes
        if page.to_do:
            more = f", and {len(page.to_do) - 1} more" if page.to_do[1:] else ""
            yield f"pages/{page.slug}.md: [[{page.to_do[0]}]]{more} is still to be seen to"


def _is_anothers(db: Database) -> bool:
    return not db.is_missing and _mode_of(db) not in (None, ShopMode.LIVE)


def _sells_already(db: Database) -> bool:
    return not db.is_missing and _mode_of(db) is ShopMode.LIVE


def _mode_of(db: Database) -> ShopMode | None:
    """None for a new database, which may have no tables."""
    with db.read() as connection:
        return mode_in(connection)


def mode_in(connection: Connection) -> ShopMode | None:
    return modes.current(connection) if inspect(connection).has_table(table.name) else None
