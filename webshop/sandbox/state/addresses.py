"""Addresses of the web as browsers read them: whose they are, and where a session may send a shopper."""

from __future__ import annotations

import re
from dataclasses import dataclass

LOOPBACK = frozenset({"127.0.0.1", "localhost", "[::1]"})
ORIGIN = re.compile(
    r"(https?)://([a-z0-9._-]+|\[[0-9a-f:.]+\])(?::([0-9]{1,5}))?(?=[/?#]|\Z)", re.ASCII | re.IGNORECASE
)
USUAL_PORTS = {"http": 80, "https": 443}
READ_DIFFERENTLY = frozenset(" \\")  # a browser takes a backslash for a slash, and leaves out spaces


def origin(url: str) -> str:
    """ "https://shop.example" of what begins so; "" of what is no address, or not the same for everybody."""
    found = ORIGIN.match(url)
    if not found or not url.isprintable() or READ_DIFFERENTLY & set(url):
        return ""
    scheme, host = found[1].lower(), found[2].lower()
    port = int(found[3] or USUAL_PORTS[scheme])
    if port > 65535:
        return ""
    return f"{scheme}://{host}" if port == USUAL_PORTS[scheme] else f"{scheme}://{host}:{port}"


def host_of(origin: str) -> str:
    """The name in it, without the port; an IPv6 address keeps its brackets."""
    found = ORIGIN.match(origin)
    return found[2].lower() if found else ""


@dataclass(frozen=True)
class Returns:
    """Where a session may send a shopper: to this origin, and with `loopback` to any port of this machine."""

    origin: str
    loopback: bool = False

    def include(self, origin: str) -> bool:
        return origin == self.origin or (self.loopback and host_of(origin) in LOOPBACK)

    def __str__(self) -> str:
        places = [self.origin] * bool(self.origin) + ["this machine"] * self.loopback
        return " and to ".join(places)
