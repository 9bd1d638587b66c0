"""Stripe's package, loaded when it is first used, by whoever pays first or by the worker: with what it brings
it would take a fifth of a shop's start, and 15 MB."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import stripe as stripe
else:

    class _Later:
        def __getattr__(self, name: str) -> object:
            import stripe

            stripe.enable_telemetry = False  # it would write a file into the home directory
            return getattr(stripe, name)

    stripe = _Later()
