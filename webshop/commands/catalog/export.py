"""python -m webshop catalog export: what the shop sells, as the file that it came from, or as a table."""

import argparse
from itertools import chain
from pathlib import Path

from webshop import shop
from webshop.catalog.exporting import export_products
from webshop.catalog.importers.formats.own import write_own
from webshop.catalog.writing import write_catalog
from webshop.commands.files import write_file, write_out
from webshop.db.migrate import released
from webshop.settings.model import Settings

BYTE_ORDER_MARK = b"\xef\xbb\xbf"  # without it, spreadsheets take a file of UTF-8 for something older
HEADING = "What the shop sells, as its database has it: python -m webshop catalog export"


def add_to(actions: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Make the command known to the command line."""
    export = actions.add_parser("export", help="what the database sells, with today's stock; drafts, too")
    kind = export.add_mutually_exclusive_group()
    kind.add_argument("--toml", action="store_true", help="as catalog.toml (the default)")
    kind.add_argument("--csv", action="store_true", help="as a table for spreadsheets, which import reads")
    export.add_argument("--out", type=Path, help="write it there (default: print it)")
    export.set_defaults(run=_export)


def _export(options: argparse.Namespace, config: Settings) -> None:
    currency = shop.load(config.shop_file).currency
    with released(config) as db, db.read() as connection:
        entries = list(export_products(connection, currency))
    written = (piece.encode() for piece in write_catalog(entries, heading=HEADING))
    pieces = write_own(entries) if options.csv else written
    if not options.out:
        write_out(pieces)
    elif options.csv:
        write_file(options.out, chain([BYTE_ORDER_MARK], pieces))
    else:
        write_file(options.out, pieces)
