"""python -m webshop orders refund | restock: money goes back, and pieces into the stock."""

import argparse
import re
from decimal import Decimal

from webshop.admin import refunds
from webshop.admin.refunds import Asked, Restocked
from webshop.commands.orders.typed import read_order_number
from webshop.db.engine import Database
from webshop.db.migrate import released
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
    refund.add_argument(
        "--restock",
        action=argparse.BooleanOptionalAction,
        help="its pieces are on sale again (default: if it was not shipped and all of its money goes back)",
    )
    refund.set_defaults(run=_refund)

    restock = actions.add_parser("restock", help="the pieces of an order that came back are on sale again")
    restock.add_argument("number")
    restock.add_argument("pieces", nargs="*", metavar="SKU=2", help="so many of it in all (default: all)")
    restock.set_defaults(run=_restock)


def _refund(options: argparse.Namespace, config: Settings) -> None:
    number = read_order_number(options.number)
    with released(config) as db:
        amount = None if options.amount is None else _amount(db, number, options.amount)
        asked = refunds.request_refund(
            db, number, amount, options.reason, again=options.again, restock=options.restock
        )
    _tell_refund(number, asked)
    if asked.restocked is not None:
        _tell_restocked(number, asked.restocked)
    elif asked.refund and not asked.before:
        print(f"Nothing was put back into stock: python -m webshop orders restock {number} does that.")


def _tell_refund(number: str, asked: Asked) -> None:
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


def _restock(options: argparse.Namespace, config: Settings) -> None:
    number = read_order_number(options.number)
    pieces = dict(_read_pieces(typed) for typed in options.pieces) or None
    with released(config) as db:
        _tell_restocked(number, refunds.restock(db, number, pieces))


def _read_pieces(typed: str) -> tuple[str, int]:
    sku, _equals, count = typed.rpartition("=")
    if not sku or not re.fullmatch(r"[1-9][0-9]?", count):
        raise Mistyped(f"{typed!r} does not say how many of what: MUG-BLUE=2")
    return sku, int(count)


def _tell_restocked(number: str, restocked: Restocked) -> None:
    words = ", ".join(f"{count} × {line.name} ({line.written_sku})" for line, count in restocked)
    if words:
        print(f"Back in stock: {words}.")
    else:
        print(f"Nothing was put back into stock: order {number} holds no counted pieces any more.")
