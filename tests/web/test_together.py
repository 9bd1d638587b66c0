"""Changes that wait for each other are written together, and answered when they are written; what many ask
is asked once."""

import asyncio
from collections.abc import Callable, Sequence
from contextvars import ContextVar
from functools import partial
from threading import Event
from typing import Any

import pytest

from tests.loops import run_alone
from webshop.errors import Conflict, Unavailable
from webshop.web.threads import TOGETHER, OneQuestion, Together

whose: ContextVar[str] = ContextVar("whose")


class Books:
    """What was written together: while it is `shut`, nothing is. The first one comes alone."""

    def __init__(self) -> None:
        self.sizes: list[int] = []
        self.shut = Event()
        self.shut.set()

    def write(self, works: Sequence[Callable[[], Any]]) -> list[Any]:
        self.shut.wait(30)
        self.sizes.append(len(works))
        return [_outcome(work) for work in works]


def _outcome(work: Callable[[], Any]) -> Any:
    try:
        return work()
    except Conflict as error:
        return error


async def several(together: Together, books: Books, views: Sequence[Callable[[], object]]) -> list[object]:
    """What they answer; those after the first have waited for it."""
    books.shut.clear()
    asked = [asyncio.create_task(together.run(view)) for view in views]
    await asyncio.sleep(0.05)
    assert not any(each.done() for each in asked)
    books.shut.set()
    return await asyncio.gather(*asked, return_exceptions=True)


def test_who_waits_is_written_together_in_the_order_in_which_they_came() -> None:
    books = Books()
    views = [partial(int, number) for number in range(20)]
    assert run_alone(several(Together(books.write), books, views)) == list(range(20))
    assert sum(books.sizes) == 20
    assert max(books.sizes) == TOGETHER
    assert len(books.sizes) <= 3


def test_whoever_is_refused_is_so_alone() -> None:
    def refuse() -> None:
        raise Conflict("Sorry, this is sold out.")

    books = Books()
    first, refused, last = run_alone(several(Together(books.write), books, [int, refuse, str]))
    assert (first, last) == (0, "")
    assert isinstance(refused, Conflict)


def test_where_nothing_was_written_all_hear_it_and_the_next_ones_are_written() -> None:
    def fail(works: Sequence[Callable[[], Any]]) -> list[Any]:
        if len(works) > 1:
            raise Unavailable("The shop is very busy.")
        return [work() for work in works]

    async def play() -> list[object]:
        together = Together(fail)
        answers = await asyncio.gather(*(together.run(int) for _ in range(2)), return_exceptions=True)
        return [*answers, await together.run(int)]

    first, second, third = run_alone(play())
    assert isinstance(first, Unavailable)
    assert isinstance(second, Unavailable)
    assert third == 0


def test_what_is_no_common_error_reaches_whoever_waits_too() -> None:
    """As when a thread is told to end: nobody waits for ever, and the next ones are written."""

    class Ended(BaseException):
        pass

    def end(works: Sequence[Callable[[], Any]]) -> list[Any]:
        if len(works) > 1:
            raise Ended
        return [work() for work in works]

    async def play() -> list[object]:
        together = Together(end)
        answers = await asyncio.gather(*(together.run(int) for _ in range(2)), return_exceptions=True)
        return [*answers, await together.run(int)]

    first, second, third = run_alone(asyncio.wait_for(play(), 20))
    assert (type(first), type(second), third) == (Ended, Ended, 0)


def test_a_bug_of_any_kind_reaches_whoever_has_it_and_nobody_waits_for_ever() -> None:
    """Of which asyncio takes one for the end of a coroutine, and before Python 3.13 refuses it."""
    found: Any = [StopIteration(), ZeroDivisionError(), "mug"]

    async def play() -> list[object]:
        together = Together(lambda works: found[-len(works) :])
        return await asyncio.gather(*(together.run(int) for _each in found), return_exceptions=True)

    first, second, third = run_alone(asyncio.wait_for(play(), 20))
    assert isinstance(first, RuntimeError)
    assert isinstance(first.__cause__, StopIteration)
    assert (type(second), third) == (ZeroDivisionError, "mug")


def test_whoever_came_while_nothing_could_be_written_does_not_wait_as_long_again() -> None:
    class Locked(Books):
        def write(self, works: Sequence[Callable[[], Any]]) -> list[Any]:
            super().write(works)
            raise Unavailable("The shop is very busy.")

    books = Locked()
    answers = run_alone(several(Together(books.write), books, [int] * 3 * TOGETHER))
    assert [type(each) for each in answers] == [Unavailable] * 3 * TOGETHER
    assert len(books.sizes) == 1


def test_each_view_knows_whose_request_it_answers() -> None:
    async def ask(together: Together, name: str) -> str:
        whose.set(name)
        return await together.run(whose.get)

    async def play() -> list[str]:
        together = Together(Books().write)
        return await asyncio.gather(*(ask(together, name) for name in "abc"))

    assert run_alone(play()) == ["a", "b", "c"]


def test_whoever_goes_away_holds_up_nobody() -> None:
    async def play() -> object:
        books = Books()
        together = Together(books.write)
        books.shut.clear()
        gone, other = (asyncio.create_task(together.run(int)) for _ in range(2))
        await asyncio.sleep(0.05)
        gone.cancel()
        books.shut.set()
        with pytest.raises(asyncio.CancelledError):
            await gone
        return await other

    assert run_alone(play()) == 0


def test_an_answer_that_did_not_come_is_nobodys() -> None:
    """Whoever has waited for it asks again, and hears nothing of what was true before."""
    asked: list[int] = []

    def ask(answer: str) -> str:
        asked.append(1)
        if len(asked) == 2:
            raise ZeroDivisionError
        return answer

    async def play() -> list[object]:
        question = OneQuestion()
        before = await question.ask(ask, "before")
        now = (question.ask(ask, "now") for _each in range(3))
        return [before, *await asyncio.gather(*now, return_exceptions=True)]

    before, failed, *others = run_alone(play())
    assert (before, others) == ("before", ["now", "now"])
    assert isinstance(failed, ZeroDivisionError)
    assert len(asked) == 3  # the control: they had waited for one answer
