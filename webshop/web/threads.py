"""Threads apart from those of most views: a few for who writes, a few for what waits for another company, one
for the platform."""

from asyncio import Future, Task, create_task, get_running_loop
from collections.abc import Awaitable, Callable, Sequence
from contextvars import copy_context
from functools import partial, wraps
from itertools import count
from typing import Any, TypeAlias, TypeVar, cast

from anyio import CapacityLimiter, Lock, move_on_after, to_thread
from starlette.requests import Request
from starlette.responses import Response

from webshop.errors import Unavailable
from webshop.language.messages import gettext as _

VIEWS = 10  # as many as SQLite's connections: more only hand Python's lock to and fro
FORMS = 10
THREADS = 10
QUEUE = 100  # requests that wait for one of them
PATIENCE = 8.0  # seconds in the queue; Stripe may take ten more, and a router gives up after 30

TOGETHER = 16  # changes in one transaction: the first of them waits for the last

Answer = TypeVar("Answer")
Work: TypeAlias = Callable[[], Any]


def _busy() -> Unavailable:
    return Unavailable(_("Many people are paying at the moment. Nothing was charged; please try again soon."))


def share_few_threads() -> None:
    """For all views of this event loop."""
    to_thread.current_default_thread_limiter().total_tokens = VIEWS


class FormThreads:
    """Who waits to write keeps nobody from reading."""

    def __init__(self) -> None:
        self._threads = CapacityLimiter(FORMS)

    async def run(self, view: Callable[..., Answer], *args: object) -> Answer:
        """What `view` answers in one of these threads."""
        return await to_thread.run_sync(partial(view, *args), limiter=self._threads)


class SlowThreads:
    """While Stripe does not answer, catalogue and cart still do. `busy` makes what is raised when too many
    are before somebody."""

    def __init__(self, busy: Callable[[], Unavailable] = _busy, threads: int = THREADS) -> None:
        self._busy = busy
        self._turns = CapacityLimiter(threads)
        self._threads = CapacityLimiter(threads)

    async def run(self, view: Callable[..., Answer], *args: object) -> Answer:
        """What `view` answers in one of these threads. Raises Unavailable when too many are before it."""
        turn = object()
        if self._turns.statistics().tasks_waiting >= QUEUE:
            raise self._busy()
        with move_on_after(PATIENCE) as waiting:
            await self._turns.acquire_on_behalf_of(turn)
        if waiting.cancelled_caught:
            raise self._busy()
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
                begun = next(self._asked)
                self._answer = await to_thread.run_sync(partial(question, *args), limiter=self._thread)
                self._begun = begun  # not before: an answer that does not come is for nobody
            return cast(Answer, self._answer)


class Together:
    """One thread for small changes. Those that come while others are written wait, and are written together:
    `write` has for each what it answers, or raises, when all are."""

    def __init__(self, write: Callable[[Sequence[Work]], Sequence[Any]]) -> None:
        self._write = write
        self._thread = CapacityLimiter(1)
        self._waiting: list[tuple[Work, Future[Any]]] = []
        self._writing: Task[None] | None = None

    async def run(self, view: Callable[..., Answer], *args: object) -> Answer:
        """What `view` answers; it sees what belongs to this request."""
        answer: Future[Answer] = get_running_loop().create_future()
        self._waiting.append((partial(copy_context().run, view, *args), answer))
        if self._writing is None or self._writing.done():
            self._writing = create_task(self._write_all())
        return await answer

    async def _write_all(self) -> None:
        while self._waiting:
            several, self._waiting = self._waiting[:TOGETHER], self._waiting[TOGETHER:]
            works = [work for work, _answer in several]
            try:
                outcomes = await to_thread.run_sync(self._write, works, limiter=self._thread)
            except BaseException as error:  # nothing was written; who came meanwhile has waited as well
                several, self._waiting = [*several, *self._waiting], []
                outcomes = [error for _each in several]
            for (_work, answer), outcome in zip(several, outcomes, strict=True):
                _tell(answer, outcome)


def _tell(answer: Future[Any], outcome: object) -> None:
    if answer.done():
        return  # whoever asked has gone
    if isinstance(outcome, StopIteration):  # which no Future takes
        bug = RuntimeError("a view has raised StopIteration")
        bug.__cause__ = outcome
        answer.set_exception(bug)
    elif isinstance(outcome, BaseException):
        answer.set_exception(outcome)
    else:
        answer.set_result(outcome)


def form_threads_of(request: Request) -> FormThreads:
    found: FormThreads = request.app.state.form_threads
    return found


def slow_threads_of(request: Request) -> SlowThreads:
    found: SlowThreads = request.app.state.slow_threads
    return found


def one_question_of(request: Request) -> OneQuestion:
    found: OneQuestion = request.app.state.one_question
    return found


def together_of(request: Request) -> Together | None:
    """None where changes do not wait for each other."""
    found: Together | None = request.app.state.together
    return found


def asks(view: Callable[[Request], Response]) -> Callable[[Request], Awaitable[Response]]:
    """For a view without a form that asks Stripe."""

    @wraps(view)
    async def endpoint(request: Request) -> Response:
        return await slow_threads_of(request).run(view, request)

    return endpoint
