"""A Stripe-shaped sandbox: the other company, small enough to read.

The real `stripe` client talks to it, a shopper pays on its hosted or embedded page with test cards, and it
sends signed webhooks back. It moves no money and imports nothing from the shop.
"""
