"""The socket on which visitors come in."""

import ctypes
import errno
import socket
import struct
import sys
from contextlib import suppress

from webshop.errors import Mistyped, OwnerError

BACKLOG = 2048  # who may wait to be let in, while all processes are busy

# A filter of Linux that drops who knocks, and nothing else: load the TCP flags; SYN without ACK? drop : keep.
SO_ATTACH_FILTER = 26
FLAGS, SYN, ACK = 13, 0x02, 0x10
NO_NEWCOMERS = [
    (0x30, 0, 0, FLAGS),
    (0x54, 0, 0, SYN | ACK),
    (0x15, 0, 1, SYN),
    (0x06, 0, 0, 0),
    (0x06, 0, 0, 0xFFFFFFFF),
]


def open_door(host: str, port: int) -> socket.socket:
    """Listens from now on. Raises OwnerError, or Mistyped for a host that is not this machine's."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    both = family == socket.AF_INET6 and socket.has_dualstack_ipv6()
    try:
        door = socket.create_server((host, port), family=family, backlog=BACKLOG, dualstack_ipv6=both)
    except OSError as error:
        raise _in_words(error, host, port) from error
    door.setblocking(False)
    return door


def _in_words(error: OSError, host: str, port: int) -> OwnerError:
    if error.errno == errno.EADDRINUSE:
        return OwnerError(f"PORT: {port} is in use")
    if error.errno == errno.EACCES:
        return OwnerError(f"PORT: {port} is not for this user; choose one above 1023")
    return Mistyped(f"--host: {host} is no address of this machine")


def let_nobody_new_in(door: socket.socket) -> None:
    """Who knocks now knocks again a second later, and is refused if the door is closed by then: a connection
    that is made and then reset would be a request lost. Elsewhere than on Linux such a moment remains."""
    if sys.platform != "linux":
        return
    filters = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *each) for each in NO_NEWCOMERS))
    program = struct.pack("HP", len(NO_NEWCOMERS), ctypes.addressof(filters))
    with suppress(OSError):
        door.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, program)


def let_in_who_waits(door: socket.socket) -> list[socket.socket]:
    """Connections that are made already; closing the door would reset them."""
    came: list[socket.socket] = []
    with suppress(BlockingIOError):
        while True:
            came.append(door.accept()[0])
    return came
