"""How much of the stock a network address may hold with orders that nobody has paid."""

from datetime import timedelta

from sqlalchemy import Connection

from webshop.errors import TooMany
from webshop.language.messages import gettext as _
from webshop.limits import queries as limits
from webshop.limits.model import MOST_PENDING, SHARE
from webshop.orders import queries as orders
from webshop.orders import stock
from webshop.orders.model import Order

A_MOMENT = timedelta(minutes=5)  # some of them are paid, or over, by then


def refuse_hoard(connection: Connection, order: Order) -> None:
    """Raises TooMany if this new order, which holds its pieces already, is one too many of its address, or
    takes it beyond its share. The only order of an address is never refused for its size. The caller has
    counted the checkout in this transaction, so that two orders of an address cannot pass at once."""
    visitor = order.placed_from
    if not visitor or limits.is_lifted(connection, visitor):
        return
    unpaid, held = orders.sum_unpaid(connection, visitor)
    pieces = sum(line.held for line in order.lines)
    if unpaid >= MOST_PENDING:
        raise _too_many()
    if unpaid and pieces and (held + pieces) * SHARE > stock.count_pieces(connection) + pieces:
        raise _too_many()


def _too_many() -> TooMany:
    return TooMany(
        _(
            "Several orders from your network wait to be paid. Please pay for them, or try again in a few "
            "minutes. Your cart stays as it is."
        ),
        retry_after=int(A_MOMENT.total_seconds()),
    )
