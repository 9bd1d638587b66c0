"""Runs a Python program that can reach nothing but this machine: `python only_here.py PROGRAM arguments…`.

A scanner knows addresses of its makers, and follows where a page leads. Here it cannot.
"""

import runpy
import socket
import sys
from typing import Any

HERE = ("127.0.0.1", "localhost", "::1")


class OnlyHere(socket.socket):
    def connect(self, address: Any) -> None:
        super().connect(_checked(address))

    def connect_ex(self, address: Any) -> int:
        return super().connect_ex(_checked(address))

    def sendto(self, *arguments: Any) -> int:
        _checked(arguments[-1])
        return super().sendto(*arguments)


def _checked(address: Any) -> Any:
    if isinstance(address, tuple) and address[0] not in HERE:
        raise ConnectionRefusedError(f"{address[0]} is not this machine")
    return address


def _look_up(host: Any, *arguments: Any, **more: Any) -> Any:
    if host not in (*HERE, *(name.encode() for name in HERE), None):
        raise socket.gaierror(socket.EAI_NONAME, f"{host} is not this machine")
    return LOOK_UP(host, *arguments, **more)


LOOK_UP = socket.getaddrinfo

if __name__ == "__main__":
    socket.socket = OnlyHere  # type: ignore[misc]
    socket.getaddrinfo = _look_up
    sys.argv = sys.argv[1:]
    runpy.run_path(sys.argv[0], run_name="__main__")
