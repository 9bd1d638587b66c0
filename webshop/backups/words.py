"""What the owner is told of a payment whose order was lost: all that is needed to send it, or its money."""

from collections.abc import Iterator, Sequence

from webshop.language.formats import format_minute, format_money
from webshop.payments.dashboard import dashboard
from webshop.payments.history import Item, Purchase
from webshop.settings.mode import ShopMode

WORDS = {
    "succeeded": "paid",
    "processing": "not paid yet: the bank is at it",
    "requires_capture": "only authorised: capture it in Stripe's dashboard",
    "requires_action": "not paid yet: the bank wants to hear from the shopper",
    "requires_payment_method": "not paid: the bank has refused",
    "canceled": "not paid: cancelled",
}


def tell(purchase: Purchase, items: Sequence[Item], mode: ShopMode, site: str) -> str:
    """In one line, for alarm and mail."""
    return "; ".join(_parts(purchase, items, mode, site))


def _parts(purchase: Purchase, items: Sequence[Item], mode: ShopMode, site: str) -> Iterator[str]:
    session = purchase.session
    state = (
        "paid" if session.paid else WORDS.get(purchase.intent_status, purchase.intent_status or "complete")
    )
    money = format_money(session.amount, session.currency)
    yield f"order {session.order_number}, {money}, {state}, begun {format_minute(purchase.created_at)}"
    if purchase.refunded:
        yield f"{format_money(purchase.refunded, session.currency)} of it went back"
    if purchase.is_disputed:
        yield "its bank disputes it"
    yield ", ".join(filter(None, [purchase.name, *purchase.address])) or "no address"
    yield ", ".join(filter(None, [purchase.email, purchase.phone])) or "no e-mail address"
    yield from (_item(item, session.currency) for item in items)
    if any(item.sku for item in items):
        yield "its pieces are still in the stock that the shop counts (python -m webshop catalog stock)"
    if not purchase.returns_to.startswith(site):
        yield f"it comes back to another address: {purchase.returns_to.partition('?')[0]}"
    yield dashboard(session.payment_intent, mode) or f"payment {session.payment_intent or session.id}"


def _item(item: Item, currency: str) -> str:
    sku = f" ({item.sku})" if item.sku else ""
    return f"{item.quantity} × {item.name}{sku} {format_money(item.amount, currency)}"
