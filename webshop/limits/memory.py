"""Limits of what only reads: counted in memory, so that reading writes nothing. Each process has its own."""

import threading
from collections import OrderedDict
from collections.abc import Callable
from math import ceil
from time import monotonic

from webshop.errors import TooMany
from webshop.language.messages import gettext as _
from webshop.limits.model import Limit

MOST_NAMES = 10_000  # that are remembered, the latest


class Counter:
    """For one `limit`. `clock` tells seconds."""

    def __init__(self, limit: Limit, clock: Callable[[], float] = monotonic) -> None:
        self._limit = limit
        self._clock = clock
        self._counts: OrderedDict[str, tuple[float, int]] = OrderedDict()  # since when, how many
        self._lock = threading.Lock()

    def count(self, who: str) -> None:
        """One more. Raises TooMany when it is one too many; "" is nobody in particular."""
        if not who:
            return
        now, within = self._clock(), self._limit.within.total_seconds()
        with self._lock:
            since, before = self._counts.pop(who, (now, 0))
            if now - since >= within:
                since, before = now, 0
            self._counts[who] = (since, before + 1)
            if len(self._counts) > MOST_NAMES:
                self._counts.popitem(last=False)
        if before >= self._limit.most:
            raise TooMany(
                _("You are very quick. Please wait a moment and try again."),
                retry_after=max(1, ceil(since + within - now)),
            )
