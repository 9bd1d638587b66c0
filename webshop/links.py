"""The shop's own addresses, as whoever leads there needs them. `site` is the shop's origin."""


def order(signed: str) -> str:
    """The path of an order's page; `signed` is its signed number."""
    return f"/orders/{signed}"


def checkout(site: str) -> str:
    return f"{site}/checkout"


def charge(site: str) -> str:
    """Where Stripe sends a shopper who has paid; it fills in the id of the session."""
    return f"{site}/charge?token={{CHECKOUT_SESSION_ID}}"
