"""What can go wrong on the way to Stripe, in the shop's own words."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from webshop.errors import Unavailable
from webshop.language.messages import gettext as _
from webshop.payments.library import stripe

log = logging.getLogger(__name__)

# What the SDK raises instead of its own errors: an answer may be JSON and still not be what it should be, and
# a webhook's signature may have letters that cannot be compared.
MISSHAPEN = (AttributeError, KeyError, TypeError)


def refused() -> tuple[type[stripe.StripeError], ...]:
    """Answers of 400, 402 and 404."""
    return (stripe.InvalidRequestError, stripe.IdempotencyError, stripe.CardError)


@contextmanager
def asking(*, may_refuse: bool = False, may_break: bool = False, may_forbid: bool = False) -> Iterator[None]:
    """Around a question to Stripe. Raises Unavailable when there is no answer, or not now.

    An answer that refuses (`refused`) is the caller's with `may_refuse`; otherwise Stripe has no reason to.
    With `may_forbid` so is one that says that the shop's key may not ask this.

    An error inside Stripe (stripe.APIError), or an answer of the wrong shape, is the caller's with
    `may_break`; otherwise it is like no answer, because the question may simply be asked again.
    """
    try:
        yield
    except (stripe.APIConnectionError, stripe.RateLimitError) as error:
        log.warning("Stripe could not be reached: %s", error)
        raise unavailable() from error
    except (stripe.AuthenticationError, stripe.PermissionError) as error:  # the owner's to mend
        if may_forbid and isinstance(error, stripe.PermissionError):
            raise
        log.error("Stripe refuses this shop's key: %s", error)
        raise unavailable() from error
    except refused() as error:
        if may_refuse:
            raise
        log.error("Stripe refuses to answer: %s", error)
        raise unavailable() from error
    except (stripe.APIError, *MISSHAPEN) as error:
        broken = error if isinstance(error, stripe.APIError) else _misshapen(error)
        if may_break:
            raise broken from error
        log.warning("Stripe answered %s: %s", broken.http_status, broken)
        raise unavailable() from error


def _misshapen(error: Exception) -> stripe.APIError:
    return stripe.APIError(f"An answer of the wrong shape: {error!r}")


def unavailable() -> Unavailable:
    return Unavailable(
        _("The payment service does not answer at the moment. Nothing was charged; please try again soon.")
    )
