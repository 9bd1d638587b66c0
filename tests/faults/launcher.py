"""Runs a command of the webshop with its functions wrapped, so that a test can end the process inside them.

This is all that is changed: at the points of tests/faults/points.py the switch is looked at, the worker
does a round when it is told to and not every five seconds, and Stripe is given up sooner. The product itself
has no such thing.
"""

import functools
import importlib
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from tests.faults.points import DOORS, FUNCTIONS
from tests.faults.switch import Order, Switch
from webshop import __main__ as program
from webshop.db.engine import Database
from webshop.payments import client
from webshop.worker import rounds as worker

GO = signal.SIGUSR1  # tells the worker to do a round
LONGEST_PAUSE = 20.0


class Place(threading.local):
    """Where this thread is: the door by which it came in, and the functions that it is inside of."""

    door = ""

    def __init__(self) -> None:
        self.functions: list[str] = []


class Launcher:
    def __init__(self, switch: Switch) -> None:
        self._switch = switch
        self._place = Place()
        self._seen: tuple[int, int] = (0, 0)
        self._lock = threading.Lock()

    def wrap(self) -> None:
        for name, where in FUNCTIONS.items():
            replace(where, functools.partial(self._wrapped, name=name, where=where))
        for where in DOORS.keys() - set(FUNCTIONS.values()):
            replace(where, functools.partial(self._wrapped, name="", where=where))
        self._wrap_transactions()

    def _wrapped(self, function: Callable[..., Any], name: str, where: str) -> Callable[..., Any]:
        door = DOORS.get(where, "")

        @functools.wraps(function)
        def wrapper(*args: Any, **kwargs: Any) -> Any:
            place = self._place
            opened = bool(door) and not place.door
            if opened:
                place.door = door
            place.functions.append(name)
            try:
                self._reach(name, "before")
                result = function(*args, **kwargs)
                self._reach(name, "after")
                return result
            finally:
                place.functions.pop()
                if opened:
                    place.door = ""

        return wrapper

    def _wrap_transactions(self) -> None:
        write = Database.write

        @contextmanager
        def watched(
            database: Database,
            now: datetime | None = None,
            *,
            waits: bool = True,
            locks_later: bool = False,
        ) -> Iterator[Connection]:
            with write(database, now, waits=waits, locks_later=locks_later) as connection:
                yield connection
                if self._place.functions:
                    self._reach(self._place.functions[-1], "inside")

        setattr(Database, "write", watched)  # noqa: B010 - mypy forbids the plain assignment

    def _reach(self, name: str, moment: str) -> None:
        generation = self._switch.generation()
        if not generation:
            return
        generation, order = self._switch.armed()
        if order is None or order.point != f"{self._place.door}.{name}.{moment}":
            return
        with self._lock:
            seen = self._seen[1] + 1 if self._seen[0] == generation else 1
            self._seen = (generation, seen)
        if seen == order.nth:
            self._act(generation, order)

    def _act(self, generation: int, order: Order) -> None:
        self._switch.note(f"hit {generation}")
        if order.effect != "pause":
            self._switch.disarm()  # the next life of this process is left alone
        if order.effect == "kill":
            os.killpg(os.getpgrp(), signal.SIGKILL)
        if order.effect == "terminate":
            os.kill(os.getpid(), signal.SIGTERM)
            time.sleep(0.25)  # the server has begun to close when the function goes on
        if order.effect == "pause":
            end = time.monotonic() + LONGEST_PAUSE
            while self._switch.generation() == generation and time.monotonic() < end:
                time.sleep(0.002)

    def work_when_told(self) -> None:
        """The worker's rounds begin with a signal, and end with a line in the journal."""
        work = worker.work
        rounds = 0

        def round_when_told(*args: Any, **kwargs: Any) -> int:
            nonlocal rounds
            if signal.sigtimedwait([GO], 0.2) is None:
                return 0
            try:
                return work(*args, **kwargs)
            finally:
                rounds += 1
                self._switch.note(f"round {os.getpid()} {rounds}")

        worker.work = round_when_told
        worker.PAUSE = 0


def replace(where: str, change: Callable[[Callable[..., Any]], Callable[..., Any]]) -> None:
    """Replace a function, wherever the product has imported it by name."""
    module_name, _colon, path = where.partition(":")
    module = importlib.import_module(module_name)
    owner_name, _dot, name = path.rpartition(".")
    owner = getattr(module, owner_name) if owner_name else module
    original = getattr(owner, name)
    changed = change(original)
    setattr(owner, name, changed)
    for other, loaded in list(sys.modules.items()):
        if other.startswith("webshop.") and vars(loaded).get(name) is original:
            setattr(loaded, name, changed)


def hurry() -> None:
    """Stripe's client gives up after a moment and tries again at once: runs are many and time is short."""
    import stripe

    client.TIMEOUT = 1
    stripe.HTTPClient.INITIAL_DELAY = 0.01
    stripe.HTTPClient.MAX_DELAY = 1


def launch(
    command: Sequence[str], switch: Path, sabotage: Sequence[str] = (), *, patient: bool = False
) -> int:
    """Run `python -m webshop …` in this process. `patient` keeps the product's own timeouts."""
    if command[0] != "sandbox":
        from tests.faults import sabotage as protections

        for name in sabotage:
            protections.take_out(name)
        launcher = Launcher(Switch(switch))
        launcher.wrap()
        if command[0] == "worker":
            launcher.work_when_told()
            replace("webshop.commands.serve:_is_idle", lambda _function: lambda *_args: False)
        if not patient:
            hurry()
        if command[0] == "serve":
            replace("webshop.app:_embedded_worker", lambda _function: lambda *_args: ())
    return program.main(command)
