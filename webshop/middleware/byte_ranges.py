"""A part of a file, for whoever seeks in a film: a single range of bytes, as RFC 9110, 14 has it."""

import re

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import Message, Scope, Send

A_RANGE = re.compile(r"bytes=(\d{0,15})-(\d{0,15})", re.ASCII | re.IGNORECASE)
A_PIECE = 65_536  # bytes: the next one is sent when this one has gone


def in_parts(scope: Scope, send: Send) -> Send:
    """Of an answer of one body with an ETag: the part of it that is asked for, if one is."""
    asked = Headers(scope=scope)
    start: Message = {}

    async def send_part(message: Message) -> None:
        if message["type"] == "http.response.start":
            start.update(message)
            return
        headers = MutableHeaders(raw=start["headers"])
        part = part_of(asked.get("range", ""), len(message["body"]))
        is_same = asked.get("if-range", headers["etag"]) == headers["etag"]
        if part is None or not is_same or scope["method"] != "GET" or start["status"] != 200:
            await send(start)
            await send(message)
        else:
            await send({**start, **_start_of(part, len(message["body"]), headers)})
            await _send_pieces(message["body"], part, send)

    return send_part


def part_of(asked: str, size: int) -> range | None:
    """The bytes that a Range asks for, of so many; an empty one if there are none of these. None for what is
    no single range: all is sent then."""
    found = A_RANGE.fullmatch(asked)
    if not found or not any(found.groups()):
        return None
    first, last = found.groups()
    if not first:
        return range(max(0, size - int(last)), size)
    if last and int(last) < int(first):
        return None
    return range(int(first), min(int(last) + 1, size) if last else size)


def _start_of(part: range, size: int, headers: MutableHeaders) -> Message:
    headers["content-length"] = str(len(part))
    if part:
        headers["content-range"] = f"bytes {part.start}-{part.stop - 1}/{size}"
        return {"status": 206, "headers": headers.raw}
    headers["content-range"] = f"bytes */{size}"
    headers["cache-control"] = "no-store"  # it is not what is at this address
    return {"status": 416, "headers": headers.raw}


async def _send_pieces(body: bytes, part: range, send: Send) -> None:
    for begin in range(part.start, max(part.stop, part.start + 1), A_PIECE):
        end = min(begin + A_PIECE, part.stop)
        await send({"type": "http.response.body", "body": body[begin:end], "more_body": end < part.stop})
