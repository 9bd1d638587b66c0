"""How Stripe tells the shop of what happens: to which endpoint, and why that might refuse it."""
