"""The owner's commands: python -m webshop orders list | show | ship | refund | export, and alarms."""

import argparse
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import chain
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from webshop import links
from webshop.admin import order_list, refunds, shipments
from webshop.admin.export import export_orders
from webshop.admin.order_list import Filter
from webshop.admin.shipments import Shipped
from webshop.alarms import queries as alarms
from webshop.alarms.model import Alarm
from webshop.commands import order_sheet
from webshop.commands.files import write_file, write_out
from webshop.commands.order_sheet import mail_status
from webshop.db.migrate import migrated
from webshop.errors import Mistyped, OwnerError
from webshop.language.formats import format_minute, format_money
from webshop.language.messages import current
from webshop.orders.model import State, read_number
from webshop.settings.mode import ShopMode
from webshop.settings.model import Settings
from webshop.web.signing import Signatures

BYTE_ORDER_MARK = b"\xef\xbb\xbf"  # without it, spreadsheets take a file of UTF-8 for something older
MODES = f"{', '.join(ShopMode)} (default: the mode that the shop is in)"


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Make the commands known to the command line."""
    parser = commands.add_parser("alarms", help="what needs a person")
    parser.add_argument("--clear", metavar="ABOUT", help='it has been seen to: an order, or "the shop"')
    parser.set_defaults(run=_alarms)

    parser = commands.add_parser("orders", help="look at orders, ship them, give money back")
    actions = parser.add_subparsers(required=True, metavar="action")

    listing = actions.add_parser("list", help="the newest orders")
    listing.add_argument("--state", help=", ".join(State))
    listing.add_argument("--since", metavar="DATE", help="placed on this day or later: 2026-11-01")
    listing.add_argument("--mode", help=MODES)
    listing.add_argument("--limit", default="50", help="at most so many (default: %(default)s)")
    listing.set_defaults(run=_list)

    show = actions.add_parser("show", help="everything about one order")
    show.add_argument("number")
    show.set_defaults(run=_show)

    ship = actions.add_parser("ship", help="a paid order has left; the shopper gets a mail")
    ship.add_argument("number")
    ship.add_argument("--carrier", required=True, help="such as DHL")
    ship.add_argument("--tracking", required=True, help="the parcel's number")
    ship.add_argument("--mail-again", action="store_true", help="of a shipped order: mail what it says now")
    ship.set_defaults(run=_ship)

    refund = actions.add_parser("refund", help="give money back; the worker sends it within seconds")
    refund.add_argument("number")
    refund.add_argument("amount", nargs="?", help="such as 5.00 (default: all that is left)")
    refund.add_argument("--reason", default="", help="for your own books")
    refund.add_argument("--again", action="store_true", help="the same amount once more")
    refund.set_defaults(run=_refund)

    export = actions.add_parser("export", help="orders as CSV, for bookkeeping")
    export.add_argument("--since", metavar="DATE", help="placed on this day or later")
    export.add_argument("--until", metavar="DATE", help="placed on this day or earlier")
    export.add_argument("--state", help=", ".join(State))
    export.add_argument("--mode", help=MODES)
    export.add_argument("--file", type=Path, help="write it there, for a spreadsheet (default: print it)")
    export.set_defaults(run=_export)


def _alarms(options: argparse.Namespace, config: Settings) -> None:
    with migrated(config) as db, db.write() as connection:
        if options.clear:
            alarms.clear(connection, options.clear, read_number(options.clear))
        found = alarms.list_open(connection)
    _print(map(_alarm, found))


def _alarm(alarm: Alarm) -> str:
    mailed = f"mail {mail_status(alarm.mailed_at, alarm.mail_due_at)}" if alarm.mail_id else "not mailed"
    return f"{format_minute(alarm.raised_at)}  {alarm.about}  {alarm.name}: {alarm.detail}  ({mailed})"


def _list(options: argparse.Namespace, config: Settings) -> None:
    chosen = Filter(_mode(options, config), _state(options.state), since=_day(options.since))
    limit = _limit(options.limit)
    with migrated(config) as db, db.read() as connection:
        rows = order_list.list_newest(connection, chosen, limit)
        more = order_list.count(connection, chosen) - len(rows)
        apart = [] if options.mode else list(_apart(connection, chosen))
    table = [
        (
            row.number,
            format_minute(row.placed_at),
            row.state,
            format_money(row.total, row.currency),
            row.email,
            row.country,
            "" if row.mode == ShopMode.LIVE else row.mode,
        )
        for row in rows
    ]
    _print(_aligned(table))
    if not table:
        _print(["There is no such order."])
    elif more:
        _print([f"{more} more: --limit {len(table) + more} lists all."])
    _print(apart)


def _apart(connection: Connection, chosen: Filter) -> Iterator[str]:
    """How many such orders there are of each other mode."""
    for mode in ShopMode:
        number = order_list.count(connection, replace(chosen, mode=mode))
        if number and mode is not chosen.mode:
            yield f"Set apart, of {mode} mode: {number}; --mode {mode} shows them."


def _aligned(table: Sequence[Sequence[str]]) -> list[str]:
    """Columns with two spaces between them; amounts, the fourth, are aligned to the right."""
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    return [
        "  ".join(
            f"{cell:>{width}}" if column == 3 else f"{cell:<{width}}"
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in table
    ]


def _show(options: argparse.Namespace, config: Settings) -> None:
    number = _number(options.number)
    page = config.url + links.order(Signatures(config.secret_keys).sign_order(number))
    with migrated(config) as db, db.read() as connection:
        lines = order_sheet.sheet(connection, number, page)
    _print(lines)


def _ship(options: argparse.Namespace, config: Settings) -> None:
    number = _number(options.number)
    carrier, tracking = options.carrier.strip(), options.tracking.strip()
    with migrated(config) as db:
        done = shipments.ship(db, number, carrier, tracking, mail_again=options.mail_again)
    mailed = "The shopper gets a mail." if options.mail_again else "No mail is sent: --mail-again sends one."
    match done:
        case Shipped.NOW:
            _print([f"Order {number} is shipped: {carrier} {tracking}. The shopper gets a mail."])
        case Shipped.CORRECTED:
            _print([f"Order {number} was shipped already; now it says {carrier} {tracking}. {mailed}"])
        case Shipped.ALREADY:
            _print([f"Order {number} is shipped already: {carrier} {tracking}. {mailed}"])


def _refund(options: argparse.Namespace, config: Settings) -> None:
    number = _number(options.number)
    amount = None if options.amount is None else _amount(options.amount)
    with migrated(config) as db:
        asked = refunds.request_refund(db, number, amount, options.reason, again=options.again)
    if asked.refund is None:
        _print([f"Nothing of order {number} is left to give back: all was given back or asked for already."])
        return
    money = format_money(asked.refund.amount, asked.refund.currency)
    if asked.before:
        _print(
            [
                f"This refund was asked for already: {money} of order {number}, {asked.refund.status}. "
                "--again asks for another one."
            ]
        )
    else:
        _print([f"{money} of order {number} goes back; the worker sends it within seconds."])


def _export(options: argparse.Namespace, config: Settings) -> None:
    last = _day(options.until)
    until = last and last + timedelta(days=1)
    chosen = Filter(_mode(options, config), _state(options.state), _day(options.since), until)
    with migrated(config) as db:
        pieces = export_orders(db, chosen)
        if options.file:
            write_file(options.file, chain([BYTE_ORDER_MARK], pieces))
        else:
            write_out(pieces)
        if not options.mode:
            with db.read() as connection:
                for line in _apart(connection, chosen):
                    print(line, file=sys.stderr)  # stdout is the table


def _number(typed: str) -> str:
    number = read_number(typed)
    if not re.fullmatch(r"[0-9A-Z]{4}-[0-9A-Z]{4}", number):
        raise OwnerError(f"There is no order {typed!r}: a number looks like K7QM-2XTD.")
    return number


def _state(typed: str | None) -> State | None:
    if typed is None:
        return None
    try:
        return State(typed.lower())
    except ValueError as error:
        raise Mistyped(f"{typed!r} is not a state: {', '.join(State)}") from error


def _mode(options: argparse.Namespace, config: Settings) -> ShopMode:
    try:
        return ShopMode(options.mode.lower()) if options.mode else config.mode
    except ValueError as error:
        raise Mistyped(f"{options.mode!r} is not a mode: {', '.join(ShopMode)}") from error


def _day(typed: str | None) -> datetime | None:
    """The beginning of the day, where the shop is."""
    if typed is None:
        return None
    try:
        if not re.fullmatch(r"[12][0-9]{3}-[0-9]{2}-[0-9]{2}", typed):
            raise ValueError
        return datetime.combine(date.fromisoformat(typed), datetime.min.time(), current().zone)
    except ValueError as error:
        raise Mistyped(f"{typed!r} is not a day such as 2026-11-01") from error


def _limit(typed: str) -> int:
    if not re.fullmatch(r"[1-9][0-9]{0,6}", typed):
        raise Mistyped(f"{typed!r} is not a number of orders")
    return int(typed)


def _amount(typed: str) -> Decimal:
    if not re.fullmatch(r"[0-9]{1,12}(\.[0-9]{1,3})?", typed):
        raise Mistyped(f"{typed!r} is not an amount such as 5.00")
    return Decimal(typed)


def _print(lines: Iterable[Any]) -> None:
    for line in lines:
        print(line)
