"""The table of alarms, and whether a mail has told the owner."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, select, update

from webshop.alarms.model import THE_SHOP, Alarm, AlarmKind
from webshop.db import rows
from webshop.db.engine import moment_of
from webshop.db.tables import alarms, outbox
from webshop.db.upsert import insert


def raise_alarm(
    connection: Connection,
    kind: AlarmKind,
    about: str,
    detail: str,
    *,
    which: str = "",
    once_since: datetime | None = None,
) -> None:
    """Raise the alarm of this kind, about an order (its number) or something else, once; and again with other
    words, also if somebody has seen to the first one. `which` tells several of a kind apart. Where it was
    raised since `once_since`, other words are not enough: strangers may choose them."""
    row = insert(connection, alarms).values(
        name=f"{kind} {which}".strip()[:40],
        alarm_kind=AlarmKind.ERRORS if kind == AlarmKind.WORKER else kind,
        about=about,
        detail=detail,
        raised_at=moment_of(connection),
    )
    anew = {
        "detail": row.excluded.detail,
        "raised_at": row.excluded.raised_at,
        "cleared_at": None,
        "mail_id": None,
    }
    is_news = alarms.c.detail != row.excluded.detail
    again = row.on_conflict_do_update(
        index_elements=[alarms.c.about, alarms.c.name],
        set_=anew,
        where=is_news if once_since is None else is_news & (alarms.c.raised_at < once_since),
    )
    connection.execute(again)


def list_open(connection: Connection) -> list[Alarm]:
    """The oldest first."""
    return _list(connection, _open())


def list_of_mail(connection: Connection, mail_id: int) -> list[Alarm]:
    """What a mail has to tell: nothing any more of what was seen to meanwhile, or was raised anew."""
    return _list(connection, _open().where(alarms.c.mail_id == mail_id))


def lock_untold(connection: Connection) -> list[Alarm]:
    """Open alarms that no mail tells of. Rivals wait for the end of this transaction and then find none."""
    untold = _open().where(alarms.c.mail_id.is_(None))
    return _list(connection, untold.with_for_update(of=alarms))


def mark_mailed(connection: Connection, told: Sequence[Alarm], mail_id: int) -> None:
    """This mail tells of them."""
    ids = [alarm.id for alarm in told]
    connection.execute(update(alarms).where(alarms.c.id.in_(ids)).values(mail_id=mail_id))


def withdraw(connection: Connection, kind: AlarmKind, about: str, *, which: str) -> None:
    """What this one alarm was raised for is over by itself. If the same comes again, that is news."""
    name = f"{kind} {which}".strip()[:40]
    this = (alarms.c.about == about) & (alarms.c.name == name) & alarms.c.cleared_at.is_(None)
    connection.execute(update(alarms).where(this).values(cleared_at=moment_of(connection), detail=""))


def clear(connection: Connection, *about: str) -> None:
    """Somebody has seen to all alarms about any of these orders or whatever else."""
    open_ones = update(alarms).where(alarms.c.about.in_(about), alarms.c.cleared_at.is_(None))
    connection.execute(open_ones.values(cleared_at=moment_of(connection)))


def clear_all_of_orders(connection: Connection) -> int:
    """Nobody need see to any order that there is; how many alarms that were."""
    open_ones = update(alarms).where(alarms.c.about != THE_SHOP, alarms.c.cleared_at.is_(None))
    return connection.execute(open_ones.values(cleared_at=moment_of(connection))).rowcount


def _open() -> Select[Any]:
    mail = (outbox.c.sent_at.label("mailed_at"), outbox.c.due_at.label("mail_due_at"))
    joined = alarms.outerjoin(outbox)
    return select(alarms, *mail).select_from(joined).where(alarms.c.cleared_at.is_(None))


def _list(connection: Connection, query: Select[Any]) -> list[Alarm]:
    return [rows.read(Alarm, row, kind=_kind(row)) for row in connection.execute(query.order_by(alarms.c.id))]


def _kind(row: Row[Any]) -> AlarmKind:
    """Long ago only the name was written. A release from before there was WORKER, which may still be at work,
    fails at a kind that it does not know: it reads another one there."""
    if row.name == AlarmKind.WORKER:
        return AlarmKind.WORKER
    word = row.alarm_kind or ("mail" if row.name.startswith("mail ") else row.name)
    return AlarmKind(word) if word in list(AlarmKind) else AlarmKind.OTHER
