"""The process dies at a chosen point: before or after a call to Stripe, before, inside or after a
transaction. What was committed stays, everything else is gone, as after a SIGKILL."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection

from tests.wire import Answer, Wire
from webshop.db.engine import Database
from webshop.sandbox.core import Sandbox


class Died(BaseException):
    """No `except Exception` in the shop may outlive its process."""


class Fate:
    """`doom(n)`: the process dies at the n-th point that it passes from now on. `deaths` says where it did."""

    def __init__(self) -> None:
        self.deaths: list[str] = []
        self._left = 0

    def doom(self, points: int) -> None:
        self._left = points

    def spare(self) -> None:
        self._left = 0

    def meet(self, point: str) -> None:
        if not self._left:
            return
        self._left -= 1
        if not self._left:
            self.deaths.append(point)
            raise Died(point)


class MortalDatabase(Database):
    def __init__(self, url: str, fate: Fate) -> None:
        super().__init__(url)
        self._fate = fate

    @contextmanager
    def write(self) -> Iterator[Connection]:
        self._fate.meet("before a transaction")
        with super().write() as connection:
            yield connection
            self._fate.meet("inside a transaction")
        self._fate.meet("after a transaction")


class MortalWire(Wire):
    """`pauses` between two tries take no time."""

    def __init__(self, sandbox: Sandbox, fate: Fate) -> None:
        super().__init__(sandbox)
        self._fate = fate

    def request(  # type: ignore[override]  # as in the classes above
        self, method: str, url: str, headers: Mapping[str, str] | None, post_data: Any = None
    ) -> Answer:
        self._fate.meet("before a call")
        answer = super().request(method, url, headers, post_data)
        self._fate.meet("after a call")
        return answer


def outlived(act: Callable[[], object]) -> bool:
    """Whether the process was still there afterwards."""
    try:
        act()
    except Died:
        return False
    return True
