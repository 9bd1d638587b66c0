"""When the next backup is due, in the database: of many workers one takes it."""

from datetime import datetime, timedelta

from sqlalchemy import Connection, select, update

from webshop.alarms.heartbeats import Heart, beat, last_beat
from webshop.db.engine import moment_of
from webshop.db.queue import growing
from webshop.db.tables.counters import turns
from webshop.db.upsert import insert

NAME = "backup"
FIRST_PAUSE = timedelta(
    minutes=30
)  # longer than a backup takes: whoever dies over it leaves it to the others
LONGEST_PAUSE = timedelta(hours=4)


def is_due(connection: Connection, every: timedelta) -> bool:
    """Whether it is worth while to claim one."""
    last = last_beat(connection, Heart.BACKUP)
    begun = connection.execute(select(turns.c.due_at).where(turns.c.name == NAME)).scalar()
    now = moment_of(connection)
    return (last is None or now - last >= every) and (begun is None or begun <= now)


def claim(connection: Connection, every: timedelta) -> bool:
    """Whether a backup is due and nobody else takes it; it is then due again only after a pause, which grows
    with each that fails."""
    now: datetime = moment_of(connection)
    first = insert(connection, turns).values(name=NAME, due_at=now, tries=0)
    connection.execute(first.on_conflict_do_nothing())
    tries = connection.execute(
        select(turns.c.tries).where(turns.c.name == NAME).with_for_update()
    ).scalar_one()
    if not is_due(connection, every):
        return False
    pause = growing(FIRST_PAUSE, LONGEST_PAUSE, tries)
    mine = update(turns).where(turns.c.name == NAME)
    connection.execute(mine.values(due_at=now + pause, tries=tries + 1))
    return True


def done(connection: Connection) -> None:
    """A backup is whole: the next is due after its time, and no sooner."""
    beat(connection, Heart.BACKUP)
    mine = update(turns).where(turns.c.name == NAME)
    connection.execute(mine.values(due_at=moment_of(connection), tries=0))
