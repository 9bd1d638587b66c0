"""python -m webshop orders ship: what leaves."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from webshop.admin import shipments
from webshop.admin.shipments import Shipped
from webshop.commands.orders.parcels import Parcel, read_parcels
from webshop.commands.orders.typed import read_order_number
from webshop.db.engine import Database
from webshop.db.migrate import released
from webshop.errors import Mistyped, NotFound, OwnerError
from webshop.orders.model import Order
from webshop.settings.model import Settings


def add_to(actions: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Make the command known to the command line."""
    ship = actions.add_parser("ship", help="a paid order has left; the shopper gets a mail")
    ship.add_argument("number", nargs="?")
    ship.add_argument("--carrier", help="such as DHL; none for what you bring yourself")
    ship.add_argument("--tracking", help="the parcel's number; none for a letter")
    ship.add_argument("--anyway", action="store_true", help="although the payment is disputed or in review")
    ship.add_argument("--mail-again", action="store_true", help="of a shipped order: mail what it says now")
    ship.add_argument(
        "--file",
        type=Path,
        metavar="CSV",
        help="many at once: a table whose first line names its columns number, carrier and tracking, or what "
        "your carrier's program exports; --carrier is for lines that name none",
    )
    ship.set_defaults(run=_ship)


def _ship(options: argparse.Namespace, config: Settings) -> None:
    if (options.number is None) == (options.file is None):
        raise Mistyped("Which order has left? Its number, or --file with many of them.")
    if options.file is None:
        number = read_order_number(options.number)
        with released(config) as db:
            options_of_one = {"mail_again": options.mail_again, "anyway": options.anyway}
            print(_ship_one(db, number, options.carrier, options.tracking, **options_of_one))
        return
    if options.tracking is not None or options.mail_again:
        raise Mistyped("--tracking and --mail-again are for one order, not for a file of them.")
    parcels = read_parcels(options.file)
    with released(config) as db:
        failed = _ship_all(db, parcels, options.carrier, anyway=options.anyway)
    if failed:
        raise OwnerError(f"{failed} of {len(parcels)} lines of {options.file.name} could not be done.")


def _ship_all(db: Database, parcels: Sequence[Parcel], carrier: str | None, *, anyway: bool) -> int:
    """Ship each, and tell what became of its line; how many failed."""
    failed = 0
    seen: dict[str, Parcel] = {}
    for parcel in parcels:
        try:
            number = read_order_number(parcel.number)
            first = seen.setdefault(number, parcel)
            if (first.carrier, first.tracking) != (parcel.carrier, parcel.tracking):
                raise OwnerError(f"Order {number} stands in line {first.line} already, with another parcel.")
            told = _ship_one(db, number, parcel.carrier or carrier, parcel.tracking, anyway=anyway)
            print(f"line {parcel.line}:", told)
        except NotFound:
            failed += 1
            print(f"line {parcel.line}: There is no order {number}.", file=sys.stderr)
        except OwnerError as error:
            failed += 1
            print(f"line {parcel.line}: {error.message}", file=sys.stderr)
    return failed


def _ship_one(
    db: Database,
    number: str,
    carrier: str | None,
    tracking: str | None,
    *,
    mail_again: bool = False,
    anyway: bool = False,
) -> str:
    done, order = shipments.ship(db, number, carrier, tracking, mail_again=mail_again, anyway=anyway)
    return _told(done, order, mail_again=mail_again)


def _told(done: Shipped, order: Order, *, mail_again: bool) -> str:
    """What became of an order that was to be shipped, as a sentence."""
    mailed = "The shopper gets a mail." if mail_again else "No mail is sent: --mail-again sends one."
    match done:
        case Shipped.NOW:
            return f"Order {order.number} is shipped: {_parcel(order)}. The shopper gets a mail."
        case Shipped.CORRECTED:
            return f"Order {order.number} was shipped already; now it says {_parcel(order)}. {mailed}"
        case Shipped.ALREADY:
            return f"Order {order.number} is shipped already: {_parcel(order)}. {mailed}"


def _parcel(order: Order) -> str:
    if order.tracking:
        return f"{order.carrier} {order.tracking}"
    return f"{order.carrier}, without a tracking number" if order.carrier else "without a tracking number"
