"""The end of each round: alarms for what nobody would notice, and what nobody needs any more."""

from datetime import datetime, timedelta

from sqlalchemy import Connection

from webshop.alarms import queries as alarms
from webshop.alarms.model import THE_SHOP, AlarmKind
from webshop.catalog import changed
from webshop.db.engine import Database, again_if_contended, shop_time
from webshop.limits import queries as limits
from webshop.payments import events
from webshop.worker import housekeeping

CLOCKS_DIFFER = timedelta(minutes=10)  # an event may come before the order is marked as paid


@again_if_contended
def tidy(db: Database, now: datetime) -> None:
    """Alarms for undecided orders and a silent webhook; addresses and event ids that nobody needs go."""
    with db.write() as connection:
        for number in housekeeping.list_stuck_orders(connection, now):
            alarms.raise_alarm(connection, AlarmKind.UNDECIDED, number, "its payment's end is unknown")
        _listen_for_webhooks(connection, now)
        _look_at_stocks(connection, now)
        housekeeping.forget_where_orders_came_from(connection)
        housekeeping.delete_old_events(connection, now)
        changed.forget(connection)
        limits.delete_old(connection)


def _look_at_stocks(connection: Connection, now: datetime) -> None:
    """Told once a day, and again when it is another stock."""
    if held := housekeeping.list_held_stocks(connection):
        most = ", ".join(held[:5]) + (" and more" if len(held) > 5 else "")
        words = f"{shop_time(connection, now):%Y-%m-%d}: unpaid orders hold most of {most}"
        alarms.raise_alarm(connection, AlarmKind.HELD, THE_SHOP, words)


def _listen_for_webhooks(connection: Connection, now: datetime) -> None:
    """An order was paid, and Stripe's event that should have said so never came. The day is part of the
    alarm, so that it is raised again each day on which that is so."""
    paid_at = housekeeping.find_last_paid(connection, now)
    last = events.last_received(connection)
    if paid_at is None or (last and last >= paid_at - CLOCKS_DIFFER):
        return
    last_heard = last and f"since {shop_time(connection, last):%Y-%m-%d %H:%M}"
    since = last_heard or "for as long as the shop remembers"
    alarms.raise_alarm(
        connection,
        AlarmKind.WEBHOOK,
        THE_SHOP,
        f"{shop_time(connection, now):%Y-%m-%d}: money moves, but no webhook has arrived {since}; check the "
        "endpoint in Stripe's dashboard",
    )
