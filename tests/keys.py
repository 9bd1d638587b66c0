"""What the environment says in each mode of a shop."""

TEST_KEYS = {
    "STRIPE_SECRET_KEY": "sk_test_1",
    "STRIPE_PUBLISHABLE_KEY": "pk_test_1",
    "STRIPE_WEBHOOK_SECRET": "whsec_1",
    "SECRET_KEYS": "k" * 32,
    "PUBLIC_URL": "http://shop.example",
}
LIVE_KEYS = {
    **TEST_KEYS,
    "STRIPE_SECRET_KEY": "sk_live_1",
    "STRIPE_PUBLISHABLE_KEY": "pk_live_1",
    "PUBLIC_URL": "https://shop.example",
}
OF_MODE: dict[str, dict[str, str]] = {"sandbox": {"DEMO": "1"}, "test": TEST_KEYS, "live": LIVE_KEYS}
