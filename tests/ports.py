"""Ports on this machine that nobody uses."""

import fcntl
import random
import socket
from functools import cache
from pathlib import Path
from tempfile import gettempdir
from typing import IO

# Below those that a system gives to connections: nobody takes one before it is used, or between two lives of
# the same server.
PORTS = range(10_000, 32_000)
_given: set[int] = set()


def free_port() -> int:
    """One that is given to nobody else, in any process, for as long as this one lives."""
    return next(port for port in random.sample(PORTS, len(PORTS)) if _claim(port) and _is_free(port))


def _claim(port: int) -> bool:
    if port in _given:
        return False
    try:
        fcntl.lockf(_claims(), fcntl.LOCK_EX | fcntl.LOCK_NB, 1, port)  # a byte for each port
    except OSError:
        return False
    _given.add(port)
    return True


def give_back(port: int) -> None:
    fcntl.lockf(_claims(), fcntl.LOCK_UN, 1, port)
    _given.discard(port)


@cache
def _claims() -> IO[bytes]:
    return (Path(gettempdir()) / "webshop-tests-ports").open("ab")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
