"""What Stripe cannot charge: a sentence for the shopper and an alarm for the owner, once."""

from typing import Literal

from webshop.alarms import queries as alarms
from webshop.alarms.model import THE_SHOP, AlarmKind
from webshop.db.engine import Database, again_if_contended
from webshop.errors import Conflict
from webshop.language.formats import format_money
from webshop.language.messages import gettext as _
from webshop.orders.model import Order
from webshop.pricing import money


class NotChargeable(Conflict):
    """The order costs too little or too much; trying again changes nothing. `words` are the alarm's: they
    name no order, so that it is raised once and not by every visitor anew."""

    def __init__(self, order: Order, size: Literal["small", "large"], words: str) -> None:
        total = format_money(order.total, order.currency)
        if size == "small":
            sentence = _(
                "This order comes to %(total)s, and we cannot take a payment of so little. Please add "
                "something to your cart.",
                total=total,
            )
        else:
            sentence = _(
                "This order comes to %(total)s, and we cannot take so much in one payment. Please order in "
                "several parts.",
                total=total,
            )
        super().__init__(sentence)
        self.size = size
        self.words = words


def refuse_total(order: Order) -> None:
    """Raises NotChargeable. What Stripe adds as tax is not known yet, and left to Stripe."""
    limits = money.currency_of(order.currency)
    if order.total < limits.least and order.tax_mode != "stripe_added":
        least = format_money(limits.least, order.currency)
        words = f"orders below {least} are refused at the checkout, since Stripe charges no less: raise the"
        raise NotChargeable(order, "small", f"{words} prices of what costs so little, or of its parcel")
    if order.total > limits.most:
        most = format_money(limits.most, order.currency)
        words = f"an order above {most} was refused at the checkout, since Stripe charges no more at once"
        raise NotChargeable(order, "large", words)


def refused_by_stripe(order: Order, size: Literal["small", "large"]) -> NotChargeable:
    """Stripe pays out in another currency, or knows the card better than webshop/currencies.txt does."""
    words = f"Stripe refused the total of an order in {order.currency} as too {size}, for what it pays out in"
    return NotChargeable(order, size, words)


@again_if_contended
def tell_owner(db: Database, refusal: NotChargeable) -> None:
    with db.write() as connection:
        alarms.raise_alarm(connection, AlarmKind.TOTAL, THE_SHOP, refusal.words, which=refusal.size)
