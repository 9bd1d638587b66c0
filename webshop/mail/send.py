"""Mails: the outbox is emptied by the worker, and alarms are gathered into one mail for the owner.

Each is claimed in the database before it is sent, so that any number of workers may do this.
"""

import logging
from datetime import datetime, timedelta

from webshop.alarms import queries as alarms
from webshop.alarms.model import AlarmKind
from webshop.catalog.queries import list_pictures
from webshop.db.engine import Database, again_if_contended
from webshop.errors import Unavailable
from webshop.mail import limits, outbox
from webshop.mail.letters import Letters
from webshop.mail.limits import LeftOut, PutOff
from webshop.mail.model import MailKind, QueuedMail
from webshop.mail.smtp import Refused
from webshop.orders import queries as orders
from webshop.payments import attempts, refunds

log = logging.getLogger(__name__)

# One thing that goes wrong often sets off many alarms: they wait for each other.
GATHERED_FOR = timedelta(minutes=1)
BETWEEN_ALARM_MAILS = timedelta(minutes=15)


def send_due(db: Database, letters: Letters, now: datetime, *, most: int) -> int:
    """Send mails that are due at `now`, at the `most` so many; how many were tried."""
    if letters.owner:
        gather_alarms(db, now)
    done = 0
    while done < most and (mail := _claim_mail(db, now)):
        send_mail(db, letters, mail, now)
        done += 1
    return done


@again_if_contended
def gather_alarms(db: Database, now: datetime) -> None:
    """Queue one mail for all alarms that no mail tells of, unless one was queued a moment ago."""
    with db.write(now) as connection:
        untold = alarms.lock_untold(connection)
        if not untold or now - min(alarm.raised_at for alarm in untold) < GATHERED_FOR:
            return
        last = outbox.last_alarms(connection)  # asked under the lock, so that a rival's is seen
        if last is None or now - last >= BETWEEN_ALARM_MAILS:
            alarms.mark_mailed(connection, untold, outbox.queue_alarms(connection))


@again_if_contended
def _claim_mail(db: Database, now: datetime) -> QueuedMail | None:
    with db.write(now) as connection:
        return outbox.claim_due(connection)


def send_mail(db: Database, letters: Letters, mail: QueuedMail, now: datetime) -> None:
    """Send one mail; what goes wrong with it never touches the order."""
    try:
        stays = _stays_in_the_folder(db, letters, mail, now)
        sender = letters.in_the_folder() if stays else letters
        if mail.order_number is None:
            _send_about_the_shop(db, sender, mail)
        else:
            _send_about_an_order(db, sender, mail, mail.order_number, now)
    except PutOff as limit:
        _put_off(db, mail, limit.until)
    except LeftOut as why:
        _leave_out(db, mail, str(why))
    except (Unavailable, Refused) as error:
        final = isinstance(error, Refused) or mail.is_overdue(now)
        log.warning("Mail %s of %s was not sent: %s", mail.name, mail.order_number or "the shop", error)
        _mark_failed(db, mail, str(error), final=final)
    else:
        _mark_sent(db, mail, limits.KEPT_HERE if stays else "")


def _stays_in_the_folder(db: Database, letters: Letters, mail: QueuedMail, now: datetime) -> bool:
    """Whether a demo has sent on enough for the hour. The log is told of the first mail that stays."""
    if letters.folder is None:
        return False
    with db.read() as connection:
        stays = limits.demo_has_sent_enough(connection, mail, now)
        if stays and not limits.demo_has_kept_some(connection, now):
            log.warning(
                "This demo has sent %s mails within the hour; more are only kept in its folder",
                limits.MOST_OF_A_DEMO,
            )
    return stays


def _send_about_an_order(
    db: Database, letters: Letters, mail: QueuedMail, order_number: str, now: datetime
) -> None:
    with db.read() as connection:
        order = orders.get_order(connection, order_number)
        attempt = attempts.get_paying(connection, order_number)
        if mail.is_for_shopper and order.is_erased:
            raise LeftOut(limits.NOBODY)
        told = refunds.list_of_mail(connection, mail.id)
        if mail.kind == MailKind.REFUNDED and not (told or order.refunded):
            raise LeftOut(limits.OUTDATED)
        if mail.is_for_shopper and letters.reaches_people:
            limits.check_address(connection, mail, order.email, now)
        pictures = list_pictures(connection, [line.sku for line in order.lines])
    letters.deliver(mail, order, attempt, told, pictures)


def _send_about_the_shop(db: Database, letters: Letters, mail: QueuedMail) -> None:
    with db.read() as connection:
        told = alarms.list_of_mail(connection, mail.id)
    letters.deliver_alarms(mail, told)


@again_if_contended
def _put_off(db: Database, mail: QueuedMail, until: datetime) -> None:
    with db.write() as connection:
        outbox.put_off(connection, mail, until)


@again_if_contended
def _leave_out(db: Database, mail: QueuedMail, why: str) -> None:
    with db.write() as connection:
        outbox.mark_failed(connection, mail, why, final=True)


@again_if_contended
def _mark_sent(db: Database, mail: QueuedMail, how: str) -> None:
    with db.write() as connection:
        outbox.mark_sent(connection, mail, how)


@again_if_contended
def _mark_failed(db: Database, mail: QueuedMail, problem: str, *, final: bool) -> None:
    with db.write() as connection:
        outbox.mark_failed(connection, mail, problem, final=final)
        if final and mail.order_number:
            alarms.raise_alarm(connection, AlarmKind.MAIL, mail.order_number, problem, which=mail.name)
    if final and not mail.order_number:  # an alarm would only make another such mail
        log.error("The owner was not told of alarms: %s", problem)
