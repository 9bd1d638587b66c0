"""What the shop signs: the cart's name in its cookie, and an order's number in its link."""

import hmac
from collections.abc import Sequence
from functools import lru_cache, partial
from hashlib import sha256

from itsdangerous import BadSignature, Signer
from itsdangerous.signer import SigningAlgorithm

MOST_KEPT = (
    2000  # signatures of carts: each request of somebody with one has it, and each change gives it anew
)
LONGEST = 100  # of a signed cart; ours have 76


class Signatures:
    """`keys` has the newest first: it signs, the others still verify what they once signed."""

    def __init__(self, keys: list[str]) -> None:
        self._cart = _signer(keys, "webshop.cart")
        self._order = _signer(keys, "webshop.order")
        self._sign_cart = lru_cache(maxsize=MOST_KEPT)(self._cart.sign)
        self._read_cart = lru_cache(maxsize=MOST_KEPT)(partial(_read, self._cart))

    def sign_cart(self, cart: str) -> str:
        return self._sign_cart(cart).decode()

    def read_cart(self, signed: str) -> str | None:
        """The cart's id, or None if we did not sign it."""
        return self._read_cart(signed) if len(signed) <= LONGEST else None

    def sign_order(self, number: str) -> str:
        """What stands in the order's link: nobody can guess it, and it never runs out."""
        return self._order.sign(number).decode()

    def read_order(self, signed: str) -> str | None:
        """The order's number, or None if we did not sign it."""
        return _read(self._order, signed)


class _InOneGo(SigningAlgorithm):
    """HMAC with SHA-256: the same as itsdangerous has, and twice as fast."""

    def get_signature(self, key: bytes, value: bytes) -> bytes:
        return hmac.digest(key, value, "sha256")


def _signer(keys: Sequence[str], salt: str) -> Signer:
    """itsdangerous derives its keys, which are told oldest first, at each signature: here once."""
    derived = [Signer(key, salt=salt, digest_method=sha256).derive_key() for key in reversed(keys)]
    return Signer(derived, key_derivation="none", algorithm=_InOneGo())


def _read(signer: Signer, signed: str) -> str | None:
    try:
        return signer.unsign(signed).decode()
    except (BadSignature, UnicodeError):
        return None
