"""Visitors over bare sockets: a thousand of them cost this process little, so that the shop is measured."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from time import perf_counter
from typing import TypeVar
from urllib.parse import urlencode

from tests.people import FORM

Result = TypeVar("Result")

HTMX = {"HX-Request": "true", "HX-Request-Type": "partial"}
TILE_TOTAL = "589"  # one tile for 0.99 and the parcel for 4.90


@dataclass
class Visitor:
    """`address` is what the proxy before the shop says of them. One connection, kept open."""

    port: int
    address: str
    cookie: str = ""
    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: str = ""
    _streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(
        self, method: str, path: str, form: Mapping[str, str] | None = None, *, htmx: bool = False
    ) -> int:
        """The status; headers and body are kept. A connection that was closed meanwhile is opened anew."""
        sent = {"Host": f"127.0.0.1:{self.port}", "X-Forwarded-For": self.address, **(HTMX if htmx else {})}
        if self.cookie:
            sent["Cookie"] = self.cookie
        content = urlencode(form).encode() if form is not None else b""
        if form is not None:
            sent |= {
                "Content-Type": "application/x-www-form-urlencoded",
                "Content-Length": str(len(content)),
            }
        head = "".join(f"{name}: {value}\r\n" for name, value in sent.items())
        request = f"{method} {path} HTTP/1.1\r\n{head}\r\n".encode() + content
        try:
            await self._exchange(request)
        except (ConnectionError, asyncio.IncompleteReadError):
            self.close()
            await self._exchange(request)
        return self.status

    async def insist(self, path: str, form: Mapping[str, str], *, htmx: bool = False) -> None:
        """Press again when the shop is busy, a few times."""
        for _time in range(5):
            if await self.ask("POST", path, form, htmx=htmx) != 503:
                return

    async def _exchange(self, request: bytes) -> None:
        if self._streams is None:
            self._streams = await asyncio.open_connection("127.0.0.1", self.port)
        reader, writer = self._streams
        writer.write(request)
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        self.status = int(head[0].split(" ")[1])
        self.headers = {
            name.lower(): value for name, _colon, value in (line.partition(": ") for line in head[1:])
        }
        length = int(self.headers.get("content-length", "0"))
        self.body = (await reader.readexactly(length)).decode()
        if "set-cookie" in self.headers:
            self.cookie = self.headers["set-cookie"].partition(";")[0]

    def close(self) -> None:
        if self._streams:
            self._streams[1].close()
            self._streams = None

    async def check_out(self, sku: str = "TILES", quantity: int = 1, total: str = TILE_TOTAL) -> str:
        """From an empty cart to the token of an open session; "" if the shop refused."""
        await self.insist("/cart/lines", {"sku": sku, "quantity": str(quantity)})
        await self.insist("/checkout", {**FORM, "total": total}, htmx=True)
        found = re.search(r'name="token" value="(cs_\w+)"', self.body)
        return found[1] if found else ""


async def at_once(most: int, act: Callable[[int], Awaitable[Result]], numbers: range) -> list[Result]:
    """What `act` gives for each number, in their order; at the `most` so many at a time."""
    turns = asyncio.Semaphore(most)

    async def take_turn(number: int) -> Result:
        async with turns:
            return await act(number)

    return list(await asyncio.gather(*map(take_turn, numbers)))


async def slowest_of_a_hundred(port: int, times: int = 600) -> float:
    """Milliseconds for the catalogue's first page, asked for one after the other: of a hundred the one but
    slowest (p99)."""
    visitor = Visitor(port, "198.51.100.200")
    took = []
    for _time in range(times):
        start = perf_counter()
        assert await visitor.ask("GET", "/") == 200
        took.append((perf_counter() - start) * 1000)
        await asyncio.sleep(0.002)
    visitor.close()
    return sorted(took)[int(times * 0.99)]


def address(number: int) -> str:
    """Of somebody else for each number."""
    return f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
