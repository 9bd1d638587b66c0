"""From a cart to a pending order whose Checkout Session is open. Transactions are short."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from webshop.cart import drafts
from webshop.cart import queries as carts
from webshop.cart.model import Line
from webshop.cart.quote import quote
from webshop.checkout.chargeable import NotChargeable, refuse_total, tell_owner
from webshop.checkout.details import Details
from webshop.checkout.hoards import refuse_hoard
from webshop.checkout.session import open_session, withdraw
from webshop.db import modes
from webshop.db.engine import Database, again_if_contended, moment_of
from webshop.errors import Conflict
from webshop.language.messages import current
from webshop.language.messages import gettext as _
from webshop.limits import queries as limits
from webshop.limits.model import CHECKOUTS, CHECKOUTS_OF_CART
from webshop.orders import queries as orders
from webshop.orders import stock
from webshop.orders.model import HOLD, Order, OrderLine, State, new_number
from webshop.payments import attempts
from webshop.payments.client import Payments
from webshop.payments.request import UiMode
from webshop.payments.shapes import Session
from webshop.settings.mode import ShopMode
from webshop.shop import Shop

NOTHING: Mapping[str, str] = {}


class TotalChanged(Conflict):
    """The shopper agreed to another total than the shop's."""


def check_out(
    db: Database,
    stripe: Payments,
    *,
    shop: Shop,
    site: str,
    cart: str,
    details: Details,
    shown_total: int | None,
    ui_mode: UiMode,
    visitor: str,
    typed: Mapping[str, str] = NOTHING,
) -> tuple[Order, Session]:
    """Place the order for what is in the cart and open its Checkout Session.

    Posting again with nothing changed gives the same order and session. `site` is the shop's address,
    `shown_total` what the shopper saw, in minor units, `visitor` their network address; what was `typed` is
    kept with the order. The session may turn out to be complete: then the order was paid meanwhile. Raises
    Conflict, TotalChanged, NotChargeable, Invalid, TooMany or Unavailable; the cart stays as it is.
    """
    rival = _find_rival(db, shop, cart, details, visitor)
    if rival and (done := withdraw(db, stripe, rival)):
        return done
    try:
        order = place_order(
            db,
            shop,
            cart=cart,
            details=details,
            shown_total=shown_total,
            ui_mode=ui_mode,
            visitor=visitor,
            typed=typed,
        )
        return order, open_session(db, stripe, order, ui_mode=ui_mode, site=site)
    except NotChargeable as refusal:
        tell_owner(db, refusal)
        raise


def _find_rival(db: Database, shop: Shop, cart: str, details: Details, visitor: str) -> Order | None:
    """This cart's pending order, if it is for something else than what is asked for now. Raises TooMany
    before anything has happened."""
    with db.read() as connection:
        limits.refuse(connection, CHECKOUTS_OF_CART, cart)
        limits.refuse(connection, CHECKOUTS, visitor)
        pending = orders.find_pending(connection, cart)
        if pending is None:
            return None
        lines = carts.list_lines(connection, cart)
        wanted = draft(shop, cart, details, lines, moment_of(connection), pending.mode)
    return None if pending.is_same_purchase(wanted) else pending


@again_if_contended
def place_order(
    db: Database,
    shop: Shop,
    *,
    cart: str,
    details: Details,
    shown_total: int | None,
    ui_mode: UiMode,
    visitor: str,
    typed: Mapping[str, str] = NOTHING,
) -> Order:
    """Write the order with its first attempt and hold its stock, or find the same order placed already. What
    was `typed` for it takes the place of any older draft, if the order is placed."""
    with db.write() as connection:
        carts.lock(connection, cart)
        limits.count(connection, CHECKOUTS_OF_CART, cart)
        limits.count(connection, CHECKOUTS, visitor)
        pending = orders.find_pending(connection, cart)  # first: whoever settles it takes lines out
        lines = carts.list_lines(connection, cart)
        order = draft(shop, cart, details, lines, moment_of(connection), modes.keep(connection))
        _refuse_what_cannot_be_bought(lines)
        if order.total != shown_total:
            raise TotalChanged(_("The total has changed. Please check it and order again."))
        refuse_total(order)
        if typed:
            drafts.keep(connection, cart, typed)
        if pending and pending.is_same_purchase(order):
            return pending
        if pending:
            raise Conflict(_("This cart is being paid in another window. Please try again."))
        order = replace(order, lines=stock.hold(connection, order.lines), placed_from=visitor or None)
        refuse_hoard(connection, order)
        weights = {line.sku: line.weight for line in lines}
        orders.insert_order(connection, order, weights)
        attempts.insert_attempt(connection, order, ui_mode)
    return order


def draft(
    shop: Shop, cart: str, details: Details, lines: Sequence[Line], now: datetime, mode: ShopMode
) -> Order:
    """What an order placed now would be, at the shop's own prices. Raises Invalid or Conflict when it cannot
    be sent there, or not this way."""
    placed_at = now.replace(microsecond=0)  # Stripe counts in seconds
    goes_to = details.address
    costs = quote(shop, lines, goes_to.country, goes_to.postal_code, details.method, region=goes_to.region)
    bought = tuple(
        OrderLine(
            line.sku,
            line.title,
            line.variant,
            line.unit_price,
            line.quantity,
            0,
            rate,
            line.stripes_tax_code if shop.tax_by_stripe else "",
            line.code,
            line.shipped,
        )
        for line, rate in zip(lines, costs.rates, strict=True)
    )
    return Order(
        number=new_number(),
        cart=cart,
        state=State.PENDING,
        email=details.email,
        address=details.address,
        phone=details.phone,
        vat_number=details.vat_number,
        billing=details.billing,
        currency=shop.currency,
        lines=bought,
        shipping_method=costs.chosen.key,
        shipping_title=costs.chosen.title,
        shipping=costs.chosen.price,
        delivery=costs.chosen.delivery,
        tax_mode=costs.tax_mode,
        taxes=costs.taxes,
        total=costs.total,
        placed_at=placed_at,
        expires_at=placed_at + HOLD,
        mode=mode,
        language=str(current().locale),
    )


def _refuse_what_cannot_be_bought(lines: Sequence[Line]) -> None:
    if not lines:
        raise Conflict(_("Your cart is empty."))
    problems = [f"{line.name}: {line.problem}" for line in lines if line.problem]
    if problems:
        raise Conflict(" ".join(problems))
