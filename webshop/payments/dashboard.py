"""Where the owner finds a payment at Stripe."""

from webshop.settings.mode import ShopMode

DASHBOARD = "https://dashboard.stripe.com"


def dashboard(payment_intent: str | None, mode: ShopMode) -> str:
    """The payment in Stripe's dashboard; "" for the sandbox's, of which Stripe knows nothing."""
    if mode is ShopMode.SANDBOX or not payment_intent:
        return ""
    return f"{DASHBOARD}{'' if mode is ShopMode.LIVE else '/test'}/payments/{payment_intent}"
