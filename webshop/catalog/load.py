"""The shop sells what catalog.toml says: one transaction of few statements, however many products."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from functools import partial
from time import sleep

from sqlalchemy import Connection, Table, bindparam, delete, select, update
from sqlalchemy.exc import IntegrityError

from webshop.catalog import changed
from webshop.catalog.feeds.moved import comparable
from webshop.catalog.file.changes import Loaded, Plan, Rows, compare
from webshop.catalog.file.rows import Row
from webshop.catalog.listing import shelves
from webshop.catalog.listing.categories import ways
from webshop.catalog.model import Catalogue
from webshop.catalog.opening import find_digest
from webshop.catalog.prices import keep_history
from webshop.catalog.search import index
from webshop.db import bulk
from webshop.db.engine import Contended, Database, again_if_contended, moment_of
from webshop.db.tables import cart_lines, catalog_loads, moved_addresses, products, variants
from webshop.db.upsert import insert
from webshop.language.messages import gettext as _

__all__ = ["Loaded", "load", "look", "store"]

# What else is made of a catalogue that is loaded. Each reads first and writes then, and reads nothing that it
# has written: beside shoppers they are rehearsed, and done bit by bit.
STEPS: Sequence[Callable[[Connection, Catalogue], object]] = (
    keep_history,
    shelves.fill,
    index.fill,
    index.learn,
)
AT_ONCE = 5  # loads


def load(connection: Connection, catalogue: Catalogue, digest: str = "") -> Loaded:
    """Make the catalogue what the file says; what it no longer lists is kept, but not sold.

    A stock belongs to the database once it is loaded: orders have changed it since, or the owner has. The
    file's number is taken only for a new sku; the answer names those that the file would count otherwise.
    `digest` is the file's. All of it is in the caller's transaction, for which shoppers wait: see `store`.
    """
    plan = _compare(connection, catalogue, {})
    if _is_news(connection, plan, catalogue, digest):
        _write(connection, plan, catalogue, _version(connection), digest)
    for step in STEPS:
        step(connection, catalogue)
    return plan.told


def look(db: Database, catalogue: Catalogue, renamed: Mapping[str, str]) -> Loaded:
    """What `store` would do."""
    with db.read() as connection:
        return _compare(connection, catalogue, renamed).told


def store(db: Database, catalogue: Catalogue, digest: str, renamed: Mapping[str, str]) -> Loaded:
    """The same beside shoppers: nobody waits for it for long, but on PostgreSQL whoever buys what has changed
    while that is written. `renamed` are new skus by old ones, whose stock
    and carts they take over. Raises Mistyped for a sku that there is not."""
    told = bulk.persistently(partial(_store, db, catalogue, digest, renamed))
    for step in STEPS:
        _perform(db, catalogue, step)
    bulk.persistently(partial(_seal, db, digest))
    return told


@again_if_contended
def _store(db: Database, catalogue: Catalogue, digest: str, renamed: Mapping[str, str]) -> Loaded:
    with db.read() as connection:
        version = _version(connection)
        plan = _compare(connection, catalogue, renamed)
        is_news = _is_news(connection, plan, catalogue, digest)
    if is_news:
        with db.write(locks_later=True) as connection:
            _write(connection, plan, catalogue, version, "")  # whoever dies now has to do it again
        bulk.tidy_up(db)
    return plan.told


def _seal(db: Database, digest: str) -> None:
    """All of the file is in the shop, and its pages show it."""
    with db.read() as connection:
        if find_digest(connection) == digest:
            return
    with db.write() as connection:
        connection.execute(update(catalog_loads).values(digest=digest))
        changed.tell(connection)


def _is_news(connection: Connection, plan: Plan, catalogue: Catalogue, digest: str) -> bool:
    return plan.is_news or digest != find_digest(connection) or _moved(catalogue) != _moves(connection)


def _perform(db: Database, catalogue: Catalogue, step: Callable[[Connection, Catalogue], object]) -> None:
    """Whoever loads at the same time may have written some of it: that is seen the next time."""
    for _attempt in range(AT_ONCE):
        with suppress(IntegrityError):
            return _performed(db, catalogue, step)
        sleep(bulk.PAUSE)
    return _performed(db, catalogue, step)


def _performed(db: Database, catalogue: Catalogue, step: Callable[[Connection, Catalogue], object]) -> None:
    """PostgreSQL locks rows that nobody else writes."""
    if not db.is_embedded:
        bulk.persistently(partial(_in_one, db, catalogue, step))
        return
    with db.read() as connection, bulk.rehearsed(connection) as changes:
        step(connection, catalogue)
    bulk.perform(db, changes)


def _in_one(db: Database, catalogue: Catalogue, step: Callable[[Connection, Catalogue], object]) -> None:
    with db.write() as connection:
        bulk.take_time(connection)
        step(connection, catalogue)


def _version(connection: Connection) -> int:
    return connection.execute(select(catalog_loads.c.version)).scalar() or 0


def _compare(connection: Connection, catalogue: Catalogue, renamed: Mapping[str, str]) -> Plan:
    bulk.take_time(connection)
    of_products, of_variants = _rows(connection, products, "slug"), _rows(connection, variants, "sku")
    return compare(catalogue, of_products, of_variants, renamed, moment_of(connection))


def _rows(connection: Connection, table: Table, key: str) -> Rows:
    return {row[key]: dict(row) for row in connection.execute(select(table)).mappings()}


def _write(connection: Connection, plan: Plan, catalogue: Catalogue, version: int, digest: str) -> None:
    """What takes long is done before anything is locked."""
    bulk.take_time(connection)
    new_products = bulk.stage(connection, products, plan.products)
    new_variants = bulk.stage(connection, variants, plan.variants)
    _remember(connection, version, digest)
    bulk.merge(connection, new_products, products)
    bulk.merge(connection, new_variants, variants, keeps={"stock"})
    _withdraw(connection, products, "slug", plan.gone)
    _withdraw(connection, variants, "sku", plan.unsold)
    _move_carts(connection, plan.carts)
    _keep_old_addresses(connection, catalogue)
    changed.tell(connection)


def _remember(connection: Connection, version: int, digest: str) -> None:
    """Which file the shop sells from now on. Raises Contended where another one was loaded meanwhile."""
    now: datetime = moment_of(connection)
    row = insert(connection, catalog_loads).values(id=1, version=1, at=now, digest=digest)
    again = {"version": catalog_loads.c.version + 1, "at": now, "digest": digest}
    upsert = row.on_conflict_do_update(index_elements=["id"], set_=again)
    if connection.execute(upsert.returning(catalog_loads.c.version)).scalar_one() != version + 1:
        raise Contended(_("The shop is very busy. Please try again in a moment."))


def _withdraw(connection: Connection, table: Table, key: str, gone: Sequence[str]) -> None:
    """A draft that is gone from the file is none any more."""
    if gone:
        states = {"active", "draft"} & {*table.c.keys()}
        statement = update(table).where(table.c[key] == bindparam("gone"))
        statement = statement.values(dict.fromkeys(states, False))
        connection.execute(statement, [{"gone": each} for each in sorted(gone)])


def _move_carts(connection: Connection, carts: Mapping[str, str]) -> None:
    """From a sku that was new for a while to the one that bears its name now."""
    for other, sku in carts.items():
        has_both = select(cart_lines.c.cart).where(cart_lines.c.sku == sku)
        theirs = update(cart_lines).where(cart_lines.c.sku == other, cart_lines.c.cart.not_in(has_both))
        connection.execute(theirs.values(sku=sku))


def _keep_old_addresses(connection: Connection, catalogue: Catalogue) -> None:
    wanted = _moved(catalogue)
    if wanted != _moves(connection):
        connection.execute(delete(moved_addresses))
        if wanted:
            connection.execute(insert(connection, moved_addresses), [*wanted.values()])


def _moved(catalogue: Catalogue) -> Rows:
    """By path. Old slugs of categories are /c/…, those of products /products/…"""
    found: dict[str, Row] = {}
    for category in catalogue.categories:
        for path in (comparable(old, "/c/") for old in category.moved_from):
            found[path] = {"path": path, "product": "", "category": "".join(ways(category.path)[-1:])}
    for product in catalogue.products:
        for path in map(comparable, product.moved_from):
            found[path] = {"path": path, "product": product.slug, "category": ""}
    return found


def _moves(connection: Connection) -> Rows:
    return _rows(connection, moved_addresses, "path")
