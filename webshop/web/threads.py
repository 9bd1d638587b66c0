"""Threads apart from those of most views: a few for what waits for another company, one for the platform."""

from collections.abc import Awaitable, Callable
from functools import partial, wraps
from itertools import count
from typing import TypeVar, cast

from anyio import CapacityLimiter, Lock, move_on_after, to_thread
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


class OneQuestion:
    """A thread for one question that many ask: an answer is for all who asked before it was begun."""

    def __init__(self) -> None:
        self._turn = Lock()
        self._thread = CapacityLimiter(1)
        self._asked = count()
        self._begun = -1
        self._answer: object = None

    async def ask(self, question: Callable[..., Answer], *args: object) -> Answer:
        asked = next(self._asked)
        async with self._turn:
            if self._begun < asked:
                self._begun = next(self._asked)
                self._answer = await to_thread.run_sync(partial(question, *args), limiter=self._thread)
            return cast(Answer, self._answer)


def _busy() -> Unavailable:
    return Unavailable(_("Many people are paying at the moment. Nothing was charged; please try again soon."))


def slow_threads_of(request: Request) -> SlowThreads:
    found: SlowThreads = request.app.state.slow_threads
    return found


def one_question_of(request: Request) -> OneQuestion:
    found: OneQuestion = request.app.state.one_question
    return found


def asks(view: Callable[[Request], Response]) -> Callable[[Request], Awaitable[Response]]:
    """For a view without a form that asks Stripe."""

    @wraps(view)
    async def endpoint(request: Request) -> Response:
        return await slow_threads_of(request).run(view, request)

    return endpoint
