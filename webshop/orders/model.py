"""Orders: what was agreed, in a snapshot that never changes, and the state it is in."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from webshop.address import Address
from webshop.orders.credit import CreditNote, left_of
from webshop.orders.risk import Risk
from webshop.orders.timeline import Step, timeline
from webshop.pricing.tax import Mode, TaxLine
from webshop.settings.mode import ShopMode
from webshop.text import clean_code

# Stripe takes no session that is to end within 30 minutes. The stock is held exactly as long as the session
# can be paid; the minutes above 30 are for asking again, with the same words, when an answer was lost.
SHORTEST_SESSION = timedelta(minutes=31)
HOLD = timedelta(minutes=35)
# A shopper may try again, and so the hold is prolonged; but nobody keeps the stock from others for ever.
LONGEST_HOLD = 2 * HOLD  # after the order was placed
MOST_ATTEMPTS = 5


class State(StrEnum):
    PENDING = "pending"  # placed, stock held, waiting for payment
    PROCESSING = "processing"  # paid by a method that takes days
    PAID = "paid"
    SHIPPED = "shipped"
    CANCELLED = "cancelled"  # replaced or given up by the shopper
    EXPIRED = "expired"  # not paid in time
    FAILED = "failed"  # the slow payment failed
    REFUND_DUE = "refund_due"  # money came that cannot become an order
    REFUNDED = "refunded"


# Every move there is. Repeating a move is harmless; nothing goes back. A late payment may still pay a
# cancelled or expired order, if its stock can be held again; otherwise the money is due back.
MOVES: Mapping[State, frozenset[State]] = {
    State.PENDING: frozenset(
        {State.PROCESSING, State.PAID, State.CANCELLED, State.EXPIRED, State.REFUND_DUE}
    ),
    State.PROCESSING: frozenset({State.PAID, State.FAILED, State.REFUND_DUE}),
    State.PAID: frozenset({State.SHIPPED, State.REFUNDED}),
    State.SHIPPED: frozenset({State.REFUNDED}),
    State.CANCELLED: frozenset({State.PAID, State.PROCESSING, State.REFUND_DUE}),
    State.EXPIRED: frozenset({State.PAID, State.PROCESSING, State.REFUND_DUE}),
    State.FAILED: frozenset(),
    State.REFUND_DUE: frozenset({State.REFUNDED}),
    State.REFUNDED: frozenset(),
}

HOLDING = frozenset({State.PENDING, State.PROCESSING})  # stock is held, the end is open


@dataclass(frozen=True)
class OrderLine:
    """`held` is how many pieces this line took from a counted stock: 0 when the stock is unlimited.

    `tax_rate` is in millionths; `tax_code` is what Stripe is told, where it reckons the tax. `code` is the
    sku as its owner writes it, where the key is another one. `shipped`: it goes into a parcel.
    """

    sku: str
    title: str
    variant: str
    unit_price: int
    quantity: int
    held: int
    tax_rate: int = 0
    tax_code: str = ""
    code: str = ""
    shipped: bool = True

    @property
    def written_sku(self) -> str:
        return self.code or self.sku

    @property
    def total(self) -> int:
        return self.unit_price * self.quantity

    @property
    def name(self) -> str:
        return f"{self.title}, {self.variant}" if self.variant else self.title


@dataclass(frozen=True)
class Order:
    """Amounts in minor units of `currency`; `total` is what is charged.

    `shipping_method` is the method's key in shop.toml, `shipping_title` and `delivery` are its words.
    `taxes` are inside the prices or on top of them, as `tax_mode` says; Stripe's are known when the order is
    paid, and so is the number of the `invoice`. `mode` says whose money pays it.
    """

    number: str
    cart: str
    state: State
    email: str
    address: Address
    currency: str
    lines: tuple[OrderLine, ...]
    shipping_title: str
    shipping: int
    total: int
    placed_at: datetime
    expires_at: datetime
    mode: ShopMode
    language: str = "en"
    refunded: int = 0
    shipping_method: str = ""
    delivery: str = ""
    tax_mode: Mode = "none"
    taxes: tuple[TaxLine, ...] = ()
    paid_at: datetime | None = None
    invoice: str | None = None
    shipped_at: datetime | None = None
    carrier: str = ""
    tracking: str = ""
    placed_from: str | None = None  # the network address, while the order is undecided
    phone: str = ""
    vat_number: str = ""  # the buyer's; it changes nothing about the tax
    billing: Address | None = None  # where the invoice goes, if not to `address`
    credit_notes: tuple[CreditNote, ...] = ()
    risks: tuple[Risk, ...] = ()  # for the owner, never for the shopper

    @property
    def skus(self) -> list[str]:
        return [line.sku for line in self.lines]

    @property
    def subtotal(self) -> int:
        return sum(line.total for line in self.lines)

    @property
    def ships(self) -> bool:
        """Whether anything of it goes into a parcel."""
        return any(line.shipped for line in self.lines)

    @property
    def is_coming(self) -> bool:
        """Whether something is still to reach the buyer, or has."""
        return self.is_open or self.state in (State.PAID, State.SHIPPED)

    @property
    def steps(self) -> list[Step]:
        """What has happened, what happens now, and what is still to come."""
        return timeline(self)

    @property
    def tax(self) -> int:
        return sum(line.amount for line in self.taxes)

    @property
    def is_partly_refunded(self) -> bool:
        return 0 < self.refunded < self.total and self.state in (State.PAID, State.SHIPPED)

    @property
    def taxes_left(self) -> list[TaxLine]:
        """What of the taxes has not come back; empty while a part of the money has no credit note."""
        left, taxes = left_of(self.total, self.taxes, self.credit_notes)
        return taxes if left == self.total - self.refunded else []

    @property
    def held_by(self) -> list[Risk]:
        """Why it should not leave."""
        return [risk for risk in self.risks if risk.holds]

    @property
    def company(self) -> str:
        """Whom the invoice is for, if that is a business."""
        return (self.billing or self.address).company

    @property
    def tax_is_added(self) -> bool:
        return self.tax_mode in ("added", "stripe_added")

    @property
    def tax_is_stripes(self) -> bool:
        return self.tax_mode in ("stripe_included", "stripe_added")

    def is_same_purchase(self, other: "Order") -> bool:
        """Whether both sell the same things at the same prices to the same person at the same address."""
        mine, others = (
            (
                [
                    (
                        (line.sku, line.name, line.unit_price, line.quantity),
                        (line.tax_rate, line.tax_code, line.shipped),
                    )
                    for line in order.lines
                ],
                order.email,
                (order.address, order.billing, order.phone, order.vat_number),
                (order.shipping_method, order.shipping_title, order.shipping, order.delivery),
                (order.tax_mode, order.taxes),
                (order.total, order.currency),
            )
            for order in (self, other)
        )
        return mine == others

    @property
    def is_open(self) -> bool:
        return self.state in HOLDING

    @property
    def is_erased(self) -> bool:
        """Whether nobody knows any more whose it was: its personal data has had its time."""
        return not self.email


ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"  # without what is misread: 0 O 1 I


def new_number() -> str:
    """An order number to read out on the phone, "K7QM-2XTD": 40 random bits, telling nothing of the sales."""
    letters = [secrets.choice(ALPHABET) for _each in range(8)]
    return "".join(letters[:4]) + "-" + "".join(letters[4:])


def read_number(typed: str) -> str:
    """The order number that somebody typed: "k7qm2xtd" is "K7QM-2XTD"."""
    letters = "".join(clean_code(typed).split()).replace("-", "").upper()
    return f"{letters[:4]}-{letters[4:]}"
