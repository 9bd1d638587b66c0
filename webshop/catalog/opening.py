"""What a shop that opens does about catalog.toml. Only where it has changed is loaded what loads it."""

from collections.abc import Callable, Iterator

from sqlalchemy import Connection, func, select

from webshop.catalog.file.source import CatalogFile
from webshop.catalog.model import Catalogue
from webshop.db.engine import Database
from webshop.db.tables import catalog_loads, products
from webshop.toml_files import FileError


def is_empty(connection: Connection) -> bool:
    """Whether no catalogue was ever loaded."""
    return connection.execute(select(func.count()).select_from(products)).scalar_one() == 0


def find_digest(connection: Connection) -> str:
    """Of the file that the shop sells; "" if nobody knows."""
    return connection.execute(select(catalog_loads.c.digest)).scalar() or ""


def fill(connection: Connection, file: CatalogFile, read: Callable[[], Catalogue]) -> None:
    """Where no catalogue was ever loaded: this one. Raises FileError."""
    if is_empty(connection):
        from webshop.catalog.load import load

        load(connection, read(), file.digest)


def refresh(db: Database, file: CatalogFile, read: Callable[[], Catalogue]) -> Iterator[str]:
    """For the start of a shop: what is to be said where the file is another one than the shop sells. With
    SQLite it is loaded, which else its owner does, or a release. `read` is the file, and its pictures. Raises
    FileError for a file with mistakes where nothing else is there to be sold."""
    with db.read() as connection:
        before, nothing = find_digest(connection), is_empty(connection)
    try:
        digest = file.digest
        if digest == before:
            return
        found = read()
    except FileError as mistakes:
        if nothing:
            raise
        more = f" (and {len(mistakes.problems) - 1} more mistakes)" if mistakes.problems[1:] else ""
        yield f"The shop sells what it sold before, not what {file.name} says: {mistakes.problems[0]}{more}"
        return
    if db.is_embedded:
        from webshop.catalog.file.changes import told
        from webshop.catalog.load import store

        yield f"{file.name} has changed and is loaded."
        yield from told(store(db, found, digest, {}))
    else:
        yield f"{file.name} is not what the shop sells: python -m webshop catalog load"
