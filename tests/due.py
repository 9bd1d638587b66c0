"""When something that waits in a table is due: the moments that a test writes down, and none in between."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from sqlalchemy import Connection

from webshop.db.engine import Database

Work = TypeVar("Work")

NOW = datetime(2026, 3, 5, 14, 0, tzinfo=UTC)
SECOND, MINUTE, HOUR, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def claim_at(
    db: Database,
    claim: Callable[[Connection], Work | None],
    moments: Sequence[timedelta],
    start: datetime = NOW,
) -> list[Work]:
    """What is claimed at each of these moments after `start`. A second before it nothing may be due, and
    nothing right after it has been claimed."""
    claimed = []
    for moment in moments:
        assert _claim(db, claim, start + moment - SECOND) is None, f"due before {moment}"
        found = _claim(db, claim, start + moment)
        assert found is not None, f"not due at {moment}"
        assert _claim(db, claim, start + moment) is None, f"due again at {moment}"
        claimed.append(found)
    return claimed


def _claim(db: Database, claim: Callable[[Connection], Work | None], now: datetime) -> Work | None:
    with db.write(now) as connection:
        return claim(connection)


def is_due(db: Database, claim: Callable[[Connection], Work | None], now: datetime) -> bool:
    return _claim(db, claim, now) is not None
