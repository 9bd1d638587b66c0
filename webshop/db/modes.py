"""The mode that the database is in: remembered at the first start, and changed by go-live alone."""

from datetime import datetime
from itertools import pairwise

from sqlalchemy import Connection, func, select

from webshop.db.engine import moment_of
from webshop.db.tables import attempts
from webshop.db.tables.counters import modes
from webshop.db.upsert import insert
from webshop.settings.mode import ShopMode
from webshop.settings.model import SettingsError

_newest_first = select(modes.c.mode).order_by(modes.c.id.desc()).limit(1)
_kept = select(modes.c.id).with_for_update(read=True)
latest = _newest_first.scalar_subquery()  # the mode, for use inside a query


def current(connection: Connection) -> ShopMode | None:
    """None before the first start. Raises SettingsError for a mode of a later release."""
    found = connection.execute(_newest_first).scalar()
    if found and found not in set(ShopMode):
        raise SettingsError([f"DATABASE_URL: the database is of {found} mode, which a later release knows"])
    return ShopMode(found) if found else None


def list_left(connection: Connection) -> dict[ShopMode, datetime]:
    """Those that it was in before, and until when."""
    found = connection.execute(select(modes.c.mode, modes.c.since).order_by(modes.c.id)).all()
    return {ShopMode(row.mode): following.since for row, following in pairwise(found)}


def claim(connection: Connection, mode: ShopMode) -> None:
    """Make a new database one of this mode. Raises SettingsError if it is of another."""
    remember(connection, mode)
    check(connection, mode)


def remember(connection: Connection, mode: ShopMode) -> None:
    """Unless it has a mode. Of several that come first at once, one is remembered."""
    if current(connection) is None:
        values = {"id": 1, "mode": _first(connection, mode), "since": moment_of(connection)}
        connection.execute(insert(connection, modes).values(**values).on_conflict_do_nothing())


def _first(connection: Connection, mode: ShopMode) -> ShopMode:
    """Where play money was taken before databases remembered whose it is, a live shop does not just open."""
    played = attempts.c.session_id.startswith("cs_test_", autoescape=True)
    if mode is ShopMode.LIVE and connection.execute(select(attempts.c.id).where(played).limit(1)).first():
        return ShopMode.TEST
    return mode


def check(connection: Connection, mode: ShopMode) -> None:
    """Raises SettingsError if the database is of another mode."""
    theirs = current(connection)
    if theirs is not None and theirs is not mode:
        raise SettingsError([_refusal(theirs, mode)])


def _refusal(theirs: ShopMode, ours: ShopMode) -> str:
    keys = "without Stripe's keys the shop is in" if ours is ShopMode.SANDBOX else "Stripe's keys are of"
    cure = "set another DATABASE_URL or DATA_DIR, or take this one forward with python -m webshop go-live"
    if not theirs.may_become(ours):
        cure = f"set Stripe's {theirs} keys, or another DATABASE_URL or DATA_DIR"
    return f"DATABASE_URL: the database is of {theirs} mode, but {keys} {ours} mode; {cure}"


def keep(connection: Connection) -> ShopMode:
    """The mode, which stays what it is until this transaction ends."""
    # Locked first, then read: whoever waited here for go-live sees what it has written.
    connection.execute(_kept)
    return ShopMode(connection.execute(_newest_first).scalar_one())


def advance(connection: Connection, to: ShopMode) -> ShopMode:
    """Take the database forward; the mode before, which may be the same. Whoever keeps it is waited for, and
    rivals wait. Raises SettingsError for a way back."""
    connection.execute(select(modes.c.id).with_for_update())
    before = ShopMode(connection.execute(_newest_first).scalar_one())
    if before is not to:
        if not before.may_become(to):
            raise SettingsError([_refusal(before, to)])
        next_id = connection.execute(select(func.max(modes.c.id))).scalar_one() + 1
        connection.execute(modes.insert().values(id=next_id, mode=to, since=moment_of(connection)))
    return before
