"""A process that serves, and leaves without losing a request.

Told to end it goes on for the seconds of the drain, with /readyz 503, so that whoever sends visitors hears of
it; then it closes the door, and finishes what is under way.
"""

import asyncio
import logging
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable
from functools import partial
from time import monotonic
from types import FrameType

import uvicorn
from starlette.types import ASGIApp

from webshop.serving.connections import GuardedProtocol
from webshop.serving.door import let_in_who_waits, let_nobody_new_in
from webshop.telemetry.logs import COMMANDS

log = logging.getLogger(COMMANDS)

LONGEST_EXIT = 25.0  # seconds from the first word to end: platforms kill after 30
FOR_THE_REST = 3.0  # of them, for what runs beside the requests
HANDSHAKES = 0.1  # seconds for those that are under way


def settings_of(app: Callable[[], ASGIApp], drain: float) -> uvicorn.Config:
    """How uvicorn serves the app that `app` makes."""
    return uvicorn.Config(
        app,
        factory=True,
        http=GuardedProtocol,  # httptools: h11 lets requests through that are ambiguous behind a proxy
        ws="none",
        lifespan="on",
        proxy_headers=False,  # it would take the first of X-Forwarded-For, which anybody can write
        loop="auto" if sys.platform == "win32" else "uvloop",
        timeout_keep_alive=95,  # longer than a router keeps its side open
        timeout_graceful_shutdown=int(LONGEST_EXIT - drain - FOR_THE_REST),
        server_header=False,
        access_log=False,
        log_config=None,  # its lines go where the shop's go
        log_level="error",  # its warnings can be written by strangers
    )


class Server(uvicorn.Server):
    """`parent` is a pipe that the parent closes when all its children are to leave, or when it dies."""

    def __init__(self, config: uvicorn.Config, drain: float, parent: int | None = None) -> None:
        super().__init__(config)
        self._drain = drain
        self._parent = parent
        self._parents_id = os.getppid()
        self._everybody_leaves = parent is None
        self._told: list[int] = []
        self._closes_at: float | None = None

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """A signal may come in the middle of anything: it is looked at in the next tick. A second Ctrl-C does
        not wait for what is under way."""
        self.force_exit = self.force_exit or (sig == signal.SIGINT and signal.SIGINT in self._told)
        self._told.append(sig)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self._parent is not None:
            asyncio.get_running_loop().add_reader(self._parent, self._hear_of_parent, self._parent)

    def _hear_of_parent(self, pipe: int) -> None:
        asyncio.get_running_loop().remove_reader(pipe)
        self._everybody_leaves = True
        self._leave(self._drain)

    async def on_tick(self, counter: int) -> bool:
        if self._told:
            self._leave(0 if signal.SIGINT in self._told else self._drain)
        if self._parent is not None and os.getppid() != self._parents_id:
            # It was killed: whoever follows wants the port soon.
            self._everybody_leaves = True
            self._leave(0)
        if self._closes_at is not None and monotonic() >= self._closes_at:
            self.should_exit = True
        return await super().on_tick(counter)

    def _leave(self, drain: float) -> None:
        """Sooner, if it is said again."""
        closes_at = monotonic() + drain
        if self._closes_at is None:
            self._say_that_it_leaves()
            log.info("Process %s is asked to end", os.getpid())
        self._closes_at = min(closes_at, self._closes_at or closes_at)

    def _say_that_it_leaves(self) -> None:
        self.lifespan.state["leaving"] = True  # for /readyz
        self.config.encoded_headers.append((b"connection", b"close"))
        self.server_state.default_headers = [*self.server_state.default_headers, (b"connection", b"close")]
        end_in_time()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        doors = sockets or []
        if self._everybody_leaves:
            for door in doors:
                let_nobody_new_in(door)
            await asyncio.sleep(HANDSHAKES)
        came = [each for door in doors for each in let_in_who_waits(door)]
        for server in self.servers:
            server.close()
        for each in came:
            await self._serve_connection(each)
        await super().shutdown(sockets)

    async def _serve_connection(self, connection: socket.socket) -> None:
        protocol = partial(
            GuardedProtocol,
            config=self.config,
            server_state=self.server_state,
            app_state=self.lifespan.state,
        )
        await asyncio.get_running_loop().connect_accepted_socket(protocol, connection)


def end_in_time() -> None:
    """Whatever hangs: a platform would kill this process without a word."""
    end = threading.Timer(LONGEST_EXIT, _end_now)
    end.daemon = True
    end.start()


def _end_now() -> None:
    log.error("Process %s ends with something unfinished", os.getpid())
    sys.stdout.flush()
    os._exit(1)
