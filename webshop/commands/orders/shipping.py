"""python -m webshop orders ship: what leaves."""

import argparse

from webshop.admin import shipments
from webshop.admin.shipments import Shipped
from webshop.commands.orders.typed import read_order_number
from webshop.db.migrate import migrated
from webshop.settings.model import Settings


def add_to(actions: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Make the command known to the command line."""
    ship = actions.add_parser("ship", help="a paid order has left; the shopper gets a mail")
    ship.add_argument("number")
    ship.add_argument("--carrier", required=True, help="such as DHL")
    ship.add_argument("--tracking", required=True, help="the parcel's number")
    ship.add_argument("--mail-again", action="store_true", help="of a shipped order: mail what it says now")
    ship.set_defaults(run=_ship)


def _ship(options: argparse.Namespace, config: Settings) -> None:
    number = read_order_number(options.number)
    carrier, tracking = options.carrier.strip(), options.tracking.strip()
    with migrated(config) as db:
        done = shipments.ship(db, number, carrier, tracking, mail_again=options.mail_again)
    mailed = "The shopper gets a mail." if options.mail_again else "No mail is sent: --mail-again sends one."
    match done:
        case Shipped.NOW:
            print(f"Order {number} is shipped: {carrier} {tracking}. The shopper gets a mail.")
        case Shipped.CORRECTED:
            print(f"Order {number} was shipped already; now it says {carrier} {tracking}. {mailed}")
        case Shipped.ALREADY:
            print(f"Order {number} is shipped already: {carrier} {tracking}. {mailed}")
