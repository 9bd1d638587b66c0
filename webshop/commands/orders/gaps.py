"""python -m webshop orders gaps: numbers that no invoice or credit note has, and why."""

import argparse

from webshop.backups.books import INVOICES, Gap, list_gaps
from webshop.db.migrate import released
from webshop.language.formats import format_minute
from webshop.settings.mode import ShopMode
from webshop.settings.model import Settings


def add_to(actions: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Make the command known to the command line."""
    parser = actions.add_parser("gaps", help="numbers that no invoice or credit note has, and why")
    parser.set_defaults(run=_gaps)


def _gaps(_options: argparse.Namespace, config: Settings) -> None:
    with released(config) as db, db.read() as connection:
        found = list_gaps(connection)
    for gap in found:
        print(f"{gap_line(gap)}, {format_minute(gap.at)}: {gap.reason}")
    if not found:
        print("Every number was given to a document.")


def gap_line(gap: Gap) -> str:
    """ "invoices 2026-000018 to 2026-000024"."""
    test = "" if gap.mode is ShopMode.LIVE else f"{gap.mode.upper()}-"
    prefix = f"{test}{'' if gap.series == INVOICES else 'CN-'}{gap.year}-"
    return f"{gap.series} {prefix}{gap.first:06d} to {prefix}{gap.last:06d}"
