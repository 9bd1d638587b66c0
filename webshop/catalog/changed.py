"""What pages of the catalogue show has changed: told by whoever changes it, asked by whoever keeps them."""

from datetime import timedelta

from sqlalchemy import Connection, delete, func, insert, select

from webshop.db.engine import Database, moment_of
from webshop.db.tables import catalogue_changes

REMEMBERED = timedelta(minutes=10)

Version = tuple[object, ...]

_newest = select(func.max(catalogue_changes.c.id)).scalar_subquery()
_version = select(func.count(), func.sum(catalogue_changes.c.id))


def tell(connection: Connection) -> None:
    """In the transaction that changes it."""
    connection.execute(insert(catalogue_changes).values(at=moment_of(connection)))


def version(connection: Connection) -> Version:
    """Another one after each change. Not the last alone: who was numbered first may end last, and old ones
    are forgotten at any time. Where there are as many as before, newer ones have come for older ones."""
    return tuple(connection.execute(_version).one())


def ask(db: Database) -> Version:
    """The same, of a database. Raises Unavailable."""
    with db.read() as connection:
        return version(connection)


def forget(connection: Connection) -> None:
    """Those that all processes have long heard of; never the newest: SQLite begins its numbers anew when a
    table is empty, and a version would come again."""
    is_old = catalogue_changes.c.at < moment_of(connection) - REMEMBERED
    connection.execute(delete(catalogue_changes).where(is_old, catalogue_changes.c.id != _newest))
