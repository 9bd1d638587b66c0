"""python -m webshop go-live: the database goes forward to the mode of Stripe's keys."""

import argparse
from collections.abc import Iterator

from webshop.admin.go_live import SetApart, go_live
from webshop.db.migrate import migrate, opened
from webshop.pages.starters import refuse_starters
from webshop.settings.mode import ShopMode
from webshop.settings.model import Settings


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Make the command known to the command line."""
    parser = commands.add_parser(
        "go-live", help="take the database forward, to the mode of Stripe's keys; test orders are set apart"
    )
    parser.set_defaults(run=_go_live)


def _go_live(_options: argparse.Namespace, config: Settings) -> None:
    with opened(config) as db:
        refuse_starters(db, config, goes_live=True)
        migrate(db)  # of another mode as it is, it was refused to the release
        done = go_live(db, config.mode)
    for line in _told(done, config.mode) if done else [f"The database is of {config.mode} mode already."]:
        print(line)


def _told(done: SetApart, mode: ShopMode) -> Iterator[str]:
    yield f"The database was of {done.before} mode and is of {mode} mode now. Catalogue and carts are kept."
    yield f"Orders set apart: {done.orders}; python -m webshop orders list --mode {done.before} shows them."
    yield f"Of these, expired: {done.expired}, failed: {done.failed}; what they held can be bought again."
    yield (
        f"Closed: attempts to pay {done.attempts}, refunds {done.refunds}, mails {done.mails}, "
        f"alarms {done.alarms}."
    )
    if done.pieces:
        yield f"Paid orders of {done.before} mode took out of the stock:"
        yield from (f"  {each.sku}: {each.taken}, and {each.left} are left" for each in done.pieces)
        yield "If they are on your shelf: python -m webshop catalog stock SKU NUMBER"
