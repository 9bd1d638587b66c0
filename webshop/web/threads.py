"""Threads for views that wait for another company: few, and apart from those of all other views."""

from collections.abc import Awaitable, Callable
from functools import partial, wraps
from typing import TypeVar

from anyio import CapacityLimiter, move_on_after, to_thread
from starlette.requests import Request
from starlette.responses import Response

from webshop.errors import Unavailable
from webshop.language.messages import gettext as _

THREADS = 10
QUEUE = 100  # requests that wait for one of them
PATIENCE = 8.0  # seconds in the queue; Stripe may take ten more, and a router gives up after 30

Answer = TypeVar("Answer")


class SlowThreads:
    """While Stripe does not answer, catalogue and cart still do."""

    def __init__(self) -> None:
        self._turns = CapacityLimiter(THREADS)
        self._threads = CapacityLimiter(THREADS)

    async def run(self, view: Callable[..., Answer], *args: object) -> Answer:
        """What `view` answers in one of these threads. Raises Unavailable when too many are before it."""
        turn = object()
        if self._turns.statistics().tasks_waiting >= QUEUE:
            raise _busy()
        with move_on_after(PATIENCE) as waiting:
            await self._turns.acquire_on_behalf_of(turn)
        if waiting.cancelled_caught:
            raise _busy()
        try:
            return await to_thread.run_sync(partial(view, *args), limiter=self._threads)
        finally:
            self._turns.release_on_behalf_of(turn)


def _busy() -> Unavailable:
    return Unavailable(_("Many people are paying at the moment. Nothing was charged; please try again soon."))


def slow_threads_of(request: Request) -> SlowThreads:
    found: SlowThreads = request.app.state.slow_threads
    return found


def asks(view: Callable[[Request], Response]) -> Callable[[Request], Awaitable[Response]]:
    """For a view without a form that asks Stripe."""

    @wraps(view)
    async def endpoint(request: Request) -> Response:
        return await slow_threads_of(request).run(view, request)

    return endpoint
