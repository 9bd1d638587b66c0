"""python -m webshop orders export: tables for bookkeeping."""

import argparse
import sys
from collections.abc import Callable, Iterator
from itertools import chain
from pathlib import Path

from webshop.admin.credit_export import export_credit_notes
from webshop.admin.export import Notation, export_lines, export_orders, export_taxes
from webshop.admin.order_list import Filter
from webshop.commands.files import write_file, write_out
from webshop.commands.orders.listing import set_apart
from webshop.commands.orders.typed import MODES, add_days, read_days, read_mode, read_state
from webshop.db.engine import Database
from webshop.db.migrate import released
from webshop.errors import Mistyped
from webshop.orders.model import State
from webshop.settings.model import Settings

BYTE_ORDER_MARK = b"\xef\xbb\xbf"  # without it, spreadsheets take a file of UTF-8 for something older
SEPARATORS = {",": ",", ";": ";", "tab": "\t", "\t": "\t"}


def add_to(actions: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Make the command known to the command line."""
    export = actions.add_parser("export", help="orders as CSV, for bookkeeping")
    table = export.add_mutually_exclusive_group()
    table.add_argument("--lines", action="store_true", help="a row for each thing that was sold")
    table.add_argument("--taxes", action="store_true", help="a row for each order and rate of tax")
    table.add_argument(
        "--credit-notes",
        action="store_true",
        help="a row for each credit note and rate of tax; --since and --until are days of the notes",
    )
    add_days(export)
    export.add_argument("--paid", action="store_true", help="--since and --until are days of payment")
    export.add_argument("--state", help=", ".join(State))
    export.add_argument("--mode", help=MODES)
    export.add_argument("--separator", help='between the cells: , or ; or tab (default: , or ";" beside a ,)')
    export.add_argument("--decimal", default=".", help="before the decimals: . or , (default: %(default)s)")
    export.add_argument("--file", type=Path, help="write it there, for a spreadsheet (default: print it)")
    export.set_defaults(run=_export)


def _table(options: argparse.Namespace) -> Callable[[Database, Filter, Notation], Iterator[bytes]]:
    if options.credit_notes:
        return export_credit_notes
    return export_lines if options.lines else export_taxes if options.taxes else export_orders


def _export(options: argparse.Namespace, config: Settings) -> None:
    mode, state = read_mode(options, config), read_state(options.state)
    chosen = Filter(mode, state, *read_days(options), by_payment=options.paid)
    notation = _notation(options.separator, options.decimal)
    export = _table(options)
    with released(config) as db:
        pieces = export(db, chosen, notation)
        if options.file:
            write_file(options.file, chain([BYTE_ORDER_MARK], pieces))
        else:
            write_out(pieces)
        if not options.mode:
            with db.read() as connection:
                for line in set_apart(connection, chosen):
                    print(line, file=sys.stderr)  # stdout is the table


def _notation(separator: str | None, decimal: str) -> Notation:
    if decimal not in (".", ","):
        raise Mistyped(f"{decimal!r} is nothing to stand before decimals: . or ,")
    if separator is None:
        separator = ";" if decimal == "," else ","
    if separator not in SEPARATORS:
        raise Mistyped(f"{separator!r} is nothing to stand between cells: , or ; or tab")
    if separator == decimal:
        raise Mistyped("Between cells and before decimals, a comma can stand only in one place.")
    return Notation(SEPARATORS[separator], decimal)
