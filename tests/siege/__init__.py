"""The shop under siege: many at once, slow ones, a Stripe that takes its time. Real processes, figures."""
