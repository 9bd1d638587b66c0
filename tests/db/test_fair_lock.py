"""A lock that goes to whoever has waited longest."""

from collections import deque
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from threading import Lock, Thread

from tests.conftest import only_sqlite
from tests.serving.probes import wait_until
from webshop.db.engine import Database
from webshop.db.fair_lock import FairLock

PATIENCE = 30.0  # seconds


class Stack(deque[Lock]):
    """Whoever came last is next."""

    def popleft(self) -> Lock:
        return self.pop()


def test_it_goes_to_whoever_asked_first() -> None:
    lock = FairLock()
    assert order_of(lock, lambda: taking(lock)) == list(range(20))


def test_control_another_order_would_be_seen() -> None:
    lock = FairLock()
    lock._waiting = Stack()
    assert order_of(lock, lambda: taking(lock)) == list(reversed(range(20)))


@only_sqlite
def test_who_writes_into_the_database_waits_in_line(db: Database) -> None:
    assert order_of(db._writers, db.write) == list(range(20))


def test_a_holder_who_asks_again_at_once_waits_behind_the_others() -> None:
    lock, served = FairLock(), list[str]()
    lock.acquire(0)

    def take() -> None:
        with taking(lock):
            served.append("other")

    other = Thread(target=take)
    other.start()
    wait_until(lambda: len(lock._waiting) == 1)
    lock.release()
    lock.acquire(PATIENCE)
    served.append("again")
    lock.release()
    other.join()
    assert served == ["other", "again"]


def test_nobody_waits_without_patience_and_whoever_gave_up_is_passed_over() -> None:
    lock = FairLock()
    assert lock.acquire(0)
    assert not lock.acquire(0)
    assert not lock.acquire(0.01)
    lock.release()
    assert lock.acquire(0)
    lock.release()


def test_a_turn_that_comes_while_patience_ends_is_taken() -> None:
    """Else nobody would ever release it."""
    lock = FairLock()
    lock.acquire(0)
    turn = Lock()
    turn.acquire()
    lock._waiting.append(turn)
    lock.release()
    assert lock._came_with(turn)


@contextmanager
def taking(lock: FairLock) -> Iterator[None]:
    assert lock.acquire(PATIENCE)
    try:
        yield
    finally:
        lock.release()


def order_of(lock: FairLock, take: Callable[[], AbstractContextManager[object]]) -> list[int]:
    """Of twenty who ask one after another while it is held, who got it when."""
    served: list[int] = []

    def ask(number: int) -> None:
        with take():
            served.append(number)

    threads = [Thread(target=ask, args=(number,)) for number in range(20)]
    with take():
        for number, thread in enumerate(threads):
            thread.start()
            wait_until(partial(has_waiting, lock, number + 1))
    for thread in threads:
        thread.join()
    return served


def has_waiting(lock: FairLock, number: int) -> bool:
    return len(lock._waiting) == number
