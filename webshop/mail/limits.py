"""How many mails an hour leave the shop: a few to one address, and a few in all from a demo.

Anybody can type somebody else's address at the checkout, and let a bank payment fail for nothing. What leaves
is counted in the outbox, with what another worker may be sending at this moment: so no lock is needed.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, func, select

from webshop.db import queue
from webshop.db.tables import orders, outbox
from webshop.mail.model import MailKind, QueuedMail
from webshop.mail.outbox import FIRST_PAUSE, LONGEST_PAUSE

AN_HOUR = timedelta(hours=1)
MOST_TO_ONE = 6  # two orders with receipt, parcel and refund: more than anybody causes who buys
MOST_OF_A_DEMO = 10  # a demo whose visitors nobody knows is no place to send mail from
A_MOMENT = FIRST_PAUSE  # in which another worker will have sent what it has in hand

TOLD_ALREADY = "not sent: this address was told of another failed payment within the hour"
NOBODY = "not sent: the personal data of its order is erased"
OUTDATED = "not sent: the bank has returned the money meanwhile, and another mail says so"
KEPT_HERE = "not sent on: a demo sends a few mails an hour"


class PutOff(Exception):
    """The mail may be sent `until` then, not before."""

    def __init__(self, until: datetime) -> None:
        self.until = until


class LeftOut(Exception):
    """The mail is not to be sent at all; the text says why."""


def check_address(connection: Connection, mail: QueuedMail, address: str, now: datetime) -> None:
    """Raises PutOff or LeftOut when the shopper at this address gets enough mail at the moment."""
    to_the_same = (func.lower(orders.c.email) == address.lower()) & (outbox.c.name != MailKind.OWNER)
    sent, leaving = _others(connection, mail, now, to_the_same)
    if mail.kind == MailKind.FAILED:
        if any(row.name == MailKind.FAILED for row in sent):
            raise LeftOut(TOLD_ALREADY)
        if any(row.name == MailKind.FAILED for row in leaving):
            raise PutOff(now + A_MOMENT)
    if len(sent) >= MOST_TO_ONE:
        raise PutOff(sent[-MOST_TO_ONE].sent_at + AN_HOUR)
    if len(sent) + len(leaving) >= MOST_TO_ONE:
        raise PutOff(now + A_MOMENT)


def demo_has_sent_enough(connection: Connection, mail: QueuedMail, now: datetime) -> bool:
    sent, leaving = _others(connection, mail, now)
    return len(sent) + len(leaving) >= MOST_OF_A_DEMO


def demo_has_kept_some(connection: Connection, now: datetime) -> bool:
    """Whether a mail was kept within the hour, so that the log knows it."""
    kept = select(outbox.c.id).where(outbox.c.sent_at > now - AN_HOUR, outbox.c.problem == KEPT_HERE)
    return connection.execute(kept.limit(1)).first() is not None


def _others(
    connection: Connection, mail: QueuedMail, now: datetime, *which: ColumnElement[bool]
) -> tuple[Sequence[Row[Any]], Sequence[Row[Any]]]:
    """The mails besides this one that left within the hour, the first one first, and those that other
    workers have in hand."""
    left = (outbox.c.sent_at > now - AN_HOUR) & (outbox.c.problem == "")
    tried = (outbox.c.due_at > now) & (outbox.c.tries > 0)
    mails = select(outbox).select_from(outbox.outerjoin(orders)).where(left | tried, *which)
    # One question, so that none is missed that leaves in between; unsorted, so that each half has its index.
    found = connection.execute(mails.where(outbox.c.id != mail.id)).all()
    sent = sorted((row for row in found if row.sent_at), key=lambda row: row.sent_at)
    return sent, [row for row in found if row.due_at and _claimed_at(row) > now - A_MOMENT]


def _claimed_at(row: Row[Any]) -> datetime:
    """When a worker took it: that put it off by the pause of its tries before."""
    due_at: datetime = row.due_at
    return due_at - queue.growing(FIRST_PAUSE, LONGEST_PAUSE, row.tries - 1)
