"""What needs a person, and whether a mail has told the owner."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, select, update

from webshop.db.tables import alarms, outbox
from webshop.db.upsert import insert

THE_SHOP = "the shop"  # what an alarm is about when it is about no order


@dataclass(frozen=True)
class Alarm:
    """`about` is an order's number or THE_SHOP; `letter` is the mail that tells of it, `mailed_at` when it
    was sent, `mail_due_at` when it is tried next."""

    id: int
    kind: str
    about: str
    detail: str
    raised_at: datetime
    letter: int | None
    mailed_at: datetime | None
    mail_due_at: datetime | None


def sound(connection: Connection, kind: str, about: str, detail: str) -> None:
    """Raise the alarm of this kind, about an order (its number) or something else, once; and again with other
    words, also if somebody has seen to the first one."""
    row = insert(connection, alarms).values(
        kind=kind, about=about, detail=detail, raised_at=datetime.now(UTC)
    )
    again = row.on_conflict_do_update(
        index_elements=["about", "kind"],
        set_={
            "detail": row.excluded.detail,
            "raised_at": row.excluded.raised_at,
            "cleared_at": None,
            "letter": None,
        },
        where=alarms.c.detail != row.excluded.detail,
    )
    connection.execute(again)


def list_open(connection: Connection) -> list[Alarm]:
    """The oldest first."""
    return _list(connection, _open())


def list_of_letter(connection: Connection, letter: int) -> list[Alarm]:
    """What a mail has to tell: nothing any more of what was seen to meanwhile, or was raised anew."""
    return _list(connection, _open().where(alarms.c.letter == letter))


def lock_untold(connection: Connection) -> list[Alarm]:
    """Open alarms that no mail tells of. Rivals wait for the end of this transaction and then find none."""
    untold = _open().where(alarms.c.letter.is_(None))
    return _list(connection, untold.with_for_update(of=alarms))


def stamp(connection: Connection, told: Sequence[Alarm], letter: int) -> None:
    """This mail tells of them."""
    ids = [alarm.id for alarm in told]
    connection.execute(update(alarms).where(alarms.c.id.in_(ids)).values(letter=letter))


def clear(connection: Connection, *about: str) -> None:
    """Somebody has seen to all alarms about any of these orders or whatever else."""
    open_ones = update(alarms).where(alarms.c.about.in_(about), alarms.c.cleared_at.is_(None))
    connection.execute(open_ones.values(cleared_at=datetime.now(UTC)))


def _open() -> Select[Any]:
    mail = (outbox.c.sent_at.label("mailed_at"), outbox.c.due_at.label("mail_due_at"))
    joined = alarms.outerjoin(outbox)
    return select(alarms, *mail).select_from(joined).where(alarms.c.cleared_at.is_(None))


def _list(connection: Connection, query: Select[Any]) -> list[Alarm]:
    return [_alarm(row) for row in connection.execute(query.order_by(alarms.c.id))]


def _alarm(row: Row[Any]) -> Alarm:
    return Alarm(**{field: getattr(row, field) for field in Alarm.__dataclass_fields__})
