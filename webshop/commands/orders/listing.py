"""python -m webshop orders list | find | show: many orders, a line each, and everything about one."""

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row

from webshop import links
from webshop.admin import order_list
from webshop.admin.order_list import Filter
from webshop.admin.search import find_orders, fold
from webshop.commands.orders import sheet
from webshop.commands.orders.table import Column, aligned, print_lines, room
from webshop.commands.orders.typed import (
    MODES,
    add_days,
    read_days,
    read_limit,
    read_mode,
    read_order_number,
    read_state,
)
from webshop.db import modes, pauses
from webshop.db.migrate import released
from webshop.errors import Mistyped
from webshop.language.formats import format_minute, format_money
from webshop.orders.model import OrderLine, State
from webshop.settings.mode import ShopMode
from webshop.settings.model import Settings
from webshop.web.signing import Signatures

MOST_COUNTED = 10_000  # orders: to count a million takes SQLite seconds
CLOCKS_DIFFER = timedelta(days=1)
LAST = datetime.max.replace(tzinfo=UTC)

COLUMNS = {
    "number": Column(),
    "placed": Column(dropped=4),
    "state": Column(),
    "total": Column(right=True, dropped=5),
    "name": Column(cut=2),
    "contents": Column(cut=1),
    "email": Column(cut=3, dropped=1),
    "country": Column(dropped=3),
    "mode": Column(dropped=2),
}


def add_to(actions: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Make the commands known to the command line."""
    listing = actions.add_parser("list", help="the newest orders")
    which = listing.add_mutually_exclusive_group()
    which.add_argument("--state", help=", ".join(State))
    which.add_argument("--unshipped", action="store_true", help="what is paid and not yet shipped")
    add_days(listing)
    listing.add_argument("--today", action="store_true", help="placed today")
    listing.add_argument("--mode", help=MODES)
    listing.add_argument("--limit", default="50", help="at most so many (default: %(default)s)")
    listing.set_defaults(run=_list)

    find = actions.add_parser("find", help="orders by what is remembered of them")
    find.add_argument(
        "words",
        nargs="+",
        metavar="word",
        help="of a name, e-mail address, product, sku, street, place, or of the number of order, invoice or "
        "parcel; an order has each of the words, in any case, with or without accents",
    )
    find.add_argument("--limit", default="50", help="at most so many, the newest (default: %(default)s)")
    find.set_defaults(run=_find)

    show = actions.add_parser("show", help="everything about one order")
    show.add_argument("number")
    show.set_defaults(run=_show)


def _list(options: argparse.Namespace, config: Settings) -> None:
    since, until = read_days(options)
    state = State.PAID if options.unshipped else read_state(options.state)
    chosen = Filter(read_mode(options, config), state, since, until, ships=options.unshipped)
    limit = read_limit(options.limit)
    with released(config) as db, db.read() as connection:
        found = order_list.list_newest(connection, chosen, limit)
        contents = order_list.list_contents(connection, [row.number for row in found])
        marks = order_list.list_marks(connection, found)
        more = order_list.count(connection, chosen, len(found) + MOST_COUNTED + 1) - len(found)
        apart = [] if options.mode else list(set_apart(connection, chosen))
        paused = pauses.current(connection)
    print_lines(
        aligned(COLUMNS, [_cells(row, contents[row.number], marks[row.number]) for row in found], room())
    )
    if not found:
        print("There is no such order.")
    elif more > MOST_COUNTED:
        print(f"More than {MOST_COUNTED} more: --limit {2 * limit} lists more of them.")
    elif more:
        print(f"{more} more: --limit {len(found) + more} lists all.")
    print_lines(apart)
    if paused:
        print(f"Mind that {pauses.told(paused)}.")


def _find(options: argparse.Namespace, config: Settings) -> None:
    typed = " ".join(options.words)
    limit = read_limit(options.limit)
    if not fold(typed).strip():
        raise Mistyped("What is to be found? A name, an e-mail address, a product, a place, a number.")
    with released(config) as db:
        found = find_orders(db, typed, limit + 1)  # one more, to know whether there is one
        shown = found[:limit]
        with db.read() as connection:
            contents = order_list.list_contents(connection, [row.number for row in shown])
            marks = order_list.list_marks(connection, shown)
    print_lines(
        aligned(COLUMNS, [_cells(row, contents[row.number], marks[row.number]) for row in shown], room())
    )
    if not found:
        print(f"No order has {typed!r} in it.")
    elif len(found) > limit:
        print(f"The newest {limit}; there are more: --limit {2 * limit} shows more of them.")


def _cells(row: Row[Any], lines: Sequence[OrderLine], marks: Sequence[str]) -> dict[str, str]:
    return {
        "number": row.number,
        "placed": format_minute(row.placed_at),
        "state": ", ".join((row.state, *marks)),
        "total": format_money(row.total, row.currency),
        "name": row.name,
        "contents": ", ".join(f"{line.quantity} × {line.name}" for line in lines),
        "email": row.email,
        "country": row.country,
        "mode": "" if row.mode == ShopMode.LIVE else row.mode,
    }


def set_apart(connection: Connection, chosen: Filter) -> Iterator[str]:
    """How many such orders there are of each mode that the shop has left. They are looked for among those of
    its time, and clocks may differ."""
    for mode, left_at in modes.list_left(connection).items():
        until = min(left_at + CLOCKS_DIFFER, chosen.until or LAST)
        number = order_list.count(connection, replace(chosen, mode=mode, until=until), MOST_COUNTED)
        if number:
            words = f"{number} or more" if number == MOST_COUNTED else number
            yield f"Set apart, of {mode} mode: {words}; --mode {mode} shows them."


def _show(options: argparse.Namespace, config: Settings) -> None:
    number = read_order_number(options.number)
    page = config.url + links.order(Signatures(config.secret_keys).sign_order(number))
    with released(config) as db, db.read() as connection:
        lines = sheet.sheet(connection, number, page)
    print_lines(lines)
