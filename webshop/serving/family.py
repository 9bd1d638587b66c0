"""Several processes that serve on one port: children of one that only looks after them.

They are forked when everything is loaded and checked, so they share its memory.
"""

import gc
import logging
import os
import select
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from time import monotonic

from webshop.errors import ShopError
from webshop.serving.server import LONGEST_EXIT
from webshop.settings.model import SettingsError
from webshop.telemetry.logs import COMMANDS

log = logging.getLogger(COMMANDS)

SHORT_LIFE = 10.0  # seconds; who ends sooner is followed after a pause
LONGEST_PAUSE = 30.0

Serve = Callable[[int], None]


class Family:
    """`serve` is what a child does: it is given a pipe that this parent closes when all are to leave."""

    def __init__(self, door: socket.socket, size: int, serve: Serve) -> None:
        self._door = door
        self._size = size
        self._serve = serve
        self._born: dict[int, float] = {}  # when, by process id
        self._pause = 0.0
        self._next_at = 0.0  # when the next one may be forked
        self._kill_at: float | None = None  # known when all are leaving
        self._theirs, self._ours = os.pipe()

    def run(self) -> None:
        """Until a signal ends it and the last child has ended."""
        gc.collect()
        gc.freeze()  # so that the children's collectors leave shared memory as it is
        with _noticed() as signals:
            while self._kill_at is None or self._born:
                self._fork_who_is_missing()
                if {signal.SIGTERM, signal.SIGINT} & signals(self._patience()):
                    self._leave()
                self._bury()
                self._kill_who_stays()

    def _fork_who_is_missing(self) -> None:
        while self._kill_at is None and len(self._born) < self._size and monotonic() >= self._next_at:
            self._born[self._fork()] = monotonic()

    def _fork(self) -> int:
        sys.stdout.flush()
        sys.stderr.flush()
        if child := os.fork():
            return child
        code = 1
        try:
            signal.set_wakeup_fd(-1)
            for number in (signal.SIGTERM, signal.SIGINT, signal.SIGCHLD):
                signal.signal(number, signal.SIG_DFL)
            os.close(self._ours)
            self._serve(self._theirs)
            code = 0
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else 1
        except (ShopError, SettingsError) as error:
            log.error("Process %s cannot serve: %s", os.getpid(), error)
        except BaseException:
            log.exception("Process %s failed", os.getpid())
        finally:
            sys.stdout.flush()
            os._exit(code)

    def _patience(self) -> float | None:
        """Seconds until there is something to do without a signal; None if there is not."""
        if self._kill_at is not None:
            return max(self._kill_at - monotonic(), 0.1)
        return max(self._next_at - monotonic(), 0.0) if len(self._born) < self._size else None

    def _leave(self) -> None:
        """The children have their own copies of the door, and close them when they have drained."""
        if self._kill_at is None:
            self._kill_at = monotonic() + LONGEST_EXIT + 0.5
            self._door.close()
            os.close(self._ours)

    def _bury(self) -> None:
        for child in list(self._born):
            found, status = os.waitpid(child, os.WNOHANG)
            if found:
                self._mourn(child, os.waitstatus_to_exitcode(status))

    def _mourn(self, child: int, code: int) -> None:
        lived = monotonic() - self._born.pop(child)
        if self._kill_at is not None:
            return
        self._pause = min(max(1.0, self._pause * 2), LONGEST_PAUSE) if lived < SHORT_LIFE else 0.0
        self._next_at = monotonic() + self._pause
        how = f"signal {-code}" if code < 0 else f"exit code {code}"
        log.warning("Process %s ended (%s); another follows in %g seconds", child, how, self._pause)

    def _kill_who_stays(self) -> None:
        if self._kill_at is not None and monotonic() >= self._kill_at:
            for child in self._born:
                with suppress(ProcessLookupError):
                    os.kill(child, signal.SIGKILL)


@contextmanager
def _noticed() -> Iterator[Callable[[float | None], set[int]]]:
    """Gives a function that waits so many seconds for signals, and answers which came."""
    noticed, told = os.pipe()
    os.set_blocking(told, False)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGCHLD):
        signal.signal(number, lambda *_: None)
    signal.set_wakeup_fd(told)

    def wait(seconds: float | None) -> set[int]:
        ready, _, _ = select.select([noticed], [], [], seconds)
        return set(os.read(noticed, 512)) if ready else set()

    try:
        yield wait
    finally:
        signal.set_wakeup_fd(-1)
        os.close(noticed)
        os.close(told)
