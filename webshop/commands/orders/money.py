"""python -m webshop orders refund: money goes back."""

import argparse
import re
from decimal import Decimal

from webshop.admin import refunds
from webshop.commands.orders.typed import read_order_number
from webshop.db.migrate import migrated
from webshop.errors import Mistyped
from webshop.language.formats import format_money
from webshop.settings.model import Settings


def add_to(actions: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Make the command known to the command line."""
    refund = actions.add_parser("refund", help="give money back; the worker sends it within seconds")
    refund.add_argument("number")
    refund.add_argument("amount", nargs="?", help="such as 5.00 (default: all that is left)")
    refund.add_argument("--reason", default="", help="for your own books")
    refund.add_argument("--again", action="store_true", help="the same amount once more")
    refund.set_defaults(run=_refund)


def _refund(options: argparse.Namespace, config: Settings) -> None:
    number = read_order_number(options.number)
    amount = None if options.amount is None else _amount(options.amount)
    with migrated(config) as db:
        asked = refunds.request_refund(db, number, amount, options.reason, again=options.again)
    if asked.refund is None:
        print(f"Nothing of order {number} is left to give back: all was given back or asked for already.")
        return
    money = format_money(asked.refund.amount, asked.refund.currency)
    if asked.before:
        print(
            f"This refund was asked for already: {money} of order {number}, {asked.refund.status}. "
            "--again asks for another one."
        )
    else:
        print(f"{money} of order {number} goes back; the worker sends it within seconds.")


def _amount(typed: str) -> Decimal:
    if not re.fullmatch(r"[0-9]{1,12}(\.[0-9]{1,3})?", typed):
        raise Mistyped(f"{typed!r} is not an amount such as 5.00")
    return Decimal(typed)
