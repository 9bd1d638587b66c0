"""Whose money the shop takes."""

from enum import StrEnum


class ShopMode(StrEnum):
    """In the order in which a shop goes forward. Stripe's keys decide; the database remembers."""

    SANDBOX = "sandbox"  # no keys: the shop's own sandbox
    TEST = "test"  # Stripe's test mode
    LIVE = "live"  # real money

    def may_become(self, other: "ShopMode") -> bool:
        """Whether the other one lies ahead."""
        order = list(ShopMode)
        return order.index(self) < order.index(other)
