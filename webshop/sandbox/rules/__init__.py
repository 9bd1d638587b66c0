"""What Stripe refuses before it begins."""
