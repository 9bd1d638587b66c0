"""python -m webshop orders refund: money goes back."""

import argparse
from decimal import Decimal

from webshop.admin import refunds
from webshop.commands.orders.typed import read_order_number
from webshop.db.engine import Database
from webshop.db.migrate import migrated
from webshop.errors import Mistyped
from webshop.language.amounts import read_amount
from webshop.language.formats import format_money
from webshop.orders import queries as orders
from webshop.settings.model import Settings


def add_to(actions: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Make the command known to the command line."""
    refund = actions.add_parser("refund", help="give money back; the worker sends it within seconds")
    refund.add_argument("number")
    refund.add_argument("amount", nargs="?", help="such as 5.00 or 5,00 (default: all that is left)")
    refund.add_argument("--reason", default="", help="for your own books")
    refund.add_argument("--again", action="store_true", help="the same amount once more")
    refund.set_defaults(run=_refund)


def _refund(options: argparse.Namespace, config: Settings) -> None:
    number = read_order_number(options.number)
    with migrated(config) as db:
        amount = None if options.amount is None else _amount(db, number, options.amount)
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


def _amount(db: Database, number: str, typed: str) -> Decimal:
    with db.read() as connection:
        currency = orders.get_order(connection, number).currency
    try:
        return read_amount(typed, currency)
    except ValueError as error:
        raise Mistyped(str(error)) from error
