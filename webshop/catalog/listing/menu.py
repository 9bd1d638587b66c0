"""Categories, as pages lead through them."""

import logging
from collections.abc import Sequence
from threading import Lock
from time import monotonic

from sqlalchemy import ColumnElement, Connection, select

from webshop.catalog import changed
from webshop.catalog.changed import Version
from webshop.catalog.listing.categories import EVERYTHING, Category, ways
from webshop.db import rows
from webshop.db.engine import Database
from webshop.db.tables import categories
from webshop.errors import Unavailable

log = logging.getLogger(__name__)

MOST_ROOTS = 12  # in the menu of every page; the page of all products has the others
MOST_BELOW = 100
KEPT = 0.5  # seconds that a process remembers the menu
PAUSE = 10  # seconds until it is asked for again where the database has failed


def find_category(connection: Connection, slug: str) -> Category | None:
    """None also for one in which nothing is on sale."""
    return next(iter(_list(connection, categories.c.slug == slug)), None)


def list_below(connection: Connection, slug: str = EVERYTHING, most: int = MOST_BELOW) -> list[Category]:
    """Those right below it, in the catalogue's order."""
    return _list(connection, categories.c.parent == slug, most)


def list_way(connection: Connection, path: str) -> list[Category]:
    """A category with those around it, from the root."""
    way = ways(path)
    found = {each.path: each for each in _list(connection, categories.c.path.in_(way))} if way else {}
    return [found[each] for each in way if each in found]


def find(connection: Connection, named: str) -> Category | None:
    """By its slug or its path, as people write them into shop.toml."""
    path = "".join(ways(named)[-1:])
    return next(iter(_list(connection, (categories.c.slug == named) | (categories.c.path == path))), None)


def _list(connection: Connection, which: ColumnElement[bool], most: int = MOST_BELOW) -> list[Category]:
    query = select(categories).where(which, categories.c.products > 0).order_by(categories.c.position)
    return [rows.read(Category, row) for row in connection.execute(query.limit(most))]


class Menu:
    """The root categories for the head of every page, read anew now and then, and before any page is made of
    another version of the catalogue. Whatever happens to the database, a page has a menu: the last one that
    was read, for which nobody waits while it is read again."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._roots: Sequence[Category] = ()
        self._until = 0.0
        self._of: Version = ()
        self._is_old = True  # of another version: whoever comes while it is read waits for it
        self._fails = False
        self._outages = 0  # counted as they begin, and as they end
        self._turn = Lock()

    def roots(self) -> Sequence[Category]:
        if monotonic() >= self._until and self._turn.acquire(blocking=self._is_old):
            try:
                if monotonic() >= self._until:
                    self._read()
            finally:
                self._turn.release()
        return self._roots

    def _read(self) -> None:
        of = self._of
        try:
            with self._db.read() as connection:
                self._roots = list_below(connection, most=MOST_ROOTS)
            fails = False
        except Unavailable:
            log.warning("The menu of categories could not be read")
            fails = True
        self._outages += fails != self._fails
        self._fails = fails
        if self._of == of:
            self._until, self._is_old = monotonic() + (PAUSE if fails else KEPT), False

    def version(self) -> Version:
        """Of what all pages show. One with a menu that could not be read is another, and again when it can.
        Raises Unavailable."""
        found = changed.ask(self._db)
        if found != self._of:
            self._of, self._is_old, self._until = found, True, 0.0
        return (*found, self._outages)
