"""A lock that is taken in the order in which it was asked for.

SQLite lets those who wait for a writer sleep and look again, longer each time: whoever came last is as
likely to be next, and some wait for a second where each write takes a millisecond. Python's own lock promises
no order either.
"""

from collections import deque
from threading import Lock


class FairLock:
    """Between threads; not reentrant."""

    def __init__(self) -> None:
        self._guard = Lock()  # held for a moment only
        self._taken = False
        self._waiting: deque[Lock] = deque()  # each is released when it is its turn

    def acquire(self, seconds: float) -> bool:
        """Whether it was taken within so many seconds; with none, whether it was free."""
        with self._guard:
            if not self._taken:
                self._taken = True
                return True
            if seconds <= 0:
                return False
            turn = Lock()
            turn.acquire()
            self._waiting.append(turn)
        return turn.acquire(timeout=seconds) or self._came_with(turn)

    def _came_with(self, turn: Lock) -> bool:
        """Whether the turn came while its patience ended; else it waits no more."""
        with self._guard:
            if turn in self._waiting:
                self._waiting.remove(turn)
                return False
            return True

    def release(self) -> None:
        with self._guard:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._taken = False
