"""python -m webshop orders export: tables for bookkeeping."""

import argparse
import sys
from itertools import chain
from pathlib import Path

from webshop.admin.credit_export import export_credit_notes
from webshop.admin.export import export_orders
from webshop.admin.order_list import Filter
from webshop.commands.files import write_file, write_out
from webshop.commands.orders.listing import set_apart
from webshop.commands.orders.typed import MODES, add_days, read_days, read_mode, read_state
from webshop.db.migrate import migrated
from webshop.orders.model import State
from webshop.settings.model import Settings

BYTE_ORDER_MARK = b"\xef\xbb\xbf"  # without it, spreadsheets take a file of UTF-8 for something older


def add_to(actions: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Make the command known to the command line."""
    export = actions.add_parser("export", help="orders as CSV, for bookkeeping")
    add_days(export)
    export.add_argument("--state", help=", ".join(State))
    export.add_argument("--mode", help=MODES)
    export.add_argument("--file", type=Path, help="write it there, for a spreadsheet (default: print it)")
    export.add_argument(
        "--credit-notes",
        action="store_true",
        help="what came back instead, a row for each rate of tax; --since and --until are days of the notes",
    )
    export.set_defaults(run=_export)


def _export(options: argparse.Namespace, config: Settings) -> None:
    chosen = Filter(read_mode(options, config), read_state(options.state), *read_days(options))
    with migrated(config) as db:
        pieces = export_orders(db, chosen)
        if options.credit_notes:
            pieces = export_credit_notes(db, chosen.mode, chosen.since, chosen.until)
        if options.file:
            write_file(options.file, chain([BYTE_ORDER_MARK], pieces))
        else:
            write_out(pieces)
        if not options.mode:
            with db.read() as connection:
                for line in set_apart(connection, chosen):
                    print(line, file=sys.stderr)  # stdout is the table
