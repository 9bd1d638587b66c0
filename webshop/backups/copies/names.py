"""What a backup is called: its name says what it is, so that nothing else need be asked."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from webshop.settings.mode import ShopMode

FORM = re.compile(r"webshop-(sandbox|test|live)-([0-9]{8}T[0-9]{6}Z)-([0-9]{4})\.(sqlite3\.gz|dump)")
MOMENT = "%Y%m%dT%H%M%SZ"


class Kind(StrEnum):
    """Its word ends the name."""

    SQLITE = "sqlite3.gz"  # the file, compressed
    POSTGRESQL = "dump"  # of pg_dump, in its custom format, which is compressed


@dataclass(frozen=True)
class Name:
    """What was committed by `taken_at` is in it, and maybe a little more. `revision`: of its tables."""

    mode: ShopMode
    taken_at: datetime
    revision: str
    kind: Kind

    def __str__(self) -> str:
        moment = self.taken_at.astimezone(UTC).strftime(MOMENT)
        return f"webshop-{self.mode}-{moment}-{self.revision}.{self.kind}"


def read_name(text: str) -> Name | None:
    """None for what no backup of a shop is called."""
    found = FORM.fullmatch(text)
    if not found:
        return None
    mode, moment, revision, kind = found.groups()
    try:
        taken_at = datetime.strptime(moment, MOMENT).replace(tzinfo=UTC)
    except ValueError:
        return None
    return Name(ShopMode(mode), taken_at, revision, Kind(kind))
