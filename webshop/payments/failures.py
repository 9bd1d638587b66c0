"""What can go wrong on the way to Stripe, in the shop's own words."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import stripe

from webshop.errors import NotFound, Unavailable
from webshop.language.messages import gettext as _

log = logging.getLogger(__name__)

# What the SDK raises instead of its own errors: an answer may be JSON and still not be what it should be, and
# a webhook's signature may have letters that cannot be compared.
MISSHAPEN = (AttributeError, KeyError, TypeError)

REFUSED = (stripe.InvalidRequestError, stripe.IdempotencyError, stripe.CardError)  # 400, 402, 404


@contextmanager
def found() -> Iterator[None]:
    try:
        yield
    except stripe.InvalidRequestError as error:
        if error.http_status == 404:
            raise NotFound(_("There is no such payment.")) from error
        raise


@contextmanager
def accepted() -> Iterator[None]:
    """For questions that Stripe has no reason to refuse."""
    try:
        yield
    except REFUSED as error:
        log.error("Stripe refuses to answer: %s", error)
        raise unavailable() from error


@contextmanager
def answered() -> Iterator[None]:
    """For questions that may simply be asked again: an error inside Stripe is like no answer."""
    try:
        yield
    except stripe.APIError as error:
        log.warning("Stripe answered %s: %s", error.http_status, error)
        raise unavailable() from error


@contextmanager
def reachable() -> Iterator[None]:
    """No answer, or not now: the shopper is asked to try again. A wrong key is the owner's to mend."""
    try:
        yield
    except (stripe.APIConnectionError, stripe.RateLimitError) as error:
        log.warning("Stripe could not be reached: %s", error)
        raise unavailable() from error
    except (stripe.AuthenticationError, stripe.PermissionError) as error:
        log.error("Stripe refuses this shop's key: %s", error)
        raise unavailable() from error
    except MISSHAPEN as error:
        raise stripe.APIError(f"An answer of the wrong shape: {error!r}") from error


def unavailable() -> Unavailable:
    return Unavailable(
        _("The payment service does not answer at the moment. Nothing was charged; please try again soon.")
    )
