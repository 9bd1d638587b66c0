"""python -m webshop orders list | show: the newest orders, and everything about one."""

import argparse
from collections.abc import Iterator
from dataclasses import replace

from sqlalchemy import Connection

from webshop import links
from webshop.admin import order_list
from webshop.admin.order_list import Filter
from webshop.commands.orders import sheet
from webshop.commands.orders.sheet import when
from webshop.commands.orders.table import aligned, print_lines
from webshop.commands.orders.typed import (
    MODES,
    read_day,
    read_limit,
    read_mode,
    read_order_number,
    read_state,
)
from webshop.db.migrate import migrated
from webshop.language.formats import format_money
from webshop.orders.model import State
from webshop.settings.mode import ShopMode
from webshop.settings.model import Settings
from webshop.web.signing import Signatures


def add_to(actions: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Make the commands known to the command line."""
    listing = actions.add_parser("list", help="the newest orders")
    listing.add_argument("--state", help=", ".join(State))
    listing.add_argument("--since", metavar="DATE", help="placed on this day (UTC) or later: 2026-11-01")
    listing.add_argument("--mode", help=MODES)
    listing.add_argument("--limit", default="50", help="at most so many (default: %(default)s)")
    listing.set_defaults(run=_list)

    show = actions.add_parser("show", help="everything about one order")
    show.add_argument("number")
    show.set_defaults(run=_show)


def _list(options: argparse.Namespace, config: Settings) -> None:
    chosen = Filter(read_mode(options, config), read_state(options.state), since=read_day(options.since))
    limit = read_limit(options.limit)
    with migrated(config) as db, db.read() as connection:
        rows = order_list.list_newest(connection, chosen, limit)
        more = order_list.count(connection, chosen) - len(rows)
        apart = [] if options.mode else list(set_apart(connection, chosen))
    table = [
        (
            row.number,
            when(row.placed_at),
            row.state,
            format_money(row.total, row.currency),
            row.email,
            row.country,
            "" if row.mode == ShopMode.LIVE else row.mode,
        )
        for row in rows
    ]
    print_lines(aligned(table))
    if not table:
        print("There is no such order.")
    elif more:
        print(f"{more} more: --limit {len(table) + more} lists all.")
    print_lines(apart)


def set_apart(connection: Connection, chosen: Filter) -> Iterator[str]:
    """How many such orders there are of each other mode."""
    for mode in ShopMode:
        number = order_list.count(connection, replace(chosen, mode=mode))
        if number and mode is not chosen.mode:
            yield f"Set apart, of {mode} mode: {number}; --mode {mode} shows them."


def _show(options: argparse.Namespace, config: Settings) -> None:
    number = read_order_number(options.number)
    page = config.url + links.order(Signatures(config.secret_keys).sign_order(number))
    with migrated(config) as db, db.read() as connection:
        lines = sheet.sheet(connection, number, page)
    print_lines(lines)
