"""The numbers of all limits, generous enough for a school behind one address."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True)
class Limit:
    """At the `most` so often `within` that time; then no more until it is over. `what` is its name."""

    what: str
    most: int
    within: timedelta


WHILE = timedelta(minutes=10)

# By network address: carts that are begun, by adding to none or by restoring one.
NEW_CARTS = Limit("carts begun", 300, WHILE)

# Each checkout asks Stripe for a session, or about one.
CHECKOUTS_OF_CART = Limit("checkouts of a cart", 15, WHILE)
CHECKOUTS = Limit("checkouts", 100, WHILE)

# How often Stripe is asked what became of a payment, because somebody came back from it. After that the
# database answers: webhook and worker settle it.
QUESTIONS_OF_ORDER = Limit("questions about an order", 5, timedelta(minutes=1))
QUESTIONS = Limit("questions to Stripe", 10, WHILE)

# What only reads: counted in memory, by each process.
ORDER_PAGES = Limit("order pages", 600, timedelta(minutes=1))
FEEDS = Limit("feeds", 30, WHILE)  # of the whole catalogue each

_ALL = (NEW_CARTS, CHECKOUTS_OF_CART, CHECKOUTS, QUESTIONS_OF_ORDER, QUESTIONS, ORDER_PAGES, FEEDS)


def find(what: str) -> Limit | None:
    return next((limit for limit in _ALL if limit.what == what), None)


# Stock that is held by orders that nobody has paid, by the network address that placed them.
MOST_PENDING = 30  # orders
SHARE = 10  # of all pieces in stock a tenth, unless it is the address's only order
