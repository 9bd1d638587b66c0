"""The expected failures, each with a sentence for the shopper, or for the owner; anything else is a bug."""

from collections.abc import Mapping


class ShopError(Exception):
    """Something a shopper can be told; `message` is the sentence, already in the shopper's language. `fields`
    maps a form's field to a sentence of its own.

    `retry_after`: in so many seconds it may be different; 0 where time changes nothing.
    """

    status = 500
    retry_after = 0

    def __init__(self, message: str, fields: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.fields = dict(fields or {})


class NotFound(ShopError):
    """What was asked for does not exist, or not for this visitor."""

    status = 404


class Conflict(ShopError):
    """The request was fine, but the shop has changed meanwhile: a price, the stock, another tab."""

    status = 409


class Invalid(ShopError):
    """What was typed cannot be used."""

    status = 422


class TooMany(ShopError):
    """More of something than people do; `retry_after` is in seconds."""

    status = 429

    def __init__(self, message: str, retry_after: int) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Unavailable(ShopError):
    """Something we need (Stripe, the database) is slow or down. Nothing was half-done."""

    status = 503
    retry_after = 5


class OwnerError(Exception):
    """What the owner asked for cannot be done; `message` is the sentence, in English."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class Mistyped(OwnerError):
    """What the owner typed cannot be used."""
