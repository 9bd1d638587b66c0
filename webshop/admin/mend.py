"""What an owner mends before an order leaves: where it goes, and its mails; and a mail that is sent again."""

from collections.abc import Iterator
from enum import Enum

from sqlalchemy import Connection

from webshop import address
from webshop.address import Address
from webshop.admin.go_live import refuse_set_apart
from webshop.db.engine import Database, again_if_contended
from webshop.errors import OwnerError
from webshop.language.formats import country_name
from webshop.mail import outbox
from webshop.mail.model import MailKind
from webshop.orders import queries as orders
from webshop.orders.model import Order, State

MENDABLE = frozenset({State.PROCESSING, State.PAID})  # before it is, the shopper may order otherwise
ADDRESS_MENDED = "address mended"  # in the audit, with what it was
EMAIL_MENDED = "e-mail mended"


@again_if_contended
def mend(db: Database, seen: Order, email: str, phone: str, to: Address) -> Order:
    """Give the order another e-mail address, phone number and postal address, all checked; the audit
    keeps what they were. `seen` is the order that they are made from.

    Raises OwnerError for an order that has left, is not paid, is set apart or is another than was seen.
    """
    with db.write() as connection:
        order = orders.get_order(connection, seen.number, lock=True)
        refuse_set_apart(connection, order)
        if order.state not in MENDABLE or order.is_erased:
            raise OwnerError(
                f"Order {order.number} is {order.state}: an address is mended between payment and shipping."
            )
        if (order.email, order.phone, order.address) != (seen.email, seen.phone, seen.address):
            raise OwnerError(f"Order {order.number} was changed meanwhile: please look at it again.")
        if (order.address, order.phone) != (to, phone):
            was = ", ".join(filter(None, [*written(order.address), order.phone]))
            orders.note(connection, order.number, ADDRESS_MENDED, was)
        if order.email != email:
            orders.note(connection, order.number, EMAIL_MENDED, order.email)
        orders.set_address(connection, order.number, email, phone, to)
        return orders.get_order(connection, order.number)


def written(where: Address) -> list[str]:
    """The address line by line, with the country's name."""
    return [*address.lines(where), country_name(where.country)]


class Again(Enum):
    """What became of a mail that was to be sent again."""

    QUEUED = "queued"
    WAITS = "waits"  # it has not been sent yet, so there is no need for another


@again_if_contended
def send_again(db: Database, number: str, kind: MailKind) -> tuple[Again, Order]:
    """Queue a mail of this kind once more, to the address as it is now.

    Raises NotFound, and OwnerError for a mail that such an order does not have.
    """
    with db.write() as connection:
        order = orders.get_order(connection, number, lock=True)
        refuse_set_apart(connection, order)
        if order.is_erased:
            raise OwnerError(f"Name and address of order {number} have been erased.")
        kinds = sorted(_kinds(connection, order))
        if kind not in kinds:
            has = f"it can have: {', '.join(kinds)}" if kinds else "it has no mails"
            raise OwnerError(f"Order {number} is {order.state}, which is no matter for this mail; {has}.")
        if any(mail.kind == kind and mail.due_at for mail in outbox.list_of_order(connection, number)):
            return Again.WAITS, order
        outbox.queue_again(connection, number, kind)
        orders.note(connection, number, "mail again", kind)
        return Again.QUEUED, order


def _kinds(connection: Connection, order: Order) -> set[MailKind]:
    """The mails that it has had, and those of what has happened to it."""
    return {mail.kind for mail in outbox.list_of_order(connection, order.number)} | set(_happened(order))


def _happened(order: Order) -> Iterator[MailKind]:
    if order.paid_at:
        yield from (MailKind.RECEIPT, MailKind.OWNER)
    if order.shipped_at:
        yield MailKind.SHIPPED
    if order.refunded:
        yield MailKind.REFUNDED
    if order.state == State.FAILED:
        yield MailKind.FAILED
    if order.state == State.REFUND_DUE:
        yield MailKind.LATE
