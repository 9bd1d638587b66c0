"""What people may ask of the shop's owner about themselves: python -m webshop forget | personal-data."""

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path

from webshop.admin import erasure, personal_data
from webshop.admin.erasure import Outcome
from webshop.admin.typed import read_email
from webshop.commands.files import write_file, write_out
from webshop.db.migrate import released
from webshop.payments.dashboard import DASHBOARD
from webshop.settings.model import Settings


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Make the commands known to the command line."""
    forget = commands.add_parser("forget", help="erase one person's data wherever it is not needed any more")
    forget.add_argument("email")
    forget.set_defaults(run=_forget)

    collect = commands.add_parser("personal-data", help="all that the shop stores about one person, as JSON")
    collect.add_argument("email")
    collect.add_argument("--file", type=Path, help="write it there (default: print it)")
    collect.set_defaults(run=_collect)


def _forget(options: argparse.Namespace, config: Settings) -> None:
    email = read_email(options.email)
    with released(config) as db:
        outcomes = erasure.forget(db, email)
    for line in [*_done(outcomes), *_elsewhere(email)]:
        print(line)


def _done(outcomes: Sequence[Outcome]) -> Iterator[str]:
    for each in outcomes:
        if each.erased:
            yield f"Order {each.number} is {each.state}: its personal data is erased."
        elif each.until:
            yield (
                f"Order {each.number} is {each.state}: tax law wants it kept until the end of {each.until}; "
                "then the shop erases it."
            )
        else:
            yield f"Order {each.number} is {each.state}: it is being paid; run this again afterwards."


def _elsewhere(email: str) -> Iterator[str]:
    yield "What was typed into a checkout with this address, and not bought, is forgotten."
    yield f"Stripe keeps a copy of its own: look for {email} in its dashboard, {DASHBOARD}"
    yield "So do your backups, and mailboxes to which the shop has written."


def _collect(options: argparse.Namespace, config: Settings) -> None:
    email = read_email(options.email)
    with released(config) as db:
        found = personal_data.collect(db, email)
    if options.file:
        write_file(options.file, [found])
    else:
        write_out([found])
