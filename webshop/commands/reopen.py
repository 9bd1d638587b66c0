"""python -m webshop reopen: a restored shop asks Stripe what happened since, and sells again."""

import argparse
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from sqlalchemy import Connection

from webshop.backups import held
from webshop.backups.books import Gap
from webshop.backups.held import HeldMail
from webshop.backups.reopen import Asked, Reopened, ask, reopen
from webshop.commands.orders.gaps import gap_line
from webshop.db import pauses
from webshop.db.engine import Database
from webshop.db.migrate import released
from webshop.errors import OwnerError
from webshop.language.formats import format_minute, format_money
from webshop.mail.model import MailKind
from webshop.payments.history import Purchase
from webshop.provider import create_provider
from webshop.settings.model import Settings


class Way(NamedTuple):
    """What becomes of held mails, and how it is told."""

    act: Callable[[Connection], int]
    told: str


WAYS = {"send": Way(held.release, "are sent within seconds"), "drop": Way(held.drop, "are not sent")}


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Make the command known to the command line."""
    parser = commands.add_parser("reopen", help="a restored shop asks Stripe what it missed, and sells again")
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--check", action="store_true", help="only look: change nothing, stay paused")
    what.add_argument(
        "--mails",
        nargs="?",
        const="list",
        choices=["list", *WAYS],
        help="mails that waited when the backup was taken: held until then",
    )
    parser.set_defaults(run=_reopen)


def _reopen(options: argparse.Namespace, config: Settings) -> None:
    with released(config) as db:
        for line in _done(options, config, db):
            print(line)


def _done(options: argparse.Namespace, config: Settings, db: Database) -> Iterator[str]:
    if options.mails:
        return _mails(options.mails, db)
    stripe = create_provider(config).payments
    if options.check:
        return _asked(ask(db, stripe, config.mode))
    return _reopened(reopen(db, stripe, config.mode, config.url))


def _mails(way: str, db: Database) -> Iterator[str]:
    with db.write() as connection:
        found = held.list_held(connection)
        if way in WAYS and found:
            if pauses.current(connection):
                raise OwnerError("The shop is paused, and sends nothing: open it first, with reopen.")
            WAYS[way].act(connection)
    yield from map(_mail, found)
    if not found:
        yield "No mail is held."
    elif way in WAYS:
        yield f"Mails that {WAYS[way].told}: {len(found)}."


def _mail(mail: HeldMail) -> str:
    to = "you" if mail.name.startswith(MailKind.OWNER) else mail.email
    return f"{mail.order_number}  {mail.name} to {to}, queued {format_minute(mail.created_at)}"


def _asked(asked: Asked) -> Iterator[str]:
    yield f"The backup is {asked.pause.backup}."
    yield f"Stripe was asked for what happened since {format_minute(asked.since)}."
    yield f"Sessions of known orders that were paid or have ended: {len(asked.settles) + len(asked.lost)}."
    yield from _unknown(asked.unknown)
    yield f"Open sessions of unknown orders, which reopen ends: {len(asked.open_ones)}."
    yield f"Payments of which money went back, or may have: {len(asked.refunds)}."
    yield f"Numbers that reopen skips: {asked.invoices} of invoices, {asked.credit_notes} of credit notes."
    yield "Nothing was changed, and the shop stays paused: python -m webshop reopen does all of this."


def _unknown(found: Sequence[Purchase]) -> Iterator[str]:
    yield f"Paid, or about to be, for orders that the backup does not have: {len(found)}."
    for each in found:
        money = format_money(each.session.amount, each.session.currency)
        yield f"  {each.session.order_number}  {money}  {each.name}  {each.email}"


def _reopened(done: Reopened) -> Iterator[str]:
    asked = done.asked
    yield f"Stripe was asked for what happened since {format_minute(asked.since)}."
    yield f"Sessions of known orders that were settled: {len(asked.settles) + len(asked.lost)}."
    yield from _unknown(done.unknown)
    if done.unknown:
        yield "Each is an alarm with all that Stripe knows of it: python -m webshop alarms"
    yield from map(_skipped, done.gaps)
    if done.mails:
        yield f"Mails that are held, as they may have gone: {len(done.mails)}; reopen --mails lists them."
    yield "The shop is open."


def _skipped(gap: Gap) -> str:
    return f"Skipped: {gap_line(gap)}. python -m webshop orders gaps says why, for the tax office."
