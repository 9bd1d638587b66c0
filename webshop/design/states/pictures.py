"""The catalogue's pictures, for samples that name one by its file."""

from dataclasses import replace

from sqlalchemy import select

from webshop.catalog.model import Picture
from webshop.db.engine import Database
from webshop.db.tables import products


class KnownPictures:
    """Read once, when the first sample wants one."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._by_file: dict[str, Picture] | None = None

    def finish(self, made: object) -> object:
        """A picture as the catalogue has it; anything else, and what it does not have, as it is."""
        if not isinstance(made, Picture):
            return made
        found = self._known().get(made.file)
        return replace(found, alt=made.alt or found.alt) if found else made

    def _known(self) -> dict[str, Picture]:
        if self._by_file is None:
            with self._db.read() as connection:
                rows = connection.execute(select(products.c.pictures)).scalars().all()
            pictures = [Picture(**each) for row in rows for each in row or []]
            self._by_file = {each.file: each for each in pictures if each.name}
        return self._by_file
