"""Limits as they are counted in the database, for all processes together."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import cache
from math import ceil
from typing import Any

from sqlalchemy import Connection, bindparam, case, delete, select
from sqlalchemy.sql.dml import ReturningInsert

from webshop.db.columns import Moment
from webshop.db.engine import Database, again_if_contended, moment_of
from webshop.db.tables.counters import limits
from webshop.db.upsert import insert, insert_of
from webshop.errors import TooMany
from webshop.language.messages import gettext as _
from webshop.limits.model import WHILE, Limit

LIFTED = "lifted"  # in place of a limit's name: until `since`, none counts for this address or cart

# Built once: to build a statement takes longer than to run it.
SINCE = bindparam("later_than", type_=Moment)
ROW = select(limits).where(
    limits.c.who == bindparam("whose"), limits.c.what == bindparam("which"), limits.c.since > SINCE
)
REACHED = ROW.where(limits.c.count >= bindparam("most"))


@cache
def _one_more(dialect: str) -> ReturningInsert[int, datetime]:
    row = insert_of(dialect, limits)
    is_over = limits.c.since <= SINCE
    return row.on_conflict_do_update(
        index_elements=["what", "who"],
        set_={
            "since": case((is_over, row.excluded.since), else_=limits.c.since),
            "count": case((is_over, 1), else_=limits.c.count + 1),
        },
    ).returning(limits.c.count, limits.c.since)


@again_if_contended
def take(db: Database, *counted: tuple[Limit, str]) -> None:
    """Count one more of each, in a transaction of its own. Raises TooMany if there were enough of one."""
    with db.read() as connection:
        for limit, who in counted:
            refuse(connection, limit, who)
    with db.write() as connection:
        for limit, who in counted:
            count(connection, limit, who)


def refuse(connection: Connection, limit: Limit, who: str) -> None:
    """Raises TooMany if `who` (a cart, a network address) has reached the limit. Nothing is counted: so a
    flood of what is refused writes nothing. "" is nobody in particular, for whom there is no limit."""
    if not who:
        return
    now = moment_of(connection)
    which = {"whose": who, "which": limit.what, "later_than": now - limit.within, "most": limit.most}
    row = connection.execute(REACHED, which).first()
    if row and not is_lifted(connection, who):
        raise _too_many(row.since + limit.within - now)


def count(connection: Connection, limit: Limit, who: str) -> None:
    """One more. Raises TooMany when it is one too many. Rivals of the same name wait for the end of this
    transaction."""
    if not who or is_lifted(connection, who):
        return
    now = moment_of(connection)
    row = {"what": limit.what, "who": who, "since": now, "count": 1, "later_than": now - limit.within}
    times, since = connection.execute(_one_more(connection.dialect.name), row).one()
    if times > limit.most:
        raise _too_many(since + limit.within - now)


def _too_many(wait: timedelta) -> TooMany:
    return TooMany(
        _("That was more than we can take from one place at once. Please try again in a few minutes."),
        retry_after=max(1, ceil(wait.total_seconds())),
    )


def is_lifted(connection: Connection, who: str) -> bool:
    lifted = {"whose": who, "which": LIFTED, "later_than": moment_of(connection)}
    return connection.execute(ROW, lifted).first() is not None


def lift(connection: Connection, who: str, until: datetime) -> None:
    """Forget what was counted of `who`, and count nothing until then."""
    connection.execute(delete(limits).where(limits.c.who == who))
    connection.execute(insert(connection, limits).values(what=LIFTED, who=who, since=until, count=0))


def list_all(connection: Connection) -> Sequence[Any]:
    """Rows of what, who, since and times, the highest counts first."""
    found = select(limits.c.what, limits.c.who, limits.c.since, limits.c.count.label("times"))
    return connection.execute(found.order_by(limits.c.count.desc(), limits.c.who)).all()


def delete_old(connection: Connection) -> None:
    """Addresses are personal data: they are kept no longer than they count."""
    connection.execute(delete(limits).where(limits.c.since < moment_of(connection) - WHILE))
