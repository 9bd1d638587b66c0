"""Identifiers that look like Stripe's: a prefix that names the kind, then letters and digits nobody can
guess.
"""

from __future__ import annotations

import secrets
import string

ALPHABET = string.ascii_letters + string.digits


def new_id(prefix: str, length: int = 24) -> str:
    return f"{prefix}_{''.join(secrets.choice(ALPHABET) for _ in range(length))}"


def new_session_id() -> str:
    """Checkout Sessions carry a long one: whoever knows it can open the payment page."""
    return new_id("cs_test", 58)
