"""python -m webshop alarms: what needs a person."""

import argparse

from webshop.alarms import queries as alarms
from webshop.alarms.model import Alarm
from webshop.commands.orders.sheet import mail_status
from webshop.db import pauses
from webshop.db.migrate import released
from webshop.language.formats import format_minute
from webshop.orders.model import read_number
from webshop.settings.model import Settings


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Make the command known to the command line."""
    parser = commands.add_parser("alarms", help="what needs a person")
    parser.add_argument("--clear", metavar="ABOUT", help='it has been seen to: an order, or "the shop"')
    parser.set_defaults(run=_alarms)


def _alarms(options: argparse.Namespace, config: Settings) -> None:
    with released(config) as db, db.write() as connection:
        if options.clear:
            alarms.clear(connection, options.clear, read_number(options.clear))
        found = alarms.list_open(connection)
        paused = pauses.current(connection)
    for alarm in found:
        print(_alarm(alarm))
    if paused:
        print(f"Mind that {pauses.told(paused)}.")


def _alarm(alarm: Alarm) -> str:
    mailed = f"mail {mail_status(alarm.mailed_at, alarm.mail_due_at)}" if alarm.mail_id else "not mailed"
    return f"{format_minute(alarm.raised_at)}  {alarm.about}  {alarm.name}: {alarm.detail}  ({mailed})"
