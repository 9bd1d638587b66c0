"""python -m webshop go-live: the database goes forward to the mode of Stripe's keys."""

import argparse
from collections.abc import Iterator

from webshop.admin.go_live import SetApart, go_live
from webshop.db.migrate import migrated
from webshop.mode import ShopMode
from webshop.settings import Settings


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Make the command known to the command line."""
    parser = commands.add_parser(
        "go-live", help="take the database forward, to the mode of Stripe's keys; test orders are set apart"
    )
    parser.set_defaults(run=_go_live)


def _go_live(_options: argparse.Namespace, config: Settings) -> None:
    with migrated(config, of_any_mode=True) as db:
        done = go_live(db, config.mode)
    for line in _told(done, config.mode) if done else [f"The database is of {config.mode} mode already."]:
        print(line)


def _told(done: SetApart, mode: ShopMode) -> Iterator[str]:
    yield f"The database was of {done.before} mode and is of {mode} mode now."
    yield "Products, settings, carts and stock are what they were."
    yield (
        f"Set apart: {done.orders} orders of {done.before} mode, "
        f"which python -m webshop orders list --mode {done.before} shows."
    )
    yield (
        f"Of those that were undecided, {done.expired} are expired and {done.failed} have failed; what they "
        "held can be bought again."
    )
    yield (
        f"Attempts to pay closed: {done.attempts}. Given up: {done.refunds} refunds, {done.mails} mails. "
        f"Alarms cleared: {done.alarms}."
    )
    if done.pieces:
        yield "Their paid orders took out of the stock what nobody has bought:"
        yield from (f"  {each.sku}: {each.taken}, {each.left} are left" for each in done.pieces)
        yield "If that is still so, correct it: python -m webshop catalog stock SKU NUMBER"
