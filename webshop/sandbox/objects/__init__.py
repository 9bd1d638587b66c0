"""Stripe's objects: made, changed and shown."""
