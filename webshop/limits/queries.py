"""Limits as they are counted in the database, for all processes together."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from math import ceil
from typing import Any

from sqlalchemy import Connection, Select, case, delete, literal, select

from webshop.db.columns import Moment
from webshop.db.counters import limits
from webshop.db.engine import Database, again_if_contended, moment_of
from webshop.db.upsert import insert
from webshop.errors import TooMany
from webshop.language.messages import gettext as _
from webshop.limits.model import WHILE, Limit

LIFTED = "lifted"  # in place of a limit's name: until `since`, none counts for this address or cart


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
    reached = _row(who, limit.what).where(
        limits.c.count >= limit.most, limits.c.since > literal(now - limit.within, Moment)
    )
    row = connection.execute(reached).first()
    if row and not is_lifted(connection, who):
        raise _too_many(row.since + limit.within - now)


def count(connection: Connection, limit: Limit, who: str) -> None:
    """One more. Raises TooMany when it is one too many. Rivals of the same name wait for the end of this
    transaction."""
    if not who or is_lifted(connection, who):
        return
    now = moment_of(connection)
    row = insert(connection, limits).values(what=limit.what, who=who, since=now, count=1)
    is_over = limits.c.since <= literal(now - limit.within, Moment)
    one_more = row.on_conflict_do_update(
        index_elements=["what", "who"],
        set_={
            "since": case((is_over, row.excluded.since), else_=limits.c.since),
            "count": case((is_over, 1), else_=limits.c.count + 1),
        },
    ).returning(limits.c.count, limits.c.since)
    times, since = connection.execute(one_more).one()
    if times > limit.most:
        raise _too_many(since + limit.within - now)


def _too_many(wait: timedelta) -> TooMany:
    return TooMany(
        _("That was more than we can take from one place at once. Please try again in a few minutes."),
        retry_after=max(1, ceil(wait.total_seconds())),
    )


def is_lifted(connection: Connection, who: str) -> bool:
    lifted = _row(who, LIFTED).where(limits.c.since > literal(moment_of(connection), Moment))
    return connection.execute(lifted).first() is not None


def _row(who: str, what: str) -> Select[Any]:
    return select(limits).where(limits.c.who == who, limits.c.what == what)


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
