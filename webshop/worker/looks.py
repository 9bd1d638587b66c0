"""A look at templates that were changed: broken ones are told of, and the shop goes on with those it read."""

from datetime import datetime, timedelta

from webshop.alarms.templates import LookedAt
from webshop.db.engine import Database
from webshop.web.templates import Inspector

BETWEEN_LOOKS = timedelta(minutes=1)  # at what is live: whoever draws it looks by itself


class Looks:
    """`often`: each time it is asked to look."""

    def __init__(self, db: Database, inspector: Inspector, *, often: bool) -> None:
        self._db = db
        self._inspector = inspector
        self._often = often
        self._looked_at: datetime | None = None
        self._told = LookedAt(db)

    def look(self) -> None:
        now = self._db.clock()
        if self._often or self._looked_at is None or now - self._looked_at >= BETWEEN_LOOKS:
            looked = self._inspector.look()
            self._told.tell({file: str(mistake or "") for file, mistake in looked.items()})
            self._looked_at = now
