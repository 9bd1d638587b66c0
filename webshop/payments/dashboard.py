"""Where the owner finds a payment at Stripe."""

DASHBOARD = "https://dashboard.stripe.com"


def dashboard(payment_intent: str | None, *, livemode: bool) -> str:
    """The payment in Stripe's dashboard."""
    return f"{DASHBOARD}{'' if livemode else '/test'}/payments/{payment_intent}"
