"""Keys for shops in tests, random, as Settings wants them; and what the environment says in each mode."""

KEY = "b1c7d6b94e3a5a5d7eba329e09404a43fb6a6da95cf85e18a900f2132dd4054c"
OLD_KEY = "88186492ab5140a064e7124037d9520c8c6497283e4ebf5defe23753040854e5"

TEST_KEYS = {
    "STRIPE_SECRET_KEY": "sk_test_1",
    "STRIPE_PUBLISHABLE_KEY": "pk_test_1",
    "STRIPE_WEBHOOK_SECRET": "whsec_1",
    "SECRET_KEYS": KEY,
    "PUBLIC_URL": "http://shop.example",
}
LIVE_KEYS = {
    **TEST_KEYS,
    "STRIPE_SECRET_KEY": "sk_live_1",
    "STRIPE_PUBLISHABLE_KEY": "pk_live_1",
    "PUBLIC_URL": "https://shop.example",
}
OF_MODE: dict[str, dict[str, str]] = {"sandbox": {"DEMO": "1"}, "test": TEST_KEYS, "live": LIVE_KEYS}
