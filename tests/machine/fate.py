"""The process dies at a chosen point: before or after a call to Stripe, before, inside or after a
transaction. What was committed stays, everything else is gone, as after a SIGKILL."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, event
from sqlalchemy.pool import ConnectionPoolEntry
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from tests.wire import Answer, Wire
from webshop.db.engine import Database
from webshop.sandbox.core import Sandbox


class Died(BaseException):
    """No `except Exception` in the shop may outlive its process."""


class Fate:
    """`doom(n)`: the process dies at the n-th point that it passes from now on.

    `deaths` says where it died."""

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
        if self.is_embedded:
            event.listen(self.engine, "connect", _write_lazily)

    @contextmanager
    def _transaction(
        self, now: datetime | None = None, waits: bool = True, locks_later: bool = False
    ) -> Iterator[Connection]:
        self._fate.meet("before a transaction")
        with super()._transaction(now, waits, locks_later) as connection:
            yield connection
            self._fate.meet("inside a transaction")
        self._fate.meet("after a transaction")


def _write_lazily(connection: Any, _record: ConnectionPoolEntry) -> None:
    connection.execute("PRAGMA synchronous = OFF")  # a process dies here, never the machine


class MortalWire(Wire):
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


class Mortal:
    """The shop as its browsers see it: when it dies, there is no answer."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self._app(scope, receive, send)
        except Died:
            await Response(status_code=502)(scope, receive, send)  # what a platform's router says
