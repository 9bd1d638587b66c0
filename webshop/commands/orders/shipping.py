"""python -m webshop orders ship: what leaves."""

import argparse

from webshop.admin import shipments
from webshop.admin.shipments import Shipped
from webshop.commands.orders.typed import read_order_number
from webshop.db.migrate import migrated
from webshop.orders.model import Order
from webshop.settings.model import Settings


def add_to(actions: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Make the command known to the command line."""
    ship = actions.add_parser("ship", help="a paid order has left; the shopper gets a mail")
    ship.add_argument("number")
    ship.add_argument("--carrier", help="such as DHL; none for what you bring yourself")
    ship.add_argument("--tracking", help="the parcel's number; none for a letter")
    ship.add_argument("--mail-again", action="store_true", help="of a shipped order: mail what it says now")
    ship.set_defaults(run=_ship)


def _ship(options: argparse.Namespace, config: Settings) -> None:
    number = read_order_number(options.number)
    with migrated(config) as db:
        done, order = shipments.ship(
            db, number, options.carrier, options.tracking, mail_again=options.mail_again
        )
    print(told(done, order, mail_again=options.mail_again))


def told(done: Shipped, order: Order, *, mail_again: bool) -> str:
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
