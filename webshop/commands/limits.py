"""python -m webshop limits: who has done how much of what is limited, and an exception for them."""

import argparse
from collections.abc import Iterator
from datetime import timedelta

from sqlalchemy import Connection

from webshop.db.engine import moment_of
from webshop.db.migrate import released
from webshop.errors import Mistyped
from webshop.language.formats import format_minute
from webshop.limits import queries as limits
from webshop.limits.model import MOST_PENDING, find
from webshop.orders import queries as orders
from webshop.settings.model import Settings
from webshop.web.visitor import counted

LIFTED_FOR = timedelta(days=1)


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Make the command known to the command line."""
    parser = commands.add_parser("limits", help="who is limited, by network address or cart")
    parser.add_argument("--lift", metavar="WHO", help="limit nothing for this address or cart, for a day")
    parser.set_defaults(run=_limits)


def _limits(options: argparse.Namespace, config: Settings) -> None:
    with released(config) as db, db.write() as connection:
        if options.lift is not None:
            limits.lift(connection, _who(options.lift), moment_of(connection) + LIFTED_FOR)
        for line in list(_lines(connection)) or ["Nobody has done anything that is limited."]:
            print(line)


def _who(typed: str) -> str:
    """An address as it is counted, or a cart as the list shows it."""
    who = counted(typed) or typed
    if not 7 <= len(who) <= 64 or " " in who or not who.isascii() or not who.isprintable():
        raise Mistyped(f"{typed!r} is neither a network address nor a cart")
    return who


def _lines(connection: Connection) -> Iterator[str]:
    now = moment_of(connection)
    for row in limits.list_all(connection):
        limit = find(row.what)
        if limit and row.since > now - limit.within:
            since, until = format_minute(row.since), format_minute(row.since + limit.within)
            full = f", no more until {until}" if row.times >= limit.most else ""
            yield f"{row.who}  {limit.what}: {row.times} of {limit.most} since {since}{full}"
        elif row.what == limits.LIFTED and row.since > now:
            yield f"{row.who}  not limited until {format_minute(row.since)}"
    for placed_from, count, pieces in orders.list_unpaid_by_address(connection):
        yield f"{placed_from}  orders not paid yet: {count} of {MOST_PENDING}, which hold {pieces} pieces"
