"""Stripe, and nothing else here knows its client. "Token" in the shop is the id of a Checkout Session."""
