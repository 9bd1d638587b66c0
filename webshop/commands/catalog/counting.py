"""python -m webshop catalog stock: how many pieces can be bought."""

import argparse
import re

from webshop.db.migrate import released
from webshop.errors import Mistyped
from webshop.orders import stock
from webshop.orders.stock import Counted
from webshop.settings.model import Settings

A_PAGE = 50


def add_to(actions: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Make the command known to the command line."""
    count = actions.add_parser(
        "stock",
        help="what is left of each sku, or set it; -- before a sku that begins with -",
        epilog="stock MUG-BLUE 7 sets the number, +5 and -1 change it; stock blue lists what is called so",
    )
    count.add_argument("sku", nargs="?", default="", help="or, without a number, a word to look for")
    count.add_argument("pieces", nargs="?", help='a number, +5, -1, or "unlimited"')
    count.add_argument("--all", action="store_true", help=f"list all, not the first {A_PAGE}")
    count.set_defaults(run=_stock)


def _stock(options: argparse.Namespace, config: Settings) -> None:
    if options.pieces is None:
        _list(options.sku, None if options.all else A_PAGE, config)
    elif re.fullmatch(r"[+-][0-9]{1,7}", options.pieces, re.ASCII):
        with released(config) as db, db.write() as connection:
            left = stock.change(connection, options.sku, int(options.pieces))
        print(f"{options.sku}: {options.pieces}, which makes {left}")
    else:
        pieces = None if options.pieces == "unlimited" else _pieces(options.pieces)
        with released(config) as db, db.write() as connection:
            stock.count(connection, options.sku, pieces)
        print(f"{options.sku}: {options.pieces}")


def _list(word: str, limit: int | None, config: Settings) -> None:
    with released(config) as db, db.read() as connection:
        found = stock.list_stocks(connection, word)
    if not found:
        print(f"Nothing on sale is called {word}." if word else "Nothing is on sale.")
    width = max((len(each.sku) for each in found[:limit]), default=0)
    for each in found[:limit]:
        print(f"{each.sku:<{width}}  {_left(each):>9}  {each.name}")
    if limit and len(found) > limit:
        print(f"… and {len(found) - limit} more: name a word of it, or --all")


def _left(counted: Counted) -> str:
    left = "unlimited" if counted.left is None else str(counted.left)
    return f"{left} (+{counted.held})" if counted.held else left


def _pieces(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 7):
        raise Mistyped(f"{text!r} is neither a number of pieces nor unlimited")
    return int(text)
