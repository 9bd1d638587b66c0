"""A parcel leaves: the order is marked as shipped, and the shopper is told by the worker."""

from enum import Enum

from sqlalchemy import Connection

from webshop.admin.go_live import refuse_set_apart
from webshop.admin.typed import read_words
from webshop.db.engine import Database, again_if_contended
from webshop.errors import Mistyped, OwnerError
from webshop.mail import outbox
from webshop.mail.model import MailKind
from webshop.orders import queries as orders
from webshop.orders.model import MOVES, Order, State

LONGEST_CARRIER = 80
LONGEST_TRACKING = 100


class Shipped(Enum):
    """What became of an order that was to be shipped."""

    NOW = "now"
    CORRECTED = "corrected"  # it was shipped already, with another carrier or number
    ALREADY = "already"


@again_if_contended
def ship(
    db: Database,
    number: str,
    carrier: str | None = None,
    tracking: str | None = None,
    *,
    mail_again: bool = False,
    anyway: bool = False,
) -> tuple[Shipped, Order]:
    """Mark a paid order as sent and queue the mail that says so; of one that is sent already, correct what
    differs. That is mailed only if `mail_again`. What became of it, and the order as it is now.

    A letter has no tracking number, and perhaps no carrier: None. Of an order that is sent already, None
    changes nothing. Raises NotFound, Mistyped for words that cannot be used, OwnerError for an order that
    cannot be shipped, or should not be while its payment is in question, unless `anyway`.
    """
    if carrier is not None:
        carrier = read_words("carrier", carrier, LONGEST_CARRIER)
    if tracking is not None:
        tracking = read_words("tracking number", tracking, LONGEST_TRACKING)
    with db.write() as connection:
        order = orders.get_order(connection, number, lock=True)
        refuse_set_apart(connection, order)
        if order.state == State.PAID and not anyway:
            _refuse_risk(order)
        done = _ship(connection, order, carrier, tracking)
        if mail_again and done != Shipped.NOW:
            outbox.queue_again(connection, number, MailKind.SHIPPED)
        return done, orders.get_order(connection, number)


def _refuse_risk(order: Order) -> None:
    if order.held_by:
        why = "; ".join(risk.words for risk in order.held_by)
        raise OwnerError(
            f"The payment of order {order.number} may not stay: {why}. Look into Stripe's dashboard first; "
            "--anyway ships it all the same."
        )


def _ship(connection: Connection, order: Order, carrier: str | None, tracking: str | None) -> Shipped:
    carrier, tracking = _parcel(order, carrier, tracking)
    if tracking and not carrier:
        raise Mistyped("The carrier is missing: whose tracking number is it?")
    parcel = f"{carrier} {tracking}".strip()
    if order.state == State.SHIPPED:
        if (order.carrier, order.tracking) == (carrier, tracking):
            return Shipped.ALREADY
        orders.mark_shipped(connection, order.number, carrier, tracking)
        orders.note(connection, order.number, "parcel corrected", parcel)
        return Shipped.CORRECTED
    if not order.ships:
        raise OwnerError(f"Order {order.number} has nothing that is shipped: it is done when it is paid.")
    if State.SHIPPED not in MOVES[order.state]:
        raise OwnerError(f"Order {order.number} is {order.state}: only a paid order can be shipped.")
    orders.move(connection, order, State.SHIPPED, parcel)
    orders.mark_shipped(connection, order.number, carrier, tracking)
    outbox.queue_once(connection, order.number, MailKind.SHIPPED)
    return Shipped.NOW


def _parcel(order: Order, carrier: str | None, tracking: str | None) -> tuple[str, str]:
    """What is not said anew stays; but the number of another carrier goes with its carrier."""
    if tracking is None:
        tracking = order.tracking if carrier in (None, order.carrier) else ""
    return order.carrier if carrier is None else carrier, tracking
