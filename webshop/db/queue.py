"""Work that waits in a table: a row is claimed by putting off the moment at which it is due again.

So any number of workers may do this, and one that dies with a row leaves it to the others.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, Row, select, true, update

from webshop.db.engine import moment_of

ALL = true()


def claim(
    connection: Connection,
    due_at: Column[Any],
    tries: Column[Any],
    pause: Callable[[Row[Any]], timedelta],
    of: ColumnElement[bool] = ALL,
) -> Row[Any] | None:
    """The row that has been due longest, as it was before: `tries` is counted up, and it is due again after
    its `pause`. None when nothing is due; `due_at` is NULL for what is done with. What is not `of` those that
    this release knows stays due, for a later one."""
    table = due_at.table
    due = select(table).where(due_at <= moment_of(connection), of).order_by(due_at).limit(1)
    row = connection.execute(due.with_for_update(skip_locked=True)).first()
    if row is not None:
        put_off = {due_at: moment_of(connection) + pause(row), tries: tries + 1}
        connection.execute(update(table).where(table.c.id == row.id).values(put_off))
    return row


def growing(first: timedelta, longest: timedelta, tries: int) -> timedelta:
    """Twice as long after each of so many `tries`, up to `longest`."""
    return min(first * (1 << min(tries, 10)), longest)
